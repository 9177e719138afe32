//! One time in office: from the saved cursor on, until another replica leads or something fails.

use std::collections::VecDeque;
use std::future::pending;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::Producer;
use rdkafka::producer::future_producer::{DeliveryFuture, FutureProducer, FutureRecord};
use runtime::NotTaken;
use storm::store::{Position, StoredEvent};

use super::Relay;
use super::doors::Doors;
use crate::partitioner::partition_of;
use crate::standing::{Ears, Part};
use crate::topic::{self, Topic};
use crate::trouble::{Trouble, meaning};
use crate::turning::{at, at_once, let_go, turned};

/// Records that are on their way at once. The broker acknowledges them in batches.
const WINDOW: usize = 1_000;
/// How old what the store says of the relay may be: a crash publishes so much again.
const SAVED_EVERY: Duration = Duration::from_millis(100);
/// How long acknowledgements are waited for when another leads, or the process ends.
const FAREWELL: Duration = Duration::from_secs(2);

/// A record on its way.
struct Sent {
    position: Position,
    partition: i32,
    /// What to call it when it is refused.
    event_type: String,
    bytes: usize,
    acknowledged: DeliveryFuture,
}

pub(super) struct Term<'a> {
    relay: &'a mut Relay,
    topic: Topic,
    producer: FutureProducer<Ears>,
    doors: Doors,
    /// In the order of the log.
    window: VecDeque<Sent>,
    /// Read from the log, and not sent yet.
    backlog: VecDeque<Arc<StoredEvent>>,
    /// The last position that was read.
    read: Position,
    /// Whether the log may hold more.
    hungry: bool,
    /// All up to here has been acknowledged.
    acknowledged: Position,
    /// What the store knows of that.
    saved: Position,
    save_at: Option<tokio::time::Instant>,
    /// Nothing more is sent: what is under way is waited for until then.
    farewell: Option<tokio::time::Instant>,
    /// Why nothing more can be sent.
    refused: Option<Trouble>,
}

impl<'a> Term<'a> {
    /// Says whether anything was published, and why it ended.
    pub(super) async fn serve(relay: &'a mut Relay) -> (bool, Result<(), (Part, Trouble)>) {
        let mut term = match Self::begin(relay).await {
            Ok(term) => term,
            Err(trouble) => return (false, Err(trouble)),
        };
        term.relay.standing.trouble(Part::Topic, None);
        let began = term.acknowledged;
        let mut ended = term.publish().await;
        if let Err(trouble) = term.save().await {
            ended = ended.and(Err(trouble));
        }
        let published = term.acknowledged > began;
        // What it still has in hand is thrown away, and its thread waited for.
        let producer = term.producer;
        let_go(producer).await;
        (published, ended.map_err(|trouble| (Part::Relay, trouble)))
    }

    async fn begin(relay: &'a mut Relay) -> Result<Self, (Part, Trouble)> {
        let topic = topic::look(&relay.settings, &relay.standing).await;
        let topic = topic.map_err(|trouble| (Part::Topic, trouble))?;
        let failed = |trouble| (Part::Relay, trouble);
        let config = relay.settings.producer(topic.largest.as_deref());
        let created = config.create_with_context(Ears(Arc::clone(&relay.standing)));
        let name = &relay.settings.topic;
        let producer =
            created.map_err(|error| failed(Trouble::of("making a producer", name, &error)))?;
        let begin = relay.outlet.published().await;
        let begin = begin.map_err(|error| failed(error.into()))?;
        Ok(Self {
            relay,
            topic,
            producer,
            doors: Doors::default(),
            window: VecDeque::new(),
            backlog: VecDeque::new(),
            read: begin,
            hungry: true,
            acknowledged: begin,
            saved: begin,
            save_at: None,
            farewell: None,
            refused: None,
        })
    }

    async fn publish(&mut self) -> Result<(), Trouble> {
        loop {
            self.read_on().await?;
            self.send();
            if self.window.is_empty() {
                if let Some(refused) = self.refused.take() {
                    return Err(refused);
                }
                if self.farewell.is_some() {
                    return Ok(());
                }
            }
            let idle = !self.hungry && self.backlog.is_empty() && self.is_sending();
            if idle && self.window.is_empty() {
                // Nothing is left that could not be carried away.
                self.relay.standing.trouble(Part::Relay, None);
            }
            tokio::select! {
                biased;
                () = turned(&mut self.relay.stopping, true), if self.farewell.is_none() => self.take_leave(),
                () = turned(&mut self.relay.leads, false), if self.farewell.is_none() => self.take_leave(),
                answer = first(&mut self.window) => {
                    self.answered(answer)?;
                    // The broker acknowledges whole batches.
                    while let Some(answer) = at_once(first(&mut self.window)) {
                        self.answered(answer)?;
                    }
                }
                () = at(self.save_at) => {
                    // If the store is away, the cursor waits with everything else.
                    if self.save().await == Err(Trouble::Stopped) {
                        return Err(Trouble::Stopped);
                    }
                }
                () = at(self.farewell) => return Ok(()),
                () = self.relay.outlet.more(self.read), if idle => self.hungry = true,
            }
        }
    }

    fn is_sending(&self) -> bool {
        self.farewell.is_none() && self.refused.is_none()
    }

    fn take_leave(&mut self) {
        self.farewell = Some(tokio::time::Instant::now() + FAREWELL);
    }

    async fn read_on(&mut self) -> Result<(), Trouble> {
        let room = WINDOW - self.window.len();
        if self.hungry && self.backlog.is_empty() && room >= WINDOW / 2 && self.is_sending() {
            let events = self.relay.outlet.after(self.read, room).await?;
            self.hungry = events.len() == room;
            self.read = events.last().map_or(self.read, |last| last.position);
            self.backlog.extend(events);
        }
        Ok(())
    }

    /// In the order of the log: where one has to wait, all do.
    fn send(&mut self) {
        while self.is_sending()
            && self.window.len() < WINDOW
            && let Some(stored) = self.backlog.front()
        {
            let record = self.relay.records.encode(self.relay.context, stored);
            let partition = partition_of(record.key.as_bytes(), self.topic.partitions);
            if !self.doors.enter(partition, Instant::now()) {
                return;
            }
            let mut headers = OwnedHeaders::new_with_capacity(record.headers.len());
            for (key, value) in &record.headers {
                let value = Some(value.as_bytes());
                headers = headers.insert(Header { key, value });
            }
            let future = FutureRecord::to(&self.relay.settings.topic)
                .partition(partition)
                .key(&record.key)
                .payload(&record.value)
                .timestamp(stored.event.at.max(0))
                .headers(headers);
            let bytes = record.value.len();
            match self.producer.send_result(future) {
                Ok(acknowledged) => self.window.push_back(Sent {
                    position: stored.position,
                    partition,
                    event_type: stored.event.event_type.clone(),
                    bytes,
                    acknowledged,
                }),
                Err((error, _)) => {
                    // Those before it are waited for first.
                    let what = named(stored.position, &stored.event.event_type, bytes);
                    self.refused = Some(self.refusal(&what, &error));
                    return;
                }
            }
            self.backlog.pop_front();
        }
    }

    fn answered(&mut self, answer: Result<(), KafkaError>) -> Result<(), Trouble> {
        let Some(sent) = self.window.pop_front() else {
            return Ok(());
        };
        if let Err(error) = answer {
            let what = named(sent.position, &sent.event_type, sent.bytes);
            return Err(self.refusal(&what, &error));
        }
        self.doors.acknowledged(sent.partition, Instant::now());
        self.acknowledged = sent.position;
        self.relay.standing.metrics.published.inc();
        if self.save_at.is_none() {
            self.save_at = Some(tokio::time::Instant::now() + SAVED_EVERY);
            self.relay.standing.answered();
            self.relay.standing.trouble(Part::Relay, None);
        }
        Ok(())
    }

    fn refusal(&self, what: &str, error: &KafkaError) -> Trouble {
        let topic = &self.relay.settings.topic;
        if error.rdkafka_error_code() == Some(RDKafkaErrorCode::Fatal)
            && let Some((code, said)) = self.producer.client().fatal_error()
        {
            return Trouble::Said(format!("{what}: {} ({said})", meaning(topic, code)));
        }
        Trouble::of(what, topic, error)
    }

    async fn save(&mut self) -> Result<(), Trouble> {
        self.save_at = None;
        if self.acknowledged == self.saved {
            return Ok(());
        }
        match self.relay.outlet.publish_is(self.acknowledged).await {
            Ok(()) => {
                self.saved = self.acknowledged;
                Ok(())
            }
            Err(NotTaken::Stopped) => Err(Trouble::Stopped),
            Err(error @ NotTaken::Store(_)) => {
                self.save_at = Some(tokio::time::Instant::now() + SAVED_EVERY);
                Err(error.into())
            }
        }
    }
}

fn named(position: Position, event_type: &str, bytes: usize) -> String {
    format!("event {position} of the log ({event_type}, {bytes} bytes)")
}

/// What the brokers say of the first record that is on its way.
async fn first(window: &mut VecDeque<Sent>) -> Result<(), KafkaError> {
    match window.front_mut() {
        None => pending().await,
        Some(sent) => match (&mut sent.acknowledged).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err((error, _))) => Err(error),
            Err(_) => Err(KafkaError::Canceled),
        },
    }
}

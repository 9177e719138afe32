//! One membership in the group.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use rdkafka::consumer::{CommitMode, Consumer as _, StreamConsumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use runtime::{Inlet, NotTaken};
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinError, JoinSet};
use tokio::time::Instant;

use super::Pace;
use super::listening::Listening;
use super::member::{Deal, Member};
use super::placing::{Start, place};
use super::share::Share;
use crate::Settings;
use crate::record::Records;
use crate::source::source;
use crate::standing::{Part, Standing};
use crate::trouble::Trouble;
use crate::turning::{at, at_once, turned};

/// Events held in memory at most, or kilobytes of them, give or take what came with the last one.
const HELD: usize = 8_192;
/// Records that are looked at before anything else is.
const BURST: usize = 100;
/// If the store does not take any for so long, the brokers are told to send no more, and the group
/// is still listened to.
const FULL: Duration = Duration::from_secs(1);
/// How often the group is told how far the store is.
const COMMIT: Duration = Duration::from_secs(1);
/// How long an orderly stop waits for the store.
const FAREWELL: Duration = Duration::from_secs(3);
const PLACE_AGAIN: Duration = Duration::from_millis(500);

type Taken = (u64, i32, Result<(), NotTaken>);
type Placed = (u64, Vec<i32>, Result<Vec<Start>, Trouble>);

pub(super) struct Session<'a> {
    pub(super) consumer: &'a Arc<StreamConsumer<Member>>,
    pub(super) inlet: &'a Inlet,
    pub(super) records: Records,
    pub(super) settings: &'a Settings,
    pub(super) standing: &'a Standing,
    pub(super) pace: Pace,
    pub(super) leads: &'a watch::Sender<bool>,
    pub(super) stopping: watch::Receiver<bool>,
    pub(super) deals: mpsc::UnboundedReceiver<Deal>,
    /// Whether this context listens to events of that name.
    pub(super) listens: HashMap<String, bool>,
}

/// What a session has in hand.
struct Desk {
    /// Counts the deals: what belongs to an earlier one is dropped.
    deal: u64,
    shares: BTreeMap<i32, Share>,
    takings: JoinSet<Taken>,
    placings: JoinSet<Placed>,
    /// Since when there is no room for more.
    full_since: Option<Instant>,
    /// Whether the brokers have been told to send no more.
    paused: bool,
    commit_at: Instant,
}

impl Desk {
    fn new() -> Self {
        Self {
            deal: 0,
            shares: BTreeMap::new(),
            takings: JoinSet::new(),
            placings: JoinSet::new(),
            full_since: None,
            paused: false,
            commit_at: Instant::now() + COMMIT,
        }
    }

    fn held(&self) -> usize {
        self.shares.values().map(Share::held).sum()
    }

    fn due(&self, pace: Pace) -> Option<Instant> {
        let now = Instant::now();
        let due = self
            .shares
            .values()
            .filter_map(|share| share.due(pace, now));
        due.min()
    }
}

impl Session<'_> {
    /// Until it is to end (`Ok`), or has to begin anew.
    pub(super) async fn serve(mut self) -> Result<(), Trouble> {
        let mut desk = Desk::new();
        let consumer = self.consumer;
        loop {
            let due = desk.due(self.pace);
            let is_full = desk.full_since.is_some();
            let pause_at = desk.full_since.filter(|_| !desk.paused);
            tokio::select! {
                biased;
                () = turned(&mut self.stopping, true) => {
                    self.leave(desk).await;
                    return Ok(());
                }
                Some(deal) = self.deals.recv() => self.dealt(deal, &mut desk),
                Some(taken) = desk.takings.join_next() => self.taken(taken, &mut desk)?,
                Some(placed) = desk.placings.join_next() => self.placed(placed, &mut desk)?,
                message = consumer.recv(), if !is_full || desk.paused => {
                    let mut listening = self.listening();
                    heard(message, &mut listening, &mut desk)?;
                    // Records come in batches, too.
                    let mut more = 0;
                    while more < BURST && let Some(message) = at_once(consumer.recv()) {
                        heard(message, &mut listening, &mut desk)?;
                        more += 1;
                    }
                    if more == BURST {
                        // Who has a long way to catch up is never without a next record.
                        self.hand_over(&mut desk);
                    }
                }
                () = at(due) => self.hand_over(&mut desk),
                () = at(pause_at.map(|since| since + FULL)) => self.pause(&mut desk),
                () = tokio::time::sleep_until(desk.commit_at) => self.commit(&mut desk),
            }
            self.make_room(&mut desk);
        }
    }

    fn listening(&mut self) -> Listening<'_> {
        Listening {
            inlet: self.inlet,
            records: self.records,
            settings: self.settings,
            standing: self.standing,
            names: &mut self.listens,
        }
    }

    fn dealt(&mut self, deal: Deal, desk: &mut Desk) {
        for share in desk.shares.values() {
            self.inlet.lag_is(&share.source, None);
        }
        // What the store has not taken yet is dropped: whoever gets the partitions reads it again.
        desk.deal += 1;
        desk.shares.clear();
        desk.full_since = None;
        desk.paused = false;
        self.lead(&[]);
        self.standing.metrics.rebalances.inc();
        if let Deal::Assigned(partitions) = deal {
            tracing::info!(
                context = self.inlet.context(),
                ?partitions,
                "partitions assigned"
            );
            self.place(partitions, Duration::ZERO, desk);
        }
    }

    fn place(&self, partitions: Vec<i32>, after: Duration, desk: &mut Desk) {
        let (consumer, inlet) = (Arc::clone(self.consumer), self.inlet.clone());
        let (deal, topic) = (desk.deal, self.settings.topic.clone());
        desk.placings.spawn(async move {
            tokio::time::sleep(after).await;
            let placed = place(consumer, inlet, topic, partitions.clone()).await;
            (deal, partitions, placed)
        });
    }

    fn placed(
        &mut self,
        placed: Result<Placed, JoinError>,
        desk: &mut Desk,
    ) -> Result<(), Trouble> {
        let what = "asking where to begin";
        let (deal, partitions, placed) = placed.map_err(|error| Trouble::gave_up(what, &error))?;
        if deal != desk.deal {
            return Ok(());
        }
        match placed {
            Ok(starts) => self.begin(&starts, desk),
            Err(Trouble::Stopped) => Err(Trouble::Stopped),
            Err(Trouble::Said(said)) => {
                self.standing.trouble(Part::Consumer, Some(said));
                self.place(partitions, PLACE_AGAIN, desk);
                Ok(())
            }
        }
    }

    fn begin(&mut self, starts: &[Start], desk: &mut Desk) -> Result<(), Trouble> {
        let topic = &self.settings.topic;
        let failed = |error: KafkaError| Trouble::of("beginning", topic, &error);
        let mut assigned = TopicPartitionList::new();
        let now = Instant::now();
        for Start {
            partition, begin, ..
        } in starts
        {
            let offset = Offset::Offset(*begin);
            let added = assigned.add_partition_offset(topic, *partition, offset);
            added.map_err(failed)?;
            let share = Share::new(source(topic, *partition), *begin, now);
            desk.shares.insert(*partition, share);
        }
        self.consumer.assign(&assigned).map_err(failed)?;
        self.standing.answered();
        self.standing.trouble(Part::Consumer, None);
        self.lead(starts);
        Ok(())
    }

    /// Who has partition 0 leads.
    fn lead(&self, starts: &[Start]) {
        let leads = starts.iter().any(|start| start.partition == 0);
        let places = starts.iter().map(|s| (s.partition, s.begin, s.end));
        self.standing.assigned(&places.collect::<Vec<_>>(), leads);
        // Who has just been dealt a partition does not say that nothing is left to take in.
        for Start { partition, end, .. } in starts {
            if let Some(lag) = self.standing.ends_at(*partition, *end) {
                let source = source(&self.settings.topic, *partition);
                self.inlet.lag_is(&source, Some(lag));
            }
        }
        self.inlet.leads(leads);
        self.leads.send_replace(leads);
    }

    /// Hands over what is due, each partition on its own.
    fn hand_over(&self, desk: &mut Desk) {
        let now = Instant::now();
        for (partition, share) in &mut desk.shares {
            if share.due(self.pace, now).is_none_or(|due| due > now) {
                continue;
            }
            let batch = share.hand_over(self.pace);
            let (inlet, source) = (self.inlet.clone(), Arc::clone(&share.source));
            let (deal, partition) = (desk.deal, *partition);
            desk.takings.spawn(async move {
                let taken = inlet.take_in(&source, batch.heard, batch.up_to).await;
                (deal, partition, taken)
            });
        }
    }

    fn taken(&self, taken: Result<Taken, JoinError>, desk: &mut Desk) -> Result<(), Trouble> {
        let (deal, partition, taken) =
            taken.map_err(|error| Trouble::gave_up("taking in", &error))?;
        let share = desk.shares.get_mut(&partition);
        let Some(share) = share.filter(|_| deal == desk.deal) else {
            return Ok(());
        };
        match taken {
            Ok(()) => {
                let next = share.taken(self.pace, Instant::now());
                self.standing.taken_in(partition, next);
                self.standing.trouble(Part::Consumer, None);
            }
            Err(NotTaken::Store(error)) => {
                share.failed(Instant::now());
                let said = format!("what came is kept until the store takes it: {error}");
                self.standing.trouble(Part::Consumer, Some(said));
            }
            Err(NotTaken::Stopped) => return Err(Trouble::Stopped),
        }
        Ok(())
    }

    /// Whether there is room for more, and whether the brokers are to know.
    fn make_room(&self, desk: &mut Desk) {
        let held = desk.held();
        if held >= HELD {
            desk.full_since.get_or_insert_with(Instant::now);
        } else if held <= HELD / 2 || !desk.paused {
            desk.full_since = None;
            if std::mem::take(&mut desk.paused) {
                let resumed = self.consumer.resume(&self.all(desk));
                tracing::debug!(context = self.inlet.context(), ?resumed, "fetching again");
            }
        }
    }

    fn pause(&self, desk: &mut Desk) {
        let paused = self.consumer.pause(&self.all(desk));
        tracing::debug!(
            context = self.inlet.context(),
            ?paused,
            "fetching no more for now"
        );
        desk.paused = true;
    }

    fn all(&self, desk: &Desk) -> TopicPartitionList {
        let mut all = TopicPartitionList::new();
        for partition in desk.shares.keys() {
            all.add_partition(&self.settings.topic, *partition);
        }
        all
    }

    /// Tells the group how far the store is.
    fn commit(&self, desk: &mut Desk) {
        desk.commit_at = Instant::now() + COMMIT;
        let mut offsets = TopicPartitionList::new();
        for (partition, share) in &mut desk.shares {
            if let Some(offset) = share.news_for_group() {
                let offset = Offset::Offset(offset);
                // The list has room for all.
                let _ = offsets.add_partition_offset(&self.settings.topic, *partition, offset);
            }
        }
        if offsets.count() > 0
            && let Err(error) = self.consumer.commit(&offsets, CommitMode::Async)
        {
            tracing::debug!(target: "librdkafka", %error, "offsets were not committed to the group");
        }
    }

    /// In good order: what is under way is taken in, and what was passed over need not be read again.
    async fn leave(&self, mut desk: Desk) {
        self.inlet.leads(false);
        self.leads.send_replace(false);
        let finished = tokio::time::timeout(FAREWELL, async {
            while let Some(taken) = desk.takings.join_next().await {
                if self.taken(taken, &mut desk).is_err() {
                    return;
                }
            }
            for share in desk.shares.values() {
                if let Some(up_to) = share.passed() {
                    // If it cannot be saved now, it is read again.
                    let _ = self.inlet.take_in(&share.source, Vec::new(), up_to).await;
                }
            }
        });
        let _ = finished.await;
        self.commit(&mut desk);
    }
}

fn heard(
    message: Result<BorrowedMessage<'_>, KafkaError>,
    listening: &mut Listening<'_>,
    desk: &mut Desk,
) -> Result<(), Trouble> {
    match message {
        Ok(message) => {
            let Some(share) = desk.shares.get_mut(&message.partition()) else {
                return Ok(());
            };
            if !share.has_seen(message.offset()) {
                listening.standing.metrics.consumed.inc();
                let heard = listening.read(&message, &share.source);
                share.came(message.offset(), heard, Instant::now());
            }
            Ok(())
        }
        Err(error) => listening.failed(&error),
    }
}

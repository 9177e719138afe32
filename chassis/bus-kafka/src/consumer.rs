//! The consumer: what others told, from the topic into the context's store.
//!
//! The group of the context's replicas deals the partitions out; where each begins is said by the
//! cursor in the store, not by the group. So whatever the group believes, and whoever comes back from
//! a long pause, the store drops what it has.

mod listening;
mod member;
mod placing;
mod session;
mod share;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rdkafka::consumer::{Consumer as _, StreamConsumer};
use runtime::Inlet;
use tokio::sync::{mpsc, watch};

use crate::Settings;
use crate::record::Records;
use crate::standing::{Part, Standing};
use crate::topic;
use crate::trouble::Trouble;
use crate::turning::{let_go, turned};

pub(crate) use member::Member;
use session::Session;

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Whoever wants to ask the brokers something borrows the consumer's connection.
#[derive(Clone, Default)]
pub(crate) struct Line(Arc<Mutex<Weak<StreamConsumer<Member>>>>);

impl Line {
    fn connect(&self, consumer: &Arc<StreamConsumer<Member>>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Arc::downgrade(consumer);
    }

    /// `None`: not connected at the moment.
    pub(crate) fn get(&self) -> Option<Arc<StreamConsumer<Member>>> {
        let line = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        line.upgrade()
    }
}

/// How a context takes in what it hears.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// Events that one commit takes of a partition at most.
    pub(crate) chunk: usize,
    /// While events keep coming, what has come since the last commit waits so long for more.
    pub(crate) wait: Duration,
}

impl Pace {
    /// As the runtime's own pumps: nobody's command waits behind a context's read models, where there
    /// are no commands.
    pub(crate) fn of(context: &storm::Context) -> Self {
        if context.is_derived() {
            Self {
                chunk: 2_048,
                wait: Duration::from_millis(100),
            }
        } else {
            Self {
                chunk: 256,
                wait: Duration::from_millis(5),
            }
        }
    }

    /// How long until all partitions are looked at again: at the same moment, so that one commit
    /// carries what came of all of them.
    fn next(&self) -> Duration {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let wait = self.wait.as_nanos().max(1);
        let rest = wait - now.unwrap_or_default().as_nanos() % wait;
        Duration::from_nanos(u64::try_from(rest).unwrap_or(0))
    }
}

/// Takes in what others told.
pub(crate) struct Consumer {
    pub(crate) inlet: Inlet,
    pub(crate) records: Records,
    pub(crate) settings: Arc<Settings>,
    pub(crate) standing: Arc<Standing>,
    pub(crate) pace: Pace,
    pub(crate) line: Line,
    /// Tells the relay whether this replica has partition 0.
    pub(crate) leads: watch::Sender<bool>,
    pub(crate) stopping: watch::Receiver<bool>,
}

impl Consumer {
    /// Until the bus or the context is stopped.
    pub(crate) async fn run(mut self) {
        let mut pause = FIRST_PAUSE;
        loop {
            let began = tokio::time::Instant::now();
            let trouble = match self.join().await {
                Ok(()) | Err((_, Trouble::Stopped)) => return,
                Err((part, Trouble::Said(said))) => (part, said),
            };
            if began.elapsed() > LONGEST_PAUSE * 5 {
                pause = FIRST_PAUSE;
            }
            self.standing.trouble(trouble.0, Some(trouble.1));
            tokio::select! {
                () = tokio::time::sleep(pause) => pause = (pause * 2).min(LONGEST_PAUSE),
                () = turned(&mut self.stopping, true) => return,
            }
        }
    }

    /// One membership in the group. `Ok`: it was ended in good order.
    async fn join(&mut self) -> Result<(), (Part, Trouble)> {
        let mut stopping = self.stopping.clone();
        let looked = tokio::select! {
            looked = topic::look(&self.settings, &self.standing) => looked,
            () = turned(&mut stopping, true) => return Ok(()),
        };
        looked.map_err(|trouble| (Part::Topic, trouble))?;
        self.standing.trouble(Part::Topic, None);
        let (dealt, deals) = mpsc::unbounded_channel();
        let member = Member::new(&self.standing, dealt);
        let created = self.settings.member().create_with_context(member);
        let name = &self.settings.topic;
        let failed = |what, error| (Part::Consumer, Trouble::of(what, name, &error));
        let consumer: StreamConsumer<Member> =
            created.map_err(|error| failed("making a consumer", error))?;
        let subscribed = consumer.subscribe(&[&self.settings.topic]);
        subscribed.map_err(|error| failed("subscribing", error))?;
        let consumer = Arc::new(consumer);
        self.line.connect(&consumer);
        let session = Session {
            consumer: &consumer,
            inlet: &self.inlet,
            records: self.records,
            settings: &self.settings,
            standing: &self.standing,
            pace: self.pace,
            leads: &self.leads,
            stopping: self.stopping.clone(),
            deals,
            listens: HashMap::new(),
        };
        let ended = session.serve().await;
        self.leads.send_replace(false);
        self.inlet.leads(false);
        self.standing.assigned(&[], false);
        // The last one to let go leaves the group, and waits for that.
        let_go(consumer).await;
        ended.map_err(|trouble| (Part::Consumer, trouble))
    }
}

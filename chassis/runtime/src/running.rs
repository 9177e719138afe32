//! A context at work.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};

use storm::store::{Page, ParkedEvent, Position, Reader, Record, StoreError, StoredKey};
use storm::{AnyAggregate, AnyReadModel, Context, ContextError, Id};
use tokio::sync::{oneshot, watch};

use crate::horizon::Horizon;
use crate::ids::Ids;
use crate::job::{Job, Judgement, Verdict};
use crate::log;
use crate::recalled::Recalled;
use crate::recent::Recent;
use crate::shared::Shared;
use crate::turns::Turns;
use crate::writer::Loop;
use crate::{ContextMetrics, Failure, Lag, Log, NotifierHealth, Outgoing, Replay, Settings, pump};

/// Why a context could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Its declaration cannot work.
    #[error(transparent)]
    Declaration(#[from] ContextError),
    /// The system gave it no thread.
    #[error("context `{context}`: no thread for its writer: {error}")]
    Thread {
        /// The context.
        context: &'static str,
        /// What the system said.
        error: std::io::Error,
    },
}

/// How a context is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// Whether the store took the last commit; if not, what it said.
    pub store: Result<(), StoreError>,
    /// How far it is behind each producer.
    pub lag: Vec<Lag>,
    /// Events given up on.
    pub dead_letters: u64,
    /// Those who tell people of its events.
    pub notifiers: Vec<NotifierHealth>,
    /// Whether it is being stopped.
    pub stopping: bool,
}

/// A context at work: commands in, reads out.
pub struct Running {
    pub(crate) shared: Arc<Shared>,
    pub(crate) jobs: Sender<Job>,
    pub(crate) outgoing: Arc<dyn Outgoing>,
    /// Those who listen, and those who notify.
    pub(crate) tasks: Mutex<Vec<tokio::task::JoinHandle<()>>>,
    reads_answered: AtomicU64,
}

impl Running {
    /// Starts the context's writer on a thread of its own. It listens to nobody yet. Nobody is waited
    /// for.
    ///
    /// # Errors
    /// [`StartError`].
    pub fn start(
        context: Context,
        store: Recalled,
        settings: Settings,
        outgoing: Arc<dyn Outgoing>,
    ) -> Result<Arc<Self>, StartError> {
        context.check()?;
        let name = context.name();
        let (reader, head) = (Arc::clone(&store.opened.reader), store.head);
        let is_alone = store.opened.writer.is_alone();
        let shared = Arc::new(Shared {
            metrics: ContextMetrics::new(name),
            horizon: Horizon::of(&settings.producers),
            context,
            settings,
            reader,
            ids: Ids::after(store.ids_reserved),
            turns: Turns::default(),
            recent: Arc::new(Recent::after(head, !is_alone)),
            committed: watch::Sender::new(head),
            stopping: watch::Sender::new(false),
            leads: watch::Sender::new(true),
            relayed: AtomicBool::new(false),
            wanted: watch::Sender::new(0),
            lags: Mutex::default(),
            replay: Mutex::new(None),
            waiting: AtomicUsize::new(0),
            store: Mutex::new(Ok(())),
            producers: Mutex::new(Vec::new()),
            notifiers: Mutex::new(Vec::new()),
        });
        let (jobs, inbox) = std::sync::mpsc::channel();
        let writer = Loop::new(Arc::clone(&shared), store, inbox);
        std::thread::Builder::new()
            .name(format!("{name}-writer"))
            .spawn(move || writer.run())
            .map_err(|error| StartError::Thread {
                context: name,
                error,
            })?;
        Ok(Arc::new(Self {
            shared,
            jobs,
            outgoing,
            tasks: Mutex::new(Vec::new()),
            reads_answered: AtomicU64::new(0),
        }))
    }

    /// Its log, for those who listen.
    pub fn log(&self) -> Log {
        Log {
            producer: self.shared.context.name(),
            reader: Arc::clone(&self.shared.reader),
            recent: Some(Arc::clone(&self.shared.recent)),
            committed: self.shared.committed.subscribe(),
        }
    }

    /// Says whose events there are, without taking any in: enough for [`Running::rebuild`].
    pub fn knows(&self, producer: Log) {
        self.shared.producers().push(producer);
    }

    /// Rebuilds read models from there, and no longer from the logs of those it knows.
    pub fn replays_from(&self, replay: Arc<dyn Replay>) {
        let mut place = self
            .shared
            .replay
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *place = Some(replay);
    }

    /// Starts to take in what a producer tells, on a task of the current tokio runtime.
    pub fn listen_to(&self, producer: Log) {
        self.knows(producer.clone());
        let pump = tokio::spawn(pump::run(
            Arc::clone(&self.shared),
            self.jobs.clone(),
            producer,
        ));
        self.tasks
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(pump);
    }

    /// The declaration.
    pub fn context(&self) -> &Context {
        &self.shared.context
    }

    /// The aggregate shown at `/collection`.
    pub fn aggregate_at(&self, collection: &str) -> Option<&dyn AnyAggregate> {
        let mut aggregates = self.context().aggregates().iter().map(AsRef::as_ref);
        aggregates.find(|a| a.collection() == collection)
    }

    /// The read model shown at `/collection`.
    pub fn read_model_at(&self, collection: &str) -> Option<&dyn AnyReadModel> {
        let mut read_models = self.context().read_models().iter().map(AsRef::as_ref);
        read_models.find(|r| r.collection() == collection)
    }

    pub(crate) fn send(&self, job: Job) -> Result<(), Failure> {
        self.jobs.send(job).map_err(|_| Failure::Stopping)
    }

    /// One record: `kind` is an aggregate's kind or a read model's collection.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn record(&self, kind: &'static str, id: Id) -> Result<Option<Record>, StoreError> {
        self.read(move |reader| reader.record(kind, id)).await
    }

    /// Shown records, in order of id.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn page(&self, kind: &'static str, page: Page) -> Result<Vec<Record>, StoreError> {
        self.read(move |reader| reader.page(kind, page)).await
    }

    /// How many are shown.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn count(&self, kind: &'static str) -> Result<u64, StoreError> {
        self.read(move |reader| reader.count(kind)).await
    }

    /// Records that a key leads to.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn by_key(&self, key: StoredKey) -> Result<Vec<Record>, StoreError> {
        self.read(move |reader| reader.by_key(&key)).await
    }

    /// Anything else that is read, on a thread that may wait for the disk.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&dyn Reader) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let answer = log::read(&self.shared.reader, read).await;
        if answer.is_ok() {
            self.reads_answered.fetch_add(1, Ordering::Relaxed);
        }
        answer
    }

    /// How many reads the store has answered so far: where that grows, the store is there.
    pub fn reads_answered(&self) -> u64 {
        self.reads_answered.load(Ordering::Relaxed)
    }

    /// Events that are held back or given up on.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn parked(&self) -> Result<Vec<ParkedEvent>, StoreError> {
        self.read(|reader| reader.parked()).await
    }

    /// Tries a dead letter again now, and then those behind it.
    ///
    /// # Errors
    /// [`Failure::Absent`] when it is not parked.
    pub async fn retry_parked(&self, producer: String, at: Position) -> Result<(), Failure> {
        self.judge(Verdict::Retry, producer, at).await
    }

    /// Gives a dead letter up for good; those behind it are tried again.
    ///
    /// # Errors
    /// [`Failure::Absent`] when it is not parked.
    pub async fn drop_parked(&self, producer: String, at: Position) -> Result<(), Failure> {
        self.judge(Verdict::Drop, producer, at).await
    }

    async fn judge(
        &self,
        verdict: Verdict,
        producer: String,
        position: Position,
    ) -> Result<(), Failure> {
        let judgement = Judgement {
            verdict,
            producer,
            position,
        };
        let (reply, done) = oneshot::channel();
        self.send(Job::Judge(judgement, reply))?;
        done.await.map_err(|_| Failure::Stopping)?
    }

    /// How it is.
    pub fn health(&self) -> Health {
        let store = self
            .shared
            .store
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let lag = self.lag();
        Health {
            store: store.clone(),
            lag,
            dead_letters: self.shared.metrics.dead_letters.get().unsigned_abs(),
            notifiers: self.notifiers(),
            stopping: self.shared.is_stopping(),
        }
    }

    fn notifiers(&self) -> Vec<NotifierHealth> {
        let notifiers = self.shared.notifiers();
        notifiers.iter().map(|n| n.health(&self.shared)).collect()
    }

    /// How far it is behind each producer, and each source of a bus.
    fn lag(&self) -> Vec<Lag> {
        let mut lags: Vec<Lag> = Vec::new();
        for log in self.shared.producers().iter() {
            lags.push(Lag {
                producer: log.producer.into(),
                events: self.shared.horizon.lag(log.producer).unwrap_or(0),
            });
        }
        let of_bus = self.shared.lags();
        let of_bus = of_bus.iter().map(|(source, events)| Lag {
            producer: Arc::clone(source),
            events: *events,
        });
        lags.extend(of_bus);
        for lag in &lags {
            self.shared.metrics.lag_of(&lag.producer).set(lag.events);
        }
        lags
    }

    /// What it counts.
    pub fn metrics(&self) -> &ContextMetrics {
        self.lag();
        self.notifiers();
        &self.shared.metrics
    }

    /// Takes no more commands, finishes those in flight, saves the cursors, ends the writer.
    pub async fn stop(&self) {
        self.shared.stopping.send_replace(true);
        let tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        for task in tasks {
            // One that panicked has stopped, too.
            let _ = task.await;
        }
        let (reply, stopped) = oneshot::channel();
        if self.jobs.send(Job::Stop(reply)).is_ok() {
            let _ = stopped.await;
        }
    }
}

//! The embedded bus: a consumer reads each producer's log at its own pace.

use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use storm::Context;
use storm::store::{Millis, Position, Reader, StoreError, StoredEvent};
use tokio::sync::{oneshot, watch};

use crate::job::{Delivery, Job};
use crate::recent::Recent;
use crate::running::Shared;

/// A context's log, as those see it who listen.
#[derive(Clone)]
pub struct Log {
    /// The context that tells.
    pub producer: &'static str,
    /// Reads its events.
    pub reader: Arc<dyn Reader>,
    /// The newest of them, without reading.
    pub(crate) recent: Option<Arc<Recent>>,
    /// The last position committed; changes wake those who listen.
    pub committed: watch::Receiver<Position>,
}

impl Log {
    /// The log of a context that runs elsewhere.
    pub fn new(
        producer: &'static str,
        reader: Arc<dyn Reader>,
        committed: watch::Receiver<Position>,
    ) -> Self {
        Self {
            producer,
            reader,
            recent: None,
            committed,
        }
    }

    /// Up to `limit` events after `position`.
    pub(crate) async fn after(
        &self,
        position: Position,
        limit: usize,
    ) -> Result<Vec<Arc<StoredEvent>>, StoreError> {
        let recent = self.recent.as_ref();
        if let Some(events) = recent.and_then(|recent| recent.since(position, limit)) {
            return Ok(events);
        }
        let events = read(&self.reader, move |reader| {
            reader.events_after(position, limit)
        })
        .await?;
        Ok(events.into_iter().map(Arc::new).collect())
    }
}

/// How far a consumer is behind a producer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lag {
    /// The context that tells.
    pub producer: &'static str,
    /// Events told and not yet taken in.
    pub events: i64,
}

/// How a listener takes in a stream of events. An event after a quiet moment never waits.
struct Pace {
    /// Events that are taken in by one commit at most.
    chunk: usize,
    /// While events keep coming, what little has come since the last commit waits so long for more:
    /// one commit then carries many.
    wait: Duration,
}

impl Pace {
    fn of(context: &Context) -> Self {
        if context.is_derived() {
            // Nobody's command waits behind these, and the events of one order, which come one
            // after the other from several producers, change their row once instead of each.
            Self {
                chunk: 2_048,
                wait: Duration::from_millis(100),
            }
        } else {
            // Enough to share a commit's cost, few enough that a person's command behind them does
            // not wait long.
            Self {
                chunk: 256,
                wait: Duration::from_millis(20),
            }
        }
    }

    /// The next moment at which everybody with this pace looks again: at the same time, so that
    /// what several producers told is taken in together.
    fn next(&self) -> Duration {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let wait = self.wait.as_nanos().max(1);
        let rest = wait - now.as_nanos() % wait;
        Duration::from_nanos(u64::try_from(rest).unwrap_or(0))
    }
}

/// So many at once means that events keep coming.
const STREAM: Position = 4;

/// Reads on a thread that may wait for the disk.
pub(crate) async fn read<T: Send + 'static>(
    reader: &Arc<dyn Reader>,
    read: impl FnOnce(&dyn Reader) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let reader = Arc::clone(reader);
    match tokio::task::spawn_blocking(move || read(&*reader)).await {
        Ok(result) => result,
        Err(error) => Err(StoreError::Unavailable {
            place: "the store".to_owned(),
            reason: format!("a read was given up: {error}"),
        }),
    }
}

/// Takes in what `producer` tells, until the context is stopped.
pub(crate) async fn run(shared: Arc<Shared>, jobs: Sender<Job>, mut producer: Log) {
    let mut stopping = shared.stopping.subscribe();
    let lag = shared.metrics.lag_of(producer.producer);
    let mut pause = FIRST_PAUSE;
    let mut cursor = None;
    let pace = Pace::of(&shared.context);
    shared
        .horizon
        .listens(producer.producer, producer.committed.clone());
    while !*stopping.borrow_and_update() {
        match step(&shared, &jobs, &producer, cursor, pace.chunk).await {
            Ok(Step { at, last }) => {
                pause = FIRST_PAUSE;
                let taken = cursor.map_or(0, |cursor| at - cursor);
                cursor = Some(at);
                shared.horizon.heard(producer.producer, at, last);
                let told = *producer.committed.borrow_and_update();
                lag.set((told - at).max(0));
                if usize::try_from(taken).is_ok_and(|taken| taken >= pace.chunk) {
                    continue;
                }
                let more = async {
                    if told <= at && producer.committed.changed().await.is_err() {
                        return false;
                    }
                    if taken >= STREAM {
                        tokio::time::sleep(pace.next()).await;
                    }
                    true
                };
                tokio::select! {
                    alive = more => if !alive { return },
                    _ = stopping.changed() => {}
                }
            }
            Err(Stopped::Store(error)) => {
                tracing::warn!(context = shared.context.name(), producer = producer.producer,
                    %error, "events could not be taken in; trying again");
                cursor = None;
                tokio::select! {
                    () = tokio::time::sleep(pause) => pause = (pause * 2).min(LONGEST_PAUSE),
                    _ = stopping.changed() => {}
                }
            }
            Err(Stopped::Writer) => return,
        }
    }
}

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

enum Stopped {
    Store(StoreError),
    Writer,
}

impl From<StoreError> for Stopped {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Where the cursor is after a step, and when the last event before it was told.
struct Step {
    at: Position,
    last: Option<Millis>,
}

/// Takes in the next events.
async fn step(
    shared: &Shared,
    jobs: &Sender<Job>,
    log: &Log,
    cursor: Option<Position>,
    chunk: usize,
) -> Result<Step, Stopped> {
    let cursor = match cursor {
        Some(cursor) => cursor,
        None => stored_cursor(shared, log.producer).await?,
    };
    let events = log.after(cursor, chunk).await?;
    let Some((up_to, last)) = events.last().map(|last| (last.position, last.event.at)) else {
        return Ok(Step {
            at: cursor,
            last: None,
        });
    };
    let listens = shared.context.listens();
    let events = events
        .into_iter()
        .filter(|stored| listens.contains(stored.event.event_type.as_str()))
        .collect();
    let delivery = Delivery {
        producer: log.producer,
        events,
        up_to,
    };
    let (reply, done) = oneshot::channel();
    jobs.send(Job::Deliver(delivery, reply))
        .map_err(|_| Stopped::Writer)?;
    done.await.map_err(|_| Stopped::Writer)??;
    Ok(Step {
        at: up_to,
        last: Some(last),
    })
}

async fn stored_cursor(shared: &Shared, producer: &str) -> Result<Position, StoreError> {
    let cursors = read(&shared.reader, |reader| reader.cursors()).await?;
    let cursor = cursors
        .into_iter()
        .find(|cursor| cursor.producer == producer);
    Ok(cursor.map_or(0, |cursor| cursor.position))
}

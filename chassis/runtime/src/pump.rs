//! The embedded bus: a consumer reads each producer's log at its own pace.

use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use storm::store::{Millis, Position, Reader, StoreError, StoredEvent};
use tokio::sync::{oneshot, watch};

use crate::clock::now;
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

/// Events that are taken in by one commit at most: enough to share its cost, few enough that a
/// person's command does not wait long behind them.
const CHUNK: usize = 256;

/// The same, as positions are counted. Where positions have gaps it is reached a little early.
const FULL: Position = 256;

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

/// While events keep coming, what little has come since the last commit waits this long for more:
/// one commit then carries many. An event after a quiet moment does not wait.
const PACE: Duration = Duration::from_millis(40);
/// So many at once means that events keep coming.
const STREAM: Position = 4;

/// Takes in what `producer` tells, until the context is stopped.
pub(crate) async fn run(shared: Arc<Shared>, jobs: Sender<Job>, mut producer: Log) {
    let mut stopping = shared.stopping.subscribe();
    let lag = shared.metrics.lag_of(producer.producer);
    let mut pause = FIRST_PAUSE;
    let mut cursor = None;
    while !*stopping.borrow_and_update() {
        let began = Instant::now();
        match step(&shared, &jobs, &producer, cursor).await {
            Ok(Step { at, last }) => {
                pause = FIRST_PAUSE;
                let taken = cursor.map_or(0, |cursor| at - cursor);
                cursor = Some(at);
                // The clock first: what is told from now on is told later.
                let looked = now();
                let told = *producer.committed.borrow_and_update();
                lag.set((told - at).max(0));
                // Others may have been told in the same millisecond as the last.
                let before_last = last.map(|last| last - 1);
                let heard = if told <= at {
                    Some(looked)
                } else {
                    before_last
                };
                if let Some(heard) = heard {
                    shared.horizon.heard(producer.producer, heard);
                }
                if taken >= FULL {
                    continue;
                }
                let next = if taken >= STREAM { began + PACE } else { began };
                let more = async {
                    if told <= at && producer.committed.changed().await.is_err() {
                        return false;
                    }
                    tokio::time::sleep_until(next.into()).await;
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
) -> Result<Step, Stopped> {
    let cursor = match cursor {
        Some(cursor) => cursor,
        None => stored_cursor(shared, log.producer).await?,
    };
    let events = log.after(cursor, CHUNK).await?;
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

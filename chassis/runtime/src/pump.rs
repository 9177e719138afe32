//! The embedded bus: a consumer reads each producer's log at its own pace.

use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Duration;

use storm::store::{Position, Reader, StoreError};
use tokio::sync::{oneshot, watch};

use crate::job::{Delivery, Job};
use crate::running::Shared;

/// A context's log, as those see it who listen.
#[derive(Clone)]
pub struct Log {
    /// The context that tells.
    pub producer: &'static str,
    /// Reads its events.
    pub reader: Arc<dyn Reader>,
    /// The last position committed; changes wake those who listen.
    pub committed: watch::Receiver<Position>,
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
    while !*stopping.borrow_and_update() {
        match step(&shared, &jobs, &producer, cursor).await {
            Ok(at) => {
                pause = FIRST_PAUSE;
                cursor = Some(at);
                let told = *producer.committed.borrow_and_update();
                lag.set((told - at).max(0));
                if told > at {
                    continue;
                }
                tokio::select! {
                    changed = producer.committed.changed() => if changed.is_err() { return },
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

/// Takes in the next events, and says where that leaves the cursor.
async fn step(
    shared: &Shared,
    jobs: &Sender<Job>,
    log: &Log,
    cursor: Option<Position>,
) -> Result<Position, Stopped> {
    let cursor = match cursor {
        Some(cursor) => cursor,
        None => stored_cursor(shared, log.producer).await?,
    };
    let events = read(&log.reader, move |reader| {
        reader.events_after(cursor, CHUNK)
    })
    .await?;
    let Some(up_to) = events.last().map(|last| last.position) else {
        return Ok(cursor);
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
    Ok(up_to)
}

async fn stored_cursor(shared: &Shared, producer: &str) -> Result<Position, StoreError> {
    let cursors = read(&shared.reader, |reader| reader.cursors()).await?;
    let cursor = cursors
        .into_iter()
        .find(|cursor| cursor.producer == producer);
    Ok(cursor.map_or(0, |cursor| cursor.position))
}

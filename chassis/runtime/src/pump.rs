//! The embedded bus: a consumer reads each producer's log at its own pace.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use storm::Context;
use storm::store::{Position, StoreError, StoredEvent};

use crate::bus::{Heard, NotTaken};
use crate::job::{Delivery, Job, done};
use crate::log::{Log, cursor, read};
use crate::shared::Shared;

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
                chunk: 64,
                wait: Duration::from_millis(5),
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

/// Positions that are passed over, because nobody here listens to what stands there, before the
/// cursor is committed for their sake alone. A crash costs no more than reading them again.
const PASSED: Position = 10_000;

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Takes in what `producer` tells, until the context is stopped.
pub(crate) async fn run(shared: Arc<Shared>, jobs: Sender<Job>, producer: Log) {
    let mut stopping = shared.stopping.subscribe();
    let mut pause = FIRST_PAUSE;
    let mut pump = Pump::new(shared, jobs, producer);
    while !*stopping.borrow_and_update() {
        let wait = match pump.step().await {
            Ok(taken) => {
                pause = FIRST_PAUSE;
                pump.said = None;
                tokio::select! {
                    more = pump.more(taken) => more,
                    _ = stopping.changed() => Ok(()),
                }
            }
            Err(stopped) => Err(stopped),
        };
        match wait {
            Ok(()) => {}
            Err(NotTaken::Store(error)) => {
                pump.failed(&error);
                tokio::select! {
                    () = tokio::time::sleep(pause) => pause = (pause * 2).min(LONGEST_PAUSE),
                    _ = stopping.changed() => {}
                }
            }
            Err(NotTaken::Stopped) => return,
        }
    }
    pump.save().await;
}

struct Pump {
    shared: Arc<Shared>,
    jobs: Sender<Job>,
    log: Log,
    /// The producer's name.
    source: Arc<str>,
    pace: Pace,
    listens: BTreeSet<&'static str>,
    /// The last position seen; `None` is to be read from the store.
    cursor: Option<Position>,
    /// The last position that the store knows of.
    saved: Position,
    /// The trouble that was told last, which is told once.
    said: Option<StoreError>,
}

impl Pump {
    fn new(shared: Arc<Shared>, jobs: Sender<Job>, log: Log) -> Self {
        shared.horizon.listens(log.producer, log.committed.clone());
        Self {
            pace: Pace::of(&shared.context),
            listens: shared.context.listens(),
            shared,
            jobs,
            source: log.producer.into(),
            log,
            cursor: None,
            saved: 0,
            said: None,
        }
    }

    /// Takes in the next events, and says how many positions that was.
    async fn step(&mut self) -> Result<Position, NotTaken> {
        let cursor = match self.cursor {
            Some(cursor) => cursor,
            None => self.begin().await?,
        };
        let told = *self.log.committed.borrow();
        let mut events = self.log.after(cursor, self.pace.chunk).await?;
        let is_whole = events.len() < self.pace.chunk;
        let last = events.last().map(|last| (last.position, last.event.at));
        if let Some((up_to, _)) = last {
            events.retain(|stored| self.listens.contains(stored.event.event_type.as_str()));
            if !events.is_empty() || up_to - self.saved >= PASSED {
                self.deliver(events, up_to).await?;
            }
        }
        let at = last.map_or(cursor, |(position, _)| position);
        // Positions at the end of a log may have been skipped: nothing stands there.
        let at = if is_whole { at.max(told) } else { at };
        self.cursor = Some(at);
        let told_at = last.map(|(_, at)| at);
        self.shared.horizon.heard(self.log.producer, at, told_at);
        Ok(at - cursor)
    }

    /// Where the last run ended. A log that is shorter than that was cut short, or is an older copy:
    /// its next events would be taken for old ones (I4). Nothing is heard of it until it has gone on
    /// after what was heard.
    async fn begin(&mut self) -> Result<Position, NotTaken> {
        let producer = self.log.producer;
        let cursor = cursor(&self.shared.reader, producer).await?.unwrap_or(0);
        self.saved = cursor;
        let head = read(&self.log.reader, |reader| reader.head()).await?;
        if head < cursor {
            return Err(NotTaken::Store(StoreError::Unavailable {
                place: format!("the log of {producer}"),
                reason: format!(
                    "it ends at position {head}, and {cursor} was heard before: its store is an older one. Put the newer one back, or run `jumun advance` for {producer}"
                ),
            }));
        }
        Ok(cursor)
    }

    async fn deliver(
        &mut self,
        events: Vec<Arc<StoredEvent>>,
        up_to: Position,
    ) -> Result<(), NotTaken> {
        let heard = |stored: Arc<StoredEvent>| Heard {
            at: stored.position,
            producer: Arc::clone(&self.source),
            stored,
            fault: None,
        };
        let delivery = Delivery {
            source: Arc::clone(&self.source),
            heard: events.into_iter().map(heard).collect(),
            up_to,
            rewind: false,
        };
        done(&self.jobs, |reply| Job::Deliver(delivery, reply)).await?;
        self.saved = up_to;
        Ok(())
    }

    /// Waits until there is more, and a little longer if events keep coming.
    async fn more(&mut self, taken: Position) -> Result<(), NotTaken> {
        let told = *self.log.committed.borrow_and_update();
        if usize::try_from(taken).is_ok_and(|taken| taken >= self.pace.chunk) {
            return Ok(());
        }
        if told <= self.cursor.unwrap_or(0) {
            self.log
                .committed
                .changed()
                .await
                .map_err(|_| NotTaken::Stopped)?;
        }
        if taken >= STREAM {
            tokio::time::sleep(self.pace.next()).await;
        }
        Ok(())
    }

    fn failed(&mut self, error: &StoreError) {
        let (context, producer) = (self.shared.context.name(), self.log.producer);
        if self.said.as_ref() == Some(error) {
            tracing::debug!(context, producer, %error, "events can still not be taken in");
        } else {
            tracing::warn!(context, producer, %error, "events could not be taken in; trying again");
            self.said = Some(error.clone());
        }
        self.cursor = None;
    }

    /// An orderly stop: what was passed over need not be read again.
    async fn save(&mut self) {
        if let Some(cursor) = self.cursor.filter(|cursor| *cursor > self.saved) {
            // If it cannot be saved now, it is read again: nothing is lost.
            let _ = self.deliver(Vec::new(), cursor).await;
        }
    }
}

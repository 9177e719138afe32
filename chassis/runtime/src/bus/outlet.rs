//! What a context tells, on its way out.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::Sender;
use std::time::Duration;

use storm::store::{Millis, Position, StoreError, StoredEvent};

use super::{NotTaken, RELAY};
use crate::Running;
use crate::clock::now;
use crate::job::{Job, Move, done};
use crate::log::{Log, cursor, standing};
use crate::shared::Shared;

/// How soon after the last event the log is looked at for those of other replicas.
const FIRST_LOOK: Duration = Duration::from_millis(5);
/// How seldom it is looked at when nothing happens.
const LAST_LOOK: Duration = Duration::from_millis(100);

/// How far what a context told is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outbox {
    /// The last position in the log.
    pub head: Position,
    /// The last position that the bus has.
    pub published: Position,
    /// All that was told up to this moment is with the bus.
    pub until: Millis,
}

/// Where a bus fetches what a context tells.
pub struct Outlet {
    shared: Arc<Shared>,
    jobs: Sender<Job>,
    log: Log,
    pause: Duration,
}

impl Running {
    /// Where a bus fetches what the context tells. From now on only what it says counts as
    /// published.
    pub fn outlet(&self) -> Outlet {
        self.shared.relayed.store(true, Ordering::Release);
        Outlet {
            shared: Arc::clone(&self.shared),
            jobs: self.jobs.clone(),
            log: self.log(),
            pause: FIRST_LOOK,
        }
    }

    /// How far what this context told is on its way, by whichever replica. Without a bus between
    /// processes all that is in the log is where others read it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn outbox(&self) -> Result<Outbox, StoreError> {
        let relayed = self.shared.relayed.load(Ordering::Acquire);
        let at = now();
        self.read(move |reader| {
            let head = reader.head()?;
            let published = if relayed {
                standing(&reader.cursors()?, RELAY).unwrap_or(0)
            } else {
                head
            };
            let next = if published < head {
                reader.events_after(published, 1)?
            } else {
                Vec::new()
            };
            Ok(Outbox {
                head,
                published,
                until: next.first().map_or(at, |stored| stored.event.at - 1),
            })
        })
        .await
    }
}

impl Outlet {
    /// The last position that the bus has.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn published(&self) -> Result<Position, StoreError> {
        let relay = cursor(&self.shared.reader, RELAY).await?;
        Ok(relay.unwrap_or(0))
    }

    /// The log after `position`, in order.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn after(
        &self,
        position: Position,
        limit: usize,
    ) -> Result<Vec<Arc<StoredEvent>>, StoreError> {
        self.log.after(position, limit).await
    }

    /// The bus has all up to `position`. It never goes back.
    ///
    /// # Errors
    /// [`NotTaken`].
    pub async fn publish_is(&self, position: Position) -> Result<(), NotTaken> {
        let moved = Move {
            cursor: RELAY.into(),
            from: None,
            to: position,
        };
        done(&self.jobs, |reply| Job::Move(moved, reply)).await
    }

    /// Waits until the log may go beyond `position`. What other replicas tell is noticed within
    /// 100 ms.
    pub async fn more(&mut self, position: Position) {
        if *self.log.committed.borrow_and_update() > position {
            self.pause = FIRST_LOOK;
            return;
        }
        let looking = tokio::time::sleep(self.pause);
        tokio::select! {
            _ = self.log.committed.changed() => self.pause = FIRST_LOOK,
            () = looking, if self.shared.recent.is_shared() => self.pause = (self.pause * 2).min(LAST_LOOK),
        }
    }
}

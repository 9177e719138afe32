//! The newest part of a context's log, kept in memory for those who listen: they need not read
//! back from the disk what was written a moment ago.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use storm::store::{NewEvent, Position, StoredEvent};

/// So many events are kept. A listener that is further behind reads the store.
const KEPT: usize = 4_096;

struct Tail {
    /// All events after this position are here.
    after: Position,
    events: VecDeque<Arc<StoredEvent>>,
}

/// Filled by the writer when it has committed, read by pumps.
pub(crate) struct Recent(Mutex<Tail>);

impl Recent {
    /// Nothing yet; the log ends at `head`.
    pub(crate) fn after(head: Position) -> Self {
        Self(Mutex::new(Tail {
            after: head,
            events: VecDeque::new(),
        }))
    }

    fn tail(&self) -> MutexGuard<'_, Tail> {
        // Only whole events are ever put in or taken out.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// These were committed, and the log now ends at `head`.
    pub(crate) fn told(&self, events: Vec<NewEvent>, head: Position) {
        let mut tail = self.tail();
        let first = head - Position::try_from(events.len()).unwrap_or(Position::MAX) + 1;
        let last = tail
            .events
            .back()
            .map_or(tail.after, |stored| stored.position);
        if first != last + 1 {
            // Something was kept that we were told was not, as can be when a disk fails: whoever
            // has not heard it must read the store (I4).
            tail.events.clear();
            tail.after = first - 1;
        }
        let stored = (first..).zip(events);
        tail.events
            .extend(stored.map(|(position, event)| Arc::new(StoredEvent { position, event })));
        while tail.events.len() > KEPT
            && let Some(oldest) = tail.events.pop_front()
        {
            tail.after = oldest.position;
        }
    }

    /// Up to `limit` events after `position`, or `None` if the store has to be read for them.
    pub(crate) fn since(&self, position: Position, limit: usize) -> Option<Vec<Arc<StoredEvent>>> {
        let tail = self.tail();
        if position < tail.after {
            return None;
        }
        let begin = tail
            .events
            .partition_point(|stored| stored.position <= position);
        Some(tail.events.range(begin..).take(limit).cloned().collect())
    }
}

#[cfg(test)]
mod tests;

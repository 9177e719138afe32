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

/// Filled by the writer when it has committed, read by pumps and relays.
pub(crate) struct Recent {
    tail: Mutex<Tail>,
    /// Whether other replicas write to the log, too: then it may go on where this ends.
    shared: bool,
}

impl Recent {
    /// Nothing yet; the log ends at `head`.
    pub(crate) fn after(head: Position, shared: bool) -> Self {
        let tail = Mutex::new(Tail {
            after: head,
            events: VecDeque::new(),
        });
        Self { tail, shared }
    }

    /// Whether other replicas write to the log, too.
    pub(crate) fn is_shared(&self) -> bool {
        self.shared
    }

    fn tail(&self) -> MutexGuard<'_, Tail> {
        // Only whole events are ever put in or taken out.
        self.tail.lock().unwrap_or_else(PoisonError::into_inner)
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
            // Another replica told something; or something was kept that we were told was not, as can
            // be when a disk fails. Whoever has not heard it must read the store (I4).
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
        if self.shared && begin == tail.events.len() {
            return None;
        }
        Some(tail.events.range(begin..).take(limit).cloned().collect())
    }
}

#[cfg(test)]
mod tests;

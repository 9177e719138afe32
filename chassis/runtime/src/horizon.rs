//! Up to when everything that others told has been taken in.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, Ordering};

use storm::store::{Millis, Position};
use tokio::sync::watch;

/// One producer, as far as it has been heard.
struct Heard {
    producer: &'static str,
    /// The last position that it has committed, once somebody listens.
    committed: OnceLock<watch::Receiver<Position>>,
    /// The last position taken in; -1 before the first look.
    cursor: AtomicI64,
    /// All that was told up to this moment has been taken in.
    up_to: AtomicI64,
}

/// A deadline fires only when everybody has been heard up to it (I1): an event that meets it may
/// have been told in time, and not been heard yet.
pub(crate) struct Horizon(Vec<Heard>);

impl Horizon {
    /// Nothing has been heard yet.
    pub(crate) fn of(producers: &[&'static str]) -> Self {
        let unheard = |producer: &&'static str| Heard {
            producer,
            committed: OnceLock::new(),
            cursor: AtomicI64::new(-1),
            up_to: AtomicI64::new(0),
        };
        Self(producers.iter().map(unheard).collect())
    }

    fn find(&self, producer: &str) -> Option<&Heard> {
        self.0.iter().find(|heard| heard.producer == producer)
    }

    /// Somebody listens to `producer` now.
    pub(crate) fn listens(&self, producer: &str, committed: watch::Receiver<Position>) {
        if let Some(heard) = self.find(producer) {
            // Who listens first, listens for good.
            let _ = heard.committed.set(committed);
        }
    }

    /// All that `producer` told up to position `cursor` has been taken in; the last of it, if there
    /// was any, was told at `last`.
    pub(crate) fn heard(&self, producer: &str, cursor: Position, last: Option<Millis>) {
        if let Some(heard) = self.find(producer) {
            heard.cursor.store(cursor, Ordering::Release);
            if let Some(last) = last {
                // More may have been told in the same millisecond.
                heard.up_to.store(last - 1, Ordering::Release);
            }
        }
    }

    /// All that anybody told up to this moment has been taken in.
    pub(crate) fn heard_up_to(&self, moment: Millis) {
        for heard in &self.0 {
            heard.up_to.fetch_max(moment, Ordering::AcqRel);
        }
    }

    /// How many of its events have not been taken in, if somebody listens.
    pub(crate) fn lag(&self, producer: &str) -> Option<i64> {
        let heard = self.find(producer)?;
        let committed = *heard.committed.get()?.borrow();
        Some((committed - heard.cursor.load(Ordering::Acquire).max(0)).max(0))
    }

    /// The moment up to which everyone has been heard; `now` at the latest.
    pub(crate) fn reached(&self, now: Millis) -> Millis {
        self.0
            .iter()
            .map(|heard| heard.reached(now))
            .fold(now, Millis::min)
    }
}

impl Heard {
    fn reached(&self, now: Millis) -> Millis {
        let committed = self.committed.get().map(|committed| *committed.borrow());
        match committed {
            Some(committed) if committed <= self.cursor.load(Ordering::Acquire) => now,
            Some(_) | None => self.up_to.load(Ordering::Acquire),
        }
    }
}

#[cfg(test)]
mod tests;

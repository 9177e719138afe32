//! Events as a bus hands them over.

use std::collections::BTreeMap;
use std::sync::Arc;

use storm::store::{Cursor, Position, StoreError, StoredEvent};

use crate::known::Known;

/// An event as a bus hands it over.
#[derive(Clone, Debug)]
pub struct Heard {
    /// Its place in the source that it came from; they ascend from 1.
    pub at: Position,
    /// The context that told it; for an event of strangers the source itself.
    pub producer: Arc<str>,
    /// The event, with its position in its producer's log. One of strangers has no other position
    /// than [`Heard::at`].
    pub stored: Arc<StoredEvent>,
    /// Why it cannot be read, if it cannot. Then its data is what came, as one JSON text; it is parked
    /// with this reason, and not tried again by itself.
    pub fault: Option<String>,
}

/// Why events were not taken in. Nothing of them was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// The store could not: they are to be handed over again.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The context has been stopped.
    #[error("the context has been stopped")]
    Stopped,
}

/// The cursor that says up to where a producer's events have come from a source.
pub(crate) fn mark(producer: &str, source: &str) -> String {
    format!("{producer}@{source}")
}

/// How much of a producer's log a consumer with these cursors has heard, from the log itself or over
/// buses: the last position.
pub fn heard_of(producer: &str, cursors: &[Cursor]) -> Position {
    let of_it = cursors
        .iter()
        .filter(|cursor| is_of(&cursor.producer, producer));
    of_it.map(|cursor| cursor.position).max().unwrap_or(0)
}

/// Whether a cursor's position is one in the producer's log.
pub(crate) fn is_of(cursor: &str, producer: &str) -> bool {
    let rest = cursor.strip_prefix(producer);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('@'))
}

/// What of one source is new.
pub(crate) struct Marks {
    source: Arc<str>,
    seen: Position,
    /// Up to where each producer was heard.
    producers: BTreeMap<Arc<str>, Position>,
    moved: bool,
}

impl Marks {
    pub(crate) fn of(source: &Arc<str>, known: &Known) -> Self {
        Self {
            source: Arc::clone(source),
            seen: known.seen(source),
            producers: BTreeMap::new(),
            moved: false,
        }
    }

    /// Whether an event has not been taken in yet. It counts as taken in from now on.
    pub(crate) fn is_new(&mut self, heard: &Heard, known: &Known) -> bool {
        if heard.at <= self.seen {
            return false;
        }
        if heard.producer == self.source {
            return true;
        }
        let position = heard.stored.position;
        if let Some(mark) = self.producers.get_mut(&heard.producer) {
            let is_new = position > *mark;
            *mark = position.max(*mark);
            self.moved |= is_new;
            return is_new;
        }
        // What was taken in from the producer's own log, before there was this bus, is known, too.
        let mark = known
            .seen(&mark(&heard.producer, &self.source))
            .max(known.seen(&heard.producer));
        let is_new = position > mark;
        self.moved |= is_new;
        self.producers
            .insert(Arc::clone(&heard.producer), position.max(mark));
        is_new
    }

    /// The cursors that have moved with the events.
    pub(crate) fn cursors(&self) -> impl Iterator<Item = (String, Position)> + '_ {
        let moved = self.producers.iter().filter(|_| self.moved);
        moved.map(|(producer, position)| (mark(producer, &self.source), *position))
    }
}

#[cfg(test)]
mod tests;

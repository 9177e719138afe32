//! Whose story a unit is part of, and what caused it.

use storm::store::{Millis, Position, StoredEvent};

/// A story as a unit tells it on.
#[derive(Clone, Copy)]
pub(crate) struct Story<'a> {
    /// `None`: the aggregate's own.
    pub(crate) correlation: Option<&'a str>,
    pub(crate) causation: Cause<'a>,
    pub(crate) trace: &'a str,
    pub(crate) at: Millis,
    /// How many policies of the same commit led here.
    pub(crate) depth: u8,
}

/// What made it happen. Written out only where something happens.
#[derive(Clone, Copy)]
pub(crate) enum Cause<'a> {
    /// A request's id.
    Request(&'a str),
    /// An event: its producer and position.
    Event(&'a str, Position),
    /// A deadline, by name.
    Deadline(&'a str),
}

impl std::fmt::Display for Cause<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Request(id) => f.write_str(id),
            Self::Event(producer, position) => write!(f, "{producer}-{position}"),
            Self::Deadline(name) => write!(f, "deadline {name}"),
        }
    }
}

/// The story that an event is part of.
pub(crate) fn story_of<'s>(stored: &'s StoredEvent, causation: Cause<'s>, at: Millis) -> Story<'s> {
    Story {
        correlation: Some(&stored.event.correlation),
        causation,
        trace: &stored.event.trace,
        at,
        depth: 0,
    }
}

//! A command that an aggregate sends to itself later. Durable: it survives a restart.

use std::time::Duration;

use crate::Aggregate;

/// Starts with one event, ends with another; if the end does not come in time, sends a command.
pub struct Deadline<A: Aggregate> {
    pub(crate) name: &'static str,
    pub(crate) after: Duration,
    pub(crate) starts: fn(&A::Event) -> bool,
    pub(crate) ends: fn(&A::Event) -> bool,
    pub(crate) command: fn() -> A::Command,
}

impl<A: Aggregate> Deadline<A> {
    /// `name` is stored, and is what the configuration calls it.
    pub fn new(
        name: &'static str,
        after: Duration,
        starts: fn(&A::Event) -> bool,
        ends: fn(&A::Event) -> bool,
        command: fn() -> A::Command,
    ) -> Self {
        Self {
            name,
            after,
            starts,
            ends,
            command,
        }
    }

    pub(crate) fn change(&self, event: &A::Event) -> Option<DeadlineChange> {
        if (self.starts)(event) {
            Some(DeadlineChange::Start(self.name))
        } else if (self.ends)(event) {
            Some(DeadlineChange::End(self.name))
        } else {
            None
        }
    }
}

/// What an event does to a deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeadlineChange {
    /// The clock starts, anew if it was running.
    Start(&'static str),
    /// It was met, or is moot.
    End(&'static str),
}

/// That a deadline exists, and how long it is unless configured otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeadlineDeclaration {
    /// Its name.
    pub name: &'static str,
    /// From the starting event's commit.
    pub after: Duration,
}

//! Lilac: whenever an event, then a command for an aggregate of *this* context.

use crate::{Aggregate, AnyCommand, Event, Id, KeyValue, sticker_name};

/// Which aggregate is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The one with this id.
    Id(Id),
    /// The one with this unique key, or, when there is none, a new one.
    Key(&'static str, KeyValue),
    /// All that share this key.
    Each(&'static str, KeyValue),
}

/// A command and whom it is for. Made by [`Aggregate::by`] and its siblings.
pub struct Tell<A: Aggregate> {
    target: Target,
    /// Each target gets its own: a command is made as often as there are targets.
    command: Option<Box<dyn Fn() -> A::Command + Send>>,
}

impl<A: Aggregate> Tell<A> {
    pub(crate) fn new(target: Target) -> Self {
        Self {
            target,
            command: None,
        }
    }

    /// The command.
    #[must_use]
    pub fn tell(mut self, command: A::Command) -> Self {
        self.command = Some(Box::new(move || command.clone()));
        self
    }
}

/// What a policy may return: one [`Tell`], perhaps one, or several.
pub trait Tells {
    /// Whom they are for.
    type To: Aggregate;
    /// All of them.
    fn all(self) -> Vec<Tell<Self::To>>;
}

impl<A: Aggregate> Tells for Tell<A> {
    type To = A;
    fn all(self) -> Vec<Self> {
        vec![self]
    }
}

impl<A: Aggregate> Tells for Option<Tell<A>> {
    type To = A;
    fn all(self) -> Vec<Tell<A>> {
        self.into_iter().collect()
    }
}

impl<A: Aggregate> Tells for Vec<Tell<A>> {
    type To = A;
    fn all(self) -> Self {
        self
    }
}

/// A [`Tell`] with its types erased.
pub struct AnyTell {
    /// The aggregate's kind.
    pub kind: &'static str,
    /// Which one.
    pub target: Target,
    /// Makes the command.
    pub command: Box<dyn Fn() -> AnyCommand + Send>,
}

type React = Box<dyn Fn(&str) -> serde_json::Result<Vec<AnyTell>> + Send + Sync>;

/// When a policy acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acts {
    /// When the event has reached its context: after the commit, once.
    Later,
    /// In the commit that tells the event: all of it happens, or nothing.
    InTheSameCommit,
}

/// A policy as the runtime holds it.
pub struct Policy {
    /// The function's name, `whenever_<event>_<command>`.
    pub name: &'static str,
    /// The wire name of the event it waits for.
    pub event_type: &'static str,
    /// The kind of aggregate it tells.
    pub kind: &'static str,
    /// When it acts.
    pub acts: Acts,
    react: React,
}

impl Policy {
    pub(crate) fn new<E: Event, R: Tells, F: Fn(&E) -> R + Send + Sync + 'static>(
        acts: Acts,
        f: F,
    ) -> Self {
        Self {
            name: sticker_name::<F>(),
            event_type: E::TYPE,
            kind: R::To::KIND,
            acts,
            react: Box::new(move |data| {
                let event: E = serde_json::from_str(data)?;
                Ok(f(&event).all().into_iter().filter_map(erase).collect())
            }),
        }
    }

    /// What the policy says to the event with these fields.
    ///
    /// # Errors
    /// When the JSON is not the event's: the event is poison, and is parked.
    pub fn react(&self, data: &str) -> serde_json::Result<Vec<AnyTell>> {
        (self.react)(data)
    }
}

fn erase<A: Aggregate>(tell: Tell<A>) -> Option<AnyTell> {
    let command = tell.command?;
    Some(AnyTell {
        kind: A::KIND,
        target: tell.target,
        command: Box::new(move || Box::new(command()) as AnyCommand),
    })
}

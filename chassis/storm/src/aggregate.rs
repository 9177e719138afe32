//! Yellow: a pure decider.

use std::any::Any;
use std::fmt::Debug;

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    AnyAsk, AskDeclaration, DeadlineChange, DeadlineDeclaration, EventSet, Finder, FreshEvent, Id,
    Key, KeyValue, Refusal, Target, Tell, Verb,
};

/// Events, or a refusal. No event is "no news": the command had already been carried out.
pub type Decision<E> = Result<Vec<E>, Refusal>;

/// What decides. Its `Default` is the state before the first event.
///
/// `decide` and `evolve` are functions of their arguments alone: no clock, no randomness, no I/O.
/// What is needed from outside comes in the command.
pub trait Aggregate:
    Default + Clone + PartialEq + Debug + Serialize + DeserializeOwned + Send + Sync + 'static
{
    /// Its name in the store and in the log, e.g. `order`.
    const KIND: &'static str;
    /// Blue: what it can be told. An enum.
    type Command: Clone + Send + Sync + 'static;
    /// Orange: what it can tell. See [`events!`](crate::events).
    type Event: EventSet;

    /// What happens if aggregate `me`, in this state, is told `command`.
    ///
    /// # Errors
    /// A [`Refusal`] when it says no; nothing changes.
    fn decide(&self, me: Id, command: Self::Command) -> Decision<Self::Event>;

    /// The state after `event`.
    #[must_use]
    fn evolve(self, event: &Self::Event) -> Self;

    /// How it is found, besides by its id.
    fn keys(&self) -> Vec<Key> {
        Vec::new()
    }

    /// Whom a command means that comes without a number: the aggregate that has this key.
    ///
    /// So a command that creates is idempotent by its business key: if an aggregate has it already,
    /// that one decides, and a repeated request finds what the first one made. With
    /// [`Key::number`] the body says itself which one it means.
    fn identity(command: &Self::Command) -> Option<Key> {
        let _ = command;
        None
    }

    /// Names the aggregate that a policy tells something: the one with this unique key, or, when
    /// there is none, a new one.
    fn by(key: &'static str, value: impl Into<KeyValue>) -> Tell<Self> {
        Tell::new(Target::Key(key, value.into()))
    }

    /// Names every aggregate that shares this key: none, one or many.
    fn each_by(key: &'static str, value: impl Into<KeyValue>) -> Tell<Self> {
        Tell::new(Target::Each(key, value.into()))
    }

    /// Names the aggregate with this id. If there is none, one to which nothing has happened decides;
    /// it only comes into being where numbers are
    /// [those of something else](crate::Resource::numbered_as).
    fn at(id: Id) -> Tell<Self> {
        Tell::new(Target::Id(id))
    }
}

/// A command whose type only its aggregate knows.
pub type AnyCommand = Box<dyn Any + Send>;

/// A state whose type only its aggregate or read model knows.
pub type AnyState = Box<dyn Any + Send + Sync>;

/// What a command led to.
pub struct Outcome {
    /// At least one.
    pub events: Vec<FreshEvent>,
    /// The state after them.
    pub state: AnyState,
    /// Deadlines that start or end with them.
    pub deadlines: Vec<DeadlineChange>,
}

/// An aggregate with its declaration, its types erased: what the runtime holds.
pub trait AnyAggregate: Send + Sync {
    /// Its name in the store.
    fn kind(&self) -> &'static str;
    /// Its collection's path, e.g. `orders`.
    fn collection(&self) -> &'static str;
    /// The link relation of one item, e.g. `order`.
    fn item(&self) -> &'static str;
    /// The wire names of its events.
    fn event_types(&self) -> &'static [&'static str];
    /// Whose numbers its own are, if they are not from the context's counter; see
    /// [`Resource::numbered_as`](crate::Resource::numbered_as).
    fn numbered_as(&self) -> Option<&'static str>;
    /// What it can be searched by, besides its id.
    fn finders(&self) -> &[Finder];
    /// What it can be told over HTTP.
    fn verbs(&self) -> Vec<Verb>;
    /// What it asks others before it decides, in order.
    fn asks(&self) -> &[AskDeclaration];
    /// Its deadlines.
    fn deadlines(&self) -> Vec<DeadlineDeclaration>;

    /// The state before the first event.
    fn blank(&self) -> AnyState;
    /// Whether a state is still as before the first event: there is nothing to keep.
    fn is_blank(&self, state: &AnyState) -> bool;
    /// Reads a state back from the store.
    ///
    /// # Errors
    /// When the JSON is not this aggregate's.
    fn read(&self, json: &str) -> serde_json::Result<AnyState>;
    /// Writes a state for the store.
    ///
    /// # Errors
    /// When the state cannot be JSON.
    fn write(&self, state: &AnyState) -> serde_json::Result<String>;
    /// The state's keys.
    fn keys(&self, state: &AnyState) -> Vec<Key>;
    /// What the outside sees of it, as a JSON object, or `None` when it is hidden.
    ///
    /// # Errors
    /// When the representation cannot be JSON.
    fn show(&self, state: &AnyState) -> serde_json::Result<Option<String>>;

    /// Whether the outside sees anything of it.
    fn is_shown(&self, state: &AnyState) -> bool;

    /// The command that a request means.
    ///
    /// # Errors
    /// [`Refusal`] with the field that is at fault.
    fn command(&self, verb: &Verb, body: &serde_json::Value) -> Result<AnyCommand, Refusal>;
    /// The same command with its texts in their other spelling (as they were sent, or, for what contexts
    /// ask of each other, [clean](crate::text::clean)), if it then means somebody else: the one who is
    /// meant where nobody has the [identity](Aggregate::identity) that `told` has. So an order that an
    /// earlier version kept as `"A-1 "` is still found by whoever names it so.
    fn otherwise_spelled(
        &self,
        verb: &Verb,
        body: &serde_json::Value,
        told: &AnyCommand,
    ) -> Option<AnyCommand>;
    /// See [`Aggregate::identity`].
    fn identity(&self, command: &AnyCommand) -> Option<Key>;
    /// The question, if any, that `asks()[index]` puts before this command is decided.
    fn ask(&self, index: usize, me: Id, state: &AnyState, command: &AnyCommand) -> Option<AnyAsk>;
    /// The command that deadline `name` sends.
    fn deadline_command(&self, name: &str) -> Option<AnyCommand>;

    /// Decides and evolves. `None` is "no news".
    ///
    /// # Errors
    /// The aggregate's refusal.
    fn handle(
        &self,
        me: Id,
        state: &AnyState,
        command: &AnyCommand,
    ) -> Result<Option<Outcome>, Refusal>;
}

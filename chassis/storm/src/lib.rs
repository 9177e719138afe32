//! The words of the wall of stickers, as Rust.
//!
//! A bounded context is told with these and nothing else:
//!
//! | sticker | here |
//! |---|---|
//! | command (blue), aggregate (yellow) | [`Aggregate`]: `decide` and `evolve` |
//! | event (orange) | [`Event`], gathered by [`events!`] |
//! | policy (lilac) | a function `whenever_…` from an event to a [`Tell`] |
//! | read model (green) | [`ReadModel`]: a key and a projection for each event |
//! | external call (pink) | [`Ask`]: an awaited question, before the decision |
//! | deadline | [`Deadline`]: a command that an aggregate sends to itself later |
//! | message to a person | [`Notification`] |
//! | bounded context, system | [`Context`], [`System`] |
//!
//! What people send is read by [`lenient`], its texts in one spelling ([`text`]), merged into what there
//! is by [`Patch`], and checked with the words of [`form`].
//!
//! Everything here is pure and synchronous: no clock, no randomness, no I/O. What drives the words
//! is the `runtime` crate; what keeps them is whatever implements the [`store`] port.

mod aggregate;
mod ask;
mod context;
pub mod date;
mod deadline;
mod envelope;
mod event;
pub mod form;
mod key;
pub mod lenient;
mod notification;
mod patch;
mod policy;
mod read_model;
mod refusal;
mod resource;
pub mod store;
mod system;
pub mod text;

pub use aggregate::{Aggregate, AnyAggregate, AnyCommand, AnyState, Decision, Outcome};
pub use ask::{Answer, AnyAsk, Ask, AskDeclaration, Method, OUT_OF_SERVICE, Silence, TakeBack};
pub use context::{Context, ContextError};
pub use date::{Date, ShownDate, TypedDate};
pub use deadline::{Deadline, DeadlineChange, DeadlineDeclaration};
pub use envelope::{Envelope, Timestamp};
pub use event::{Event, EventSet, FreshEvent};
pub use key::{Finder, Key, KeyValue, Leads};
pub use notification::{Notification, Notifies};
pub use patch::Patch;
pub use policy::{Acts, AnyTell, Policy, Target, Tell, Tells};
pub use read_model::{AnyReadModel, ReadModel, Row, Touch};
pub use refusal::{Refusal, RefusalKind};
pub use resource::{Nothing, Resource, Verb};
pub use system::{Example, System};

#[doc(hidden)]
pub use serde_json;

/// The number of an aggregate or of a read-model row: from 1, one counter a context
/// (`wire.md` §1, the originals' `hibernate_sequence`).
pub type Id = i64;

/// The largest number that a store has a place for. No counter ever comes to it; who is
/// [numbered as something else](Resource::numbered_as) may be told a larger one by a stranger.
pub const LARGEST_ID: Id = (1 << 48) - 1;

/// The last segment of a function's path: the name on its sticker.
///
/// Policies and questions are named after the functions that say them, so that nothing is named
/// twice. (`std::any::type_name` is documented as best effort; the story tests hold it to this.)
pub(crate) fn sticker_name<F>() -> &'static str {
    let path = std::any::type_name::<F>();
    path.rsplit("::").next().unwrap_or(path)
}

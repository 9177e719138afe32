//! What comes in, and what is answered.

use serde_json::Value;
use storm::store::{Record, StoreError};
use storm::{Id, Refusal, Verb};

use crate::JsonPatch;

/// Whose story a request is part of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trail {
    /// The correlation id that the caller gave; a new one is made if there is none. An aggregate
    /// keeps the one that it was created with.
    pub correlation: Option<String>,
    /// What caused the request: a request id, or the id of an event.
    pub causation: String,
    /// W3C `traceparent`, or empty.
    pub trace: String,
}

/// An `Idempotency-Key` and what it must be used for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idempotency {
    /// The header's value, with the method and path that it was used for.
    pub key: String,
    /// Of the body. The same key with another one is [`Failure::KeyReused`].
    pub fingerprint: i64,
}

/// Versions of an aggregate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Match {
    /// `*`: any, so long as it exists.
    Any,
    /// One of these.
    OneOf(Vec<i64>),
}

/// What must hold of the version that the aggregate has (RFC 9110 §13.1), or the answer is 412. Who
/// creates means no version, so nothing is asked of one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preconditions {
    /// `If-Match`: so that nobody's change is overwritten unseen.
    pub if_match: Option<Match>,
    /// `If-None-Match`: the versions of which it must have none.
    pub if_none_match: Option<Match>,
}

impl Match {
    fn is(&self, version: i64) -> bool {
        match self {
            Self::Any => true,
            Self::OneOf(versions) => versions.contains(&version),
        }
    }
}

impl Preconditions {
    /// Whether `If-None-Match` names this version.
    pub(crate) fn is_known_at(&self, version: i64) -> bool {
        let named = self.if_none_match.as_ref();
        named.is_some_and(|named| named.is(version))
    }

    /// Whether `If-Match` names other versions than this.
    pub(crate) fn is_stale_at(&self, version: i64) -> bool {
        let named = self.if_match.as_ref();
        named.is_some_and(|named| !named.is(version))
    }
}

/// What a request says.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// A form; for [`Verb::Change`] the members that are to be different, a merge patch (RFC 7396).
    /// `Null` if there was none.
    Form(Value),
    /// What is to be done to what is shown, for [`Verb::Change`] only. It is applied to the state
    /// that it is decided on, so that nobody's change comes between.
    JsonPatch(JsonPatch),
}

impl From<Value> for Content {
    fn from(form: Value) -> Self {
        Self::Form(form)
    }
}

/// A request to change something.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The aggregate's kind.
    pub kind: &'static str,
    /// What to do.
    pub verb: Verb,
    /// To which one; `None` for [`Verb::Create`].
    pub id: Option<Id>,
    /// The body.
    pub body: Content,
    /// Whose story it is part of.
    pub trail: Trail,
    /// So that a retry does not do it twice.
    pub idempotency: Option<Idempotency>,
    /// What must hold for it to be done.
    pub preconditions: Preconditions,
}

/// It is done, and on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// The aggregate as it is now; as it was then, for a replayed answer. Its `correlation` goes
    /// into the answer's header.
    pub record: Record,
    /// Whether this was the answer to an earlier request with the same `Idempotency-Key`.
    pub replayed: bool,
}

/// It is not done, and nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The aggregate, or someone it asked, said no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// No such aggregate, or a hidden one: 404.
    #[error("there is no {kind} {id}")]
    Absent {
        /// Its kind.
        kind: &'static str,
        /// Its number.
        id: Id,
    },
    /// `If-Match` does not hold: 412.
    #[error(
        "it has changed in the meantime: it is at version {current} now; read it again, then try again"
    )]
    Changed {
        /// The version it has.
        current: i64,
    },
    /// `If-None-Match` names the version that it has: 412.
    #[error("If-None-Match names the version that it has, {current}")]
    Known {
        /// That version.
        current: i64,
    },
    /// A JSON Patch that had to ask others comes to something else each time, because what it is
    /// applied to keeps changing: 503 with `Retry-After`.
    #[error("it keeps being changed by others; try again shortly")]
    Contended,
    /// The `Idempotency-Key` was used for another body: 422.
    #[error("this Idempotency-Key was used for another request; use a new key for a new request")]
    KeyReused,
    /// More waits for the writer than it should: 503 with `Retry-After`.
    #[error("too much is waiting; try again shortly")]
    Overloaded,
    /// The context is being stopped: 503 with `Retry-After`.
    #[error("this service is being stopped; try again shortly")]
    Stopping,
    /// The store could not: 503 with `Retry-After` (507 when it is full).
    #[error(transparent)]
    Store(#[from] StoreError),
}

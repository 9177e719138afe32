//! The port for awaited calls.

use std::pin::Pin;

use storm::{Answer, Method, TakeBack};

use crate::Trail;

/// A question on its way.
#[derive(Clone, Debug, PartialEq)]
pub struct Asking {
    /// The context that asks.
    pub from: &'static str,
    /// The context that is asked.
    pub to: &'static str,
    /// The function that puts it. Each has a deadline, a breaker and a bulkhead of its own.
    pub name: &'static str,
    /// How.
    pub method: Method,
    /// From the other context's root, e.g. `/payments`.
    pub path: String,
    /// JSON; `Null` is no body.
    pub body: serde_json::Value,
    /// Whether a yes must say more than yes: if not, [`Answer::Yes`] may hold `Null`.
    pub wants_answer: bool,
    /// Whose story it is part of.
    pub trail: Trail,
}

impl Asking {
    /// The question that takes back what this one took.
    pub(crate) fn taking_back(&self, take_back: TakeBack) -> Self {
        Self {
            method: take_back.method,
            path: take_back.path,
            body: take_back.body,
            wants_answer: false,
            trail: self.trail.clone(),
            ..*self
        }
    }
}

/// Carries questions to other contexts: in process, or over HTTP. The adapter keeps the deadline,
/// the breaker and the bulkhead; whatever goes wrong, it comes back as [`Answer::Silence`], which says
/// that nothing was done only where that is known.
pub trait Outgoing: Send + Sync {
    /// Asks, and waits for the answer.
    fn ask(&self, asking: Asking) -> Pin<Box<dyn Future<Output = Answer> + Send + '_>>;
}

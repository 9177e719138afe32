//! How a notifier is doing, for those who look.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use prometheus_client::encoding::EncodeLabelSet;
use storm::store::Position;

use crate::notifier::NotSent;
use crate::shared::Shared;

/// Which attempts of which notifier.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub(crate) struct Attempts {
    pub(crate) context: &'static str,
    pub(crate) notifier: &'static str,
    pub(crate) outcome: &'static str,
}

/// A context's notifier.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub(crate) struct Notifies {
    pub(crate) context: &'static str,
    pub(crate) notifier: &'static str,
}

/// How a notifier is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotifierHealth {
    /// Its name.
    pub name: &'static str,
    /// Events of the context's log that it has not dealt with yet.
    pub waiting: i64,
    /// Whether the last attempt came to nothing: notices wait until it goes again.
    pub failing: bool,
    /// What went wrong last, until a notice is sent.
    pub last_error: Option<String>,
}

#[derive(Default)]
struct Trouble {
    failing: bool,
    last_error: Option<String>,
}

/// Written by the task that notifies, read by those who look.
pub(crate) struct Standing {
    pub(crate) name: &'static str,
    /// The last position dealt with.
    position: AtomicI64,
    trouble: Mutex<Trouble>,
}

impl Standing {
    pub(crate) fn new(name: &'static str) -> Self {
        Self {
            name,
            position: AtomicI64::new(0),
            trouble: Mutex::default(),
        }
    }

    pub(super) fn dealt_with(&self, position: Position) {
        self.position.store(position, Ordering::Release);
    }

    fn trouble(&self) -> MutexGuard<'_, Trouble> {
        // Two fields that are each whole whatever happened elsewhere.
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts an attempt, and remembers how it went. Says whether this is news: it has begun, or
    /// ceased, to fail.
    pub(super) fn attempted(&self, shared: &Shared, outcome: &Result<(), NotSent>) -> bool {
        let (word, failing) = match outcome {
            Ok(()) => ("sent", false),
            Err(NotSent::Refused { .. }) => ("refused", false),
            Err(NotSent::ForSure { .. }) => ("failed", true),
            Err(NotSent::Perhaps { .. }) => ("unknown", true),
        };
        self.count(shared, word, 1);
        let mut trouble = self.trouble();
        let news = trouble.failing != failing;
        *trouble = Trouble {
            failing,
            last_error: outcome.as_ref().err().map(ToString::to_string),
        };
        news
    }

    pub(super) fn count(&self, shared: &Shared, outcome: &'static str, notices: u64) {
        let attempts = Attempts {
            context: shared.context.name(),
            notifier: self.name,
            outcome,
        };
        let counted = shared.metrics.notices.get_or_create(&attempts);
        counted.inc_by(notices);
    }

    pub(crate) fn health(&self, shared: &Shared) -> NotifierHealth {
        let told = *shared.committed.borrow();
        let waiting = (told - self.position.load(Ordering::Acquire)).max(0);
        let notifies = Notifies {
            context: shared.context.name(),
            notifier: self.name,
        };
        let gauge = shared.metrics.notices_waiting.get_or_create(&notifies);
        gauge.set(waiting);
        let trouble = self.trouble();
        NotifierHealth {
            name: self.name,
            waiting,
            failing: trouble.failing,
            last_error: trouble.last_error.clone(),
        }
    }
}

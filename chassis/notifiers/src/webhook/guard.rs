//! Leaves a provider alone for a while when too many attempts fail.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use http_api::{Breaker, BreakerSettings, BreakerState, Pass};
use runtime::NotSent;

use crate::Url;

pub(super) struct Guard(Mutex<Guarded>);

struct Guarded {
    breaker: Breaker,
    last_failure: String,
}

/// An attempt under way. Dropped without an outcome, it says nothing about the provider.
pub(super) struct Attempt<'a> {
    guard: &'a Guard,
    host: &'a Url,
    pass: Option<Pass>,
}

impl Guard {
    pub(super) fn new(settings: BreakerSettings) -> Self {
        Self(Mutex::new(Guarded {
            breaker: Breaker::new(settings, Instant::now()),
            last_failure: String::new(),
        }))
    }

    fn lock(&self) -> MutexGuard<'_, Guarded> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether an attempt may be made now.
    pub(super) fn enter<'a>(&'a self, host: &'a Url) -> Option<Attempt<'a>> {
        let pass = self.lock().breaker.enter(Instant::now())?;
        Some(Attempt {
            guard: self,
            host,
            pass: Some(pass),
        })
    }

    pub(super) fn last_failure(&self) -> String {
        self.lock().last_failure.clone()
    }
}

impl Attempt<'_> {
    /// A provider that says no is well.
    pub(super) fn ended(mut self, outcome: &Result<(), NotSent>) {
        let Some(pass) = self.pass.take() else {
            return;
        };
        let mut guarded = self.guard.lock();
        let failure = match outcome {
            Ok(()) | Err(NotSent::Refused { .. }) => None,
            Err(failure) => Some(failure),
        };
        if let Some(failure) = failure {
            guarded.last_failure = failure.to_string();
        }
        let before = guarded.breaker.state();
        guarded
            .breaker
            .record(pass, failure.is_none(), Instant::now());
        let after = guarded.breaker.state();
        drop(guarded);
        match after {
            BreakerState::Open if before == BreakerState::Closed => {
                tracing::warn!(webhook = %self.host, "breaker open: it is left alone for a while");
            }
            BreakerState::Closed if before != BreakerState::Closed => {
                tracing::info!(webhook = %self.host, "breaker closed");
            }
            _ => {}
        }
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if let Some(pass) = self.pass.take() {
            self.guard.lock().breaker.abandon(pass, Instant::now());
        }
    }
}

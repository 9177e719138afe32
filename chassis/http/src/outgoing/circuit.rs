//! One question's way out: who may go, how many at once, and what is known of the other side.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use prometheus_client::metrics::gauge::Gauge;
use storm::Silence;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::breaker::{Breaker, BreakerState, Pass};
use super::{Caller, CallerSettings};

/// So many calls may wait for a slot, for each slot that there is.
const WAITING_PER_SLOT: usize = 16;

/// A question's breaker and bulkhead.
pub(super) struct Circuit {
    /// The question's function.
    pub(super) name: &'static str,
    /// The context that is asked.
    pub(super) to: &'static str,
    pub(super) settings: CallerSettings,
    breaker: Mutex<Breaker>,
    slots: Semaphore,
    /// Calls under way and those that wait for a slot.
    places: Semaphore,
    state: Gauge,
}

/// Why a call did not go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotOut {
    /// The breaker is open.
    ShortCircuited,
    /// No slot became free. It says nothing of the other side.
    Rejected,
}

impl NotOut {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::ShortCircuited => "short-circuited",
            Self::Rejected => "rejected",
        }
    }
}

impl Circuit {
    pub(super) fn new(
        name: &'static str,
        to: &'static str,
        settings: CallerSettings,
        state: Gauge,
    ) -> Self {
        let places = settings.at_once.saturating_mul(1 + WAITING_PER_SLOT);
        Self {
            name,
            to,
            settings,
            breaker: Mutex::new(Breaker::new(settings.breaker, Instant::now())),
            slots: Semaphore::new(settings.at_once.min(Semaphore::MAX_PERMITS)),
            places: Semaphore::new(places.min(Semaphore::MAX_PERMITS)),
            state,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn state(&self) -> BreakerState {
        self.lock().state()
    }

    /// What is known after a call that did nothing.
    pub(super) fn nothing_done(&self) -> Silence {
        if self.lock().is_out_of_service(Instant::now()) {
            Silence::OutOfService
        } else {
            Silence::NotDone
        }
    }

    /// Lets a call out, if the breaker does and as soon as there is a slot, which is waited for
    /// shortly.
    pub(super) async fn enter<'a>(&'a self, caller: &'a Caller) -> Result<Call<'a>, NotOut> {
        // Nobody waits for a slot in order to be turned away then.
        if !self.lock().lets_through(Instant::now()) {
            return Err(NotOut::ShortCircuited);
        }
        let place = self.places.try_acquire().map_err(|_| NotOut::Rejected)?;
        let slot = match self.slots.try_acquire() {
            Ok(slot) => slot,
            Err(_) => {
                let waiting = self.slots.acquire();
                let slot = tokio::time::timeout(self.settings.wait, waiting).await;
                // It is never closed.
                slot.ok().and_then(Result::ok).ok_or(NotOut::Rejected)?
            }
        };
        let pass = self.change(caller, |breaker| breaker.enter(Instant::now()));
        Ok(Call {
            caller,
            circuit: self,
            pass: Some(pass.ok_or(NotOut::ShortCircuited)?),
            _slot: (place, slot),
        })
    }

    /// Does something to the breaker, and tells when it has changed its state.
    fn change<T>(&self, caller: &Caller, change: impl FnOnce(&mut Breaker) -> T) -> T {
        let mut breaker = self.lock();
        let before = breaker.state();
        let result = change(&mut breaker);
        let after = breaker.state();
        if before != after {
            self.state.set(match after {
                BreakerState::Closed => 0,
                BreakerState::HalfOpen => 1,
                BreakerState::Open => 2,
            });
            drop(breaker);
            let (from, to, question) = (caller.from, self.to, self.name);
            match after {
                BreakerState::Open => {
                    tracing::warn!(
                        from,
                        to,
                        question,
                        "breaker open: calls are answered at once"
                    );
                }
                BreakerState::HalfOpen => {
                    tracing::info!(from, to, question, "breaker half-open: one trial");
                }
                BreakerState::Closed => tracing::info!(from, to, question, "breaker closed"),
            }
        }
        result
    }
}

/// A call under way. Dropped without an outcome (its own caller has gone), it frees the trial.
pub(super) struct Call<'a> {
    caller: &'a Caller,
    circuit: &'a Circuit,
    pass: Option<Pass>,
    _slot: (SemaphorePermit<'a>, SemaphorePermit<'a>),
}

impl Call<'_> {
    pub(super) fn ended(&mut self, outcome: &'static str, success: bool) {
        self.caller.count(self.circuit, outcome);
        if let Some(pass) = self.pass.take() {
            self.circuit.change(self.caller, |breaker| {
                breaker.record(pass, success, Instant::now());
            });
        }
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        if let Some(pass) = self.pass.take() {
            self.caller.count(self.circuit, "abandoned");
            self.circuit.change(self.caller, |breaker| {
                breaker.abandon(pass, Instant::now());
            });
        }
    }
}

//! Between two attempts to reach a server that is away.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use storm::store::StoreError;

const FIRST: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_secs(2);

/// While the server is away, one at a time tries to reach it, with growing pauses. Whoever comes
/// meanwhile is told at once what the last one was told: a request that waits for a server that is
/// not there helps nobody.
#[derive(Debug, Default)]
pub(crate) struct Pauses(Mutex<Option<Away>>);

#[derive(Debug)]
struct Away {
    pause: Duration,
    since: Instant,
    /// When the next one may try.
    next: Instant,
    why: StoreError,
}

impl Pauses {
    /// Tries, if it is time to.
    pub(crate) fn attempt<T>(
        &self,
        connect: impl FnOnce() -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let began = Instant::now();
        self.enter(began)?;
        let attempt = connect();
        match &attempt {
            Ok(_) => *self.lately() = None,
            Err(why) => self.failed(why, began, Instant::now()),
        }
        attempt
    }

    fn lately(&self) -> MutexGuard<'_, Option<Away>> {
        // It is put in whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(&self, now: Instant) -> Result<(), StoreError> {
        match self.lately().as_mut() {
            None => Ok(()),
            Some(away) if away.next <= now => {
                // One that takes longer, or never comes back, is not the last to try.
                away.next = now + LONGEST;
                Ok(())
            }
            Some(away) => Err(away.why.clone()),
        }
    }

    /// An attempt that began then has failed now.
    fn failed(&self, why: &StoreError, began: Instant, now: Instant) {
        let mut away = self.lately();
        let pause = match away.as_ref() {
            // Several who tried at once failed once.
            Some(away) if away.since > began => away.pause,
            Some(away) => (away.pause * 2).min(LONGEST),
            None => FIRST,
        };
        *away = Some(Away {
            pause,
            since: now,
            next: now + pause,
            why: why.clone(),
        });
    }
}

#[cfg(test)]
mod tests;

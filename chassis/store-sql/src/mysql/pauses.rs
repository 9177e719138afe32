//! Between two attempts to reach a server that is away.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use storm::store::StoreError;

const FIRST: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_secs(2);

/// While the server is away, one at a time tries to reach it, with growing pauses. Whoever comes
/// meanwhile is told at once what the last one was told: a request that waits for a server that is
/// not there helps nobody.
#[derive(Debug, Default)]
pub(super) struct Pauses(Mutex<Option<Away>>);

#[derive(Debug)]
struct Away {
    pause: Duration,
    /// When the next one may try; for now nobody, while one does.
    next: Option<Instant>,
    why: StoreError,
}

impl Pauses {
    /// Tries, if it is time to.
    pub(super) fn attempt<T>(
        &self,
        connect: impl FnOnce() -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.enter()?;
        let attempt = connect();
        let mut away = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *away = match &attempt {
            Ok(_) => None,
            Err(why) => {
                let pause = away
                    .as_ref()
                    .map_or(FIRST, |away| (away.pause * 2).min(LONGEST));
                Some(Away {
                    pause,
                    next: Some(Instant::now() + pause),
                    why: why.clone(),
                })
            }
        };
        attempt
    }

    fn enter(&self) -> Result<(), StoreError> {
        let mut away = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match away.as_mut() {
            None => Ok(()),
            Some(away) if away.next.is_some_and(|next| next <= Instant::now()) => {
                away.next = None;
                Ok(())
            }
            Some(away) => Err(away.why.clone()),
        }
    }
}

#[cfg(test)]
mod tests;

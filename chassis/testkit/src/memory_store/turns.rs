//! Whose turn it is to commit.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

#[derive(Default)]
struct State {
    taken: bool,
    /// One more with each commit.
    edition: u64,
}

#[derive(Default)]
pub(super) struct Turns {
    state: Mutex<State>,
    given: Condvar,
}

impl Turns {
    fn state(&self) -> MutexGuard<'_, State> {
        // Two fields that are each whole whatever happened elsewhere.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until nobody has the turn, and takes it.
    pub(super) fn take(&self) {
        let free = self.given.wait_while(self.state(), |state| state.taken);
        free.unwrap_or_else(PoisonError::into_inner).taken = true;
    }

    pub(super) fn give(&self) {
        self.state().taken = false;
        self.given.notify_one();
    }

    pub(super) fn edition(&self) -> u64 {
        self.state().edition
    }

    pub(super) fn next_edition(&self) -> u64 {
        let mut state = self.state();
        state.edition += 1;
        state.edition
    }
}

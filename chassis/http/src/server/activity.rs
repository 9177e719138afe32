//! Whose turn it is on a connection: ours, while a request is worked on or its answer is made; or the
//! client's, while its next request, the rest of a body or its reading of the answer is waited for.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering, fence};
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio::time::Instant;

const OURS: u64 = 0;
const CUT: u64 = u64::MAX;

/// Kept for each connection, and cheap enough to be told of each step of each request.
#[derive(Debug)]
pub(crate) struct Activity {
    /// What moments are counted from; the same for all connections that are compared.
    epoch: Instant,
    /// [`OURS`], [`CUT`], or when the client's turn began, in milliseconds since the epoch, plus one.
    state: AtomicU64,
    task: OnceLock<AbortHandle>,
}

impl Activity {
    /// A new connection: its first request is waited for.
    pub(crate) fn new(epoch: Instant) -> Self {
        let activity = Self {
            epoch,
            state: AtomicU64::new(OURS),
            task: OnceLock::new(),
        };
        activity.theirs();
        activity
    }

    /// The task that carries the connection: it ends when the connection is cut.
    pub(super) fn is_carried_by(&self, task: AbortHandle) {
        // There is only one.
        let _ = self.task.set(task);
        self.abort_if_cut();
    }

    /// Something is done for the client from now on. False when the connection has been cut.
    pub(crate) fn ours(&self) -> bool {
        let change = |state| (state != CUT).then_some(OURS);
        self.state
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, change)
            .is_ok()
    }

    /// The client is waited for, from now on.
    pub(crate) fn theirs(&self) {
        self.theirs_since(self.now());
    }

    /// The client is waited for, since a moment that [`Activity::now`] gave.
    pub(super) fn theirs_since(&self, since: u64) {
        let change = |state| (state != CUT).then_some(since);
        // One that has been cut stays so.
        let _ = self
            .state
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, change);
    }

    pub(super) fn now(&self) -> u64 {
        moment(self.epoch, Instant::now())
    }

    /// Since when the client has been waited for, if it is.
    pub(super) fn waits_since(&self) -> Option<u64> {
        let state = self.state.load(Ordering::Acquire);
        (state != OURS && state != CUT).then_some(state)
    }

    /// Whether the client has been waited for so long.
    pub(super) fn is_stalled(&self, for_at_least: Duration) -> bool {
        let long = u64::try_from(for_at_least.as_millis()).unwrap_or(u64::MAX);
        let since = self.waits_since();
        since.is_some_and(|since| self.now().saturating_sub(since) >= long)
    }

    /// Ends the connection, unless the client has done something since that moment. So no request is
    /// cut that is being worked on.
    pub(super) fn cut(&self, since: u64) -> bool {
        let cut = self
            .state
            .compare_exchange(since, CUT, Ordering::AcqRel, Ordering::Acquire)
            .is_ok();
        if cut {
            self.abort_if_cut();
        }
        cut
    }

    /// Whichever comes later, the cut or the task, sees the other.
    fn abort_if_cut(&self) {
        fence(Ordering::SeqCst);
        if self.state.load(Ordering::Acquire) == CUT
            && let Some(task) = self.task.get()
        {
            task.abort();
        }
    }
}

/// In milliseconds since the epoch, plus one.
pub(super) fn moment(epoch: Instant, now: Instant) -> u64 {
    let since = now.saturating_duration_since(epoch).as_millis();
    u64::try_from(since).map_or(CUT - 1, |since| (since + 1).min(CUT - 1))
}

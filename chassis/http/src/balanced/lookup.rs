//! Looks up the addresses of names: one lookup at a time, for all requests that wait.

use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::roster::At;
use super::{Shared, names};
use crate::Unreached;

/// Names are looked up again after this: as long as a new replica may wait for its share of requests.
const NAMES_FRESH: Duration = Duration::from_secs(5);
/// They are looked up earlier when a connection is refused, but not more often than this.
pub(super) const MIN_LOOKUP_INTERVAL: Duration = Duration::from_millis(250);

impl Shared {
    pub(super) fn has_names(&self) -> bool {
        self.places.iter().any(|place| place.known().is_none())
    }

    fn looked(&self) -> MutexGuard<'_, Option<Instant>> {
        self.looked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits only when nothing is known yet: what was known a moment ago is good enough meanwhile.
    pub(super) async fn look_up_if_stale(self: &Arc<Self>) -> Result<(), Unreached> {
        if !self.has_names() {
            return Ok(());
        }
        if self.roster().is_empty() {
            return self.look_up(Instant::now()).await;
        }
        self.look_up_behind(NAMES_FRESH);
        Ok(())
    }

    pub(super) fn look_up_again(self: &Arc<Self>) {
        if self.has_names() {
            self.look_up_behind(MIN_LOOKUP_INTERVAL);
        }
    }

    /// Asks for names if they are older than `age`, while requests go on.
    fn look_up_behind(self: &Arc<Self>, age: Duration) {
        let now = Instant::now();
        let stale = self
            .looked()
            .is_none_or(|looked| now.saturating_duration_since(looked) >= age);
        // Whoever has the lock is just asking.
        if stale && self.looking.try_lock().is_ok() {
            let shared = Arc::clone(self);
            tokio::spawn(async move {
                // Those who need it see that it failed.
                let _ = shared.look_up(now).await;
            });
        }
    }

    /// Asks for names, unless somebody else has since `since`.
    pub(super) async fn look_up(&self, since: Instant) -> Result<(), Unreached> {
        let _only_one = self.looking.lock().await;
        if self.looked().is_some_and(|looked| looked >= since) && !self.roster().is_empty() {
            return Ok(());
        }
        let mut found = Vec::new();
        let mut failed = None;
        for (index, place) in self.places.iter().enumerate() {
            match names::of(place, self.names.as_ref()).await {
                Ok(sockets) => found.extend(sockets.into_iter().map(|s| At::new(index, s))),
                Err(reason) => {
                    tracing::warn!(to = self.to, host = place.host, %reason, "its addresses cannot be looked up");
                    found.extend(self.roster().of_place(index));
                    failed = Some(Unreached::unsent(format!("{}: {reason}", place.host)));
                }
            }
        }
        *self.looked() = Some(Instant::now());
        let gone = self.roster().are(&found);
        for at in gone {
            self.upstreams.forget(&self.to, at.socket);
        }
        match failed {
            Some(unreached) if found.is_empty() => Err(unreached),
            _ => Ok(()),
        }
    }
}

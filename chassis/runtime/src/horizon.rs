//! Up to when everything that others told has been taken in.

use std::sync::atomic::{AtomicI64, Ordering};

use storm::store::Millis;

/// One moment for each producer. A deadline fires only when it lies before all of them (I1): an
/// event that meets it may have been told in time, and not been heard yet.
pub(crate) struct Horizon(Vec<(&'static str, AtomicI64)>);

impl Horizon {
    /// Nothing has been heard yet.
    pub(crate) fn of(producers: &[&'static str]) -> Self {
        let unheard = |producer: &&'static str| (*producer, AtomicI64::new(0));
        Self(producers.iter().map(unheard).collect())
    }

    /// All that `producer` told up to this moment has been taken in.
    pub(crate) fn heard(&self, producer: &str, up_to: Millis) {
        let mut moments = self.0.iter().filter(|(name, _)| *name == producer);
        if let Some((_, moment)) = moments.next() {
            moment.store(up_to, Ordering::Release);
        }
    }

    /// The moment up to which everyone has been heard; `now` at the latest.
    pub(crate) fn reached(&self, now: Millis) -> Millis {
        let moments = self
            .0
            .iter()
            .map(|(_, moment)| moment.load(Ordering::Acquire));
        moments.fold(now, Millis::min)
    }
}

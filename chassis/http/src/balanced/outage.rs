//! The time in which no address of a context takes requests, and who waits for its end. Pure: it is told
//! the time.

use std::time::{Duration, Instant};

/// Requests of one process that may wait for one context at once; one more fails at once.
pub(super) const MAX_WAITING: usize = 1_000;

#[derive(Clone, Copy, Debug)]
struct Down {
    /// The first request that nobody took.
    since: Instant,
    /// The latest one.
    last: Instant,
}

/// Whether a context is down, and since when.
///
/// A restart is short, so requests that meet one wait for its end, until it has lasted for
/// `max_wait`. From then on the context is down for good, as far as anybody knows: requests are tried
/// and fail at once.
#[derive(Debug, Default)]
pub(super) struct Outage {
    max_wait: Duration,
    down: Option<Down>,
    waiting: usize,
    probing: bool,
}

impl Outage {
    /// Zero: no request waits.
    pub(super) fn set_max_wait(&mut self, max_wait: Duration) {
        self.max_wait = max_wait;
    }

    pub(super) fn waiting(&self) -> usize {
        self.waiting
    }

    /// Whether a request waits without being tried: it would only be refused.
    pub(super) fn is_young(&self, now: Instant) -> bool {
        self.current(now)
            .is_some_and(|down| now < down.since + self.max_wait)
    }

    /// Nobody heard of it for so long that it may have ended meanwhile: then this one is another.
    fn current(&self, now: Instant) -> Option<Down> {
        self.down
            .filter(|down| now.saturating_duration_since(down.last) <= self.max_wait)
    }

    /// Nobody takes a request. Until when it may wait, if it may; then it is counted until
    /// [`Outage::waited`].
    pub(super) fn waits(&mut self, now: Instant) -> Option<Instant> {
        if self.max_wait.is_zero() {
            return None;
        }
        let since = self.current(now).map_or(now, |down| down.since);
        self.down = Some(Down { since, last: now });
        let until = since + self.max_wait;
        let may = now < until && self.waiting < MAX_WAITING;
        may.then(|| {
            self.waiting += 1;
            until
        })
    }

    /// One waits no longer.
    pub(super) fn waited(&mut self) {
        self.waiting = self.waiting.saturating_sub(1);
    }

    /// Whether the caller is to look for the end, because nobody does yet.
    pub(super) fn begins_probing(&mut self) -> bool {
        !std::mem::replace(&mut self.probing, true)
    }

    /// Whether there is anybody left to look for it for.
    pub(super) fn goes_on_probing(&mut self) -> bool {
        self.probing = self.waiting > 0;
        self.probing
    }

    /// A probe met nobody.
    pub(super) fn goes_on(&mut self, now: Instant) {
        if let Some(down) = &mut self.down {
            down.last = now;
        }
    }

    /// Somebody takes requests. How long nobody did, if that was known.
    pub(super) fn ends(&mut self, now: Instant) -> Option<Duration> {
        let down = self.down.take()?;
        Some(now.saturating_duration_since(down.since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX_WAIT: Duration = Duration::from_secs(5);
    const SECOND: Duration = Duration::from_secs(1);

    fn outage() -> Outage {
        let mut outage = Outage::default();
        outage.set_max_wait(MAX_WAIT);
        outage
    }

    #[test]
    fn all_wait_for_the_same_moment_however_late_they_come() {
        let (mut outage, begin) = (outage(), Instant::now());
        assert!(!outage.is_young(begin), "nobody was refused yet");
        assert_eq!(outage.waits(begin), Some(begin + MAX_WAIT));
        let late = begin + 4 * SECOND;
        assert!(outage.is_young(late));
        assert_eq!(outage.waits(late), Some(begin + MAX_WAIT));
    }

    #[test]
    fn once_it_is_down_for_good_nobody_is_held_up() {
        let (mut outage, begin) = (outage(), Instant::now());
        for second in 0..5 {
            assert!(outage.waits(begin + second * SECOND).is_some());
        }
        for second in 5..60 {
            let now = begin + second * SECOND;
            assert!(!outage.is_young(now), "it is tried: it may be back");
            assert_eq!(outage.waits(now), None);
        }
    }

    #[test]
    fn an_outage_that_nobody_met_for_long_is_over_and_the_next_is_another() {
        let (mut outage, begin) = (outage(), Instant::now());
        outage.waits(begin).unwrap();
        let later = begin + 2 * MAX_WAIT;
        assert!(!outage.is_young(later));
        assert_eq!(outage.waits(later), Some(later + MAX_WAIT));
    }

    #[test]
    fn whoever_answers_ends_it() {
        let (mut outage, begin) = (outage(), Instant::now());
        assert_eq!(outage.ends(begin), None);
        outage.waits(begin).unwrap();
        assert_eq!(outage.ends(begin + SECOND), Some(SECOND));
        assert!(!outage.is_young(begin + SECOND));
    }

    #[test]
    fn only_so_many_wait() {
        let (mut outage, now) = (outage(), Instant::now());
        for _ in 0..MAX_WAITING {
            outage.waits(now).unwrap();
        }
        assert_eq!(outage.waits(now), None);
        outage.waited();
        assert!(outage.waits(now).is_some());
    }

    #[test]
    fn one_looks_for_the_end_while_anybody_waits() {
        let (mut outage, now) = (outage(), Instant::now());
        outage.waits(now).unwrap();
        assert!(outage.begins_probing());
        assert!(!outage.begins_probing());
        assert!(outage.goes_on_probing());
        outage.waited();
        assert!(!outage.goes_on_probing());
        assert!(outage.begins_probing());
    }

    #[test]
    fn without_a_wait_nobody_waits() {
        let (mut outage, now) = (Outage::default(), Instant::now());
        assert_eq!(outage.waits(now), None);
        assert!(!outage.is_young(now));
    }
}

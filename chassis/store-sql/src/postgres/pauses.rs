//! A server that does not answer is asked again after a pause, each longer than the one before; who
//! asks meanwhile is told at once what it last said.

use std::time::{Duration, Instant};

const FIRST: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_secs(2);

/// How it went of late.
#[derive(Debug, Default)]
pub(super) struct Pauses<E> {
    failed: Option<Failed<E>>,
}

#[derive(Debug)]
struct Failed<E> {
    error: E,
    pause: Duration,
    again: Instant,
}

impl<E: Clone> Pauses<E> {
    pub(super) fn new() -> Self {
        Self { failed: None }
    }

    /// What is wrong, if it is too early to try again.
    pub(super) fn too_early(&self, now: Instant) -> Option<E> {
        let failed = self.failed.as_ref()?;
        (now < failed.again).then(|| failed.error.clone())
    }

    pub(super) fn went_well(&mut self) {
        self.failed = None;
    }

    pub(super) fn failed(&mut self, error: E, now: Instant) {
        let pause = match &self.failed {
            // Several who tried at once failed once.
            Some(failed) if now < failed.again => failed.pause,
            Some(failed) => (failed.pause * 2).min(LONGEST),
            None => FIRST,
        };
        self.failed = Some(Failed {
            error,
            pause,
            again: now + pause,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_two_seconds_and_begin_anew_after_a_success() {
        let mut pauses = Pauses::new();
        let mut now = Instant::now();
        let mut lengths = Vec::new();
        for _ in 0..8 {
            assert_eq!(pauses.too_early(now), None);
            pauses.failed("away", now);
            let start = now;
            while pauses.too_early(now).is_some() {
                now += Duration::from_millis(10);
            }
            lengths.push((now - start).as_millis());
        }
        assert_eq!(lengths, [50, 100, 200, 400, 800, 1600, 2000, 2000]);
        pauses.went_well();
        pauses.failed("away", now);
        assert_eq!(
            pauses.too_early(now + Duration::from_millis(49)),
            Some("away")
        );
        assert_eq!(pauses.too_early(now + FIRST), None);
    }

    #[test]
    fn several_failures_at_once_are_one() {
        let mut pauses = Pauses::new();
        let now = Instant::now();
        for _ in 0..5 {
            pauses.failed("away", now);
        }
        assert_eq!(pauses.too_early(now + FIRST), None);
    }
}

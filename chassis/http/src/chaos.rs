//! Faults on demand, so that resilience can be shown: only where the operator allows them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A context's faults. Shared by its API and whoever turns the knobs.
#[derive(Debug, Default)]
pub struct Chaos {
    slow: Mutex<Option<(Duration, Duration)>>,
    refuse: AtomicBool,
    down: AtomicBool,
    mute: AtomicBool,
    die: AtomicBool,
    zombie: AtomicBool,
}

/// How long one that is mute keeps quiet: longer than anybody waits.
const QUIET: Duration = Duration::from_secs(60);

/// What a process that was told to die ends with: as one that was killed.
const KILLED: i32 = 137;

/// As it is shown and set at `/actuator/chaos`; what is left out stays as it is, and `"slow": ""`
/// is no delay.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Knobs {
    #[serde(default)]
    slow: Option<String>,
    #[serde(default)]
    refuse: Option<bool>,
    #[serde(default)]
    down: Option<bool>,
    #[serde(default)]
    mute: Option<bool>,
    #[serde(default)]
    die: Option<bool>,
}

impl Chaos {
    /// No faults yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Each command, and each read that another context asks for, takes between so long and so long,
    /// or no longer than it does. The original fruit shop's payment slept 400 to 620 ms.
    pub fn slow(&self, between: Option<(Duration, Duration)>) {
        *self.slow.lock().unwrap_or_else(PoisonError::into_inner) = between;
    }

    /// Whether every command, and every read that another context asks for, is refused.
    pub fn refuse(&self, refuse: bool) {
        self.refuse.store(refuse, Ordering::Relaxed);
    }

    /// Whether the context answers nobody but its operator.
    pub fn down(&self, down: bool) {
        self.down.store(down, Ordering::Relaxed);
    }

    /// Whether commands are carried out and then not answered.
    pub fn mute(&self, mute: bool) {
        self.mute.store(mute, Ordering::Relaxed);
    }

    /// Whether the process ends with the next command, after its commit and before its answer.
    pub fn die(&self, die: bool) {
        self.die.store(die, Ordering::Relaxed);
    }

    /// What happens to an answer when what it tells of is done: perhaps it is never given.
    pub(crate) async fn before_the_answer(&self) {
        if self.die.load(Ordering::Relaxed) {
            tracing::warn!("dying by chaos, after a commit and before its answer");
            std::process::exit(KILLED);
        }
        if self.mute.load(Ordering::Relaxed) {
            tokio::time::sleep(QUIET).await;
        }
    }

    /// `/makeZombie` (`wire.md` §8): from now on it says that it is ill.
    pub fn make_zombie(&self) {
        self.zombie.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_zombie(&self) -> bool {
        self.zombie.load(Ordering::Relaxed)
    }

    pub(crate) fn is_down(&self) -> bool {
        self.down.load(Ordering::Relaxed)
    }

    pub(crate) fn refuses(&self) -> bool {
        self.refuse.load(Ordering::Relaxed)
    }

    /// How long this one takes.
    pub(crate) fn delay(&self) -> Option<Duration> {
        let between = *self.slow.lock().unwrap_or_else(PoisonError::into_inner);
        between.map(|(from, to)| from + to.saturating_sub(from).mul_f64(fastrand::f64()))
    }

    pub(crate) fn knobs(&self) -> Knobs {
        let slow = *self.slow.lock().unwrap_or_else(PoisonError::into_inner);
        Knobs {
            slow: Some(slow.map_or_else(String::new, |(from, to)| {
                format!("{}-{}ms", from.as_millis(), to.as_millis())
            })),
            refuse: Some(self.refuses()),
            down: Some(self.is_down()),
            mute: Some(self.mute.load(Ordering::Relaxed)),
            die: Some(self.die.load(Ordering::Relaxed)),
        }
    }

    /// # Errors
    /// What is wrong with `slow`; then nothing was turned.
    pub(crate) fn turn(&self, knobs: &Knobs) -> Result<(), String> {
        if let Some(slow) = &knobs.slow {
            self.slow(parse_delay(slow)?);
        }
        if let Some(refuse) = knobs.refuse {
            self.refuse(refuse);
        }
        if let Some(down) = knobs.down {
            self.down(down);
        }
        if let Some(mute) = knobs.mute {
            self.mute(mute);
        }
        if let Some(die) = knobs.die {
            self.die(die);
        }
        Ok(())
    }
}

/// Reads `400-620ms`, or `400ms`; nothing is no delay. The configuration and the command line write
/// it the same way.
///
/// # Errors
/// What was expected.
pub fn parse_delay(text: &str) -> Result<Option<(Duration, Duration)>, String> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let expected = || format!("expected a delay such as 400-620ms or 500ms, found `{text}`");
    let range = text.trim().strip_suffix("ms").ok_or_else(expected)?;
    let (from, to) = range.split_once('-').unwrap_or((range, range));
    let millis = |text: &str| text.trim().parse::<u32>().map_err(|_| expected());
    let (from, to) = (millis(from)?, millis(to)?);
    if from > to || to > 60_000 {
        return Err(format!(
            "{}, at most a minute, the shorter first",
            expected()
        ));
    }
    let duration = |millis: u32| Duration::from_millis(u64::from(millis));
    Ok(Some((duration(from), duration(to))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delay_is_a_range_of_milliseconds() {
        let between = |from, to| {
            Ok(Some((
                Duration::from_millis(from),
                Duration::from_millis(to),
            )))
        };
        assert_eq!(parse_delay("400-620ms"), between(400, 620));
        assert_eq!(parse_delay("500ms"), between(500, 500));
        assert_eq!(parse_delay(""), Ok(None));
    }

    #[test]
    fn a_delay_that_is_none_is_refused() {
        for wrong in ["400", "620-400ms", "x-yms", "-5ms", "90000ms", "1-2s"] {
            assert!(parse_delay(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_delay_lies_within_its_range() {
        let chaos = Chaos::new();
        assert_eq!(chaos.delay(), None);
        let (from, to) = (Duration::from_millis(400), Duration::from_millis(620));
        chaos.slow(Some((from, to)));
        for _ in 0..100 {
            assert!((from..=to).contains(&chaos.delay().unwrap()));
        }
    }
}

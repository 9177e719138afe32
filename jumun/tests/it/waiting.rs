//! Waiting for a condition, with a deadline. The one place where a test pauses.

use std::time::{Duration, Instant};

/// Longer than anything here takes on a busy machine; only a failing test waits so long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

const PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// What `look` finds, as soon as it finds it; until then it says what is still missing.
pub(crate) fn eventually<T>(what: &str, look: impl FnMut() -> Result<T, String>) -> T {
    within(PATIENCE, what, look)
}

/// As [`eventually`], with another deadline.
pub(crate) fn within<T>(
    deadline: Duration,
    what: &str,
    mut look: impl FnMut() -> Result<T, String>,
) -> T {
    let began = Instant::now();
    loop {
        let looked = Instant::now();
        let missing = match look() {
            Ok(found) => return found,
            Err(missing) => missing,
        };
        // Whoever looks long must not keep from its work what is looked for.
        let pause = looked.elapsed().clamp(PAUSE, LONGEST_PAUSE);
        assert!(
            began.elapsed() < deadline,
            "{what}: not within {deadline:?}; at last: {missing}"
        );
        std::thread::sleep(pause);
    }
}

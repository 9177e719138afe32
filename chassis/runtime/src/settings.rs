//! How a context is driven.

use std::collections::BTreeMap;
use std::time::Duration;

/// How a context is driven.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Those whose events it listens to ([`storm::System::producers_for`]). A deadline fires only
    /// when all that they told before it has been taken in: the event that meets it may be there
    /// already, and only not have been heard, as after a crash.
    pub producers: Vec<&'static str>,
    /// Deadlines by name that are not as long as declared.
    pub deadlines: BTreeMap<String, Duration>,
    /// Commands of people that may wait for the writer before more are turned away with 503.
    pub queue: usize,
    /// Commands and events that one commit takes at most.
    pub max_batch: usize,
    /// Pauses before an event that failed is tried again; after the last it is a dead letter.
    pub retries: Vec<Duration>,
    /// How long the answer to an `Idempotency-Key` is kept.
    pub answers_kept: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        let millis = [50, 100, 200, 400, 800, 1_600, 3_200, 6_400];
        Self {
            producers: Vec::new(),
            deadlines: BTreeMap::new(),
            queue: 4_096,
            max_batch: 512,
            retries: millis.map(Duration::from_millis).to_vec(),
            answers_kept: Duration::from_secs(24 * 60 * 60),
        }
    }
}

//! How `jumun up --split` watches its processes.

use std::time::Duration;

use super::file::SupervisePart;
use super::value::Pause;
use crate::stopping::PATIENCE;

/// As the originals' probes, but more patient: a busy machine is no reason to end a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Supervise {
    /// Between two looks at a process's liveness.
    pub every: Duration,
    /// A look that takes longer has failed.
    pub timeout: Duration,
    /// So many failed looks in a row, and the process is stopped and started again; 0 is never.
    pub failures: u32,
    /// From SIGTERM to SIGKILL.
    pub grace: Duration,
}

impl From<SupervisePart> for Supervise {
    fn from(part: SupervisePart) -> Self {
        let pause = |pause: Option<Pause>, default| pause.map_or(default, |Pause(pause)| pause);
        Self {
            every: pause(part.every, Duration::from_secs(5)),
            timeout: pause(part.timeout, Duration::from_secs(10)),
            failures: part.failures.unwrap_or(3),
            grace: pause(part.grace, PATIENCE),
        }
    }
}

//! The one place where the runtime looks at the clock.

use std::time::{SystemTime, UNIX_EPOCH};

use storm::store::Millis;

/// Milliseconds since 1970-01-01T00:00Z; 0 on a machine whose clock stands before that.
pub fn now() -> Millis {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|since| Millis::try_from(since.as_millis()).ok())
        .unwrap_or(0)
}

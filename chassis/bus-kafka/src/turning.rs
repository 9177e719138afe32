//! Waiting for a switch to be turned, or for a moment.

use std::future::pending;

use tokio::sync::watch;
use tokio::time::Instant;

/// Returns when the switch stands so. One that nobody can turn any more counts as turned.
pub(crate) async fn turned(switch: &mut watch::Receiver<bool>, to: bool) {
    // Nobody needs the value that comes with it.
    let _ = switch.wait_for(|now| *now == to).await;
}

/// Returns at that moment; never, if there is none.
pub(crate) async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => pending().await,
    }
}

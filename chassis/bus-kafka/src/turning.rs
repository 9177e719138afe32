//! Waiting for a switch to be turned, or for a moment; and not waiting at all.

use std::future::pending;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

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

/// What there is already. Whoever wants to wait for more has to ask anew.
pub(crate) fn at_once<F: Future>(what: F) -> Option<F::Output> {
    match pin!(what).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

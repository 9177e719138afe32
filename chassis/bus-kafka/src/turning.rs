//! Waiting for a switch to be turned, for a moment, or for somebody to be gone; and not waiting at all.

use std::future::pending;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::thread;

use tokio::sync::{oneshot, watch};
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

/// Drops a client, and waits for that. A client may wait for a broker that is away for as long as it is
/// away: it does so on a thread of its own, so that nobody else's end waits for it.
pub(crate) async fn let_go(client: impl Send + 'static) {
    let (done, gone) = oneshot::channel();
    let letting_go = move || {
        drop(client);
        // Whoever waited may have given up.
        let _ = done.send(());
    };
    let thread = thread::Builder::new().name("kafka-farewell".to_owned());
    // Without a thread it has been dropped here.
    if thread.spawn(letting_go).is_ok() {
        let _ = gone.await;
    }
}

/// What there is already. Whoever wants to wait for more has to ask anew.
pub(crate) fn at_once<F: Future>(what: F) -> Option<F::Output> {
    match pin!(what).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

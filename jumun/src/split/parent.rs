//! The process that started this one, if this one is not to outlive it.

use std::future::pending;
use std::io::{ErrorKind, Read as _};

use tokio::sync::oneshot;

/// Holds the other end of our standard input until it ends, however it ends. (A signal on its death
/// would be sent when the thread ends that started us, and cannot be asked for everywhere.)
pub(super) struct Parent(Option<oneshot::Receiver<()>>);

impl Parent {
    /// Watched, or nobody.
    pub(super) fn of(supervised: bool) -> Self {
        Self(supervised.then(watch))
    }

    /// Waits for its end. Nobody never ends.
    pub(super) async fn gone(&mut self) {
        match &mut self.0 {
            // An error would mean that nobody watches any more, which is no better.
            Some(end) => drop(end.await),
            None => pending().await,
        }
    }
}

fn watch() -> oneshot::Receiver<()> {
    let (tell, gone) = oneshot::channel();
    // A thread that nobody waits for: it may read for as long as this process lives.
    std::thread::spawn(move || {
        let mut input = std::io::stdin().lock();
        let mut ignored = [0_u8; 64];
        loop {
            match input.read(&mut ignored) {
                Ok(0) => break,
                Err(error) if error.kind() != ErrorKind::Interrupted => break,
                Ok(_) | Err(_) => {}
            }
        }
        // Nobody to tell: this process is ending anyway.
        let _ = tell.send(());
    });
    gone
}

//! SIGTERM and Ctrl-C: the first lets what is under way finish, a Ctrl-C after it ends everything at
//! once. A second SIGTERM changes nothing: supervisors send it to a process and to its group.

use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

/// From the signal to the end at most, besides the pause that is configured. Orchestrators kill after
/// 30 s, people after less.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// Of that, for requests in flight; the rest is for the writers.
pub const GRACE: Duration = Duration::from_secs(8);

/// Listens for signals from now on.
pub struct Stop {
    interrupt: Signal,
    terminate: Signal,
    told: watch::Sender<bool>,
}

impl Stop {
    /// Takes both signals over from the system.
    ///
    /// # Errors
    /// When the system does not let go of them.
    pub fn new() -> Result<Self> {
        let listen = |kind| signal(kind).context("signals cannot be listened for");
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
            told: watch::Sender::new(false),
        })
    }

    /// Done when [`Stop::tell`] has been called.
    pub fn told(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut told = self.told.subscribe();
        async move {
            // An error means that nobody is left who could tell.
            let _ = told.wait_for(|told| *told).await;
        }
    }

    /// Ends all who wait for [`Stop::told`].
    pub fn tell(&self) {
        self.told.send_replace(true);
    }

    /// The next signal.
    pub async fn signal(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }

    /// Finishes `work` in time, which begins with a `pause`; Ctrl-C, or no time left, ends the process
    /// at once.
    ///
    /// # Errors
    /// When the time was not enough.
    pub async fn finish(&mut self, pause: Duration, work: impl Future<Output = ()>) -> Result<()> {
        let patience = pause.saturating_add(PATIENCE);
        tokio::select! {
            () = work => Ok(()),
            _ = self.interrupt.recv() => anyhow::bail!("stopped at once, as Ctrl-C said; what was answered is kept"),
            () = tokio::time::sleep(patience) => anyhow::bail!("not everything ended within {} s; what was answered is kept", patience.as_secs()),
        }
    }
}

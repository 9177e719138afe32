//! The relay: a context's log, in order and without a gap, onto the topic.
//!
//! Only the replica that has been assigned partition 0 relays. That another one may still do so (it
//! was paused, and does not know better) is harmless: each relay begins after a saved cursor, goes on
//! in the order of the log and leaves nothing out, so that in every partition the *first* occurrences
//! of a producer's events ascend, and consumers drop what does not (`docs/decisions`,
//! *partition zero leads*).

mod doors;
mod term;

use std::sync::Arc;
use std::time::Duration;

use runtime::Outlet;
use tokio::sync::watch;

use crate::Settings;
use crate::record::Records;
use crate::standing::Standing;
use crate::trouble::Trouble;
use crate::turning::turned;

use term::Term;

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Carries one context's events away while this replica leads.
pub(crate) struct Relay {
    pub(crate) context: &'static str,
    pub(crate) outlet: Outlet,
    pub(crate) records: Records,
    pub(crate) settings: Arc<Settings>,
    pub(crate) standing: Arc<Standing>,
    /// Whether this replica has partition 0.
    pub(crate) leads: watch::Receiver<bool>,
    pub(crate) stopping: watch::Receiver<bool>,
}

impl Relay {
    /// Until the bus or the context is stopped.
    pub(crate) async fn run(mut self) {
        let mut pause = FIRST_PAUSE;
        while self.leads_at_last().await {
            let (published, ended) = Term::serve(&mut self).await;
            if published {
                pause = FIRST_PAUSE;
            }
            match ended {
                Ok(()) => {}
                Err((_, Trouble::Stopped)) => return,
                Err((part, Trouble::Said(said))) => {
                    self.standing.metrics.begun_again.inc();
                    self.standing.trouble(part, Some(said));
                    tokio::select! {
                        () = tokio::time::sleep(pause) => {}
                        () = turned(&mut self.stopping, true) => return,
                    }
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    /// Waits until this replica leads. False: it is being stopped.
    async fn leads_at_last(&mut self) -> bool {
        tokio::select! {
            biased;
            () = turned(&mut self.stopping, true) => false,
            leads = self.leads.wait_for(|leads| *leads) => leads.is_ok(),
        }
    }
}

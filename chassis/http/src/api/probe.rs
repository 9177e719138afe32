//! Whether the store answers now, also when nobody asks for anything.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use runtime::Running;
use tokio::sync::watch;

/// As long as orchestrators usually wait for a probe's answer.
const PROBE_TIMEOUT: Duration = Duration::from_secs(1);

/// What a look into the store found; `None` while it is under way.
type Look = watch::Receiver<Option<bool>>;

/// Looks into the store, one look at a time. Whoever asks meanwhile waits for that look, so that any
/// number of probes costs one read; and where the store hangs, one thread hangs with it, and no more.
#[derive(Default)]
pub(super) struct Probe(Mutex<Option<Look>>);

impl Probe {
    /// Whether the store answers in time: a read that costs little, or else anybody's read. A look may
    /// have to queue behind many others; it is the store that is asked about, not the queue.
    pub(super) async fn finds_store(&self, running: &Arc<Running>) -> bool {
        let answered_before = running.reads_answered();
        let mut look = self.look(running);
        let looked = look.wait_for(Option::is_some);
        match tokio::time::timeout(PROBE_TIMEOUT, looked).await {
            Ok(found) => found.is_ok_and(|found| *found == Some(true)),
            Err(_) => running.reads_answered() != answered_before,
        }
    }

    /// The look that is under way, or a new one.
    fn look(&self, running: &Arc<Running>) -> Look {
        let mut current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(look) = current.as_ref().filter(|look| is_under_way(look)) {
            return look.clone();
        }
        let (found, look) = watch::channel(None);
        let running = Arc::clone(running);
        // Not given up with whoever waits for it, for its thread goes on waiting.
        tokio::spawn(async move {
            let read = running.read(|reader| reader.head()).await;
            if let Err(error) = &read {
                tracing::warn!(%error, "the store does not answer a probe");
            }
            found.send_replace(Some(read.is_ok()));
        });
        *current = Some(look.clone());
        look
    }
}

/// A look that ended without a word (its task panicked) is over, too.
fn is_under_way(look: &Look) -> bool {
    look.borrow().is_none() && look.has_changed().is_ok()
}

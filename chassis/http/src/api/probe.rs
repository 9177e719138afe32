//! Whether the store answers now, also when nobody asks for anything.

use std::sync::Arc;
use std::time::Duration;

use runtime::Running;
use tokio::sync::Mutex;

/// As long as orchestrators usually wait for a probe's answer.
const PATIENCE: Duration = Duration::from_secs(1);

/// Looks into the store, one look at a time: where it hangs, one thread hangs with it, and no more.
#[derive(Default)]
pub(super) struct Probe(Arc<Mutex<()>>);

impl Probe {
    /// Whether a read that costs little comes back in time.
    pub(super) async fn finds_store(&self, running: &Arc<Running>) -> bool {
        let looking = async {
            let only_one = Arc::clone(&self.0).lock_owned().await;
            let running = Arc::clone(running);
            // Not given up with whoever waits for it, for its thread goes on waiting.
            let look = tokio::spawn(async move {
                let found = running.read(|reader| reader.head()).await;
                drop(only_one);
                found
            });
            match look.await {
                Ok(Ok(_)) => true,
                Ok(Err(error)) => {
                    tracing::warn!(%error, "the store does not answer a probe");
                    false
                }
                Err(_) => false,
            }
        };
        tokio::time::timeout(PATIENCE, looking)
            .await
            .unwrap_or(false)
    }
}

//! One attempt to tell somebody, and what the log says of it.

use std::sync::Arc;
use std::time::Duration;

use super::Notifying;
use crate::notifier::{NotSent, Notice};

/// How long an attempt that is under way may last when the context is stopped.
const GRACE: Duration = Duration::from_secs(1);

impl Notifying {
    /// On a task of its own, so that an adapter that panics takes nothing with it. When the context
    /// is stopped, it may go on for a moment; then nobody knows how it went.
    pub(super) async fn attempt(&mut self, notice: Notice) -> Result<(), NotSent> {
        let notifier = Arc::clone(&self.notifier);
        let mut sending = tokio::spawn(async move { notifier.send(&notice).await });
        let stopped = async {
            // An error means that nobody is left who could stop it, which is the same.
            let _ = self.stopping.wait_for(|stopping| *stopping).await;
            tokio::time::sleep(GRACE).await;
        };
        let perhaps = |reason: &str| {
            Err(NotSent::Perhaps {
                reason: reason.to_owned(),
            })
        };
        tokio::select! {
            ended = &mut sending => match ended {
                Ok(outcome) => outcome,
                Err(_) => perhaps("the notifier panicked; please report it"),
            },
            () = stopped => {
                sending.abort();
                perhaps("the context was stopped before it was known")
            }
        }
    }

    pub(super) fn say(&self, id: &str, outcome: &Result<(), NotSent>, news: bool) {
        let (context, notifier) = (self.context(), self.notifier.name());
        match outcome {
            Ok(()) if news => tracing::info!(context, notifier, id, "people are told again"),
            Ok(()) => tracing::debug!(context, notifier, id, "sent"),
            Err(NotSent::Refused { reason }) => {
                tracing::error!(
                    context,
                    notifier,
                    id,
                    reason,
                    "refused, and not tried again"
                );
            }
            Err(NotSent::Perhaps { reason }) => {
                tracing::error!(
                    context,
                    notifier,
                    id,
                    reason,
                    "perhaps sent, and not tried again"
                );
            }
            Err(NotSent::ForSure { reason }) if news => {
                tracing::warn!(
                    context,
                    notifier,
                    id,
                    reason,
                    "not sent; it, and what comes after it, is tried again"
                );
            }
            Err(NotSent::ForSure { reason }) => {
                tracing::debug!(context, notifier, id, reason, "not sent yet");
            }
        }
    }
}

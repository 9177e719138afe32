//! What is said of an event.

use std::panic::{AssertUnwindSafe, catch_unwind};

use storm::store::StoredEvent;

use super::Notifying;
use crate::notifier::Notice;
use crate::story::Cause;

impl Notifying {
    /// What is to be told of an event, if anything. What cannot be read is passed over, loudly.
    pub(super) fn notice(&self, stored: &StoredEvent) -> Option<Notice> {
        let (context, event) = (&self.shared.context, &stored.event);
        let mut declared = context.notifications().iter();
        let declared = declared.find(|n| n.event_type == event.event_type)?;
        let said = catch_unwind(AssertUnwindSafe(|| declared.say(&event.data)));
        let reason = match said {
            Ok(Ok(notification)) => {
                let notification = notification?;
                return Some(Notice {
                    id: Cause::Event(context.name(), stored.position).to_string(),
                    system: self.settings.system.clone(),
                    context: context.name(),
                    event_type: declared.event_type,
                    channel: notification.channel,
                    to: notification.to,
                    text: notification.text,
                    at: event.at,
                    correlation: event.correlation.clone(),
                    trace: event.trace.clone(),
                });
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("{} panicked; please report it", declared.name),
        };
        self.standing.count(&self.shared, "unreadable", 1);
        tracing::error!(
            context = context.name(),
            notifier = self.notifier.name(),
            position = stored.position,
            event = event.event_type,
            reason,
            "nobody is told of this event: it cannot be read"
        );
        None
    }
}

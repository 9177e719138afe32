//! The port through which people outside are told: by SMS, by a messenger.

use std::pin::Pin;
use std::time::Duration;

use serde_json::{Value, json};
use storm::store::Millis;
use storm::{Date, ShownDate};

/// What somebody is to be told, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The event that it is about, e.g. `reminders-17`: context and position in its log.
    pub id: String,
    /// The system, where it is known: contexts of two systems may have one name.
    pub system: Option<String>,
    /// The context that told the event.
    pub context: &'static str,
    /// The event's wire name.
    pub event_type: &'static str,
    /// How, e.g. `sms`.
    pub channel: &'static str,
    /// Whom, as the channel understands it.
    pub to: String,
    /// What.
    pub text: String,
    /// When the event was told.
    pub at: Millis,
    /// The story that it is part of.
    pub correlation: String,
    /// W3C `traceparent` of the request that led to it, or empty.
    pub trace: String,
}

impl Notice {
    /// As it is written and sent: `id`, `system`, `context`, `eventType`, `channel`, `to`, `text`,
    /// `at` (as dates are shown everywhere), `correlation`.
    pub fn to_json(&self) -> Value {
        json!({
            "id": self.id,
            "system": self.system,
            "context": self.context,
            "eventType": self.event_type,
            "channel": self.channel,
            "to": self.to,
            "text": self.text,
            "at": ShownDate(Date::from_millis(self.at)),
            "correlation": self.correlation,
        })
    }

    /// Unlike that of any other notice, of whatever system: `SYSTEM/ID`.
    pub fn key(&self) -> String {
        match &self.system {
            Some(system) => format!("{system}/{}", self.id),
            None => self.id.clone(),
        }
    }
}

/// Why it is not known to have been sent, and what follows from that.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSent {
    /// For certain not: it is tried again later.
    #[error("{reason}")]
    ForSure {
        /// What went wrong.
        reason: String,
    },
    /// The provider says no, and would say so again: it is not tried again.
    #[error("{reason}")]
    Refused {
        /// What it said.
        reason: String,
    },
    /// It may have been, as when an answer is late. It is not tried again: better not told than
    /// told twice.
    #[error("{reason}")]
    Perhaps {
        /// What went wrong.
        reason: String,
    },
}

/// An attempt under way.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<(), NotSent>> + Send + 'a>>;

/// Hands notices to whoever delivers them. The adapter keeps the deadline of an attempt and says
/// truly which way it failed; the runtime sees to order, retries, and that no notice is handed over
/// twice.
pub trait Notifier: Send + Sync {
    /// Its name, e.g. `webhook`. It must stay the same: how far it has come is kept under it.
    fn name(&self) -> &'static str;

    /// One attempt. It must end by itself; while it lasts, later notices of this notifier wait.
    fn send<'a>(&'a self, notice: &'a Notice) -> Sending<'a>;
}

/// How notices are handed to a notifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotifierSettings {
    /// The system whose contexts these are, as notices name it.
    pub system: Option<String>,
    /// What is older than this is not told any more.
    pub give_up: Duration,
    /// How long is waited after a first attempt that came to nothing; then twice as long each time.
    pub first_pause: Duration,
    /// How long is waited at most.
    pub longest_pause: Duration,
}

impl Default for NotifierSettings {
    fn default() -> Self {
        Self {
            system: None,
            give_up: Duration::from_secs(24 * 60 * 60),
            first_pause: Duration::from_millis(100),
            longest_pause: Duration::from_secs(30),
        }
    }
}

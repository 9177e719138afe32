//! How a context tells people.

use std::path::PathBuf;
use std::time::Duration;

use notifiers::Url;
use runtime::NotifierSettings;

use super::file::NotifyPart;
use super::value::{Pause, WebhookUrl};

/// How a context tells people. Without a webhook and a file it tells nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notify {
    /// Each notice is posted there.
    pub webhook: Option<Url>,
    /// Each notice is appended there.
    pub file: Option<PathBuf>,
    /// How long one attempt may take.
    pub deadline: Duration,
    /// What is older is not told any more.
    pub give_up: Duration,
}

impl Default for Notify {
    fn default() -> Self {
        Self::from(NotifyPart::default())
    }
}

impl From<NotifyPart> for Notify {
    fn from(part: NotifyPart) -> Self {
        let pause = |pause: Option<Pause>, default| pause.map_or(default, |Pause(pause)| pause);
        Self {
            webhook: part.webhook.map(|WebhookUrl(url)| url),
            file: part.file,
            deadline: pause(part.deadline, notifiers::DEADLINE),
            give_up: pause(part.give_up, NotifierSettings::default().give_up),
        }
    }
}

impl Notify {
    /// Whether anybody is told.
    pub fn is_set(&self) -> bool {
        self.webhook.is_some() || self.file.is_some()
    }

    /// Where people are told, for whoever asks: a host, without what may be secret behind it, and a
    /// file.
    pub fn places(&self) -> Vec<String> {
        let webhook = self.webhook.iter().map(Url::to_string);
        let file = self.file.iter().map(|path| path.display().to_string());
        webhook.chain(file).collect()
    }
}

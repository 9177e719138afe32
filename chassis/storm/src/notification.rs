//! What is told to people outside: by SMS, by a messenger.

use crate::{Event, sticker_name};

/// A message to a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// How it is sent, e.g. `sms` or `kakao`.
    pub channel: &'static str,
    /// To whom: a phone number, a name; as the channel understands it.
    pub to: String,
    /// What it says.
    pub text: String,
}

type Say = Box<dyn Fn(&str) -> serde_json::Result<Option<Notification>> + Send + Sync>;

/// That an event is told to people, as the runtime holds it.
pub struct Notifies {
    /// The function's name.
    pub name: &'static str,
    /// The wire name of the event.
    pub event_type: &'static str,
    say: Say,
}

impl Notifies {
    pub(crate) fn new<E, N, F>(notification: F) -> Self
    where
        E: Event,
        N: Into<Option<Notification>>,
        F: Fn(&E) -> N + Send + Sync + 'static,
    {
        Self {
            name: sticker_name::<F>(),
            event_type: E::TYPE,
            say: Box::new(move |data| Ok(notification(&serde_json::from_str(data)?).into())),
        }
    }

    /// What is to be said about the event with these fields, if anything.
    ///
    /// # Errors
    /// When the JSON is not the event's.
    pub fn say(&self, data: &str) -> serde_json::Result<Option<Notification>> {
        (self.say)(data)
    }
}

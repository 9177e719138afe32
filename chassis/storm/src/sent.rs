//! A field of a PATCH: absent, null or a value.

use serde::{Deserialize, Deserializer};

/// What a PATCH says of a field that may be empty (`wire.md` §2): what is absent stays as it is, and
/// null takes away. The form needs `#[serde(default)]`.
///
/// ```
/// #[derive(Default, serde::Deserialize)]
/// #[serde(default)]
/// struct Change { phone: storm::Sent<String>, address: storm::Sent<String> }
///
/// let body = storm::serde_json::json!({"phone": null});
/// let change: Change = storm::lenient::from_value(&body).unwrap();
/// assert_eq!(change.phone.or(Some("010".to_owned())), None);
/// assert_eq!(change.address.or(Some("seoul".to_owned())), Some("seoul".to_owned()));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sent<T> {
    /// Nothing was said of it.
    #[default]
    Absent,
    /// This is what it is now; `None` is nothing.
    As(Option<T>),
}

impl<T> Sent<T> {
    /// What it is now, if it was `kept` before.
    #[must_use]
    pub fn or(self, kept: Option<T>) -> Option<T> {
        match self {
            Self::Absent => kept,
            Self::As(sent) => sent,
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Sent<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(Self::As)
    }
}

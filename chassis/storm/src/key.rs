//! Business keys: how a policy or a search finds an aggregate without knowing its id.

use std::fmt;

/// A value that things are found by.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyValue {
    /// E.g. an order's number.
    Number(i64),
    /// E.g. a notice's number, `2021-03-N17`.
    Text(String),
}

impl fmt::Display for KeyValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}

impl From<i64> for KeyValue {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<&str> for KeyValue {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&String> for KeyValue {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<String> for KeyValue {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// One key of one aggregate or read-model row.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// The wire's field name, e.g. `orderId`; the finder is `findByOrderId`.
    pub name: &'static str,
    /// What to look for.
    pub value: KeyValue,
    /// Whether a second one of the same value is refused.
    pub unique: bool,
}

impl Key {
    /// A key that only one aggregate of its kind can have.
    pub fn unique(name: &'static str, value: impl Into<KeyValue>) -> Self {
        Self {
            name,
            value: value.into(),
            unique: true,
        }
    }

    /// A key that several may share.
    pub fn shared(name: &'static str, value: impl Into<KeyValue>) -> Self {
        Self {
            name,
            value: value.into(),
            unique: false,
        }
    }
}

/// A search by a key, as it is declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Finder {
    /// The [key's name](Key::name), e.g. `orderId`.
    pub key: &'static str,
    /// Whether it leads to one at most, or to a list.
    pub unique: bool,
}

impl Finder {
    /// What the search is called: `findByOrderId`.
    pub fn name(&self) -> String {
        let mut letters = self.key.chars();
        let first: String = letters
            .next()
            .into_iter()
            .flat_map(char::to_uppercase)
            .collect();
        format!("findBy{first}{}", letters.as_str())
    }
}

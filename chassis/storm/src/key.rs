//! Business keys: how a policy or a search finds an aggregate without knowing its id.

use std::fmt;

use crate::Id;

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
            // One that is made of several has control characters in between.
            Self::Text(text) => text.replace(char::is_control, " ").fmt(f),
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

/// The key that everything has: its number in the context.
pub(crate) const NUMBER: &str = "id";

/// The longest beginning of a word that can be searched for, in characters.
const LONGEST_BEGINNING: usize = 16;

impl Key {
    /// The number that it has already, as an [identity](crate::Aggregate::identity): whoever has
    /// this number is meant.
    pub fn number(id: Id) -> Self {
        Self::unique(NUMBER, id)
    }

    /// The number, if this is one.
    pub fn as_number(&self) -> Option<Id> {
        match self.value {
            KeyValue::Number(id) if self.name == NUMBER => Some(id),
            KeyValue::Number(_) | KeyValue::Text(_) => None,
        }
    }

    /// Every word of a text, and every beginning of it, so that `자바` finds `자바프로그래밍`. For
    /// [`Resource::searched_by`](crate::Resource::searched_by).
    pub fn words(name: &'static str, text: &str) -> Vec<Self> {
        let mut keys = Vec::new();
        for word in words(text) {
            let ends = word.char_indices().map(|(start, c)| start + c.len_utf8());
            keys.extend(
                ends.take(LONGEST_BEGINNING)
                    .map(|end| Self::shared(name, &word[..end])),
            );
        }
        keys.sort_by(|a, b| a.value.cmp(&b.value));
        keys.dedup();
        keys
    }

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

/// The words of a text as they are kept and looked for: in small letters, without what is neither
/// letter nor digit.
fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}

/// What a search by a key leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Leads {
    /// To one at most: the key is unique.
    ToOne,
    /// To a list of those that have exactly this value.
    ToMany,
    /// To a list of those that have every word that was asked for; see [`Key::words`].
    ByWords,
}

/// A search by a key, as it is declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Finder {
    /// The [key's name](Key::name), e.g. `orderId`.
    pub key: &'static str,
    /// What it leads to.
    pub leads: Leads,
    /// What it is called, where that is not as usual.
    pub called: Option<&'static str>,
}

impl Finder {
    pub(crate) fn by(key: &'static str, leads: Leads) -> Self {
        Self {
            key,
            leads,
            called: None,
        }
    }

    /// What the search is called: `findByOrderId`.
    pub fn name(&self) -> String {
        if let Some(called) = self.called {
            return called.to_owned();
        }
        let mut letters = self.key.chars();
        let first: String = letters
            .next()
            .into_iter()
            .flat_map(char::to_uppercase)
            .collect();
        format!("findBy{first}{}", letters.as_str())
    }

    /// The values to look for when somebody asks for `text`: what is found has all of them. Empty
    /// when there is no word in it.
    pub fn looks_for(&self, text: &str) -> Vec<KeyValue> {
        let beginning = |word: String| word.chars().take(LONGEST_BEGINNING).collect::<String>();
        match self.leads {
            Leads::ToOne | Leads::ToMany => vec![text.into()],
            Leads::ByWords => words(text).map(beginning).map(KeyValue::from).collect(),
        }
    }
}

//! A stranger's value, taken apart without reading what its fields say: most of what it costs to hear it.

use std::fmt::{Formatter, Result as Written};

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::{EVENT_TYPE, ME, TIMESTAMP};
use crate::record::Consumed;

/// With more members, whether one is there twice is left to who can tell quickly.
const FEW: usize = 32;

pub(super) struct Apart {
    pub(super) event_type: Option<String>,
    pub(super) timestamp: Option<Value>,
    /// The other members, to the letter.
    pub(super) fields: String,
}

impl Apart {
    /// `None` for what is to be read with more care: no object, members that are there twice or have
    /// members of their own, names or texts that are not written as they are.
    pub(super) fn of(consumed: &Consumed<'_>) -> Option<Self> {
        let text = std::str::from_utf8(consumed.value?).ok()?;
        if text.contains('\\') {
            return None;
        }
        let Members(members) = serde_json::from_str(text).ok()?;
        let mut apart = Self {
            event_type: None,
            timestamp: None,
            fields: String::with_capacity(text.len()),
        };
        for (at, (name, value)) in members.iter().enumerate() {
            if members[..at].iter().any(|(before, _)| before == name) {
                return None;
            }
            match *name {
                EVENT_TYPE => apart.event_type = serde_json::from_str(value.get()).ok(),
                TIMESTAMP => apart.timestamp = serde_json::from_str(value.get()).ok(),
                ME => {}
                name => {
                    match value.get().as_bytes().first()? {
                        b'{' | b'[' => return None,
                        // One that is too large is none.
                        b'-' | b'0'..=b'9' => {
                            serde_json::from_str::<Value>(value.get()).ok()?;
                        }
                        _ => {}
                    }
                    let before = if apart.fields.is_empty() {
                        "{\""
                    } else {
                        ",\""
                    };
                    for part in [before, name, "\":", value.get()] {
                        apart.fields.push_str(part);
                    }
                }
            }
        }
        if apart.fields.is_empty() {
            apart.fields.push('{');
        }
        apart.fields.push('}');
        Some(apart)
    }
}

/// An object's members, in order.
struct Members<'a>(Vec<(&'a str, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Few;

        impl<'de> Visitor<'de> for Few {
            type Value = Members<'de>;

            fn expecting(&self, formatter: &mut Formatter<'_>) -> Written {
                write!(formatter, "an object of at most {FEW} members")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::with_capacity(FEW);
                while let Some(member) = map.next_entry()? {
                    if members.len() == FEW {
                        return Err(serde::de::Error::custom("too many members"));
                    }
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Few)
    }
}

//! Reads JSON in which no object has a member twice. RFC 8259 §4 leaves open which of the two
//! counts: a proxy before us may have checked the one, and we would act on the other.

use std::cell::RefCell;
use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Why a text was not read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unread {
    /// It is not JSON; what the reader says, with line and column.
    NotJson(String),
    /// The path of a member that its object has twice, e.g. `lines[2].qty`.
    Twice(String),
}

/// The value that the text stands for.
///
/// # Errors
/// [`Unread`].
pub(crate) fn read(text: &[u8]) -> Result<Value, Unread> {
    let twice = RefCell::new(None);
    let place = Place {
        at: At::Root,
        twice: &twice,
    };
    let mut reader = serde_json::Deserializer::from_slice(text);
    let read = place
        .deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value));
    read.map_err(|error| match twice.take() {
        Some(path) => Unread::Twice(path),
        None => Unread::NotJson(error.to_string()),
    })
}

/// Where in the text a value stands.
#[derive(Clone, Copy)]
enum At<'a> {
    Root,
    Member(&'a At<'a>, &'a str),
    Item(&'a At<'a>, usize),
}

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Member(Self::Root, name) => f.write_str(name),
            Self::Member(parent, name) => write!(f, "{parent}.{name}"),
            Self::Item(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

/// Reads the value that stands at a place.
#[derive(Clone, Copy)]
struct Place<'a> {
    at: At<'a>,
    /// The first member that was found twice.
    twice: &'a RefCell<Option<String>>,
}

impl<'a> Place<'a> {
    fn below<'b>(&self, at: At<'b>) -> Place<'b>
    where
        'a: 'b,
    {
        Place {
            at,
            twice: self.twice,
        }
    }
}

impl<'de> DeserializeSeed<'de> for Place<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Place<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Bool(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Number(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Number(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Number::from_f64(number).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::String(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) =
            items.next_element_seed(self.below(At::Item(&self.at, values.len())))?
        {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let at = At::Member(&self.at, &name);
            if object.contains_key(&name) {
                self.twice.replace(Some(at.to_string()));
                return Err(de::Error::custom("an object has a member twice"));
            }
            let value = members.next_value_seed(self.below(at))?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests;

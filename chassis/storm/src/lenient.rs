//! Reads request bodies as the originals' JSON library did: a form's strings become what the field
//! is (`wire.md` §1), and what cannot is refused with the place and what was expected there.
//!
//! `"3"` → 3, `"005"` → 5, `"true"` → true, 1 → `"1"`, `""` → null where a field may be absent.
//! Unknown fields are ignored.

use std::fmt;

use serde::de::{
    self, Deserialize as _, DeserializeOwned, DeserializeSeed, EnumAccess, IntoDeserializer,
    MapAccess, SeqAccess, VariantAccess, Visitor,
};
use serde_json::Value;

use crate::Refusal;

/// Reads a `T` from a body.
///
/// # Errors
/// [`Refusal::unreadable`] with the path of the field, e.g. `lines[2].qty`, and what was expected.
pub fn from_value<T: DeserializeOwned>(body: &Value) -> Result<T, Refusal> {
    let nothing = Value::Object(serde_json::Map::new());
    T::deserialize(Lenient {
        // No body is a body without fields: enough for a `DELETE`.
        value: if body.is_null() { &nothing } else { body },
        at: &At::Root,
    })
    .map_err(|fault| {
        let field = if fault.field.is_empty() {
            "body".to_owned()
        } else {
            fault.field
        };
        let reason = format!("`{field}`: {}", fault.message);
        Refusal::unreadable(field, reason)
    })
}

/// For a field of an event that a stranger's service may fill in its own way: what it says is read as
/// a form is, and what cannot be read is as if nothing were said, `T::default()`. The rest of the event
/// still tells what has happened.
///
/// ```
/// #[derive(serde::Deserialize)]
/// struct Shipped {
///     #[serde(default, deserialize_with = "storm::lenient::or_default")]
///     pieces: Option<i32>,
/// }
///
/// for (json, pieces) in [
///     (r#"{"pieces":2}"#, Some(2)),
///     (r#"{"pieces":"2"}"#, Some(2)),
///     (r#"{"pieces":"two"}"#, None),
///     (r#"{"pieces":null}"#, None),
///     ("{}", None),
/// ] {
///     assert_eq!(serde_json::from_str::<Shipped>(json).unwrap().pieces, pieces);
/// }
/// ```
///
/// # Errors
/// None of its own: those of `deserializer`, for what is no JSON.
pub fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: de::Deserializer<'de>,
    T: DeserializeOwned + Default,
{
    let value = Value::deserialize(deserializer)?;
    Ok(T::deserialize(Lenient {
        value: &value,
        at: &At::Root,
    })
    .unwrap_or_default())
}

/// Where in the body we are.
enum At<'a> {
    Root,
    Field(&'a At<'a>, &'a str),
    Item(&'a At<'a>, usize),
}

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Field(Self::Root, name) => f.write_str(name),
            Self::Field(parent, name) => write!(f, "{parent}.{name}"),
            Self::Item(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

/// What is wrong, and where.
#[derive(Debug)]
struct Fault {
    field: String,
    message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self {
            field: String::new(),
            message: message.to_string(),
        }
    }

    fn missing_field(field: &'static str) -> Self {
        Self {
            field: field.to_owned(),
            message: "is required, and is missing or empty".to_owned(),
        }
    }
}

impl Fault {
    /// Puts the place before a fault that was found deeper down or knows only its field's name.
    fn within(mut self, at: &At<'_>) -> Self {
        let place = at.to_string();
        self.field = match (place.is_empty(), self.field.is_empty()) {
            (true, _) => self.field,
            (false, true) => place,
            (false, false) if self.field.starts_with(&place) => self.field,
            (false, false) => format!("{place}.{}", self.field),
        };
        self
    }
}

#[derive(Clone, Copy)]
struct Lenient<'a> {
    value: &'a Value,
    at: &'a At<'a>,
}

/// How a person would say what was found, shortened.
fn found(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(text) if text.chars().count() > 40 => {
            format!("\"{}…\"", text.chars().take(40).collect::<String>())
        }
        Value::String(text) => format!("\"{text}\""),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}

impl Lenient<'_> {
    fn expected(self, what: &str) -> Fault {
        let message = match self.value {
            Value::Null => "is required, and is missing or empty".to_owned(),
            other => format!("expected {what}, found {}", found(other)),
        };
        Fault {
            field: self.at.to_string(),
            message,
        }
    }

    /// A whole number of 128 bits, so that every integer type can say for itself what it takes.
    fn whole(self) -> Option<i128> {
        match self.value {
            Value::Number(number) => number
                .as_i64()
                .map(i128::from)
                .or_else(|| number.as_u64().map(i128::from))
                .or_else(|| number.as_f64().and_then(integral)),
            Value::String(text) => text.trim().parse().ok(),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        }
    }

    fn is_blank(self) -> bool {
        match self.value {
            Value::Null => true,
            Value::String(text) => text.trim().is_empty(),
            Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => false,
        }
    }
}

/// 3.0 is 3; 3.5 is not a whole number. Beyond 2^53 a float no longer says which one it means.
fn integral(number: f64) -> Option<i128> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    #[allow(
        clippy::cast_possible_truncation,
        reason = "whole and below 2^53, as just tested"
    )]
    (number.fract() == 0.0 && number.abs() < EXACT).then_some(number as i128)
}

macro_rules! whole_numbers {
    ($($method:ident $visit:ident $type:ty,)+) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            match self.whole().map(<$type>::try_from) {
                Some(Ok(number)) => visitor.$visit(number).map_err(|f: Fault| f.within(self.at)),
                Some(Err(_)) => Err(Fault {
                    field: self.at.to_string(),
                    message: format!(
                        "is out of range: expected {} to {}, found {}",
                        <$type>::MIN, <$type>::MAX, found(self.value)
                    ),
                }),
                None => Err(self.expected(&format!(
                    "a whole number from {} to {}", <$type>::MIN, <$type>::MAX
                ))),
            }
        })+
    };
}

impl<'de> de::Deserializer<'de> for Lenient<'_> {
    type Error = Fault;

    whole_numbers! {
        deserialize_i8 visit_i8 i8,
        deserialize_i16 visit_i16 i16,
        deserialize_i32 visit_i32 i32,
        deserialize_i64 visit_i64 i64,
        deserialize_i128 visit_i128 i128,
        deserialize_u8 visit_u8 u8,
        deserialize_u16 visit_u16 u16,
        deserialize_u32 visit_u32 u32,
        deserialize_u64 visit_u64 u64,
        deserialize_u128 visit_u128 u128,
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(flag) => visitor.visit_bool(*flag),
            Value::Number(number) => {
                if let Some(whole) = number.as_i64() {
                    visitor.visit_i64(whole)
                } else if let Some(whole) = number.as_u64() {
                    visitor.visit_u64(whole)
                } else {
                    visitor.visit_f64(number.as_f64().unwrap_or(f64::NAN))
                }
            }
            Value::String(text) => visitor.visit_str(text),
            Value::Array(_) => self.deserialize_seq(visitor),
            Value::Object(_) => self.deserialize_map(visitor),
        }
        .map_err(|fault: Fault| fault.within(self.at))
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let flag = match self.value {
            Value::Bool(flag) => Some(*flag),
            Value::String(text) => match text.trim() {
                "true" | "True" => Some(true),
                "false" | "False" => Some(false),
                _ => None,
            },
            Value::Number(number) => number.as_i64().map(|number| number != 0),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        };
        visitor.visit_bool(flag.ok_or_else(|| self.expected("true or false"))?)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let number = match self.value {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.trim().parse().ok(),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        };
        match number.filter(|number| number.is_finite()) {
            Some(number) => visitor.visit_f64(number),
            None => Err(self.expected("a number")),
        }
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.value {
            Value::String(text) => visitor.visit_str(text),
            Value::Number(_) | Value::Bool(_) => visitor.visit_string(self.value.to_string()),
            Value::Null | Value::Array(_) | Value::Object(_) => Err(self.expected("text")),
        }
        .map_err(|fault: Fault| fault.within(self.at))
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        // An empty form field is no value.
        if self.is_blank() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.is_blank() {
            visitor.visit_unit()
        } else {
            Err(self.expected("nothing"))
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.value {
            Value::Array(items) => visitor.visit_seq(Items {
                values: items,
                next: 0,
                at: self.at,
            }),
            _ => Err(self.expected("a list")),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.value {
            Value::Object(fields) => visitor
                .visit_map(Fields {
                    members: fields.iter(),
                    value: None,
                    at: self.at,
                })
                .map_err(|fault: Fault| fault.within(self.at)),
            _ => Err(self.expected("an object, { … }")),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self.value {
            Value::String(name) if variants.contains(&name.as_str()) => {
                visitor.visit_enum(Word(name))
            }
            _ => Err(self.expected(&format!("one of {}", variants.join(", ")))),
        }
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Fault> {
        Err(self.expected("bytes, which JSON does not have"))
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }
}

struct Items<'a> {
    values: &'a [Value],
    next: usize,
    at: &'a At<'a>,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Fault> {
        let Some(value) = self.values.get(self.next) else {
            return Ok(None);
        };
        let at = At::Item(self.at, self.next);
        self.next += 1;
        seed.deserialize(Lenient { value, at: &at }).map(Some)
    }
}

struct Fields<'a> {
    members: serde_json::map::Iter<'a>,
    value: Option<(&'a str, &'a Value)>,
    at: &'a At<'a>,
}

impl<'de> MapAccess<'de> for Fields<'_> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        let Some((name, value)) = self.members.next() else {
            return Ok(None);
        };
        self.value = Some((name, value));
        let name: de::value::StrDeserializer<'_, Fault> = name.as_str().into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Fault> {
        let (name, value) = self
            .value
            .take()
            .ok_or_else(|| de::Error::custom("a value was read before its name"))?;
        let at = At::Field(self.at, name);
        seed.deserialize(Lenient { value, at: &at })
            .map_err(|fault| fault.within(&at))
    }
}

/// An enum value that is one word.
struct Word<'a>(&'a str);

impl<'de> EnumAccess<'de> for Word<'_> {
    type Error = Fault;
    type Variant = Self;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Self), Fault> {
        let name: de::value::StrDeserializer<'_, Fault> = self.0.into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> VariantAccess<'de> for Word<'_> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, _: T) -> Result<T::Value, Fault> {
        Err(de::Error::custom("expected one word"))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Fault> {
        Err(de::Error::custom("expected one word"))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Fault> {
        Err(de::Error::custom("expected one word"))
    }
}

#[cfg(test)]
mod tests;

//! Reads request bodies as the originals' JSON library did: a form's strings become what the field
//! is (`wire.md` §1), and what cannot is refused with the place and what was expected there.
//!
//! `"3"` → 3, `"005"` → 5, `"true"` → true, 1 → `"1"`, `""` → null where a field may be absent.
//! Unknown fields are ignored.
//!
//! Texts are read in their one spelling ([`text::clean`]), and refused for characters that nobody
//! can read out ([`text::refused_in`]). Fields for descriptions say so with [`lines`]: line breaks
//! and tabs stay in them.

mod access;
mod fault;

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, Deserialize as _, DeserializeOwned, Visitor};
use serde_json::{Map, Value};

use crate::Refusal;
use crate::text::{self, Lines};

use access::{Fields, Items, Word};
pub use fault::text_unreadable;
use fault::{At, Fault};

/// Reads a `T` from a body that a person, or a program of theirs, has sent.
///
/// # Errors
/// [`Refusal::unreadable`] with the path of the field, e.g. `lines[2].qty`, and what was expected;
/// [`Refusal::invalid`] for a text with a control character.
pub fn from_value<T: DeserializeOwned>(body: &Value) -> Result<T, Refusal> {
    read(body, Texts::Clean(Lines::One))
}

/// As [`from_value`], with every text as it is spelled: for what another context says, which has read
/// it as a form before, perhaps in an earlier version.
///
/// # Errors
/// [`Refusal::unreadable`] with the path of the field, and what was expected.
pub fn as_spelled<T: DeserializeOwned>(body: &Value) -> Result<T, Refusal> {
    read(body, Texts::AsSpelled)
}

/// As [`as_spelled`], but for the fields that `sent` has as well: those are read as [`from_value`] does.
pub(crate) fn merged<T: DeserializeOwned>(
    body: &Value,
    sent: &Map<String, Value>,
) -> Result<T, Refusal> {
    read(body, Texts::CleanIf(sent))
}

/// Whether [`from_value`] and [`as_spelled`] may come to different texts.
pub(crate) fn has_another_spelling(body: &Value) -> bool {
    match body {
        Value::String(given) => text::clean(given) != *given,
        Value::Array(items) => items.iter().any(has_another_spelling),
        Value::Object(members) => members.values().any(has_another_spelling),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn read<T: DeserializeOwned>(body: &Value, texts: Texts<'_>) -> Result<T, Refusal> {
    let nothing = Value::Object(Map::new());
    T::deserialize(Lenient {
        // No body is a body without fields: enough for a `DELETE`.
        value: if body.is_null() { &nothing } else { body },
        at: &At::Root,
        texts,
    })
    .map_err(Refusal::from)
}

/// For a field of a form that may have several lines, a description: line breaks and tabs stay in it.
///
/// ```
/// #[derive(serde::Deserialize)]
/// struct Form {
///     #[serde(default, deserialize_with = "storm::lenient::lines")]
///     note: Option<String>,
/// }
///
/// let body = storm::serde_json::json!({"note": "two\r\nlines\n"});
/// let form: Form = storm::lenient::from_value(&body).unwrap();
/// assert_eq!(form.note.unwrap(), "two\nlines");
/// ```
///
/// # Errors
/// Those of `deserializer`.
pub fn lines<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: de::Deserializer<'de>,
    T: de::Deserialize<'de>,
{
    deserializer.deserialize_newtype_struct(LINES, Within(PhantomData))
}

/// For a field whose texts are read later.
///
/// # Errors
/// Those of `deserializer`.
pub(crate) fn later<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: de::Deserializer<'de>,
    T: de::Deserialize<'de>,
{
    deserializer.deserialize_newtype_struct(AS_SPELLED, Within(PhantomData))
}

/// Names by which [`Lenient`] knows what is special; whoever else reads takes what is within.
const LINES: &str = "$storm::lenient::Lines";
const AS_SPELLED: &str = "$storm::lenient::AsSpelled";
/// A moment as a person writes it: `visitor` is asked to read it so.
pub(crate) const MOMENT: &str = "$storm::lenient::Moment";

struct Within<T>(PhantomData<fn() -> T>);

impl<'de, T: de::Deserialize<'de>> Visitor<'de> for Within<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_newtype_struct<D: de::Deserializer<'de>>(self, within: D) -> Result<T, D::Error> {
        T::deserialize(within)
    }
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
        texts: Texts::AsSpelled,
    })
    .unwrap_or_default())
}

/// How texts are read.
#[derive(Clone, Copy)]
enum Texts<'a> {
    /// In their one spelling, or refused.
    Clean(Lines),
    AsSpelled,
    /// Clean in those fields that this one has as well.
    CleanIf(&'a Map<String, Value>),
}

impl Texts<'_> {
    /// In the field `name`.
    fn of(self, name: &str) -> Self {
        match self {
            Self::CleanIf(sent) => match sent.get(name) {
                Some(Value::Object(members)) => Self::CleanIf(members),
                Some(_) => Self::Clean(Lines::One),
                None => Self::AsSpelled,
            },
            Self::Clean(_) | Self::AsSpelled => self,
        }
    }

    fn with_lines(self) -> Self {
        match self {
            Self::Clean(_) => Self::Clean(Lines::Several),
            Self::AsSpelled | Self::CleanIf(_) => self,
        }
    }
}

#[derive(Clone, Copy)]
struct Lenient<'a> {
    value: &'a Value,
    at: &'a At<'a>,
    texts: Texts<'a>,
}

/// How a person would say what was found, shortened.
fn found(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(given) => match given.char_indices().nth(40) {
            Some((end, _)) => format!("\"{}…\"", text::printable(&given[..end])),
            None => format!("\"{}\"", text::printable(given)),
        },
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}

impl Lenient<'_> {
    fn expected(self, what: &str, ko: &str) -> Fault {
        let field = self.at.to_string();
        if self.value.is_null() {
            return Fault::missing(field);
        }
        let message = format!("expected {what}, found {}", found(self.value));
        Fault::new(field, message, format!("{ko} 입력해 주세요."))
    }

    /// A text, in its one spelling if it is one of a form.
    fn text<'de, V: Visitor<'de>>(self, given: &str, visitor: V) -> Result<V::Value, Fault> {
        let Texts::Clean(lines) = self.texts else {
            return visitor.visit_str(given);
        };
        if let Some(found) = text::refused_in(given, lines) {
            return Err(Fault::unreadable(self.at.to_string(), found, lines));
        }
        match text::with_plain_line_breaks(text::clean(given)) {
            Cow::Borrowed(text) => visitor.visit_str(text),
            Cow::Owned(text) => visitor.visit_string(text),
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
            Value::String(given) => text::trim(given).parse().ok(),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        }
    }

    fn is_blank(self) -> bool {
        match self.value {
            Value::Null => true,
            Value::String(given) => match self.texts {
                Texts::Clean(lines) => {
                    text::is_blank(given) && text::refused_in(given, lines).is_none()
                }
                Texts::AsSpelled | Texts::CleanIf(_) => given.trim().is_empty(),
            },
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
                Some(Err(_)) => Err(Fault::new(
                    self.at.to_string(),
                    format!(
                        "is out of range: expected {} to {}, found {}",
                        <$type>::MIN, <$type>::MAX, found(self.value)
                    ),
                    format!("{}부터 {}까지 입력할 수 있습니다.", <$type>::MIN, <$type>::MAX),
                )),
                None => Err(self.expected(
                    &format!("a whole number from {} to {}", <$type>::MIN, <$type>::MAX),
                    "정수를",
                )),
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
                    visitor.visit_f64(number.as_f64().unwrap_or(f64::NAN) + 0.0)
                }
            }
            Value::String(given) => self.text(given, visitor),
            Value::Array(_) => self.deserialize_seq(visitor),
            Value::Object(_) => self.deserialize_map(visitor),
        }
        .map_err(|fault: Fault| fault.within(self.at))
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let flag = match self.value {
            Value::Bool(flag) => Some(*flag),
            Value::String(given) => match text::trim(given) {
                "true" | "True" => Some(true),
                "false" | "False" => Some(false),
                _ => None,
            },
            Value::Number(number) => number.as_i64().map(|number| number != 0),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        };
        visitor.visit_bool(flag.ok_or_else(|| self.expected("true or false", "true 또는 false를"))?)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let number = match self.value {
            Value::Number(number) => number.as_f64(),
            Value::String(given) => text::trim(given).parse().ok(),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        };
        match number.filter(|number| number.is_finite()) {
            // What is not there has no sign: -0.0 is 0.
            Some(number) => visitor.visit_f64(number + 0.0),
            None => Err(self.expected("a number", "숫자를")),
        }
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.value {
            Value::String(given) => self.text(given, visitor),
            Value::Number(_) | Value::Bool(_) => visitor.visit_string(self.value.to_string()),
            Value::Null | Value::Array(_) | Value::Object(_) => Err(self.expected("text", "글을")),
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
            Err(self.expected("nothing", "이 항목은 비워 두고"))
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
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let texts = match (name, self.texts) {
            (MOMENT, Texts::Clean(_)) => return self.deserialize_any(visitor),
            (LINES, texts) => texts.with_lines(),
            (AS_SPELLED, _) => Texts::AsSpelled,
            (_, texts) => texts,
        };
        visitor.visit_newtype_struct(Self { texts, ..self })
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.value {
            Value::Array(items) => visitor.visit_seq(Items {
                values: items,
                next: 0,
                at: self.at,
                texts: self.texts,
            }),
            _ => Err(self.expected("a list", "목록을")),
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
                    texts: self.texts,
                })
                .map_err(|fault: Fault| fault.within(self.at)),
            _ => Err(self.expected("an object, { … }", "객체 { … }를")),
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
        let name = match self.value {
            Value::String(given) => variants.iter().find(|name| **name == text::clean(given)),
            Value::Null | Value::Bool(_) | Value::Number(_) => None,
            Value::Array(_) | Value::Object(_) => None,
        };
        match name {
            Some(name) => visitor.visit_enum(Word(name)),
            None => {
                let variants = variants.join(", ");
                Err(self.expected(
                    &format!("one of {variants}"),
                    &format!("다음 중 하나를({variants})"),
                ))
            }
        }
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Fault> {
        Err(self.expected("bytes, which JSON does not have", "다른 값을"))
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }
}

#[cfg(test)]
mod tests;

//! A PATCH: the fields that are to be different.

use std::marker::PhantomData;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Refusal, lenient};

/// What a PATCH of a `T` sends (`wire.md` §2): what is absent stays as it is, null takes away, and
/// what `T` does not have is ignored. What comes out is a whole `T`, read as a POST of it would be.
///
/// ```
/// #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
/// struct Profile { name: String, phone: Option<String> }
///
/// let lee = Profile { name: "lee".to_owned(), phone: Some("010".to_owned()) };
/// let body = storm::serde_json::json!({"phone": null});
/// let patch: storm::Patch<Profile> = storm::lenient::from_value(&body).unwrap();
/// assert_eq!(patch.onto(&lee), Ok(Profile { phone: None, ..lee }));
/// ```
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(transparent, bound = "")]
pub struct Patch<T> {
    // Their texts are read by `onto`, which knows what a `T` has.
    #[serde(deserialize_with = "lenient::later")]
    fields: Map<String, Value>,
    #[serde(skip)]
    of: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> Patch<T> {
    /// What there is `now`, with what the patch changes: its texts are read as a form's are, and those
    /// that stay are as they are spelled. `now` may be a `T`, or whatever shows its
    /// fields under the same names.
    ///
    /// # Errors
    /// [`Refusal::unreadable`] with the field that cannot be read, or that must be there and was taken
    /// away.
    pub fn onto(&self, now: &impl Serialize) -> Result<T, Refusal> {
        let mut all = match serde_json::to_value(now) {
            Ok(Value::Object(fields)) => fields,
            // What shows no fields has none to keep: then the patch must say all of them.
            Ok(_) | Err(_) => Map::new(),
        };
        for (name, value) in &self.fields {
            merge(all.entry(name).or_insert(Value::Null), value);
        }
        lenient::merged(&Value::Object(all), &self.fields)
    }
}

/// RFC 7396: an object changes the members that it names, null takes one away, anything else takes
/// the place of what was there.
fn merge(now: &mut Value, patch: &Value) {
    let Value::Object(changes) = patch else {
        *now = patch.clone();
        return;
    };
    if !now.is_object() {
        *now = Value::Object(Map::new());
    }
    let Value::Object(members) = now else {
        return;
    };
    for (name, value) in changes {
        if value.is_null() {
            members.remove(name);
        } else {
            merge(members.entry(name).or_insert(Value::Null), value);
        }
    }
}

#[cfg(test)]
mod tests;

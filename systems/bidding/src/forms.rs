//! What people may write into the fields of a form.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use storm::{Refusal, lenient};

/// The fields that a `PATCH` carries.
pub(crate) type Patch = Map<String, Value>;

/// Longest number of a notice, a bid or a company, in characters.
pub(crate) const NUMBER: usize = 64;
/// Longest phone number, in characters.
pub(crate) const PHONE: usize = 30;
/// Longest name or title, in characters.
pub(crate) const NAME: usize = 200;
/// Longest description, in characters.
pub(crate) const DESCRIPTION: usize = 4000;

/// `now` with what a patch changes: what is absent stays as it is, and null is taken away
/// (`wire.md` §2).
///
/// # Errors
/// The field that cannot be read, or that must be there and is not.
pub(crate) fn patched<T>(now: &impl Serialize, patch: &Patch) -> Result<T, Refusal>
where
    T: DeserializeOwned,
{
    let mut fields = serde_json::to_value(now).unwrap_or_default();
    for (name, value) in patch {
        fields[name] = value.clone();
    }
    lenient::from_value(&fields)
}

/// A number that people gave to something, `2021-03-N17`, without the space around it.
///
/// # Errors
/// When nothing is left, or more than people can read out.
pub(crate) fn number(field: &'static str, text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    if text.is_empty() || text.contains(char::is_control) {
        let reason = format!("`{field}` must be a number or a short text, and is empty or broken.");
        return Err(
            Refusal::invalid(field, "number-missing", reason).ko("번호를 올바르게 입력해 주세요.")
        );
    }
    short(field, Some(text), NUMBER)?;
    Ok(text.to_owned())
}

/// # Errors
/// When `text` has more than `longest` characters.
pub(crate) fn short(field: &str, text: Option<&str>, longest: usize) -> Result<(), Refusal> {
    let length = text.map_or(0, |text| text.chars().count());
    if length <= longest {
        return Ok(());
    }
    let reason = format!("`{field}` may have {longest} characters, and has {length}.");
    let ko = format!("{longest}자까지 입력할 수 있습니다.");
    Err(Refusal::invalid(field, "text-too-long", reason).ko(ko))
}

/// # Errors
/// When an amount, in won, is less than nothing.
pub(crate) fn amount(field: &str, amount: Option<i64>) -> Result<(), Refusal> {
    match amount {
        Some(amount) if amount < 0 => {
            let reason = format!("`{field}` must be 0 or more, and is {amount}.");
            Err(Refusal::invalid(field, "amount-negative", reason)
                .ko("금액은 0 이상이어야 합니다."))
        }
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests;

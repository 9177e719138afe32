//! What may be written into the fields of a form.

use storm::Refusal;
use storm::form::Field;

/// Longest number of a notice, a bid or a company, in characters.
pub(crate) const NUMBER: usize = 64;
/// Longest phone number, in characters.
pub(crate) const PHONE: usize = 30;
/// Longest name or title, in characters.
pub(crate) const NAME: usize = 200;
/// Longest description, in characters.
pub(crate) const DESCRIPTION: usize = 4000;

/// A number that people gave to something, `2021-03-N17`, without the space around it.
///
/// # Errors
/// When nothing is left, or what people cannot read out, or more than that.
pub(crate) fn number(field: Field, text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    field.filled(text, "number-missing")?;
    field.one_line(text)?;
    field.at_most(text, NUMBER)?;
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests;

//! What may stand in the fields of a form: the checks that business code shares, so that the same
//! fault is said in the same words everywhere.
//!
//! Each check refuses with 422 ([`RefusalKind::Invalid`](crate::RefusalKind)) and says the field, the
//! limit and what was found, in English and in Korean. Where what is wrong depends on the form, its code
//! does, too, and is given. What is absent passes: whether it may be is said by the form's type.
//!
//! ```
//! use storm::form::field;
//!
//! let no = field("qty", "수량").within(0, &(1..=10_000), "quantity-out-of-range").unwrap_err();
//! assert_eq!(no.reason, "`qty` must be from 1 to 10000, and is 0.");
//! assert_eq!(no.reason_ko.unwrap(), "수량은 1 이상 10000 이하여야 합니다. 입력한 값은 0입니다.");
//! ```

use std::cmp::Ordering;
use std::fmt::{Debug, Display};
use std::ops::RangeInclusive;

use crate::{Refusal, text};

/// A field: what it is called on the wire, and what a Korean reader calls it.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    name: &'static str,
    ko: &'static str,
}

/// The field `name`, in Korean `ko`, e.g. `field("address", "배송지")`.
#[must_use]
pub const fn field(name: &'static str, ko: &'static str) -> Field {
    Field { name, ko }
}

impl Field {
    /// A text that says something.
    ///
    /// # Errors
    /// With `code`, e.g. `address-missing`, when nothing but space is there.
    pub fn filled<'a>(
        self,
        text: impl Into<Option<&'a str>>,
        code: &'static str,
    ) -> Result<(), Refusal> {
        if text.into().is_none_or(|text| !text::is_blank(text)) {
            return Ok(());
        }
        Err(self.refused(
            code,
            "is required, and is empty.",
            &format!("{} 입력해 주세요.", self.with("을", "를")),
        ))
    }

    /// A text of one line that people can read out.
    ///
    /// # Errors
    /// `text-unreadable`, when a control character is in it: a line break, for one.
    pub fn one_line<'a>(self, text: impl Into<Option<&'a str>>) -> Result<(), Refusal> {
        let Some(control) = text
            .into()
            .and_then(|text| text.chars().find(|c| c.is_control()))
        else {
            return Ok(());
        };
        let found = u32::from(control);
        Err(self.refused(
            "text-unreadable",
            &format!("must be one line without control characters, and has U+{found:04X}."),
            &format!("{} 제어 문자 없이 한 줄로 입력해 주세요.", self.topic()),
        ))
    }

    /// A text of up to `longest` characters (not bytes).
    ///
    /// # Errors
    /// `text-too-long`, when it has more.
    pub fn at_most<'a>(
        self,
        text: impl Into<Option<&'a str>>,
        longest: usize,
    ) -> Result<(), Refusal> {
        let length = text.into().map_or(0, |text| text.chars().count());
        if length <= longest {
            return Ok(());
        }
        Err(self.refused(
            "text-too-long",
            &format!("may have {longest} characters, and has {length}."),
            &format!(
                "{} {longest}자까지 입력할 수 있습니다. 입력한 글은 {length}자입니다.",
                self.topic()
            ),
        ))
    }

    /// A number of the `range`.
    ///
    /// # Errors
    /// With `code`, e.g. `quantity-out-of-range`, when it lies outside, or is no number.
    pub fn within<T: Copy + PartialOrd + Display + Debug>(
        self,
        number: impl Into<Option<T>>,
        range: &RangeInclusive<T>,
        code: &'static str,
    ) -> Result<(), Refusal> {
        let Some(number) = number.into().filter(|number| !range.contains(number)) else {
            return Ok(());
        };
        let (least, most) = (range.start(), range.end());
        Err(self.refused(
            code,
            &format!("must be from {least} to {most}, and is {number:?}."),
            &format!(
                "{} {least} 이상 {most} 이하여야 합니다. 입력한 값은 {number:?}입니다.",
                self.topic()
            ),
        ))
    }

    /// A number that is not below `least`.
    ///
    /// # Errors
    /// With `code`, e.g. `price-negative`, when it is, or is no number.
    pub fn at_least<T: Copy + PartialOrd + Display + Debug>(
        self,
        number: impl Into<Option<T>>,
        least: T,
        code: &'static str,
    ) -> Result<(), Refusal> {
        // Whatever cannot be compared is not enough either.
        let Some(number) = number
            .into()
            .filter(|number| number.partial_cmp(&least).is_none_or(Ordering::is_lt))
        else {
            return Ok(());
        };
        Err(self.refused(
            code,
            &format!("must be {least} or more, and is {number:?}."),
            &format!(
                "{} {least} 이상이어야 합니다. 입력한 값은 {number:?}입니다.",
                self.topic()
            ),
        ))
    }

    fn refused(self, code: &'static str, what: &str, ko: &str) -> Refusal {
        let name = self.name;
        Refusal::invalid(name, code, format!("`{name}` {what}")).ko(ko)
    }

    /// The Korean name as what the sentence is about: 수량은, 가격은, 주소는.
    fn topic(self) -> String {
        self.with("은", "는")
    }

    /// The Korean name and its particle: the first after a syllable that ends in a consonant.
    fn with(self, closed: &str, open: &str) -> String {
        // Hangul syllables stand in groups of 28, the first of each without a final consonant
        // (Unicode, section 3.12).
        let is_closed = self.ko.chars().next_back().is_some_and(|last| {
            ('가'..='힣').contains(&last) && !(u32::from(last) - u32::from('가')).is_multiple_of(28)
        });
        format!("{}{}", self.ko, if is_closed { closed } else { open })
    }
}

#[cfg(test)]
mod tests;

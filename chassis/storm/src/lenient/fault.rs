//! What is wrong with a body, and where.

use std::fmt;

use serde::de;

use crate::Refusal;
use crate::text::Lines;

/// Where in the body we are.
pub(super) enum At<'a> {
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
pub(super) struct Fault {
    field: String,
    message: String,
    ko: String,
    /// A character that no text may have. Then it can be read, and breaks a rule.
    refused: Option<(char, Lines)>,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        // What is wrong with it is said in English only: it may come from anywhere.
        let ko = "읽을 수 없는 값입니다. 입력한 내용을 다시 확인해 주세요.";
        Self::new("", message.to_string(), ko)
    }

    fn missing_field(field: &'static str) -> Self {
        Self::missing(field)
    }
}

impl Fault {
    pub(super) fn new(
        field: impl Into<String>,
        message: impl Into<String>,
        ko: impl Into<String>,
    ) -> Self {
        Self {
            field: field.into(),
            message: message.into(),
            ko: ko.into(),
            refused: None,
        }
    }

    pub(super) fn missing(field: impl Into<String>) -> Self {
        Self::new(
            field,
            "is required, and is missing or empty",
            "필수 항목입니다. 값을 입력해 주세요.",
        )
    }

    /// A text with a character that has no place in it.
    pub(super) fn unreadable(field: String, found: char, lines: Lines) -> Self {
        Self {
            refused: Some((found, lines)),
            ..Self::new(field, "", "")
        }
    }

    /// Puts the place before a fault that was found deeper down or knows only its field's name.
    pub(super) fn within(mut self, at: &At<'_>) -> Self {
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

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        let field = if fault.field.is_empty() {
            "body".to_owned()
        } else {
            fault.field
        };
        match fault.refused {
            Some((found, lines)) => text_unreadable(field, found, lines),
            None => {
                let (reason, ko) = (
                    format!("`{field}`: {}", fault.message),
                    format!("{field}: {}", fault.ko),
                );
                Self::unreadable(field, reason).ko(ko)
            }
        }
    }
}

/// 422 for a text of a form or a search in which a character was
/// [refused](crate::text::refused_in).
pub fn text_unreadable(field: impl Into<String>, found: char, lines: Lines) -> Refusal {
    let (field, found) = (field.into(), u32::from(found));
    let (reason, ko) = match lines {
        Lines::One => (
            format!(
                "`{field}` must be one line without control characters, and has U+{found:04X}."
            ),
            format!("제어 문자(U+{found:04X}) 없이 한 줄로 입력해 주세요."),
        ),
        Lines::Several => (
            format!(
                "`{field}` may have line breaks and tabs but no other control characters, and has U+{found:04X}."
            ),
            format!("줄바꿈과 탭을 제외한 제어 문자(U+{found:04X})는 입력할 수 없습니다."),
        ),
    };
    Refusal::invalid(field, "text-unreadable", reason).ko(ko)
}

//! In which language a refusal speaks.

use http::{HeaderMap, header};

/// The languages that refusals are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// For everybody who does not ask for Korean.
    #[default]
    English,
    /// For those who prefer it.
    Korean,
}

impl Language {
    /// What `Accept-Language` prefers (RFC 9110 §12.5.4).
    pub fn of(headers: &HeaderMap) -> Self {
        let Some(wanted) = headers.get(header::ACCEPT_LANGUAGE) else {
            return Self::English;
        };
        let (mut korean, mut english) = (0, 0);
        for (range, weight) in crate::negotiate::weighted(wanted.to_str().unwrap_or_default()) {
            let primary = range.split('-').next().unwrap_or(range);
            if primary.eq_ignore_ascii_case("ko") {
                korean = korean.max(weight);
            } else if primary.eq_ignore_ascii_case("en") {
                english = english.max(weight);
            }
        }
        if korean > english {
            Self::Korean
        } else {
            Self::English
        }
    }

    /// The value of `Content-Language`.
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Korean => "ko",
        }
    }
}

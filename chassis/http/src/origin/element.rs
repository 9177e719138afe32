//! The header `Forwarded` (RFC 7239 §4): its first element, which the outermost proxy wrote.

use http::HeaderMap;
use http::header::FORWARDED;

/// More parameters than RFC 7239 has, and than any proxy writes.
const MOST_PARAMETERS: usize = 16;

/// What an element says of the address that the client used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Element<'a> {
    pub(super) host: Option<&'a str>,
    pub(super) proto: Option<&'a str>,
}

impl<'a> Element<'a> {
    /// Says nothing if there is no such header, or its first element is malformed.
    pub(super) fn first(headers: &'a HeaderMap) -> Self {
        let line = headers.get(FORWARDED).and_then(|line| line.to_str().ok());
        line.and_then(Self::parse).unwrap_or_default()
    }

    fn parse(line: &'a str) -> Option<Self> {
        let mut element = Self::default();
        let mut rest = line.trim_start_matches([' ', '\t', ',']);
        for _ in 0..MOST_PARAMETERS {
            rest = rest.trim_start_matches([' ', '\t']);
            if let Some((name, value, after)) = parameter(rest) {
                let known = match name {
                    name if name.eq_ignore_ascii_case("host") => Some(&mut element.host),
                    name if name.eq_ignore_ascii_case("proto") => Some(&mut element.proto),
                    _ => None,
                };
                // No parameter occurs twice (RFC 7239 §4): who stands before us may have read the other.
                if known.is_some_and(|known| known.replace(value).is_some()) {
                    return None;
                }
                rest = after.trim_start_matches([' ', '\t']);
            }
            match rest.bytes().next() {
                None | Some(b',') => return Some(element),
                Some(b';') => rest = rest.get(1..)?,
                Some(_) => return None,
            }
        }
        None
    }
}

/// `name=value` or `name="value"` at the beginning, and what follows it. A quoted value with a
/// backslash is none: no host needs one.
fn parameter(text: &str) -> Option<(&str, &str, &str)> {
    let (name, after) = text.split_once('=')?;
    if name.is_empty() || !name.bytes().all(is_token) {
        return None;
    }
    if let Some(quoted) = after.strip_prefix('"') {
        let (value, after) = quoted.split_once('"')?;
        return (!value.contains('\\')).then_some((name, value, after));
    }
    let end = after.bytes().position(|byte| b";, \t".contains(&byte));
    let (value, after) = after.split_at_checked(end.unwrap_or(after.len()))?;
    Some((name, value, after))
}

/// RFC 9110 §5.6.2.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests;

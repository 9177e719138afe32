//! How texts are spelled: one text has one spelling, whatever keyboard or clipboard it comes from.
//!
//! A text that a form or a search brings is read in Unicode's normalization form C ("가" is one
//! character, not the two of which macOS file names make it) and without white space at its ends
//! ([`clean`]). What a person cannot see and a terminal obeys is refused ([`refused_in`]).
//!
//! Texts that are stored already, and those that other contexts tell, stay as they are spelled:
//! [`spellings`] says under which a text may have been kept, [`same`] whether two are one text.

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick, is_nfd_quick};

/// How many lines a text may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lines {
    /// One: names, numbers, addresses.
    One,
    /// Several, and tabs: descriptions.
    Several,
}

/// The text in its one spelling: in normalization form C, without white space at its ends, and empty
/// if nothing in it can be seen. Allocates only if something changes.
///
/// ```
/// use storm::text::clean;
///
/// assert_eq!(clean(" A-1\n"), "A-1");
/// assert_eq!(clean("\u{1100}\u{1161}"), "가");
/// assert_eq!(clean("\u{200b}\u{3164}"), "");
/// ```
pub fn clean(text: &str) -> Cow<'_, str> {
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    let text = trim(text);
    if is_blank(text) {
        return Cow::Borrowed("");
    }
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => Cow::Borrowed(text),
        IsNormalized::No | IsNormalized::Maybe => Cow::Owned(text.nfc().collect()),
    }
}

/// Without white space at the ends; the kinds without width, which come along with what is copied
/// from a page, count as white space.
pub fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| {
        c.is_whitespace()
            || matches!(
                c,
                '\u{200b}' | '\u{2060}' | '\u{feff}' | '\u{3164}' | '\u{ffa0}'
            )
    })
}

/// The first character that has no place in such a text: a control character (C0, DEL, C1), one that
/// turns the direction of what follows (U+202A–202E, U+2066–2069), or, in one line, a line break.
///
/// White space at the ends does not count, line breaks included: [`clean`] takes it away.
pub fn refused_in(text: &str, lines: Lines) -> Option<char> {
    if is_plain(text) {
        return None;
    }
    trim(text).chars().find(|&c| match c {
        '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => lines == Lines::One,
        _ => is_obeyed(c),
    })
}

/// With `\n` for each line break, however a browser or an editor writes it (`\r\n`, `\r`).
pub fn with_plain_line_breaks(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.contains('\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        text
    }
}

/// Whether nothing in it can be seen.
pub fn is_blank(text: &str) -> bool {
    text.chars().all(is_invisible)
}

/// Whether two are one text, however each is spelled.
pub fn same(one: &str, other: &str) -> bool {
    one == other || clean(one) == clean(other)
}

/// What was sent, spelled as it is kept, if the two are [one text](same): who names what is kept need
/// not know how it was spelled.
pub fn as_kept(sent: String, kept: &str) -> String {
    if sent != kept && same(&sent, kept) {
        kept.to_owned()
    } else {
        sent
    }
}

/// The spellings under which a text may have been kept, each once: [`clean`] first, as texts are kept
/// today; then as it is given, and decomposed (normalization form D), as earlier versions kept what
/// was sent so. One for nearly every text.
pub fn spellings(text: &str) -> Vec<Cow<'_, str>> {
    let clean = clean(text);
    let mut all = vec![clean];
    if !is_plain(text) {
        let given = Cow::Borrowed(text);
        let decomposed = match is_nfd_quick(trim(text).chars()) {
            IsNormalized::Yes => Cow::Borrowed(trim(text)),
            IsNormalized::No | IsNormalized::Maybe => Cow::Owned(trim(text).nfd().collect()),
        };
        for other in [given, decomposed] {
            if !all.contains(&other) {
                all.push(other);
            }
        }
    }
    all
}

/// As it can be printed to a terminal or a log: [what is obeyed](refused_in) and not seen is written
/// as its number, `\u{1b}`. Line breaks, too: what is printed stays one line.
///
/// ```
/// assert_eq!(storm::text::printable("a\u{1b}[2Jb"), "a\\u{1b}[2Jb");
/// ```
pub fn printable(text: &str) -> Cow<'_, str> {
    escaped(text, |c| {
        is_obeyed(c) || matches!(c, '\u{2028}' | '\u{2029}')
    })
}

/// As [`printable`], for what has lines and tabs of its own: those stay.
pub fn printable_lines(text: &str) -> Cow<'_, str> {
    escaped(text, |c| is_obeyed(c) && !matches!(c, '\n' | '\t'))
}

/// JSON that can be printed to a terminal, and is the same JSON: what is [obeyed](printable) in its
/// strings is written as `\u009b`. The line breaks and tabs between its members stay.
pub fn printable_json(json: &str) -> Cow<'_, str> {
    escaped_as(
        json,
        |c| is_obeyed(c) && !matches!(c, '\n' | '\t'),
        |out, c| {
            // All of them are below U+10000, and JSON escapes those so.
            // Writing to a string cannot fail.
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        },
    )
}

fn escaped(text: &str, is_escaped: impl Fn(char) -> bool) -> Cow<'_, str> {
    escaped_as(text, is_escaped, |out, c| out.extend(c.escape_unicode()))
}

fn escaped_as(
    text: &str,
    is_escaped: impl Fn(char) -> bool,
    escape: impl Fn(&mut String, char),
) -> Cow<'_, str> {
    if is_plain(text) || !text.contains(&is_escaped) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_escaped(c) {
            escape(&mut out, c);
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// Printable ASCII without a space at either end: there is nothing to change or refuse in it. Most
/// texts are, and cost one look at each byte.
fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.iter().all(|byte| (0x20..0x7f).contains(byte))
        && bytes.first() != Some(&b' ')
        && bytes.last() != Some(&b' ')
}

/// A terminal, or whatever lays out text, obeys it instead of showing it.
fn is_obeyed(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Nothing is seen where it stands alone: white space, `Default_Ignorable_Code_Point` (Unicode 17,
/// `DerivedCoreProperties.txt`), and the Braille pattern without dots.
fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{2800}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fff8}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

#[cfg(test)]
mod tests;

//! Everything that is wrong with a file, not only the first thing.

use std::fmt;
use std::ops::Range;
use std::path::Path;

use storm::System;

use super::file::Parts;
use super::place::{self, Wrong};
use super::rules;

/// At most so many faults are reported; whoever has more begins with these.
const MOST: usize = 20;

/// What is wrong with a configuration: at least one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faults {
    first: Wrong,
    rest: Vec<Wrong>,
}

impl Faults {
    /// `None` when nothing is wrong.
    pub(super) fn of(faults: Vec<Wrong>) -> Option<Self> {
        let mut faults = faults.into_iter();
        faults.next().map(|first| Self {
            first,
            rest: faults.collect(),
        })
    }

    /// In the order in which they were found: those of the file by line, then the variables'.
    pub fn iter(&self) -> impl Iterator<Item = &Wrong> {
        std::iter::once(&self.first).chain(&self.rest)
    }
}

impl From<Wrong> for Faults {
    fn from(first: Wrong) -> Self {
        Self {
            first,
            rest: Vec::new(),
        }
    }
}

impl std::error::Error for Faults {}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.rest.is_empty() {
            return self.first.fmt(f);
        }
        write!(f, "{} settings are wrong", 1 + self.rest.len())?;
        for wrong in self.iter() {
            write!(f, "\n  {wrong}")?;
        }
        Ok(())
    }
}

/// Reads a file. Where a setting cannot be read, its line is left out and the rest is read again, so
/// that all faults are found in one go; positions stay those of the file.
///
/// # Errors
/// All faults, by line, at most [`MOST`].
pub(super) fn read_file(path: &Path, text: &str, systems: &[System]) -> Result<Parts, Vec<Wrong>> {
    let mut rest = text.to_owned();
    let mut faults: Vec<(usize, Wrong)> = Vec::new();
    loop {
        match toml::from_str::<Parts>(&rest) {
            Ok(parts) => {
                let findings = rules::check(&parts, systems).into_iter();
                faults.extend(findings.map(|finding| {
                    let start = place::position(&rest, &finding).unwrap_or(usize::MAX);
                    (start, place::located(path, &rest, &finding))
                }));
                if faults.is_empty() {
                    return Ok(parts);
                }
                break;
            }
            Err(error) => {
                let span = error.span();
                let start = span.as_ref().map_or(usize::MAX, |span| span.start);
                faults.push((start, place::unreadable(path, &rest, &error)));
                let is_syntax = rest.parse::<toml::Table>().is_err();
                let blanked = span.and_then(|span| without(&rest, &span));
                match blanked {
                    Some(text) if !is_syntax && faults.len() < MOST => rest = text,
                    _ => break,
                }
            }
        }
    }
    faults.sort_by_key(|(start, _)| *start);
    faults.truncate(MOST);
    Err(faults.into_iter().map(|(_, wrong)| wrong).collect())
}

/// The text with the lines of `span` blanked, and with the whole section where they are its heading:
/// without it its keys would be another section's.
fn without(text: &str, span: &Range<usize>) -> Option<String> {
    let start = text.get(..span.start)?.rfind('\n').map_or(0, |at| at + 1);
    let end = text.get(span.end..)?.find('\n');
    let mut end = end.map_or(text.len(), |at| span.end + at);
    if text.get(start..)?.trim_start().starts_with('[') {
        let next = text.get(end..)?.find("\n[");
        end = next.map_or(text.len(), |at| end + at);
    }
    let blank: String = text
        .get(start..end)?
        .chars()
        .map(|c| if c == '\n' { '\n' } else { ' ' })
        .collect();
    // Nothing would be gained: it would be read in the same way again.
    if blank == text.get(start..end)? {
        return None;
    }
    Some(format!("{}{blank}{}", text.get(..start)?, text.get(end..)?))
}

//! Where something wrong stands, and what was perhaps meant.

use std::ops::Range;
use std::path::Path;

use toml::de::{DeTable, DeValue};

/// A key or value that cannot stand.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {message}")]
pub struct Wrong {
    /// `file:line:column`, or the variable's name.
    pub place: String,
    /// What is wrong, and what was expected.
    pub message: String,
}

/// Something wrong with what stands at `path`, before it is known where that is.
#[derive(Debug)]
pub(super) struct Finding {
    pub(super) path: Vec<String>,
    pub(super) message: String,
}

impl Finding {
    /// The value at `path` cannot stand.
    pub(super) fn at(path: &[&str], message: impl std::fmt::Display) -> Self {
        Self::name(path, format!("`{}` {message}", path.join(".")))
    }

    /// The last name of `path` itself cannot stand.
    pub(super) fn name(path: &[&str], message: String) -> Self {
        Self {
            path: path.iter().map(|&part| part.to_owned()).collect(),
            message,
        }
    }
}

/// An error of the TOML reader. Its own `Display` is not used: it quotes the line, which may hold a
/// secret.
pub(super) fn unreadable(file: &Path, text: &str, error: &toml::de::Error) -> Wrong {
    Wrong {
        place: spot(file, text, error.span()),
        message: with_suggestion(error.message()),
    }
}

/// A finding in a file.
pub(super) fn located(file: &Path, text: &str, finding: &Finding) -> Wrong {
    let span = DeTable::parse(text)
        .ok()
        .and_then(|table| find(table.get_ref(), &finding.path));
    Wrong {
        place: spot(file, text, span),
        message: finding.message.clone(),
    }
}

/// A finding in what all sources together say: in the file, if what it is about stands there.
pub(super) fn located_together(
    file: Option<&(std::path::PathBuf, String)>,
    finding: &Finding,
) -> Wrong {
    let in_file = file.filter(|(_, text)| {
        DeTable::parse(text).is_ok_and(|table| find(table.get_ref(), &finding.path).is_some())
    });
    match in_file {
        Some((path, text)) => located(path, text, finding),
        None => Wrong {
            place: "configuration".to_owned(),
            message: finding.message.clone(),
        },
    }
}

/// Where in a file a finding is, in bytes.
pub(super) fn position(text: &str, finding: &Finding) -> Option<usize> {
    let table = DeTable::parse(text).ok()?;
    find(table.get_ref(), &finding.path).map(|span| span.start)
}

fn find(table: &DeTable<'_>, path: &[String]) -> Option<Range<usize>> {
    let (first, rest) = path.split_first()?;
    let (key, value) = table.iter().find(|(key, _)| key.get_ref() == first)?;
    match (value.get_ref(), rest) {
        (_, []) => Some(key.span()),
        (DeValue::Table(inner), _) => find(inner, rest).or_else(|| Some(key.span())),
        _ => Some(value.span()),
    }
}

fn spot(file: &Path, text: &str, span: Option<Range<usize>>) -> String {
    let file = file.display();
    let Some(before) = span.and_then(|span| text.get(..span.start)) else {
        return file.to_string();
    };
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or(before).chars().count() + 1;
    format!("{file}:{line}:{column}")
}

/// How people call what serde expects.
const KINDS: [(&str, &str); 8] = [
    ("u8", "a whole number from 0 to 255"),
    ("u16", "a whole number from 0 to 65535"),
    ("u32", "a whole number from 0 to 4294967295"),
    ("u64", "a whole number"),
    ("usize", "a whole number"),
    ("a boolean", "true or false"),
    ("a string", "a text in quotes"),
    ("path string", "a path in quotes"),
];

/// Says what serde expected in people's words, and adds the nearest of the names that it knows.
pub(super) fn with_suggestion(message: &str) -> String {
    let message = message.lines().collect::<Vec<_>>().join(" ");
    if let Some((found, kind)) = message.rsplit_once(", expected ")
        && let Some((_, words)) = KINDS.iter().find(|(name, _)| *name == kind)
    {
        let found = found
            .strip_prefix("invalid type: ")
            .or_else(|| found.strip_prefix("invalid value: "))
            .unwrap_or(found);
        return format!("{found} cannot stand here; expected {words}");
    }
    let Some((found, expected)) = message
        .strip_prefix("unknown field `")
        .or_else(|| message.strip_prefix("unknown variant `"))
        .and_then(|rest| rest.split_once('`'))
    else {
        return message;
    };
    let known: Vec<&str> = expected.split('`').skip(1).step_by(2).collect();
    match nearest(found, known) {
        Some(near) => format!("{message}; did you mean `{near}`?"),
        None => message,
    }
}

/// Letters of a name's beginning that tell enough to guess the rest.
const BEGINNING: usize = 3;

/// The known name that `found` was perhaps meant to be: the only one that begins so, or else the one
/// that differs least.
pub fn nearest<'a>(found: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let found = found.to_lowercase();
    let known: Vec<&str> = known.into_iter().collect();
    let mut begin_so = known
        .iter()
        .filter(|name| found.len() >= BEGINNING && name.to_lowercase().starts_with(&found));
    if let (Some(only), None) = (begin_so.next(), begin_so.next()) {
        return Some(only);
    }
    known
        .into_iter()
        .map(|name| {
            (
                strsim::damerau_levenshtein(&found, &name.to_lowercase()),
                name,
            )
        })
        .filter(|(distance, name)| *distance <= name.len().div_ceil(3))
        .min()
        .map(|(_, name)| name)
}

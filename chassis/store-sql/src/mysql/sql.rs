//! SQL as text: values written into statements, and statements put together for few round trips.
//!
//! A batch goes to the server as one text of many statements, for each trip costs more than most
//! statements do. So values are written into the text, in this module only. A session of ours
//! takes a backslash for a backslash (`NO_BACKSLASH_ESCAPES`, see `link`) and speaks UTF-8, so the
//! quote is the one character that ends a text, and it is doubled.

use std::fmt::Write;

use storm::KeyValue;

use super::keys;

/// About so many bytes go in one trip: far below what any server takes (`max_allowed_packet`).
const PART: usize = 1 << 20;

/// A text being written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sql(String);

impl Sql {
    pub(super) fn new(sql: &str) -> Self {
        Self(sql.to_owned())
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Our own words, as they are.
    pub(super) fn words(&mut self, words: &str) -> &mut Self {
        self.0.push_str(words);
        self
    }

    pub(super) fn number(&mut self, number: i64) -> &mut Self {
        // Writing to a string cannot fail.
        let _ = write!(self.0, "{number}");
        self
    }

    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        self.0.push('\'');
        let mut rest = text;
        while let Some(quote) = rest.find('\'') {
            self.0.push_str(&rest[..=quote]);
            self.0.push('\'');
            rest = &rest[quote + 1..];
        }
        self.0.push_str(rest);
        self.0.push('\'');
        self
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.push_str("x'");
        for byte in bytes {
            let _ = write!(self.0, "{byte:02x}");
        }
        self.0.push('\'');
        self
    }

    /// A text from outside that is a key, or part of one.
    pub(super) fn folded(&mut self, text: &str) -> &mut Self {
        match keys::folded(text) {
            Some(fold) => self.bytes(&fold),
            None => self.text(text),
        }
    }

    /// A key's value.
    pub(super) fn value(&mut self, value: &KeyValue) -> &mut Self {
        match keys::written(value) {
            Ok(text) => self.text(&text),
            Err(fold) => self.bytes(&fold),
        }
    }

    /// A name in backquotes.
    pub(super) fn name(&mut self, name: &str) -> &mut Self {
        self.0.push('`');
        self.0.push_str(&name.replace('`', "``"));
        self.0.push('`');
        self
    }

    pub(super) fn comma(&mut self) -> &mut Self {
        self.words(", ")
    }
}

/// How a statement about many things is put together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape<'a> {
    /// Before the first.
    pub(super) head: &'a str,
    /// Between two.
    pub(super) between: &'a str,
    /// After the last.
    pub(super) tail: &'a str,
    /// No more in one statement.
    pub(super) most: usize,
}

/// Statements in the order they run, in as few parts as their size allows.
#[derive(Debug)]
pub(super) struct Script {
    parts: Vec<Sql>,
    part: usize,
}

impl Script {
    pub(super) fn new() -> Self {
        Self::in_parts_of(PART)
    }

    fn in_parts_of(part: usize) -> Self {
        Self {
            parts: vec![Sql::default()],
            part,
        }
    }

    pub(super) fn parts(&self) -> impl Iterator<Item = &str> {
        self.parts
            .iter()
            .map(Sql::as_str)
            .filter(|part| !part.is_empty())
    }

    fn last(&mut self) -> &mut Sql {
        if self.parts.is_empty() {
            self.parts.push(Sql::default());
        }
        let last = self.parts.len() - 1;
        &mut self.parts[last]
    }

    /// One statement.
    pub(super) fn statement(&mut self, write: impl FnOnce(&mut Sql)) {
        let last = self.last();
        write(last);
        last.words(";");
        self.cut();
    }

    /// As many statements of this shape as it takes; says how many. None for nothing.
    pub(super) fn each<T>(
        &mut self,
        shape: Shape<'_>,
        things: impl IntoIterator<Item = T>,
        write: impl Fn(&mut Sql, T),
    ) -> usize {
        let (mut statements, mut in_this) = (0, 0);
        for thing in things {
            let last = self.last();
            last.words(if in_this == 0 {
                shape.head
            } else {
                shape.between
            });
            write(last, thing);
            in_this += 1;
            if in_this == shape.most || self.is_full() {
                self.last().words(shape.tail).words(";");
                self.cut();
                (statements, in_this) = (statements + 1, 0);
            }
        }
        if in_this > 0 {
            self.last().words(shape.tail).words(";");
            self.cut();
            statements += 1;
        }
        statements
    }

    fn is_full(&mut self) -> bool {
        self.last().as_str().len() >= self.part
    }

    fn cut(&mut self) {
        if self.is_full() {
            self.parts.push(Sql::default());
        }
    }
}

#[cfg(test)]
mod tests;

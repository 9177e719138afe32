//! What a batch wants to know before it is decided.

use std::collections::HashSet;

use rusqlite::{CachedStatement, Connection, OptionalExtension, params};
use storm::Id;
use storm::store::{Loaded, Record, StoredKey, Wanted};

use crate::sqlite::kinds::{self, Kinds};
use crate::sqlite::rows::{self, Bound};

const RECORD: &str = "SELECT place % 281474976710656, version, hidden, correlation, state FROM records WHERE place = ?";

const IDS_BY_KEY: &str =
    "SELECT id FROM keys WHERE kind = ? AND name = ? AND value = ? ORDER BY id";

const ANSWER: &str = "
    SELECT key, fingerprint, id, version, correlation, state, expires FROM answers WHERE key = ?";

pub(super) fn load(connection: &Connection, wanted: &Wanted) -> rusqlite::Result<Loaded> {
    let mut records = Records {
        kinds: Kinds::read(connection)?,
        statement: connection.prepare_cached(RECORD)?,
        seen: HashSet::with_capacity(wanted.records.len() + wanted.keys.len()),
        found: Vec::new(),
    };
    for (kind, id) in &wanted.records {
        records.find(kind, *id)?;
    }
    let keys = load_keys(connection, &wanted.keys, &mut records)?;
    let mut answers = Vec::new();
    if !wanted.answers.is_empty() {
        let mut statement = connection.prepare_cached(ANSWER)?;
        for key in unique(&wanted.answers) {
            answers.extend(statement.query_row([key], rows::answer).optional()?);
        }
    }
    Ok(Loaded {
        records: records.found,
        keys,
        answers,
    })
}

fn load_keys(
    connection: &Connection,
    wanted: &[StoredKey],
    records: &mut Records<'_>,
) -> rusqlite::Result<Vec<(StoredKey, Vec<Id>)>> {
    let mut found = Vec::new();
    if wanted.is_empty() {
        return Ok(found);
    }
    let mut statement = connection.prepare_cached(IDS_BY_KEY)?;
    for key in unique(wanted) {
        let Some(kind) = records.kinds.number(&key.kind) else {
            continue;
        };
        let ids = statement
            .query_map(params![kind, key.name, Bound(&key.value)], |row| row.get(0))?
            .collect::<rusqlite::Result<Vec<Id>>>()?;
        for id in &ids {
            records.find(&key.kind, *id)?;
        }
        if !ids.is_empty() {
            found.push((key.clone(), ids));
        }
    }
    Ok(found)
}

/// Records, each once.
struct Records<'c> {
    kinds: Kinds,
    statement: CachedStatement<'c>,
    seen: HashSet<i64>,
    found: Vec<Record>,
}

impl Records<'_> {
    fn find(&mut self, kind: &str, id: Id) -> rusqlite::Result<()> {
        let place = self
            .kinds
            .number(kind)
            .and_then(|number| kinds::place(number, id));
        if let Some(place) = place
            && self.seen.insert(place)
        {
            let record = self
                .statement
                .query_row([place], |row| rows::record(kind, row))
                .optional()?;
            self.found.extend(record);
        }
        Ok(())
    }
}

/// Each once, in the order asked.
fn unique<T: Eq + std::hash::Hash>(asked: &[T]) -> impl Iterator<Item = &T> {
    let mut seen = HashSet::with_capacity(asked.len());
    asked.iter().filter(move |one| seen.insert(*one))
}

//! What a batch wants to know before it is decided: one text of questions, one trip.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use mysql::{Error, Row};
use storm::Id;
use storm::store::{Loaded, Record, StoredAnswer, StoredKey, Wanted};

use crate::mysql::keys;
use crate::mysql::rows::{self, Answers};
use crate::mysql::sql::{Script, Shape, Sql};

/// From so many values on MariaDB makes a table of them, which a few trips more are cheaper than.
const VALUES: usize = 500;

/// What each answer answers.
enum Asked<'a> {
    Records { kind: &'a str },
    Keys { kind: &'a str, name: &'a str },
    Answers,
}

pub(super) struct Questions<'a> {
    script: Script,
    asked: Vec<Asked<'a>>,
    wanted: &'a Wanted,
    keys: HashMap<(&'a str, &'a str, Vec<u8>), &'a StoredKey>,
    names: HashMap<Vec<u8>, &'a str>,
}

impl<'a> Questions<'a> {
    pub(super) fn of(wanted: &'a Wanted) -> Self {
        let mut questions = Self {
            script: Script::new(),
            asked: Vec::new(),
            wanted,
            keys: HashMap::new(),
            names: HashMap::new(),
        };
        questions.ask_records(&wanted.records);
        questions.ask_keys(&wanted.keys);
        questions.ask_answers(&wanted.answers);
        questions
    }

    pub(super) fn parts(&self) -> impl Iterator<Item = &str> {
        self.script.parts()
    }

    fn ask_records(&mut self, records: &'a [(String, Id)]) {
        let by_kind = grouped(records.iter().map(|(kind, id)| (kind.as_str(), *id)));
        for (kind, ids) in by_kind {
            let mut sql = Sql::new(
                "SELECT records.id, version, hidden, correlation, state
                 FROM kinds JOIN records ON kind = number WHERE kinds.name = ",
            );
            sql.text(kind).words(" AND records.id IN (");
            let shape = one_of(sql.as_str(), ")");
            for _ in 0..self.script.each(shape, ids, |sql, id| {
                sql.number(id);
            }) {
                self.asked.push(Asked::Records { kind });
            }
        }
    }

    fn ask_keys(&mut self, keys: &'a [StoredKey]) {
        let by_name = grouped(
            keys.iter()
                .map(|key| ((key.kind.as_str(), key.name.as_str()), key)),
        );
        for ((kind, name), keys) in by_name {
            let mut sql = Sql::new(
                "SELECT value, record_keys.id, version, hidden, correlation, state
                 FROM kinds JOIN record_keys ON record_keys.kind = number
                 LEFT JOIN records ON records.kind = number AND records.id = record_keys.id
                 WHERE kinds.name = ",
            );
            sql.text(kind).words(" AND record_keys.name = ").text(name);
            sql.words(" AND value IN (");
            for key in &keys {
                self.keys.insert((kind, name, keys::kept(&key.value)), key);
            }
            let shape = one_of(sql.as_str(), ") ORDER BY value, record_keys.id");
            for _ in 0..self.script.each(shape, keys, |sql, key| {
                sql.value(&key.value);
            }) {
                self.asked.push(Asked::Keys { kind, name });
            }
        }
    }

    fn ask_answers(&mut self, names: &'a [String]) {
        for name in names {
            self.names.insert(keys::kept_text(name), name);
        }
        let shape = one_of(
            "SELECT name, fingerprint, id, version, correlation, state, expires
             FROM answers WHERE name IN (",
            ")",
        );
        for _ in 0..self.script.each(shape, unique(names), |sql, name| {
            sql.folded(name);
        }) {
            self.asked.push(Asked::Answers);
        }
    }

    pub(super) fn read(&self, answers: Vec<Vec<Row>>) -> Result<Loaded, Error> {
        let mut answers = Answers::new(answers);
        let mut found = Found::default();
        for asked in &self.asked {
            for mut row in answers.next()? {
                match asked {
                    Asked::Records { kind } => found.record(kind, rows::record(kind, &mut row)?),
                    Asked::Keys { kind, name } => {
                        self.read_key(kind, name, &mut row, &mut found)?;
                    }
                    Asked::Answers => {
                        let name: Vec<u8> = rows::take(&mut row, 0)?;
                        if let Some(name) = self.names.get(&name) {
                            found.answers.push(rows::answer(name, &mut row, 1)?);
                        }
                    }
                }
            }
        }
        let keys = unique(&self.wanted.keys)
            .filter_map(|key| Some((key.clone(), found.ids.remove(key)?)))
            .collect();
        Ok(Loaded {
            records: found.records,
            keys,
            answers: found.answers,
        })
    }

    fn read_key(
        &self,
        kind: &'a str,
        name: &'a str,
        row: &mut Row,
        found: &mut Found<'a>,
    ) -> Result<(), Error> {
        let value: Vec<u8> = rows::take(row, 0)?;
        let Some(key) = self.keys.get(&(kind, name, value)) else {
            return Ok(());
        };
        let id: Id = rows::take(row, 1)?;
        found.ids.entry(key).or_default().push(id);
        // A key may outlive its record.
        let version: Option<i64> = rows::take(row, 2)?;
        if let Some(version) = version {
            found.record(
                kind,
                Record {
                    kind: kind.to_owned(),
                    id,
                    version,
                    hidden: rows::take(row, 3)?,
                    correlation: rows::take(row, 4)?,
                    state: rows::take(row, 5)?,
                },
            );
        }
        Ok(())
    }
}

/// What the answers have said so far.
#[derive(Default)]
struct Found<'a> {
    seen: HashSet<(&'a str, Id)>,
    records: Vec<Record>,
    ids: HashMap<&'a StoredKey, Vec<Id>>,
    answers: Vec<StoredAnswer>,
}

impl<'a> Found<'a> {
    /// A record can be asked for, and be led to by several keys.
    fn record(&mut self, kind: &'a str, record: Record) {
        if self.seen.insert((kind, record.id)) {
            self.records.push(record);
        }
    }
}

fn one_of<'a>(head: &'a str, tail: &'a str) -> Shape<'a> {
    Shape {
        head,
        between: ", ",
        tail,
        most: VALUES,
    }
}

/// Each once, in the order asked, under what they have in common.
fn grouped<K: Eq + Hash + Copy, T: Eq + Hash + Copy>(
    asked: impl Iterator<Item = (K, T)>,
) -> Vec<(K, Vec<T>)> {
    let mut groups: Vec<(K, Vec<T>)> = Vec::new();
    let mut seen = HashSet::new();
    for (group, one) in asked {
        if !seen.insert((group, one)) {
            continue;
        }
        match groups.iter_mut().find(|(name, _)| *name == group) {
            Some((_, ones)) => ones.push(one),
            None => groups.push((group, vec![one])),
        }
    }
    groups
}

/// Each once, in the order asked.
fn unique<T: Eq + Hash>(asked: &[T]) -> impl Iterator<Item = &T> {
    let mut seen = HashSet::with_capacity(asked.len());
    asked.iter().filter(move |one| seen.insert(*one))
}

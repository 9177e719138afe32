//! What a batch wants to know before it is decided.

use std::hash::Hash;

use foldhash::{HashSet, HashSetExt as _};
use storm::Id;
use storm::store::{Loaded, Record, StoredKey, Wanted};
use tokio_postgres::{Error, Row};

use crate::kinds::Kinds;
use crate::postgres::connection::Step;
use crate::postgres::rows;
use crate::postgres::texts::{Sent, SentKey};

// `n` is the place of the question among those that were put.

const RECORDS: &str = "
    SELECT g.n, r.id, r.version, r.hidden, r.correlation, r.state
    FROM unnest($1::int8[], $2::int8[]) WITH ORDINALITY AS g (kind, id, n)
    JOIN records r ON r.kind = g.kind AND r.id = g.id";

const KEYS: &str = "
    SELECT g.n, k.id, r.version, r.hidden, r.correlation, r.state
    FROM unnest($1::int8[], $2::text[], $3::text[]) WITH ORDINALITY AS g (kind, name, value, n)
    JOIN keys k ON k.kind = g.kind AND k.name = g.name AND k.value = g.value
    LEFT JOIN records r ON r.kind = k.kind AND r.id = k.id";

const ANSWERS: &str = "
    SELECT a.key, a.fingerprint, a.id, a.version, a.correlation, a.state, a.expires
    FROM unnest($1::text[]) AS g (key) JOIN answers a ON a.key = g.key";

/// Each question once, with the number of its kind. Of a kind that was never kept nothing is asked.
pub(super) struct Asked<'w> {
    records: Vec<(i64, &'w (String, Id))>,
    keys: Vec<(i64, &'w StoredKey)>,
    answers: Vec<&'w String>,
}

impl<'w> Asked<'w> {
    pub(super) fn new(wanted: &'w Wanted, kinds: &Kinds) -> Self {
        let records = unique(&wanted.records).into_iter();
        let keys = unique(&wanted.keys).into_iter();
        Self {
            records: records
                .filter_map(|record| Some((kinds.number(&record.0)?, record)))
                .collect(),
            keys: keys
                .filter_map(|key| Some((kinds.number(&key.kind)?, key)))
                .collect(),
            answers: unique(&wanted.answers),
        }
    }

    pub(super) fn steps(&self) -> Vec<Step<'w>> {
        let mut steps = Vec::new();
        if !self.records.is_empty() {
            let each = self.records.iter();
            let (kinds, ids): (Vec<_>, Vec<_>) =
                each.map(|(number, (_, id))| (*number, *id)).unzip();
            steps.push(Step::new(RECORDS).with(kinds).with(ids));
        }
        if !self.keys.is_empty() {
            let each = || self.keys.iter();
            let step = Step::new(KEYS)
                .with(each().map(|(number, _)| *number).collect::<Vec<_>>())
                .with(each().map(|(_, key)| Sent(&key.name)).collect::<Vec<_>>())
                .with(
                    each()
                        .map(|(_, key)| SentKey(&key.value))
                        .collect::<Vec<_>>(),
                );
            steps.push(step);
        }
        if !self.answers.is_empty() {
            let keys: Vec<_> = self.answers.iter().map(|key| Sent(key)).collect();
            steps.push(Step::new(ANSWERS).with(keys));
        }
        steps
    }

    /// What came back for [`Self::steps`].
    pub(super) fn loaded(&self, answers: &[Vec<Row>]) -> Result<Loaded, Error> {
        let mut answers = answers.iter();
        let mut next = |asked: bool| -> &[Row] {
            let rows = if asked { answers.next() } else { None };
            rows.map_or(&[], Vec::as_slice)
        };
        let mut loaded = Loaded::default();
        let mut seen: HashSet<(&str, Id)> = HashSet::new();
        for row in next(!self.records.is_empty()) {
            if let Some(place) = place(row)?
                && let Some((_, (kind, id))) = self.records.get(place)
            {
                loaded.records.push(rows::record(kind, row, 1)?);
                seen.insert((kind, *id));
            }
        }
        let mut led: Vec<Vec<Id>> = vec![Vec::new(); self.keys.len()];
        for row in next(!self.keys.is_empty()) {
            if let Some(place) = place(row)?
                && let Some((_, key)) = self.keys.get(place)
            {
                led[place].push(row.try_get(1)?);
                let there = row.try_get::<_, Option<i64>>(2)?.is_some();
                if there && seen.insert((&key.kind, row.try_get(1)?)) {
                    let record: Record = rows::record(&key.kind, row, 1)?;
                    loaded.records.push(record);
                }
            }
        }
        for ((_, key), mut ids) in self.keys.iter().zip(led) {
            if !ids.is_empty() {
                ids.sort_unstable();
                loaded.keys.push(((*key).clone(), ids));
            }
        }
        for row in next(!self.answers.is_empty()) {
            loaded.answers.push(rows::answer(row)?);
        }
        Ok(loaded)
    }
}

/// Which question a row answers.
fn place(row: &Row) -> Result<Option<usize>, Error> {
    let n: i64 = row.try_get(0)?;
    Ok(usize::try_from(n - 1).ok())
}

/// Each once, in the order asked.
fn unique<T: Eq + Hash>(asked: &[T]) -> Vec<&T> {
    let mut seen = HashSet::with_capacity(asked.len());
    asked.iter().filter(|one| seen.insert(*one)).collect()
}

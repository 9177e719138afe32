//! What a batch wants to know before it is decided.

use std::collections::HashSet;
use std::hash::Hash;

use storm::Id;
use storm::store::{Loaded, Record, StoredKey, Wanted};
use tokio_postgres::{Error, Row};

use crate::postgres::connection::Step;
use crate::postgres::rows;
use crate::postgres::texts::{Sent, SentKey};

// `n` is the place of the question among those that were put. See `changes` on `given`.

const RECORDS: &str = "
    WITH given AS MATERIALIZED (
        SELECT g.n, kinds.number, g.id
        FROM unnest($1::text[], $2::int8[]) WITH ORDINALITY AS g (kind, id, n)
        JOIN kinds ON kinds.name = g.kind
    )
    SELECT g.n, r.id, r.version, r.hidden, r.correlation, r.state
    FROM given g JOIN records r ON r.kind = g.number AND r.id = g.id";

const KEYS: &str = "
    WITH given AS MATERIALIZED (
        SELECT g.n, kinds.number, g.name, g.value
        FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS g (kind, name, value, n)
        JOIN kinds ON kinds.name = g.kind
    )
    SELECT g.n, k.id, r.version, r.hidden, r.correlation, r.state
    FROM given g JOIN keys k ON k.kind = g.number AND k.name = g.name
        AND left(k.value, 200) = left(g.value, 200) AND k.value = g.value
    LEFT JOIN records r ON r.kind = k.kind AND r.id = k.id
    ORDER BY g.n, k.id";

const ANSWERS: &str = "
    SELECT a.key, a.fingerprint, a.id, a.version, a.correlation, a.state, a.expires
    FROM unnest($1::text[]) AS g (key) JOIN answers a ON a.key = g.key";

/// Each question once.
pub(super) struct Asked<'w> {
    records: Vec<&'w (String, Id)>,
    keys: Vec<&'w StoredKey>,
    answers: Vec<&'w String>,
}

impl<'w> Asked<'w> {
    pub(super) fn new(wanted: &'w Wanted) -> Self {
        Self {
            records: unique(&wanted.records),
            keys: unique(&wanted.keys),
            answers: unique(&wanted.answers),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.records.is_empty() && self.keys.is_empty() && self.answers.is_empty()
    }

    pub(super) fn steps(&self) -> Vec<Step<'w>> {
        let mut steps = Vec::new();
        if !self.records.is_empty() {
            let (kinds, ids): (Vec<_>, Vec<_>) = self
                .records
                .iter()
                .map(|(kind, id)| (Sent(kind), *id))
                .unzip();
            steps.push(Step::new(RECORDS).with(kinds).with(ids));
        }
        if !self.keys.is_empty() {
            let each = || self.keys.iter();
            let step = Step::new(KEYS)
                .with(each().map(|key| Sent(&key.kind)).collect::<Vec<_>>())
                .with(each().map(|key| Sent(&key.name)).collect::<Vec<_>>())
                .with(each().map(|key| SentKey(&key.value)).collect::<Vec<_>>());
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
            if let Some((kind, id)) = at(&self.records, row)? {
                loaded.records.push(rows::record(kind, row, 1)?);
                seen.insert((kind, *id));
            }
        }
        for row in next(!self.keys.is_empty()) {
            if let Some(key) = at(&self.keys, row)? {
                lead(&mut loaded, key, row.try_get(1)?);
                let there = row.try_get::<_, Option<i64>>(2)?.is_some();
                if there && seen.insert((&key.kind, row.try_get(1)?)) {
                    let record: Record = rows::record(&key.kind, row, 1)?;
                    loaded.records.push(record);
                }
            }
        }
        for row in next(!self.answers.is_empty()) {
            loaded.answers.push(rows::answer(row)?);
        }
        Ok(loaded)
    }
}

/// A key leads to one more id; its rows come one behind the other.
fn lead(loaded: &mut Loaded, key: &StoredKey, id: Id) {
    match loaded.keys.last_mut() {
        Some((last, ids)) if last == key => ids.push(id),
        _ => loaded.keys.push((key.clone(), vec![id])),
    }
}

/// What a row answers.
fn at<'w, T>(asked: &[&'w T], row: &Row) -> Result<Option<&'w T>, Error> {
    let n: i64 = row.try_get(0)?;
    let place = usize::try_from(n - 1).ok();
    Ok(place.and_then(|place| asked.get(place).copied()))
}

/// Each once, in the order asked.
fn unique<T: Eq + Hash>(asked: &[T]) -> Vec<&T> {
    let mut seen = HashSet::with_capacity(asked.len());
    asked.iter().filter(|one| seen.insert(*one)).collect()
}

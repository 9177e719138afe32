//! The readers' side: a few connections that look on, opened as they are needed.

use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension, Params, Row, params};
use storm::Id;
use storm::store::{
    Cursor, Page, ParkedEvent, Position, Reader, Record, StoreError, StoredAnswer, StoredEvent,
    StoredKey,
};

use super::file::StoreFile;
use super::kinds;
use super::rows::{self, Bound};
use super::schema::{self, Found};

/// Connections kept for the next question. More are opened when more is asked at once.
const KEPT: usize = 2;

// One statement a question, the kind's number included: each sees one commit as a whole, also while
// a rebuilt read model takes the place of the old one. 281474976710656 is 2^48; see `kinds`.

const RECORD: &str = "
    SELECT place % 281474976710656, version, hidden, correlation, state FROM records
    WHERE place = (SELECT number FROM kinds WHERE name = ?1) * 281474976710656 + ?2";

const PAGE_UP: &str = "
    SELECT place % 281474976710656, version, hidden, correlation, state FROM records
    WHERE place >= (SELECT number FROM kinds WHERE name = ?1) * 281474976710656
      AND place < (SELECT number + 1 FROM kinds WHERE name = ?1) * 281474976710656
      AND hidden = 0
    ORDER BY place LIMIT ?2 OFFSET ?3";

const PAGE_DOWN: &str = "
    SELECT place % 281474976710656, version, hidden, correlation, state FROM records
    WHERE place >= (SELECT number FROM kinds WHERE name = ?1) * 281474976710656
      AND place < (SELECT number + 1 FROM kinds WHERE name = ?1) * 281474976710656
      AND hidden = 0
    ORDER BY place DESC LIMIT ?2 OFFSET ?3";

const COUNT: &str = "SELECT shown FROM kinds WHERE name = ?";

const BY_KEY: &str = "
    SELECT keys.id, version, hidden, correlation, state
    FROM keys JOIN records ON place = kind * 281474976710656 + keys.id
    WHERE kind = (SELECT number FROM kinds WHERE kinds.name = ?1)
      AND keys.name = ?2 AND value = ?3
    ORDER BY keys.id";

const SHOWN_BY_KEY: &str = "
    SELECT keys.id
    FROM keys JOIN records ON place = kind * 281474976710656 + keys.id
    WHERE kind = (SELECT number FROM kinds WHERE kinds.name = ?1)
      AND keys.name = ?2 AND value = ?3 AND hidden = 0
    ORDER BY keys.id LIMIT ?4";

const EVENTS_AFTER: &str = "
    SELECT position, type, kind, id, version, correlation, causation, trace, at, data
    FROM events WHERE position > ? ORDER BY position LIMIT ?";

/// The last position that was given, or skipped.
pub(super) const HEAD: &str = "
    SELECT max(
        coalesce((SELECT max(position) FROM events), 0),
        coalesce((SELECT value FROM counters WHERE name = 'skipped'), 0))";

pub(super) const CURSORS: &str = "SELECT producer, position FROM cursors ORDER BY producer";

pub(super) const PARKED: &str = "
    SELECT producer, position, attempts, retry_at, reason,
           type, kind, id, version, correlation, causation, trace, at, data
    FROM parked ORDER BY producer, position";

const ANSWER: &str = "
    SELECT key, fingerprint, id, version, correlation, state, expires FROM answers WHERE key = ?";

const DEADLINES: &str = "SELECT count(*) FROM deadlines";

pub(super) struct SqliteReader {
    file: StoreFile,
    idle: Mutex<Vec<Connection>>,
}

impl SqliteReader {
    /// Opens its connections when asked; the file is known to be sound.
    pub(super) fn new(file: StoreFile) -> Self {
        Self {
            file,
            idle: Mutex::default(),
        }
    }

    /// Looks first whether the file is one that it can read.
    pub(super) fn open(file: StoreFile) -> Result<Self, StoreError> {
        let connection = file.read()?;
        match schema::look(&connection, &file, schema::STEPS)? {
            Found::Version(_) => {}
            Found::Empty => return Err(file.corrupt("it is empty")),
        }
        let reader = Self::new(file);
        reader.keep(connection);
        Ok(reader)
    }

    fn keep(&self, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < KEPT {
            idle.push(connection);
        }
    }

    fn ask<T>(
        &self,
        question: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.file.read()?,
        };
        // One that failed is not kept.
        let answer = question(&connection).map_err(|error| self.file.explain(error))?;
        self.keep(connection);
        Ok(answer)
    }

    fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        row: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        self.ask(|connection| {
            connection
                .prepare_cached(sql)?
                .query_map(params, row)?
                .collect()
        })
    }

    fn one<T>(
        &self,
        sql: &str,
        params: impl Params,
        row: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, StoreError> {
        self.ask(|connection| {
            connection
                .prepare_cached(sql)?
                .query_row(params, row)
                .optional()
        })
    }

    fn number(&self, sql: &str, params: impl Params) -> Result<i64, StoreError> {
        Ok(self.one(sql, params, |row| row.get(0))?.unwrap_or(0))
    }
}

impl Reader for SqliteReader {
    fn record(&self, kind: &str, id: Id) -> Result<Option<Record>, StoreError> {
        if !kinds::is_id(id) {
            return Ok(None);
        }
        self.one(RECORD, params![kind, id], |row| rows::record(kind, row))
    }

    fn page(&self, kind: &str, page: Page) -> Result<Vec<Record>, StoreError> {
        let sql = if page.descending { PAGE_DOWN } else { PAGE_UP };
        let limit = i64::try_from(page.limit).unwrap_or(i64::MAX);
        let skip = i64::try_from(page.skip).unwrap_or(i64::MAX);
        self.all(sql, params![kind, limit, skip], |row| {
            rows::record(kind, row)
        })
    }

    fn count(&self, kind: &str) -> Result<u64, StoreError> {
        Ok(u64::try_from(self.number(COUNT, [kind])?).unwrap_or(0))
    }

    fn by_key(&self, key: &StoredKey) -> Result<Vec<Record>, StoreError> {
        self.all(
            BY_KEY,
            params![key.kind, key.name, Bound(&key.value)],
            |row| rows::record(&key.kind, row),
        )
    }

    fn shown_by_key(&self, key: &StoredKey, limit: u64) -> Result<Vec<Id>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.all(
            SHOWN_BY_KEY,
            params![key.kind, key.name, Bound(&key.value), limit],
            |row| row.get(0),
        )
    }

    fn records(&self, kind: &str, ids: &[Id]) -> Result<Vec<Record>, StoreError> {
        self.ask(|connection| {
            let mut one = connection.prepare_cached(RECORD)?;
            let mut shown = Vec::with_capacity(ids.len());
            for id in ids.iter().filter(|id| kinds::is_id(**id)) {
                let record = one.query_row(params![kind, id], |row| rows::record(kind, row));
                shown.extend(record.optional()?.filter(|record| !record.hidden));
            }
            Ok(shown)
        })
    }

    fn events_after(
        &self,
        position: Position,
        limit: usize,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.all(EVENTS_AFTER, params![position, limit], rows::stored_event)
    }

    fn head(&self) -> Result<Position, StoreError> {
        self.number(HEAD, [])
    }

    fn cursors(&self) -> Result<Vec<Cursor>, StoreError> {
        self.all(CURSORS, [], rows::cursor)
    }

    fn parked(&self) -> Result<Vec<ParkedEvent>, StoreError> {
        self.all(PARKED, [], rows::parked)
    }

    fn answer(&self, key: &str) -> Result<Option<StoredAnswer>, StoreError> {
        self.one(ANSWER, [key], rows::answer)
    }

    fn deadlines(&self) -> Result<u64, StoreError> {
        Ok(u64::try_from(self.number(DEADLINES, [])?).unwrap_or(0))
    }
}

//! The readers' side: a few connections that look on, made as they are needed.

use std::collections::HashMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use mysql::{Error, Row};
use storm::Id;
use storm::store::{
    Cursor, Page, ParkedEvent, Position, Reader, Record, StoreError, StoredAnswer, StoredEvent,
    StoredKey,
};

use super::database::{Database, Failure};
use super::link::{self, Link, Role};
use super::rows;
use super::schema::{self, Found};
use super::sql::Sql;

// One statement a question, the kind's number included: each sees one commit as a whole, also while
// a rebuilt read model takes the place of the old one. The name is unique, so the planner reads the
// number first and knows it when it chooses how to find the records.

const RECORDS: &str = "
    SELECT records.id, version, hidden, correlation, state
    FROM kinds JOIN records ON kind = number WHERE kinds.name = ";

const BY_KEY: &str = "
    SELECT records.id, version, hidden, correlation, state
    FROM kinds
    JOIN record_keys ON record_keys.kind = number
    JOIN records ON records.kind = number AND records.id = record_keys.id
    WHERE kinds.name = ";

const SHOWN_BY_KEY: &str = "
    SELECT record_keys.id
    FROM kinds
    JOIN record_keys ON record_keys.kind = number
    JOIN records ON records.kind = number AND records.id = record_keys.id
    WHERE kinds.name = ";

const EVENTS_AFTER: &str = "
    SELECT position, type, kind, id, version, correlation, causation, trace, at, data
    FROM events WHERE position > ";

const HEAD: &str = "SELECT position FROM head";

pub(super) const CURSORS: &str = "SELECT producer, position FROM cursors ORDER BY producer";

pub(super) const PARKED: &str = "
    SELECT producer, position, attempts, retry_at, reason,
           type, kind, id, version, correlation, causation, trace, at, data
    FROM parked ORDER BY producer, position";

const ANSWER: &str = "
    SELECT fingerprint, id, version, correlation, state, expires FROM answers WHERE name = ";

const DEADLINES: &str = "SELECT count(*) FROM deadlines";

pub(super) struct MysqlReader {
    database: Database,
    pool: Mutex<Pool>,
    given_back: Condvar,
}

#[derive(Default)]
struct Pool {
    idle: Vec<Link>,
    lent: usize,
}

/// A place among the connections; given back however the question ends.
struct Lent<'a> {
    reader: &'a MysqlReader,
    /// The connection, while it is good.
    link: Option<Link>,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let mut pool = self.reader.pool();
        pool.lent -= 1;
        pool.idle.extend(self.link.take());
        drop(pool);
        self.reader.given_back.notify_one();
    }
}

impl MysqlReader {
    /// Connects when asked; the store is known to be sound.
    pub(super) fn new(database: Database) -> Self {
        Self {
            database,
            pool: Mutex::default(),
            given_back: Condvar::new(),
        }
    }

    /// Looks first whether the store is one that it can read.
    pub(super) fn open(database: Database) -> Result<Self, StoreError> {
        let mut link = database.connect(Role::Reader)?;
        match schema::look(&mut link, &database, schema::STEPS)? {
            Found::Version(version) if version > 0 => {}
            _ => {
                return Err(database.unavailable(
                    "there is nothing in it yet; start the system once, or name another database",
                ));
            }
        }
        let reader = Self::new(database);
        reader.pool().idle.push(link);
        Ok(reader)
    }

    fn pool(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a connection, but not for ever.
    fn lend(&self) -> Result<Lent<'_>, StoreError> {
        let server = self.database.server();
        let most = server.readers.max(1);
        let deadline = Instant::now() + server.statement;
        let mut pool = self.pool();
        while pool.lent >= most {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(self.database.unavailable(format!(
                    "all {most} connections for reading are in use; try again"
                )));
            }
            (pool, _) = self
                .given_back
                .wait_timeout(pool, left)
                .unwrap_or_else(PoisonError::into_inner);
        }
        pool.lent += 1;
        Ok(Lent {
            reader: self,
            link: pool.idle.pop(),
        })
    }

    fn ask<T>(
        &self,
        sql: &str,
        read: impl FnOnce(&mut Vec<Vec<Row>>) -> Result<T, Error>,
    ) -> Result<T, StoreError> {
        let mut lent = self.lend()?;
        self.ask_on(&mut lent, sql)
            .and_then(|mut answers| Ok(read(&mut answers)?))
            .map_err(|failure| {
                lent.link = None;
                self.database.why(failure)
            })
    }

    /// A connection that was lost since its last question is made anew, and so are then all that
    /// are idle: what happened to it has happened to them.
    fn ask_on(&self, lent: &mut Lent<'_>, sql: &str) -> Result<Vec<Vec<Row>>, Failure> {
        if let Some(link) = &mut lent.link {
            match link.ask(sql) {
                Err(error) if link::is_gone(&error) => self.pool().idle.clear(),
                done => return Ok(done?),
            }
        }
        let mut link = self.database.connect(Role::Reader)?;
        let answers = link.ask(sql)?;
        lent.link = Some(link);
        Ok(answers)
    }

    fn all<T>(
        &self,
        sql: &str,
        row: impl Fn(&mut Row) -> Result<T, Error>,
    ) -> Result<Vec<T>, StoreError> {
        self.ask(sql, |answers| rows::all(answers, row))
    }

    fn number(&self, sql: &str) -> Result<i64, StoreError> {
        self.ask(sql, |answers| match rows::first(answers)? {
            Some(mut row) => rows::take(&mut row, 0),
            None => Ok(0),
        })
    }
}

fn clamp(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

impl Reader for MysqlReader {
    fn record(&self, kind: &str, id: Id) -> Result<Option<Record>, StoreError> {
        let mut sql = Sql::new(RECORDS);
        sql.text(kind).words(" AND records.id = ").number(id);
        let found = self.all(sql.as_str(), |row| rows::record(kind, row))?;
        Ok(found.into_iter().next())
    }

    fn page(&self, kind: &str, page: Page) -> Result<Vec<Record>, StoreError> {
        let mut sql = Sql::new(RECORDS);
        sql.text(kind).words(" AND hidden = 0 ORDER BY records.id");
        sql.words(if page.descending { " DESC" } else { "" });
        sql.words(" LIMIT ").number(clamp(page.limit));
        sql.words(" OFFSET ").number(clamp(page.skip));
        self.all(sql.as_str(), |row| rows::record(kind, row))
    }

    fn count(&self, kind: &str) -> Result<u64, StoreError> {
        let mut sql = Sql::new("SELECT shown FROM kinds WHERE name = ");
        sql.text(kind);
        Ok(u64::try_from(self.number(sql.as_str())?).unwrap_or(0))
    }

    fn by_key(&self, key: &StoredKey) -> Result<Vec<Record>, StoreError> {
        let mut sql = Sql::new(BY_KEY);
        sql.text(&key.kind)
            .words(" AND record_keys.name = ")
            .text(&key.name);
        sql.words(" AND value = ").value(&key.value);
        sql.words(" ORDER BY record_keys.id");
        self.all(sql.as_str(), |row| rows::record(&key.kind, row))
    }

    fn shown_by_key(&self, key: &StoredKey, limit: u64) -> Result<Vec<Id>, StoreError> {
        let mut sql = Sql::new(SHOWN_BY_KEY);
        sql.text(&key.kind)
            .words(" AND record_keys.name = ")
            .text(&key.name);
        sql.words(" AND value = ").value(&key.value);
        sql.words(" AND hidden = 0 ORDER BY record_keys.id LIMIT ")
            .number(clamp(limit));
        self.all(sql.as_str(), |row| rows::take(row, 0))
    }

    fn records(&self, kind: &str, ids: &[Id]) -> Result<Vec<Record>, StoreError> {
        let Some((first, more)) = ids.split_first() else {
            return Ok(Vec::new());
        };
        let mut sql = Sql::new(RECORDS);
        sql.text(kind).words(" AND hidden = 0 AND records.id IN (");
        sql.number(*first);
        for id in more {
            sql.comma().number(*id);
        }
        sql.words(")");
        let found = self.all(sql.as_str(), |row| rows::record(kind, row))?;
        let mut found: HashMap<Id, Record> = found.into_iter().map(|r| (r.id, r)).collect();
        Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
    }

    fn events_after(
        &self,
        position: Position,
        limit: usize,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let mut sql = Sql::new(EVENTS_AFTER);
        sql.number(position)
            .words(" ORDER BY position LIMIT ")
            .number(clamp(limit));
        self.all(sql.as_str(), rows::stored_event)
    }

    fn head(&self) -> Result<Position, StoreError> {
        self.number(HEAD)
    }

    fn cursors(&self) -> Result<Vec<Cursor>, StoreError> {
        self.all(CURSORS, rows::cursor)
    }

    fn parked(&self) -> Result<Vec<ParkedEvent>, StoreError> {
        self.all(PARKED, rows::parked)
    }

    fn answer(&self, key: &str) -> Result<Option<StoredAnswer>, StoreError> {
        let mut sql = Sql::new(ANSWER);
        sql.folded(key);
        let found = self.all(sql.as_str(), |row| rows::answer(key, row, 0))?;
        Ok(found.into_iter().next())
    }

    fn deadlines(&self) -> Result<u64, StoreError> {
        Ok(u64::try_from(self.number(DEADLINES)?).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests;

//! The readers' side: a few connections that look on, made as they are needed.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use storm::Id;
use storm::store::{
    Cursor, Page, ParkedEvent, Position, Reader, Record, StoreError, StoredAnswer, StoredEvent,
    StoredKey,
};
use tokio_postgres::{Error, Row};

use super::connection::{Connection, Step};
use super::place::{Place, Role};
use super::schema::{self, Found};
use super::texts::{Sent, SentKey};
use super::{explain, rows};

// One statement a question, the kind's number included: each sees one commit as a whole, also while
// a rebuilt read model takes the place of the old one.

const RECORD: &str = "
    SELECT id, version, hidden, correlation, state FROM records
    WHERE kind = (SELECT number FROM kinds WHERE name = $1) AND id = $2";

const PAGE_UP: &str = "
    SELECT id, version, hidden, correlation, state FROM records
    WHERE kind = (SELECT number FROM kinds WHERE name = $1) AND NOT hidden
    ORDER BY id LIMIT $2 OFFSET $3";

const PAGE_DOWN: &str = "
    SELECT id, version, hidden, correlation, state FROM records
    WHERE kind = (SELECT number FROM kinds WHERE name = $1) AND NOT hidden
    ORDER BY id DESC LIMIT $2 OFFSET $3";

const COUNT: &str = "SELECT shown FROM kinds WHERE name = $1";

const BY_KEY: &str = "
    SELECT r.id, r.version, r.hidden, r.correlation, r.state
    FROM keys k JOIN records r ON r.kind = k.kind AND r.id = k.id
    WHERE k.kind = (SELECT number FROM kinds WHERE kinds.name = $1)
      AND k.name = $2 AND k.value = $3
    ORDER BY k.id";

const SHOWN_BY_KEY: &str = "
    SELECT k.id
    FROM keys k JOIN records r ON r.kind = k.kind AND r.id = k.id
    WHERE k.kind = (SELECT number FROM kinds WHERE kinds.name = $1)
      AND k.name = $2 AND k.value = $3 AND NOT r.hidden
    ORDER BY k.id LIMIT $4";

const RECORDS: &str = "
    SELECT r.id, r.version, r.hidden, r.correlation, r.state
    FROM unnest($2::int8[]) WITH ORDINALITY AS g (id, n)
    JOIN records r ON r.id = g.id
    WHERE r.kind = (SELECT number FROM kinds WHERE name = $1) AND NOT r.hidden
    ORDER BY g.n";

const EVENTS_AFTER: &str = "
    SELECT position, type, kind, id, version, correlation, causation, trace, at, data
    FROM events WHERE position > $1 ORDER BY position LIMIT $2";

const HEAD: &str = "SELECT head FROM store";

pub(super) const CURSORS: &str = "SELECT producer, position FROM cursors ORDER BY producer";

pub(super) const PARKED: &str = "
    SELECT producer, position, attempts, retry_at, reason,
           type, kind, id, version, correlation, causation, trace, at, data
    FROM parked ORDER BY producer, position";

const ANSWER: &str = "
    SELECT key, fingerprint, id, version, correlation, state, expires
    FROM answers WHERE key = $1";

const DEADLINES: &str = "SELECT count(*) FROM deadlines";

pub(super) struct PostgresReader {
    place: Arc<Place>,
    pool: Mutex<Pool>,
    freed: Condvar,
}

#[derive(Default)]
struct Pool {
    idle: Vec<Connection>,
    /// How many there are, with those that are in use or being made.
    all: usize,
}

impl PostgresReader {
    /// Makes its connections when asked; the schema is known to be sound.
    pub(super) fn new(place: Arc<Place>) -> Self {
        Self {
            place,
            pool: Mutex::default(),
            freed: Condvar::new(),
        }
    }

    /// Looks first whether the schema is one that it can read.
    pub(super) fn open(place: Arc<Place>) -> Result<Self, StoreError> {
        let mut connection = place.connect(Role::Reads)?;
        match schema::look(&mut connection, &place, schema::STEPS)? {
            Found::Version(_) => {}
            Found::Nothing | Found::Empty => {
                return Err(place.away(
                    "there is no such schema; start the system once, or look into another database",
                ));
            }
        }
        let reader = Self::new(place);
        reader.pool().all = 1;
        reader.give_back(Some(connection));
        Ok(reader)
    }

    /// Asks on a connection of its own. One that was lost while nobody used it is made anew, once.
    fn ask<T>(
        &self,
        step: &Step<'_>,
        read: impl Fn(&[Row]) -> Result<T, Error>,
    ) -> Result<T, StoreError> {
        let mut kept = self.take()?;
        loop {
            let used_before = kept.is_some();
            let mut connection = match kept.map_or_else(|| self.place.connect(Role::Reads), Ok) {
                Ok(connection) => connection,
                Err(error) => {
                    self.give_back(None);
                    return Err(error);
                }
            };
            match connection.ask(std::slice::from_ref(step)) {
                Ok(answers) => {
                    self.give_back(Some(connection));
                    let rows = answers.first().map_or(&[][..], Vec::as_slice);
                    return read(rows).map_err(|error| explain::unreadable(&self.place, &error));
                }
                Err(failure) if used_before && failure.is_stale() => kept = None,
                Err(failure) => {
                    self.give_back((!failure.ends_connection()).then_some(connection));
                    return Err(explain::failed(&self.place, &failure));
                }
            }
        }
    }

    fn all<T>(
        &self,
        step: &Step<'_>,
        row: impl Fn(&Row) -> Result<T, Error>,
    ) -> Result<Vec<T>, StoreError> {
        self.ask(step, |rows| rows.iter().map(&row).collect())
    }

    fn one<T>(
        &self,
        step: &Step<'_>,
        row: impl Fn(&Row) -> Result<T, Error>,
    ) -> Result<Option<T>, StoreError> {
        self.ask(step, |rows| rows.first().map(&row).transpose())
    }

    fn number(&self, step: &Step<'_>) -> Result<i64, StoreError> {
        Ok(self.ask(step, rows::number)?.unwrap_or(0))
    }

    fn pool(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection, or the right to make one. Waits no longer than a statement may take.
    fn take(&self) -> Result<Option<Connection>, StoreError> {
        let server = self.place.server();
        let until = Instant::now() + server.statement;
        let mut pool = self.pool();
        loop {
            if let Some(connection) = pool.idle.pop() {
                return Ok(Some(connection));
            }
            if pool.all < server.readers.max(1) {
                pool.all += 1;
                return Ok(None);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(self.place.away(format!(
                    "all {} connections for reading are in use; more is asked than the server answers",
                    pool.all
                )));
            }
            let waited = self.freed.wait_timeout(pool, left);
            pool = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn give_back(&self, connection: Option<Connection>) {
        let mut pool = self.pool();
        match connection {
            Some(connection) => pool.idle.push(connection),
            None => pool.all -= 1,
        }
        self.freed.notify_one();
    }
}

fn number_or_all(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

impl Reader for PostgresReader {
    fn record(&self, kind: &str, id: Id) -> Result<Option<Record>, StoreError> {
        let step = Step::new(RECORD).with(Sent(kind)).with(id);
        self.one(&step, |row| rows::record(kind, row, 0))
    }

    fn page(&self, kind: &str, page: Page) -> Result<Vec<Record>, StoreError> {
        let sql = if page.descending { PAGE_DOWN } else { PAGE_UP };
        let step = Step::new(sql)
            .with(Sent(kind))
            .with(number_or_all(page.limit))
            .with(number_or_all(page.skip));
        self.all(&step, |row| rows::record(kind, row, 0))
    }

    fn count(&self, kind: &str) -> Result<u64, StoreError> {
        let count = self.number(&Step::new(COUNT).with(Sent(kind)))?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    fn by_key(&self, key: &StoredKey) -> Result<Vec<Record>, StoreError> {
        let step = Step::new(BY_KEY)
            .with(Sent(&key.kind))
            .with(Sent(&key.name))
            .with(SentKey(&key.value));
        self.all(&step, |row| rows::record(&key.kind, row, 0))
    }

    fn shown_by_key(&self, key: &StoredKey, limit: u64) -> Result<Vec<Id>, StoreError> {
        let step = Step::new(SHOWN_BY_KEY)
            .with(Sent(&key.kind))
            .with(Sent(&key.name))
            .with(SentKey(&key.value))
            .with(number_or_all(limit));
        self.all(&step, |row| row.try_get(0))
    }

    fn records(&self, kind: &str, ids: &[Id]) -> Result<Vec<Record>, StoreError> {
        let step = Step::new(RECORDS).with(Sent(kind)).with(ids.to_vec());
        self.all(&step, |row| rows::record(kind, row, 0))
    }

    fn events_after(
        &self,
        position: Position,
        limit: usize,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let step = Step::new(EVENTS_AFTER)
            .with(position)
            .with(number_or_all(limit));
        self.all(&step, rows::stored_event)
    }

    fn head(&self) -> Result<Position, StoreError> {
        self.number(&Step::new(HEAD))
    }

    fn cursors(&self) -> Result<Vec<Cursor>, StoreError> {
        self.all(&Step::new(CURSORS), rows::cursor)
    }

    fn parked(&self) -> Result<Vec<ParkedEvent>, StoreError> {
        self.all(&Step::new(PARKED), rows::parked)
    }

    fn answer(&self, key: &str) -> Result<Option<StoredAnswer>, StoreError> {
        self.one(&Step::new(ANSWER).with(Sent(key)), rows::answer)
    }

    fn deadlines(&self) -> Result<u64, StoreError> {
        Ok(u64::try_from(self.number(&Step::new(DEADLINES))?).unwrap_or(0))
    }
}

//! Copying: all that a file holds, as of one moment, beside the process that writes it.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Params, Row};
use storm::KeyValue;
use storm::store::{CopySource, Item, Snapshot, StoreError, StoredKey, TakeItem};

use super::file::StoreFile;
use super::kinds;
use super::reader::{CURSORS, HEAD, PARKED};
use super::rows;
use super::schema::{self, Found};
use super::writer::IDS_RESERVED;

const ABOUT: &str = "
    SELECT (SELECT count(*) FROM records) + (SELECT count(*) FROM keys)
         + (SELECT count(*) FROM events) + (SELECT count(*) FROM deadlines)
         + (SELECT count(*) FROM parked) + (SELECT count(*) FROM answers)";

const KINDS: &str = "SELECT name, number, shown FROM kinds ORDER BY number";

const RECORDS: &str = "
    SELECT place % 281474976710656, version, hidden, correlation, state FROM records
    WHERE place >= ?1 AND place <= ?2 ORDER BY place";

const KEYS: &str = "SELECT name, value, id FROM keys WHERE kind = ? ORDER BY name, value, id";

const EVENTS: &str = "
    SELECT position, type, kind, id, version, correlation, causation, trace, at, data
    FROM events ORDER BY position";

const DEADLINES: &str = "SELECT kind, id, name, due FROM deadlines ORDER BY kind, id, name";

const ANSWERS: &str = "
    SELECT key, fingerprint, id, version, correlation, state, expires FROM answers ORDER BY key";

/// The way to a file for whoever copies it.
pub(super) struct SqliteCopySource {
    file: StoreFile,
    /// Waits with the others for its turn to write, and never writes.
    holder: Connection,
}

impl SqliteCopySource {
    pub(super) fn open(file: StoreFile) -> Result<Self, StoreError> {
        let holder = file.beside()?;
        match schema::look(&holder, &file, schema::STEPS)? {
            Found::Version(version) if version == schema::STEPS.len() => {}
            Found::Version(_) => {
                return Err(StoreError::Unavailable {
                    place: file.place(),
                    reason: "it is of an earlier jumun; start the system once with this one"
                        .to_owned(),
                });
            }
            Found::Empty => return Err(file.corrupt("it is empty")),
        }
        Ok(Self { file, holder })
    }

    fn run(&self, sql: &str) -> Result<(), StoreError> {
        let done = self.holder.execute_batch(sql);
        done.map_err(|error| self.file.explain(error))
    }
}

impl CopySource for SqliteCopySource {
    fn others(&mut self) -> Result<u64, StoreError> {
        Ok(0)
    }

    fn quiesce(&mut self) -> Result<(), StoreError> {
        self.run("BEGIN IMMEDIATE")
    }

    fn snapshot(&mut self) -> Result<Box<dyn Snapshot>, StoreError> {
        let connection = self.file.read()?;
        // The first look is what the snapshot is of.
        connection
            .execute_batch("BEGIN; SELECT count(*) FROM kinds;")
            .map_err(|error| self.file.explain(error))?;
        Ok(Box::new(SqliteSnapshot {
            file: self.file.clone(),
            connection,
        }))
    }

    fn resume(&mut self) -> Result<(), StoreError> {
        self.run("ROLLBACK")
    }
}

/// One transaction that reads.
struct SqliteSnapshot {
    file: StoreFile,
    connection: Connection,
}

/// Why a walk ended before its end.
enum Stopped {
    Database(rusqlite::Error),
    Taking(StoreError),
}

impl From<rusqlite::Error> for Stopped {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

impl Snapshot for SqliteSnapshot {
    fn about(&mut self) -> Result<u64, StoreError> {
        let about = self.connection.query_row(ABOUT, [], |row| row.get(0));
        let about: i64 = about.map_err(|error| self.file.explain(error))?;
        Ok(u64::try_from(about).unwrap_or(0))
    }

    fn each(&mut self, take: &mut TakeItem<'_>) -> Result<(), StoreError> {
        walk(&self.connection, take).map_err(|stopped| match stopped {
            Stopped::Database(error) => self.file.explain(error),
            Stopped::Taking(error) => error,
        })
    }
}

fn walk(connection: &Connection, take: &mut TakeItem<'_>) -> Result<(), Stopped> {
    let kinds: Vec<(String, i64, i64)> = connection
        .prepare(KINDS)?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<rusqlite::Result<_>>()?;
    for (kind, number, _) in &kinds {
        // Both are places: ids are below 2^48.
        let from = kinds::place(*number, 0);
        let to = kinds::place(*number, storm::LARGEST_ID);
        rows(connection, RECORDS, (from, to), take, |row| {
            rows::record(kind, row).map(Item::Record)
        })?;
    }
    for (kind, number, _) in &kinds {
        rows(connection, KEYS, [number], take, |row| key(kind, row))?;
    }
    rows(connection, EVENTS, [], take, |row| {
        rows::stored_event(row).map(Item::Event)
    })?;
    rows(connection, DEADLINES, [], take, |row| {
        rows::deadline(row).map(Item::Deadline)
    })?;
    rows(connection, CURSORS, [], take, |row| {
        rows::cursor(row).map(Item::Cursor)
    })?;
    rows(connection, PARKED, [], take, |row| {
        rows::parked(row).map(Item::Parked)
    })?;
    rows(connection, ANSWERS, [], take, |row| {
        rows::answer(row).map(Item::Answer)
    })?;
    for (kind, _, shown) in kinds {
        take(Item::Count(kind, shown)).map_err(Stopped::Taking)?;
    }
    let head = connection.query_row(HEAD, [], |row| row.get(0))?;
    take(Item::Head(head)).map_err(Stopped::Taking)?;
    let ids = connection
        .query_row(IDS_RESERVED, [], |row| row.get(0))
        .optional()?;
    take(Item::Ids(ids.unwrap_or(0))).map_err(Stopped::Taking)
}

fn rows<P: Params>(
    connection: &Connection,
    sql: &str,
    params: P,
    take: &mut TakeItem<'_>,
    read: impl Fn(&Row<'_>) -> rusqlite::Result<Item>,
) -> Result<(), Stopped> {
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query(params)?;
    while let Some(row) = rows.next()? {
        take(read(row)?).map_err(Stopped::Taking)?;
    }
    Ok(())
}

/// `name, value, id`.
fn key(kind: &str, row: &Row<'_>) -> rusqlite::Result<Item> {
    let value = match row.get_ref(1)? {
        ValueRef::Integer(number) => KeyValue::Number(number),
        _ => KeyValue::Text(row.get(1)?),
    };
    let key = StoredKey {
        kind: kind.to_owned(),
        name: row.get(0)?,
        value,
    };
    Ok(Item::Key(key, row.get(2)?))
}

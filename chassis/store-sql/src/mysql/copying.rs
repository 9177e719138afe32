//! Copying: all that a database holds, as of one moment, beside those who use it.

use mysql::Row;
use storm::KeyValue;
use storm::store::{CopySource, Item, Snapshot, StoreError, StoredKey, TakeItem};

use super::database::{Database, Failure};
use super::keys::{Kept, read};
use super::link::{Link, Role};
use super::reader::{CURSORS, PARKED};
use super::rows;
use super::schema::{self, Found};
use super::sql::Sql;

/// Connections of the same user that are in the database. Those of others only an administrator sees.
const OTHERS: &str = "
    SELECT count(*) FROM information_schema.processlist
    WHERE db = database() AND id <> connection_id()";

const HOLD: &str = "START TRANSACTION; SELECT edition FROM head WHERE one = 1 FOR UPDATE";

const SNAPSHOT: &str = "
    SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
    START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY;
    SELECT position, ids FROM head WHERE one = 1";

const ABOUT: &str = "
    SELECT CAST(coalesce(sum(table_rows), 0) AS SIGNED)
    FROM information_schema.tables WHERE table_schema = database()";

/// The version goes last: if this is cut off, it can be done again.
const DROP: &str = "
    DROP TABLE IF EXISTS head, kinds, records, record_keys, events, deadlines, cursors, parked, answers,
        long_texts, jumun_store";

const KINDS: &str = "SELECT name, number, shown FROM kinds ORDER BY number";

const EVENTS: &str = "
    SELECT position, type, kind, id, version, correlation, causation, trace, at, data
    FROM events ORDER BY position";

const DEADLINES: &str = "SELECT kind, id, name, due FROM deadlines ORDER BY kind, id, name";

const ANSWERS: &str = "
    SELECT fingerprint, id, version, correlation, state, expires, name, whole
    FROM answers LEFT JOIN long_texts ON fold = name ORDER BY name";

/// Looks whether it is a store of ours, of this version.
fn look(link: &mut Link, database: &Database) -> Result<(), StoreError> {
    match schema::look(link, database, schema::STEPS)? {
        Found::Version(version) if version == schema::STEPS.len() => Ok(()),
        Found::Version(1..) => {
            Err(database
                .unavailable("it is of an earlier jumun; start the system once with this one"))
        }
        Found::Version(_) | Found::Empty => Err(database.unavailable(
            "there is nothing in it yet; start the system once, or name another database",
        )),
    }
}

/// See [`remove`](super::remove).
pub(super) fn remove(database: &Database) -> Result<(), StoreError> {
    let mut link = database.connect(Role::Writer)?;
    look(&mut link, database)?;
    let mut sql = Sql::new(DROP);
    if !database.is_given() {
        sql = Sql::new("DROP DATABASE ");
        sql.name(&database.server().database);
    }
    let done = link.ask(sql.as_str());
    done.map(drop).map_err(|error| database.explain(error))
}

/// The way to a database for whoever copies it.
pub(super) struct MysqlCopySource {
    database: Database,
    /// Has a turn like a writer's, and never writes.
    holder: Link,
    /// Made beforehand, so that others wait for as little as can be.
    next: Option<Link>,
    others: u64,
}

impl MysqlCopySource {
    pub(super) fn open(database: Database) -> Result<Self, StoreError> {
        let mut holder = database.connect(Role::Copier)?;
        look(&mut holder, &database)?;
        // Before the next connection of ours is among them.
        let others = number(&mut holder, OTHERS).map_err(|failure| database.why(failure))?;
        let next = Some(database.connect(Role::Copier)?);
        Ok(Self {
            database,
            holder,
            next,
            others: u64::try_from(others).unwrap_or(0),
        })
    }

    fn hold(&mut self, sql: &str) -> Result<(), StoreError> {
        let asked = self.holder.ask(sql);
        asked
            .map(drop)
            .map_err(|error| self.database.explain(error))
    }
}

impl CopySource for MysqlCopySource {
    fn others(&mut self) -> Result<u64, StoreError> {
        Ok(self.others)
    }

    fn quiesce(&mut self) -> Result<(), StoreError> {
        let held = self.hold(HOLD);
        if held.is_err() {
            // What is left of it goes with the connection, at the latest.
            let _ = self.hold("ROLLBACK");
        }
        held
    }

    fn snapshot(&mut self) -> Result<Box<dyn Snapshot>, StoreError> {
        let mut link = match self.next.take() {
            Some(link) => link,
            None => self.database.connect(Role::Copier)?,
        };
        let head_and_ids = begin(&mut link).map_err(|failure| self.database.why(failure))?;
        Ok(Box::new(MysqlSnapshot {
            database: self.database.clone(),
            link,
            head_and_ids,
        }))
    }

    fn resume(&mut self) -> Result<(), StoreError> {
        // If the connection was lost, so was the turn.
        self.hold("ROLLBACK")
    }
}

fn number(link: &mut Link, sql: &str) -> Result<i64, Failure> {
    let mut row = rows::only(&mut link.ask(sql)?)?;
    Ok(rows::take(&mut row, 0)?)
}

fn begin(link: &mut Link) -> Result<(i64, i64), Failure> {
    let mut row = rows::only(&mut link.ask(SNAPSHOT)?)?;
    Ok((rows::take(&mut row, 0)?, rows::take(&mut row, 1)?))
}

/// One transaction that reads.
struct MysqlSnapshot {
    database: Database,
    link: Link,
    head_and_ids: (i64, i64),
}

impl MysqlSnapshot {
    fn rows(
        &mut self,
        sql: &str,
        take: &mut TakeItem<'_>,
        read: impl Fn(&mut Row) -> Result<Item, Failure>,
    ) -> Result<(), StoreError> {
        let walked = self.link.each(sql, |mut row| {
            take(read(&mut row)?)?;
            Ok(())
        });
        walked.map_err(|failure| self.database.why(failure))
    }

    fn kinds(&mut self) -> Result<Vec<(String, i64, i64)>, Failure> {
        let mut answers = self.link.ask(KINDS)?;
        let kinds = rows::all(&mut answers, |row| {
            let (name, number) = rows::kind(row)?;
            Ok((name, number, rows::take(row, 2)?))
        });
        Ok(kinds?)
    }
}

impl Snapshot for MysqlSnapshot {
    fn about(&mut self) -> Result<u64, StoreError> {
        let about = number(&mut self.link, ABOUT).map_err(|failure| self.database.why(failure))?;
        Ok(u64::try_from(about).unwrap_or(0))
    }

    fn each(&mut self, take: &mut TakeItem<'_>) -> Result<(), StoreError> {
        let kinds = self.kinds().map_err(|failure| self.database.why(failure))?;
        for (kind, number, _) in &kinds {
            let sql = format!(
                "SELECT id, version, hidden, correlation, state FROM records
                 WHERE kind = {number} ORDER BY id"
            );
            self.rows(&sql, take, |row| Ok(Item::Record(rows::record(kind, row)?)))?;
        }
        for (kind, number, _) in &kinds {
            let sql = format!(
                "SELECT name, id, value, whole FROM record_keys LEFT JOIN long_texts ON fold = value
                 WHERE kind = {number} ORDER BY name, value, id"
            );
            let database = self.database.clone();
            self.rows(&sql, take, |row| key(&database, kind, row))?;
        }
        self.rows(EVENTS, take, |row| {
            Ok(Item::Event(rows::stored_event(row)?))
        })?;
        self.rows(DEADLINES, take, |row| {
            Ok(Item::Deadline(rows::deadline(row)?))
        })?;
        self.rows(CURSORS, take, |row| Ok(Item::Cursor(rows::cursor(row)?)))?;
        self.rows(PARKED, take, |row| Ok(Item::Parked(rows::parked(row)?)))?;
        let database = self.database.clone();
        self.rows(ANSWERS, take, |row| answer(&database, row))?;
        for (kind, _, shown) in kinds {
            take(Item::Count(kind, shown))?;
        }
        let (head, ids) = self.head_and_ids;
        take(Item::Head(head))?;
        take(Item::Ids(ids))
    }
}

/// `name, id, value`, and what a long value is.
fn key(database: &Database, kind: &str, row: &mut Row) -> Result<Item, Failure> {
    let (name, id): (String, _) = (rows::take(row, 0)?, rows::take(row, 1)?);
    let kept: Vec<u8> = rows::take(row, 2)?;
    let value = match read(kept) {
        Some(Kept::Whole(text)) => written(&text),
        Some(Kept::Folded) => {
            // As it would have been written, if it were short.
            let whole: Option<String> = rows::take(row, 3)?;
            let whole = whole.ok_or_else(|| {
                database.unavailable(format!(
                    "the key `{name}` of {kind} {id} is longer than 600 bytes, and was kept by an earlier jumun that did not keep it whole; if it is a read model's, `jumun rebuild` makes it anew"
                ))
            })?;
            written(&whole)
        }
        None => None,
    };
    let value = value.ok_or_else(|| {
        database.corrupt(format!(
            "the key `{name}` of {kind} {id} is one that nobody wrote"
        ))
    })?;
    let kind = kind.to_owned();
    Ok(Item::Key(StoredKey { kind, name, value }, id))
}

/// A key's value, as it is written in the column.
fn written(text: &str) -> Option<KeyValue> {
    match text.split_at_checked(1)? {
        ("n", number) => Some(KeyValue::Number(number.parse().ok()?)),
        ("t", text) => Some(KeyValue::Text(text.to_owned())),
        _ => None,
    }
}

/// The answer, then its name, and what a long one is.
fn answer(database: &Database, row: &mut Row) -> Result<Item, Failure> {
    let name: Vec<u8> = rows::take(row, 6)?;
    let name = match read(name) {
        Some(Kept::Whole(name)) => Some(name),
        Some(Kept::Folded) => rows::take::<Option<String>>(row, 7)?,
        None => None,
    };
    let name = name.ok_or_else(|| {
        database.unavailable(
            "an answer is kept under an Idempotency-Key of more than 600 bytes, by an earlier jumun that did not keep it whole; it is forgotten within a day (see `answers_kept`)",
        )
    })?;
    Ok(Item::Answer(rows::answer(&name, row, 0)?))
}

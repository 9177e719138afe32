//! Copying: all that a schema holds, as of one moment, beside those who use it.

use std::sync::Arc;

use storm::KeyValue;
use storm::store::{CopySource, Item, Snapshot, StoreError, StoredKey, TakeItem};
use tokio_postgres::{Error, Row};

use super::connection::{Connection, Failure, Step};
use super::place::{Place, Role};
use super::schema::{self, Found};
use super::texts::{KeptKey, Sent};
use super::writer::LOCK;
use super::{explain, rows};

const HOLD: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";

const SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// The snapshot's first question, which says what it is of.
const STORE: &str = "SELECT head, ids FROM store";

const OTHERS: &str = "
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = $1::text";

const ABOUT: &str = "
    SELECT sum(greatest(reltuples, 0))::int8 FROM pg_class
    WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace";

// Those of rebuilt read models that are no more, and are still being deleted, are left out.
const KINDS: &str = "
    SELECT name, number, shown FROM kinds WHERE name NOT LIKE 'gone %' ORDER BY number";

const EVENTS: &str = "
    SELECT position, type, kind, id, version, correlation, causation, trace, at, data
    FROM events ORDER BY position";

const DEADLINES: &str = "SELECT kind, id, name, due FROM deadlines ORDER BY kind, id, name";

const CURSORS: &str = "SELECT producer, position FROM cursors ORDER BY producer";

const PARKED: &str = "
    SELECT producer, position, attempts, retry_at, reason,
           type, kind, id, version, correlation, causation, trace, at, data
    FROM parked ORDER BY producer, position";

const ANSWERS: &str = "
    SELECT key, fingerprint, id, version, correlation, state, expires FROM answers ORDER BY key";

/// The parts of a walk. Each is a cursor of its own, so that what is prepared to fetch from it stays
/// good.
#[derive(Clone, Copy)]
enum Part {
    Records,
    Keys,
    Events,
    Deadlines,
    Cursors,
    Parked,
    Answers,
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Self::Records => "records_left",
            Self::Keys => "keys_left",
            Self::Events => "events_left",
            Self::Deadlines => "deadlines_left",
            Self::Cursors => "cursors_left",
            Self::Parked => "parked_left",
            Self::Answers => "answers_left",
        }
    }

    fn fetch(self) -> &'static str {
        match self {
            Self::Records => "FETCH FORWARD 500 FROM records_left",
            Self::Keys => "FETCH FORWARD 500 FROM keys_left",
            Self::Events => "FETCH FORWARD 500 FROM events_left",
            Self::Deadlines => "FETCH FORWARD 500 FROM deadlines_left",
            Self::Cursors => "FETCH FORWARD 500 FROM cursors_left",
            Self::Parked => "FETCH FORWARD 500 FROM parked_left",
            Self::Answers => "FETCH FORWARD 500 FROM answers_left",
        }
    }
}

/// Looks whether it is a store of ours, of this version.
fn look(connection: &mut Connection, place: &Place) -> Result<(), StoreError> {
    match schema::look(connection, place, schema::STEPS)? {
        Found::Version(version) if version == schema::STEPS.len() => Ok(()),
        Found::Version(_) => {
            Err(place.away("it is of an earlier jumun; start the system once with this one"))
        }
        Found::Nothing | Found::Empty => Err(place
            .away("there is no such schema; start the system once, or look into another database")),
    }
}

/// See [`remove`](super::remove).
pub(super) fn remove(place: &Place) -> Result<(), StoreError> {
    let mut connection = place.connect(Role::Writes)?;
    look(&mut connection, place)?;
    connection
        .run(&format!("DROP SCHEMA \"{}\" CASCADE", place.scope()))
        .map_err(|failure| explain::failed(place, &failure))
}

/// The way to a schema for whoever copies it.
pub(super) struct PostgresCopySource {
    place: Arc<Place>,
    /// Has a turn like a writer's, and never writes.
    holder: Connection,
    /// Made beforehand, so that others wait for as little as can be.
    next: Option<Connection>,
}

impl PostgresCopySource {
    pub(super) fn open(place: Arc<Place>) -> Result<Self, StoreError> {
        let mut holder = place.connect(Role::Copies)?;
        look(&mut holder, &place)?;
        let next = Some(place.connect(Role::Copies)?);
        Ok(Self {
            place,
            holder,
            next,
        })
    }

    fn hold(&mut self, steps: &[Step<'_>]) -> Result<Vec<Vec<Row>>, StoreError> {
        let asked = self.holder.ask(steps);
        asked.map_err(|failure| explain::failed(&self.place, &failure))
    }
}

impl CopySource for PostgresCopySource {
    fn others(&mut self) -> Result<u64, StoreError> {
        let name = Role::Writes.application(self.place.scope());
        let answers = self.hold(&[Step::new(OTHERS).with(Sent(&name))])?;
        let number = rows::number(answers.first().map_or(&[], Vec::as_slice));
        let number = number.map_err(|error| explain::unreadable(&self.place, &error))?;
        Ok(u64::try_from(number.unwrap_or(0)).unwrap_or(0))
    }

    fn quiesce(&mut self) -> Result<(), StoreError> {
        self.hold(&[Step::new(HOLD), Step::new(LOCK)]).map(drop)
    }

    fn snapshot(&mut self) -> Result<Box<dyn Snapshot>, StoreError> {
        let mut connection = match self.next.take() {
            Some(connection) => connection,
            None => self.place.connect(Role::Copies)?,
        };
        let answers = connection
            .ask(&[Step::new(SNAPSHOT), Step::new(STORE)])
            .map_err(|failure| explain::failed(&self.place, &failure))?;
        let row = answers.get(1).and_then(|rows| rows.first());
        let row = row.ok_or_else(|| StoreError::Corrupt {
            place: self.place.name(),
            reason: "its table `store` is empty".to_owned(),
        })?;
        let both = row
            .try_get(0)
            .and_then(|head| Ok((head, row.try_get(1)?)))
            .map_err(|error| explain::unreadable(&self.place, &error))?;
        Ok(Box::new(PostgresSnapshot {
            place: Arc::clone(&self.place),
            connection,
            head_and_ids: both,
        }))
    }

    fn resume(&mut self) -> Result<(), StoreError> {
        // If the connection was lost, so was the turn.
        self.hold(&[Step::new("ROLLBACK")]).map(drop)
    }
}

/// One transaction that reads.
struct PostgresSnapshot {
    place: Arc<Place>,
    connection: Connection,
    head_and_ids: (i64, i64),
}

impl PostgresSnapshot {
    fn failed(&self, failure: &Failure) -> StoreError {
        explain::failed(&self.place, failure)
    }

    fn part(
        &mut self,
        part: Part,
        sql: &str,
        take: &mut TakeItem<'_>,
        read: impl Fn(&Row) -> Result<Item, Error>,
    ) -> Result<(), StoreError> {
        self.rows(part, sql, |place, row| {
            take(read(row).map_err(|error| explain::unreadable(place, &error))?)
        })
    }

    fn rows(
        &mut self,
        part: Part,
        sql: &str,
        mut each: impl FnMut(&Place, &Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let name = part.name();
        let declared = format!("DECLARE {name} NO SCROLL CURSOR FOR {sql}");
        let done = self.connection.run(&declared);
        done.map_err(|failure| self.failed(&failure))?;
        loop {
            let answers = self.connection.ask(&[Step::new(part.fetch())]);
            let answers = answers.map_err(|failure| self.failed(&failure))?;
            let rows = answers.first().map_or(&[][..], Vec::as_slice);
            if rows.is_empty() {
                break;
            }
            for row in rows {
                each(&self.place, row)?;
            }
        }
        let done = self.connection.run(&format!("CLOSE {name}"));
        done.map_err(|failure| self.failed(&failure))
    }

    fn kinds(&mut self) -> Result<Vec<(String, i64, i64)>, StoreError> {
        let answers = self.connection.ask(&[Step::new(KINDS)]);
        let answers = answers.map_err(|failure| self.failed(&failure))?;
        let kinds = answers.iter().flatten().map(|row| {
            let (name, number) = rows::kind(row)?;
            Ok((name, number, row.try_get(2)?))
        });
        kinds
            .collect::<Result<_, Error>>()
            .map_err(|error| explain::unreadable(&self.place, &error))
    }
}

impl Snapshot for PostgresSnapshot {
    fn about(&mut self) -> Result<u64, StoreError> {
        let answers = self.connection.ask(&[Step::new(ABOUT)]);
        let answers = answers.map_err(|failure| self.failed(&failure))?;
        let about = rows::number(answers.first().map_or(&[], Vec::as_slice));
        let about = about.map_err(|error| explain::unreadable(&self.place, &error))?;
        Ok(u64::try_from(about.unwrap_or(0)).unwrap_or(0))
    }

    fn each(&mut self, take: &mut TakeItem<'_>) -> Result<(), StoreError> {
        let kinds = self.kinds()?;
        for (kind, number, _) in &kinds {
            let sql = format!(
                "SELECT id, version, hidden, correlation, state FROM records
                 WHERE kind = {number} ORDER BY id"
            );
            self.part(Part::Records, &sql, take, |row| {
                rows::record(kind, row, 0).map(Item::Record)
            })?;
        }
        for (kind, number, _) in &kinds {
            let sql = format!(
                "SELECT k.name, k.value, k.id, l.whole
                 FROM keys k LEFT JOIN long_keys l ON l.fold = k.value
                 WHERE k.kind = {number} ORDER BY k.name, k.value, k.id"
            );
            self.rows(Part::Keys, &sql, |place, row| take(key(place, kind, row)?))?;
        }
        self.part(Part::Events, EVENTS, take, |row| {
            rows::stored_event(row).map(Item::Event)
        })?;
        self.part(Part::Deadlines, DEADLINES, take, |row| {
            rows::deadline(row).map(Item::Deadline)
        })?;
        self.part(Part::Cursors, CURSORS, take, |row| {
            rows::cursor(row).map(Item::Cursor)
        })?;
        self.part(Part::Parked, PARKED, take, |row| {
            rows::parked(row).map(Item::Parked)
        })?;
        self.part(Part::Answers, ANSWERS, take, |row| {
            rows::answer(row).map(Item::Answer)
        })?;
        for (kind, _, shown) in kinds {
            take(Item::Count(kind, shown))?;
        }
        let (head, ids) = self.head_and_ids;
        take(Item::Head(head))?;
        take(Item::Ids(ids))
    }
}

/// `name, value, id`, and what a long value is.
fn key(place: &Place, kind: &str, row: &Row) -> Result<Item, StoreError> {
    let unreadable = |error: Error| explain::unreadable(place, &error);
    let (name, id) = rows::key(row).map_err(unreadable)?;
    let value = match rows::key_value(row).map_err(unreadable)? {
        KeptKey::Whole(value) => value,
        KeptKey::Folded => {
            let whole = rows::whole(row).map_err(unreadable)?;
            KeyValue::Text(whole.ok_or_else(|| {
                place.away(format!(
                    "the key `{name}` of {kind} {id} is longer than 600 bytes, and was kept by an earlier jumun that did not keep it whole; if it is a read model's, `jumun rebuild` makes it anew"
                ))
            })?)
        }
    };
    let kind = kind.to_owned();
    Ok(Item::Key(StoredKey { kind, name, value }, id))
}

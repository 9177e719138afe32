//! Rows as the port's words.

use storm::Id;
use storm::store::{
    Cursor, NewEvent, ParkedEvent, Record, StoredAnswer, StoredDeadline, StoredEvent,
};
use tokio_postgres::types::FromSql;
use tokio_postgres::{Error, Row};

use super::texts::{Kept, KeptKey};

fn get<'a, T: FromSql<'a>>(row: &'a Row, column: usize) -> Result<T, Error> {
    row.try_get(column)
}

fn text(row: &Row, column: usize) -> Result<String, Error> {
    get::<Kept>(row, column).map(|kept| kept.0)
}

/// `id, version, hidden, correlation, state`, from column `first` on.
pub(super) fn record(kind: &str, row: &Row, first: usize) -> Result<Record, Error> {
    Ok(Record {
        kind: kind.to_owned(),
        id: get(row, first)?,
        version: get(row, first + 1)?,
        hidden: get(row, first + 2)?,
        correlation: text(row, first + 3)?,
        state: text(row, first + 4)?,
    })
}

/// `type, kind, id, version, correlation, causation, trace, at, data`, from column `first` on.
fn event(row: &Row, first: usize) -> Result<NewEvent, Error> {
    Ok(NewEvent {
        event_type: text(row, first)?,
        kind: text(row, first + 1)?,
        id: get(row, first + 2)?,
        version: get(row, first + 3)?,
        correlation: text(row, first + 4)?,
        causation: text(row, first + 5)?,
        trace: text(row, first + 6)?,
        at: get(row, first + 7)?,
        data: text(row, first + 8)?,
    })
}

/// `position`, then the event.
pub(super) fn stored_event(row: &Row) -> Result<StoredEvent, Error> {
    Ok(StoredEvent {
        position: get(row, 0)?,
        event: event(row, 1)?,
    })
}

/// `producer, position, attempts, retry_at, reason`, then the event.
pub(super) fn parked(row: &Row) -> Result<ParkedEvent, Error> {
    Ok(ParkedEvent {
        producer: text(row, 0)?,
        stored: StoredEvent {
            position: get(row, 1)?,
            event: event(row, 5)?,
        },
        attempts: u32::try_from(get::<i64>(row, 2)?).unwrap_or(u32::MAX),
        retry_at: get(row, 3)?,
        reason: text(row, 4)?,
    })
}

/// `key, fingerprint, id, version, correlation, state, expires`.
pub(super) fn answer(row: &Row) -> Result<StoredAnswer, Error> {
    Ok(StoredAnswer {
        key: text(row, 0)?,
        fingerprint: get(row, 1)?,
        id: get(row, 2)?,
        version: get(row, 3)?,
        correlation: text(row, 4)?,
        state: text(row, 5)?,
        expires: get(row, 6)?,
    })
}

/// `kind, id, name, due`.
pub(super) fn deadline(row: &Row) -> Result<StoredDeadline, Error> {
    Ok(StoredDeadline {
        kind: text(row, 0)?,
        id: get(row, 1)?,
        name: text(row, 2)?,
        due: get(row, 3)?,
    })
}

/// `producer, position`.
pub(super) fn cursor(row: &Row) -> Result<Cursor, Error> {
    Ok(Cursor {
        producer: text(row, 0)?,
        position: get(row, 1)?,
    })
}

/// `name, number`.
pub(super) fn kind(row: &Row) -> Result<(String, i64), Error> {
    Ok((text(row, 0)?, get(row, 1)?))
}

/// `name`, and the id in the third column.
pub(super) fn key(row: &Row) -> Result<(String, Id), Error> {
    Ok((text(row, 0)?, get(row, 2)?))
}

/// A key's value, in the second column.
pub(super) fn key_value(row: &Row) -> Result<KeptKey, Error> {
    get(row, 1)
}

/// What a long key is, in the fourth column.
pub(super) fn whole(row: &Row) -> Result<Option<String>, Error> {
    Ok(get::<Option<Kept>>(row, 3)?.map(|kept| kept.0))
}

/// A number, where there is a first row and it has one.
pub(super) fn number(rows: &[Row]) -> Result<Option<i64>, Error> {
    match rows.first() {
        Some(row) => get(row, 0),
        None => Ok(None),
    }
}

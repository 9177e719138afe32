//! Rows as the port's words.

use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Row, ToSql};
use storm::KeyValue;
use storm::store::{
    Cursor, NewEvent, ParkedEvent, Record, StoredAnswer, StoredDeadline, StoredEvent,
};

/// Binds a key's value as what it is: number or text.
pub(super) struct Bound<'a>(pub(super) &'a KeyValue);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self.0 {
            KeyValue::Number(number) => ToSqlOutput::Owned(Value::Integer(*number)),
            KeyValue::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
        })
    }
}

/// `id, version, hidden, correlation, state`.
pub(super) fn record(kind: &str, row: &Row<'_>) -> rusqlite::Result<Record> {
    Ok(Record {
        kind: kind.to_owned(),
        id: row.get(0)?,
        version: row.get(1)?,
        hidden: row.get(2)?,
        correlation: row.get(3)?,
        state: row.get(4)?,
    })
}

/// `type, kind, id, version, correlation, causation, trace, at, data`, from column `first` on.
fn event(row: &Row<'_>, first: usize) -> rusqlite::Result<NewEvent> {
    Ok(NewEvent {
        event_type: row.get(first)?,
        kind: row.get(first + 1)?,
        id: row.get(first + 2)?,
        version: row.get(first + 3)?,
        correlation: row.get(first + 4)?,
        causation: row.get(first + 5)?,
        trace: row.get(first + 6)?,
        at: row.get(first + 7)?,
        data: row.get(first + 8)?,
    })
}

/// `position`, then the event.
pub(super) fn stored_event(row: &Row<'_>) -> rusqlite::Result<StoredEvent> {
    Ok(StoredEvent {
        position: row.get(0)?,
        event: event(row, 1)?,
    })
}

/// `producer, position, attempts, retry_at, reason`, then the event.
pub(super) fn parked(row: &Row<'_>) -> rusqlite::Result<ParkedEvent> {
    Ok(ParkedEvent {
        producer: row.get(0)?,
        stored: StoredEvent {
            position: row.get(1)?,
            event: event(row, 5)?,
        },
        attempts: row.get(2)?,
        retry_at: row.get(3)?,
        reason: row.get(4)?,
    })
}

/// `key, fingerprint, id, version, correlation, state, expires`.
pub(super) fn answer(row: &Row<'_>) -> rusqlite::Result<StoredAnswer> {
    Ok(StoredAnswer {
        key: row.get(0)?,
        fingerprint: row.get(1)?,
        id: row.get(2)?,
        version: row.get(3)?,
        correlation: row.get(4)?,
        state: row.get(5)?,
        expires: row.get(6)?,
    })
}

/// `kind, id, name, due`.
pub(super) fn deadline(row: &Row<'_>) -> rusqlite::Result<StoredDeadline> {
    Ok(StoredDeadline {
        kind: row.get(0)?,
        id: row.get(1)?,
        name: row.get(2)?,
        due: row.get(3)?,
    })
}

/// `producer, position`.
pub(super) fn cursor(row: &Row<'_>) -> rusqlite::Result<Cursor> {
    Ok(Cursor {
        producer: row.get(0)?,
        position: row.get(1)?,
    })
}

//! Rows as the port's words.

use std::collections::VecDeque;

use mysql::prelude::FromValue;
use mysql::{Error, FromValueError, Row, Value};
use storm::store::{
    Cursor, NewEvent, ParkedEvent, Record, StoredAnswer, StoredDeadline, StoredEvent,
};

/// A column, as what it should be.
pub(super) fn take<T: FromValue>(row: &mut Row, column: usize) -> Result<T, Error> {
    row.take_opt(column)
        .unwrap_or_else(|| Err(FromValueError(Value::NULL)))
        .map_err(Error::from)
}

/// The one row of the one answer.
pub(super) fn only(answers: &mut Vec<Vec<Row>>) -> Result<Row, Error> {
    first(answers)?.ok_or(Error::FromValueError(Value::NULL))
}

/// The first row of the one answer, if it has any.
pub(super) fn first(answers: &mut Vec<Vec<Row>>) -> Result<Option<Row>, Error> {
    let mut answer = answers.pop().ok_or(Error::FromValueError(Value::NULL))?;
    Ok((!answer.is_empty()).then(|| answer.swap_remove(0)))
}

/// The rows of the one answer.
pub(super) fn all<T>(
    answers: &mut Vec<Vec<Row>>,
    read: impl Fn(&mut Row) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    let answer = answers.pop().unwrap_or_default();
    answer.into_iter().map(|mut row| read(&mut row)).collect()
}

/// Answers in the order of the questions.
pub(super) struct Answers(VecDeque<Vec<Row>>);

impl Answers {
    pub(super) fn new(answers: Vec<Vec<Row>>) -> Self {
        Self(answers.into())
    }

    pub(super) fn next(&mut self) -> Result<Vec<Row>, Error> {
        self.0.pop_front().ok_or(Error::FromValueError(Value::NULL))
    }
}

/// `id, version, hidden, correlation, state`.
pub(super) fn record(kind: &str, row: &mut Row) -> Result<Record, Error> {
    Ok(Record {
        kind: kind.to_owned(),
        id: take(row, 0)?,
        version: take(row, 1)?,
        hidden: take(row, 2)?,
        correlation: take(row, 3)?,
        state: take(row, 4)?,
    })
}

/// `type, kind, id, version, correlation, causation, trace, at, data`, from column `first` on.
fn event(row: &mut Row, first: usize) -> Result<NewEvent, Error> {
    Ok(NewEvent {
        event_type: take(row, first)?,
        kind: take(row, first + 1)?,
        id: take(row, first + 2)?,
        version: take(row, first + 3)?,
        correlation: take(row, first + 4)?,
        causation: take(row, first + 5)?,
        trace: take(row, first + 6)?,
        at: take(row, first + 7)?,
        data: take(row, first + 8)?,
    })
}

/// `position`, then the event.
pub(super) fn stored_event(row: &mut Row) -> Result<StoredEvent, Error> {
    Ok(StoredEvent {
        position: take(row, 0)?,
        event: event(row, 1)?,
    })
}

/// `producer, position, attempts, retry_at, reason`, then the event.
pub(super) fn parked(row: &mut Row) -> Result<ParkedEvent, Error> {
    Ok(ParkedEvent {
        producer: take(row, 0)?,
        stored: StoredEvent {
            position: take(row, 1)?,
            event: event(row, 5)?,
        },
        attempts: take(row, 2)?,
        retry_at: take(row, 3)?,
        reason: take(row, 4)?,
    })
}

/// `fingerprint, id, version, correlation, state, expires`, from column `first` on. The key is the
/// one that was asked for: a long one is not kept as it was.
pub(super) fn answer(key: &str, row: &mut Row, first: usize) -> Result<StoredAnswer, Error> {
    Ok(StoredAnswer {
        key: key.to_owned(),
        fingerprint: take(row, first)?,
        id: take(row, first + 1)?,
        version: take(row, first + 2)?,
        correlation: take(row, first + 3)?,
        state: take(row, first + 4)?,
        expires: take(row, first + 5)?,
    })
}

/// `kind, id, name, due`.
pub(super) fn deadline(row: &mut Row) -> Result<StoredDeadline, Error> {
    Ok(StoredDeadline {
        kind: take(row, 0)?,
        id: take(row, 1)?,
        name: take(row, 2)?,
        due: take(row, 3)?,
    })
}

/// `producer, position`.
pub(super) fn cursor(row: &mut Row) -> Result<Cursor, Error> {
    Ok(Cursor {
        producer: take(row, 0)?,
        position: take(row, 1)?,
    })
}

/// `name, number`.
pub(super) fn kind(row: &mut Row) -> Result<(String, i64), Error> {
    Ok((take(row, 0)?, take(row, 1)?))
}

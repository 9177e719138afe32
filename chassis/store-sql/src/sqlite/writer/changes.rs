//! What one commit changes, table by table. What ends comes before what begins, so that a key or a
//! place that is given up can be taken in the same commit.

use rusqlite::{Connection, Params};
use storm::store::{Changed, Changes, NewEvent, ParkedEvent, Position, StoredAnswer};

use super::Failure;
use crate::sqlite::kinds::{self, Kinds};
use crate::sqlite::reader::HEAD;
use crate::sqlite::rows::Bound;

const REMOVE_RECORD: &str = "DELETE FROM records WHERE place = ?";

const INSERT_RECORD: &str = "
    INSERT INTO records (place, version, hidden, correlation, state) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO NOTHING";

const UPDATE_RECORD: &str = "
    UPDATE records SET version = ?2, hidden = ?3, correlation = ?4, state = ?5
    WHERE place = ?1 AND version = ?6";

const REMOVE_KEY: &str = "DELETE FROM keys WHERE kind = ? AND name = ? AND value = ? AND id = ?";

const ADD_KEY: &str = "
    INSERT INTO keys (kind, name, value, id) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING";

const APPEND_EVENT: &str = "
    INSERT INTO events
        (position, type, kind, id, version, correlation, causation, trace, at, data)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

const END_DEADLINE: &str = "DELETE FROM deadlines WHERE kind = ? AND id = ? AND name = ?";

const START_DEADLINE: &str = "
    INSERT INTO deadlines (kind, id, name, due) VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET due = excluded.due";

const MOVE_CURSOR: &str = "
    INSERT INTO cursors (producer, position) VALUES (?, ?)
    ON CONFLICT DO UPDATE SET position = excluded.position";

const UNPARK: &str = "DELETE FROM parked WHERE producer = ? AND position = ?";

const PARK: &str = "
    INSERT OR REPLACE INTO parked
        (producer, position, attempts, retry_at, reason,
         type, kind, id, version, correlation, causation, trace, at, data)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

const FORGET_ANSWERS: &str = "DELETE FROM answers WHERE expires < ?";

const KEEP_ANSWER: &str = "
    INSERT OR REPLACE INTO answers
        (key, fingerprint, id, version, correlation, state, expires)
    VALUES (?, ?, ?, ?, ?, ?, ?)";

const RESERVE_IDS: &str = "
    INSERT INTO counters (name, value) VALUES ('ids', ?)
    ON CONFLICT DO UPDATE SET value = max(value, excluded.value)";

const SKIP: &str = "
    INSERT INTO counters (name, value) VALUES ('skipped', ?)
    ON CONFLICT DO UPDATE SET value = max(value, excluded.value)";

const RETURN_IDS: &str = "UPDATE counters SET value = ?2 WHERE name = 'ids' AND value = ?1";

const COUNT: &str = "UPDATE kinds SET shown = shown + ? WHERE number = ?";

// 281474976710656 is 2^48; see `kinds`.
const EMPTY_KIND: [&str; 3] = [
    "DELETE FROM records
     WHERE place >= (SELECT number FROM kinds WHERE name = ?1) * 281474976710656
       AND place < (SELECT number + 1 FROM kinds WHERE name = ?1) * 281474976710656",
    "DELETE FROM keys WHERE kind = (SELECT number FROM kinds WHERE name = ?1)",
    "DELETE FROM kinds WHERE name = ?1",
];

const RENAME_KIND: &str = "
    UPDATE kinds SET name = ?1, shown = (
        SELECT count(*) FROM records
        WHERE place >= number * 281474976710656
          AND place < (number + 1) * 281474976710656
          AND hidden = 0)
    WHERE name = ?2";

/// Makes all changes, and says where the log ends then.
pub(super) fn apply(connection: &Connection, changes: &Changes) -> Result<Position, Failure> {
    let mut kinds = Kinds::read(connection)?;
    end(connection, &kinds, changes)?;
    write_records(connection, &mut kinds, &changes.records)?;
    keys_and_counts(connection, &mut kinds, changes)?;
    each(
        connection,
        START_DEADLINE,
        &changes.deadlines_started,
        |deadline| (&deadline.kind, deadline.id, &deadline.name, deadline.due),
    )?;
    each(
        connection,
        MOVE_CURSOR,
        &changes.cursors,
        |(producer, position)| (producer, position),
    )?;
    each(connection, PARK, &changes.parked, park)?;
    each(connection, KEEP_ANSWER, &changes.answers, keep)?;
    each(
        connection,
        RESERVE_IDS,
        changes.ids_reserved.as_slice(),
        |id| (id,),
    )?;
    each(
        connection,
        RETURN_IDS,
        changes.ids_returned.as_slice(),
        |(from, to)| (from, to),
    )?;
    each(
        connection,
        SKIP,
        changes.log_continues_after.as_slice(),
        |position| (position,),
    )?;
    Ok(append(connection, &changes.events)?)
}

/// What is no more. Of a kind that was never kept there is nothing to end.
fn end(connection: &Connection, kinds: &Kinds, changes: &Changes) -> rusqlite::Result<()> {
    each(connection, REMOVE_RECORD, &changes.removed, |(kind, id)| {
        let place = kinds
            .number(kind)
            .and_then(|number| kinds::place(number, *id));
        (place,)
    })?;
    each(
        connection,
        REMOVE_KEY,
        &changes.keys_removed,
        |(key, id)| (kinds.number(&key.kind), &key.name, Bound(&key.value), id),
    )?;
    each(
        connection,
        END_DEADLINE,
        &changes.deadlines_ended,
        |(kind, id, name)| (kind, id, name),
    )?;
    each(
        connection,
        UNPARK,
        &changes.unparked,
        |(producer, position)| (producer, position),
    )?;
    each(
        connection,
        FORGET_ANSWERS,
        changes.forget_answers_before.as_slice(),
        |before| (before,),
    )
}

fn keys_and_counts(
    connection: &Connection,
    kinds: &mut Kinds,
    changes: &Changes,
) -> rusqlite::Result<()> {
    let mut add = connection.prepare_cached(ADD_KEY)?;
    for (key, id) in &changes.keys_added {
        let kind = kinds.number_or_new(connection, &key.kind)?;
        add.execute((kind, &key.name, Bound(&key.value), id))?;
    }
    let mut count = connection.prepare_cached(COUNT)?;
    for (kind, by) in &changes.counted {
        count.execute((by, kinds.number_or_new(connection, kind)?))?;
    }
    Ok(())
}

/// Runs one statement for each thing.
fn each<'a, T, P: Params>(
    connection: &Connection,
    sql: &str,
    things: &'a [T],
    params: impl Fn(&'a T) -> P,
) -> rusqlite::Result<()> {
    if things.is_empty() {
        return Ok(());
    }
    let mut statement = connection.prepare_cached(sql)?;
    for thing in things {
        statement.execute(params(thing))?;
    }
    Ok(())
}

/// A record that is new must not be there; any other must be as the decision saw it.
fn write_records(
    connection: &Connection,
    kinds: &mut Kinds,
    records: &[Changed],
) -> Result<(), Failure> {
    if records.is_empty() {
        return Ok(());
    }
    let mut insert = connection.prepare_cached(INSERT_RECORD)?;
    let mut update = connection.prepare_cached(UPDATE_RECORD)?;
    for Changed { record, loaded } in records {
        let number = kinds.number_or_new(connection, &record.kind)?;
        let Some(place) = kinds::place(number, record.id) else {
            return Err(Failure::NoPlace(format!("{} {}", record.kind, record.id)));
        };
        let (version, hidden) = (record.version, record.hidden);
        let (correlation, state) = (&record.correlation, &record.state);
        let written = if *loaded == 0 {
            insert.execute((place, version, hidden, correlation, state))?
        } else {
            update.execute((place, version, hidden, correlation, state, loaded))?
        };
        if written == 0 {
            return Err(Failure::Conflict(format!("{} {}", record.kind, record.id)));
        }
    }
    Ok(())
}

fn append(connection: &Connection, events: &[NewEvent]) -> rusqlite::Result<Position> {
    let mut head: Position = connection
        .prepare_cached(HEAD)?
        .query_row([], |row| row.get(0))?;
    if events.is_empty() {
        return Ok(head);
    }
    let mut statement = connection.prepare_cached(APPEND_EVENT)?;
    for event in events {
        head += 1;
        statement.execute((
            head,
            &event.event_type,
            &event.kind,
            event.id,
            event.version,
            &event.correlation,
            &event.causation,
            &event.trace,
            event.at,
            &event.data,
        ))?;
    }
    Ok(head)
}

fn park(parked: &ParkedEvent) -> impl Params {
    let event = &parked.stored.event;
    (
        &parked.producer,
        parked.stored.position,
        parked.attempts,
        parked.retry_at,
        &parked.reason,
        &event.event_type,
        &event.kind,
        event.id,
        event.version,
        &event.correlation,
        &event.causation,
        &event.trace,
        event.at,
        &event.data,
    )
}

fn keep(answer: &StoredAnswer) -> impl Params {
    (
        &answer.key,
        answer.fingerprint,
        answer.id,
        answer.version,
        &answer.correlation,
        &answer.state,
        answer.expires,
    )
}

/// See [`Writer::replace_kind`](storm::store::Writer::replace_kind).
pub(super) fn replace_kind(connection: &Connection, kind: &str, by: &str) -> rusqlite::Result<()> {
    if kind == by {
        return Ok(());
    }
    for sql in EMPTY_KIND {
        connection.execute(sql, (kind,))?;
    }
    connection.execute(RENAME_KIND, (kind, by))?;
    Ok(())
}

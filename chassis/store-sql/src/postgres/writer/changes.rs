//! What one commit changes, table by table: one statement a table, whose rows travel as arrays. What
//! ends comes before what begins, so that a key or a place that is given up can be taken in the same
//! commit.

use std::hash::Hash;

use foldhash::{HashSet, HashSetExt as _};
use storm::store::{Changed, Changes, NewEvent, ParkedEvent, Position, StoredKey};
use storm::{Id, KeyValue};

use crate::kinds::{Grown, Kinds};
use crate::postgres::connection::Step;
use crate::postgres::texts::{Sent, SentKey, is_folded};

// New kinds, and how many of each kind are shown.
const COUNT: &str = "
    INSERT INTO kinds (number, name, shown)
    SELECT * FROM unnest($1::int8[], $2::text[], $3::int8[])
    ON CONFLICT (number) DO UPDATE SET shown = kinds.shown + excluded.shown";

const REMOVE_RECORDS: &str = "
    DELETE FROM records r USING unnest($1::int8[], $2::int8[]) AS g (kind, id)
    WHERE r.kind = g.kind AND r.id = g.id";

// A record that is new must not be there: its primary key sees to that.
const INSERT_RECORDS: &str = "
    INSERT INTO records (kind, id, version, hidden, correlation, state)
    SELECT unnest($1::int8[]), unnest($2::int8[]), unnest($3::int8[]), unnest($4::bool[]),
        unnest($5::text[]), unnest($6::text[])";

// Any other must be as the decision saw it.
const UPDATE_RECORDS: &str = "
    WITH written AS (
        UPDATE records r
        SET version = g.version, hidden = g.hidden, correlation = g.correlation, state = g.state
        FROM unnest($1::int8[], $2::int8[], $3::int8[], $4::bool[], $5::text[], $6::text[],
            $7::int8[]) AS g (kind, id, version, hidden, correlation, state, loaded)
        WHERE r.kind = g.kind AND r.id = g.id AND r.version = g.loaded
        RETURNING r.kind, r.id
    )
    SELECT CASE WHEN (SELECT count(*) FROM written) < cardinality($2)
        THEN refuse((
            SELECT kinds.name || ' ' || g.id
            FROM unnest($1::int8[], $2::int8[]) AS g (kind, id) JOIN kinds ON kinds.number = g.kind
            WHERE NOT EXISTS (SELECT FROM written w WHERE w.kind = g.kind AND w.id = g.id)
            LIMIT 1)) END";

const REMOVE_KEYS: &str = "
    DELETE FROM keys k
    USING unnest($1::int8[], $2::text[], $3::text[], $4::int8[]) AS g (kind, name, value, id)
    WHERE k.kind = g.kind AND k.name = g.name AND k.value = g.value AND k.id = g.id";

/// Mostly none of them is there. If one is, the commit fails.
pub(super) const NEW_KEYS: &str = "
    INSERT INTO keys (kind, name, value, id)
    SELECT unnest($1::int8[]), unnest($2::text[]), unnest($3::text[]), unnest($4::int8[])";

/// Those that are not there.
pub(super) const MISSING_KEYS: &str = "
    INSERT INTO keys (kind, name, value, id)
    SELECT g.kind, g.name, g.value, g.id
    FROM unnest($1::int8[], $2::text[], $3::text[], $4::int8[]) AS g (kind, name, value, id)
    WHERE NOT EXISTS (
        SELECT FROM keys k
        WHERE k.kind = g.kind AND k.name = g.name AND k.value = g.value AND k.id = g.id)";

const LONG_KEYS: &str = "
    INSERT INTO long_keys (fold, whole)
    SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT (fold) DO NOTHING";

const APPEND_EVENTS: &str = "
    INSERT INTO events
        (position, type, kind, id, version, correlation, causation, trace, at, data)
    SELECT * FROM unnest($1::int8[], $2::text[], $3::text[], $4::int8[], $5::int8[], $6::text[],
        $7::text[], $8::text[], $9::int8[], $10::text[])";

const END_DEADLINES: &str = "
    DELETE FROM deadlines d
    USING unnest($1::text[], $2::int8[], $3::text[]) AS g (kind, id, name)
    WHERE d.kind = g.kind AND d.id = g.id AND d.name = g.name";

const START_DEADLINES: &str = "
    INSERT INTO deadlines (kind, id, name, due)
    SELECT * FROM unnest($1::text[], $2::int8[], $3::text[], $4::int8[])
    ON CONFLICT (kind, id, name) DO UPDATE SET due = excluded.due";

const MOVE_CURSORS: &str = "
    INSERT INTO cursors (producer, position)
    SELECT * FROM unnest($1::text[], $2::int8[])
    ON CONFLICT (producer) DO UPDATE SET position = excluded.position";

const UNPARK: &str = "
    DELETE FROM parked p USING unnest($1::text[], $2::int8[]) AS g (producer, position)
    WHERE p.producer = g.producer AND p.position = g.position";

const PARK: &str = "
    INSERT INTO parked
        (producer, position, attempts, retry_at, reason,
         type, kind, id, version, correlation, causation, trace, at, data)
    SELECT * FROM unnest($1::text[], $2::int8[], $3::int8[], $4::int8[], $5::text[], $6::text[],
        $7::text[], $8::int8[], $9::int8[], $10::text[], $11::text[], $12::text[], $13::int8[],
        $14::text[])
    ON CONFLICT (producer, position) DO UPDATE SET
        attempts = excluded.attempts, retry_at = excluded.retry_at, reason = excluded.reason,
        type = excluded.type, kind = excluded.kind, id = excluded.id,
        version = excluded.version, correlation = excluded.correlation,
        causation = excluded.causation, trace = excluded.trace, at = excluded.at,
        data = excluded.data";

const FORGET_ANSWERS: &str = "DELETE FROM answers WHERE expires < $1";

const FORGET_THESE: &str = "
    DELETE FROM answers a USING unnest($1::text[]) AS g (key) WHERE a.key = g.key";

const KEEP_ANSWERS: &str = "
    INSERT INTO answers (key, fingerprint, id, version, correlation, state, expires)
    SELECT * FROM unnest($1::text[], $2::int8[], $3::int8[], $4::int8[], $5::text[], $6::text[],
        $7::int8[])";

// Of nothing, `greatest` takes no notice.
const FINISH: &str = "
    UPDATE store SET edition = edition + 1, mark = $5::int8,
        head = greatest(head, $6::int8) + $1::int8,
        ids = CASE WHEN greatest(ids, $2::int8) = $3::int8 THEN $4::int8
            ELSE greatest(ids, $2::int8) END
    RETURNING edition, head";

/// The kind $1 is no more. Its rows are not found by any name, and are deleted later: there may be
/// more than others should wait for. No kind has a blank in its name.
pub(super) const GONE_KIND: &str =
    "UPDATE kinds SET name = 'gone ' || number, shown = 0 WHERE name = $1::text";

/// The kind $1 takes the place of $2.
pub(super) const RENAME_KIND: &str = "
    UPDATE kinds SET name = $1::text, shown = (
        SELECT count(*) FROM records WHERE records.kind = kinds.number AND NOT hidden)
    WHERE name = $2::text";

/// Deletes some of what is gone, and says how much. Nobody else touches it, so it needs no turn.
pub(super) const CLEAR: [&str; 3] = [
    "WITH part AS MATERIALIZED (
        SELECT r.kind, r.id FROM kinds JOIN records r ON r.kind = kinds.number
        WHERE kinds.name LIKE 'gone %' LIMIT 5000
    ), cleared AS (
        DELETE FROM records r USING part p WHERE r.kind = p.kind AND r.id = p.id RETURNING 1
    )
    SELECT count(*) FROM cleared",
    "WITH part AS MATERIALIZED (
        SELECT k.kind, k.name, k.value, k.id FROM kinds JOIN keys k ON k.kind = kinds.number
        WHERE kinds.name LIKE 'gone %' LIMIT 5000
    ), cleared AS (
        DELETE FROM keys k USING part p
        WHERE k.kind = p.kind AND k.name = p.name AND k.value = p.value AND k.id = p.id
        RETURNING 1
    )
    SELECT count(*) FROM cleared",
    "WITH cleared AS (
        DELETE FROM kinds
        WHERE name LIKE 'gone %'
          AND NOT EXISTS (SELECT FROM records r WHERE r.kind = kinds.number)
          AND NOT EXISTS (SELECT FROM keys k WHERE k.kind = kinds.number)
        RETURNING 1
    )
    SELECT count(*) FROM cleared",
];

/// All changes but those of [`finish`], which comes last. The log ends at `head`, and `kinds` is what
/// is there. `add_keys` is [`NEW_KEYS`] or [`MISSING_KEYS`].
pub(super) fn steps<'c>(
    kinds: &mut Kinds,
    head: Position,
    changes: &'c Changes,
    add_keys: &'static str,
) -> Vec<Step<'c>> {
    let mut steps = Vec::new();
    let mut grown = Grown::default();
    end(&mut steps, kinds, changes);
    write_records(&mut steps, kinds, &mut grown, &changes.records);
    if !changes.keys_added.is_empty() {
        let each = last_words(&changes.keys_added, |added| added);
        let each = each.into_iter();
        let each = each.map(|(key, id)| (grown.number(kinds, &key.kind), key, *id));
        let each: Vec<_> = each.collect();
        steps.extend(long_keys(&each));
        steps.push(keys(add_keys, &each));
    }
    for (kind, by) in &changes.counted {
        grown.by(kinds, kind, *by);
    }
    if let Some(each) = some(refs(grown.rows())) {
        steps.push(
            Step::new(COUNT)
                .with(column(&each, |(number, _, _)| *number))
                .with(column(&each, |(_, kind, _)| Sent(kind)))
                .with(column(&each, |(_, _, by)| *by)),
        );
    }
    consumed(&mut steps, changes);
    if !changes.events.is_empty() {
        let head = continued(head, changes);
        let positions: Vec<_> = (head + 1..).take(changes.events.len()).collect();
        let step = Step::new(APPEND_EVENTS).with(positions);
        steps.push(with_events(step, &refs(&changes.events)));
    }
    steps
}

/// Says where the log ends, and that somebody was here, and who.
pub(super) fn finish(changes: &Changes, mark: i64) -> Step<'static> {
    let events = i64::try_from(changes.events.len()).unwrap_or(i64::MAX);
    let (from, to) = changes.ids_returned.unzip();
    Step::new(FINISH)
        .with(events)
        .with(changes.ids_reserved)
        .with(from)
        .with(to)
        .with(mark)
        .with(changes.log_continues_after)
}

/// After which position a log that ends at `head` goes on.
pub(super) fn continued(head: Position, changes: &Changes) -> Position {
    head.max(changes.log_continues_after.unwrap_or(0))
}

/// What is no more. Of a kind that was never kept there is nothing to end.
fn end<'c>(steps: &mut Vec<Step<'c>>, kinds: &Kinds, changes: &'c Changes) {
    let removed = changes.removed.iter();
    let removed = removed.filter_map(|(kind, id)| Some((kinds.number(kind)?, *id)));
    let (numbers, ids): (Vec<_>, Vec<_>) = removed.unzip();
    if !ids.is_empty() {
        steps.push(Step::new(REMOVE_RECORDS).with(numbers).with(ids));
    }
    let removed = changes.keys_removed.iter();
    let removed = removed.filter_map(|(key, id)| Some((kinds.number(&key.kind)?, key, *id)));
    steps.extend(some(removed.collect()).map(|removed| keys(REMOVE_KEYS, &removed)));
    if !changes.deadlines_ended.is_empty() {
        let each = refs(&changes.deadlines_ended);
        steps.push(
            Step::new(END_DEADLINES)
                .with(texts(&each, |(kind, _, _)| kind))
                .with(column(&each, |(_, id, _)| *id))
                .with(texts(&each, |(_, _, name)| name)),
        );
    }
    if !changes.unparked.is_empty() {
        let each = refs(&changes.unparked);
        steps.push(
            Step::new(UNPARK)
                .with(texts(&each, |(producer, _)| producer))
                .with(column(&each, |(_, position)| *position)),
        );
    }
    if let Some(before) = changes.forget_answers_before {
        steps.push(Step::new(FORGET_ANSWERS).with(before));
    }
}

fn write_records<'c>(
    steps: &mut Vec<Step<'c>>,
    kinds: &mut Kinds,
    grown: &mut Grown<'c>,
    records: &'c [Changed],
) {
    let (new, old): (Vec<_>, Vec<_>) = records.iter().partition(|changed| changed.loaded == 0);
    for (sql, each) in [(INSERT_RECORDS, new), (UPDATE_RECORDS, old)] {
        if each.is_empty() {
            continue;
        }
        let numbers = each.iter();
        let numbers = numbers.map(|changed| grown.number(kinds, &changed.record.kind));
        let step = Step::new(sql)
            .with(numbers.collect::<Vec<_>>())
            .with(column(&each, |changed| changed.record.id))
            .with(column(&each, |changed| changed.record.version))
            .with(column(&each, |changed| changed.record.hidden))
            .with(texts(&each, |changed| &changed.record.correlation))
            .with(texts(&each, |changed| &changed.record.state));
        steps.push(if sql == UPDATE_RECORDS {
            step.with(column(&each, |changed| changed.loaded))
        } else {
            step
        });
    }
}

fn keys<'c>(sql: &'static str, each: &[(i64, &'c StoredKey, Id)]) -> Step<'c> {
    let each = each.iter();
    Step::new(sql)
        .with(each.clone().map(|(kind, _, _)| *kind).collect::<Vec<_>>())
        .with(
            each.clone()
                .map(|(_, key, _)| Sent(&key.name))
                .collect::<Vec<_>>(),
        )
        .with(
            each.clone()
                .map(|(_, key, _)| SentKey(&key.value))
                .collect::<Vec<_>>(),
        )
        .with(each.map(|(_, _, id)| *id).collect::<Vec<_>>())
}

/// Those that are too long for the index, whole.
fn long_keys<'c>(each: &[(i64, &'c StoredKey, Id)]) -> Option<Step<'c>> {
    let long = each.iter().map(|(_, key, _)| &key.value);
    let long: Vec<&KeyValue> = long.filter(|value| is_folded(value)).collect();
    let wholes = long.iter().filter_map(|value| match value {
        KeyValue::Text(text) => Some(Sent(text)),
        KeyValue::Number(_) => None,
    });
    let wholes: Vec<_> = wholes.collect();
    (!long.is_empty()).then(|| {
        Step::new(LONG_KEYS)
            .with(long.into_iter().map(SentKey).collect::<Vec<_>>())
            .with(wholes)
    })
}

/// What consumers, deadlines and repeated requests keep. Where something is said twice, the last
/// word holds: one statement cannot write a row twice.
fn consumed<'c>(steps: &mut Vec<Step<'c>>, changes: &'c Changes) {
    let each = last_words(&changes.deadlines_started, |deadline| {
        (&deadline.kind, deadline.id, &deadline.name)
    });
    if !each.is_empty() {
        steps.push(
            Step::new(START_DEADLINES)
                .with(texts(&each, |deadline| &deadline.kind))
                .with(column(&each, |deadline| deadline.id))
                .with(texts(&each, |deadline| &deadline.name))
                .with(column(&each, |deadline| deadline.due)),
        );
    }
    let each = last_words(&changes.cursors, |(producer, _)| producer);
    if !each.is_empty() {
        steps.push(
            Step::new(MOVE_CURSORS)
                .with(texts(&each, |(producer, _)| producer))
                .with(column(&each, |(_, position)| *position)),
        );
    }
    let each = last_words(&changes.parked, |parked| {
        (&parked.producer, parked.stored.position)
    });
    steps.extend(some(each).map(|each| park(&each)));
    let each = last_words(&changes.answers, |answer| &answer.key);
    if !each.is_empty() {
        let keys = texts(&each, |answer| &answer.key);
        steps.push(Step::new(FORGET_THESE).with(keys));
        steps.push(
            Step::new(KEEP_ANSWERS)
                .with(texts(&each, |answer| &answer.key))
                .with(column(&each, |answer| answer.fingerprint))
                .with(column(&each, |answer| answer.id))
                .with(column(&each, |answer| answer.version))
                .with(texts(&each, |answer| &answer.correlation))
                .with(texts(&each, |answer| &answer.state))
                .with(column(&each, |answer| answer.expires)),
        );
    }
}

fn park<'c>(each: &[&'c ParkedEvent]) -> Step<'c> {
    let step = Step::new(PARK)
        .with(texts(each, |parked| &parked.producer))
        .with(column(each, |parked| parked.stored.position))
        .with(column(each, |parked| i64::from(parked.attempts)))
        .with(column(each, |parked| parked.retry_at))
        .with(texts(each, |parked| &parked.reason));
    with_events(step, &column(each, |parked| &parked.stored.event))
}

fn with_events<'c>(step: Step<'c>, each: &[&'c NewEvent]) -> Step<'c> {
    step.with(texts(each, |event| &event.event_type))
        .with(texts(each, |event| &event.kind))
        .with(column(each, |event| event.id))
        .with(column(each, |event| event.version))
        .with(texts(each, |event| &event.correlation))
        .with(texts(each, |event| &event.causation))
        .with(texts(each, |event| &event.trace))
        .with(column(each, |event| event.at))
        .with(texts(each, |event| &event.data))
}

/// One column of what is sent.
fn column<'c, T, C>(each: &[&'c T], of: impl Fn(&'c T) -> C) -> Vec<C> {
    each.iter().map(|one| of(one)).collect()
}

fn texts<'c, T>(each: &[&'c T], of: impl Fn(&'c T) -> &'c String) -> Vec<Sent<'c>> {
    column(each, |one| Sent(of(one)))
}

fn refs<T>(each: &[T]) -> Vec<&T> {
    each.iter().collect()
}

fn some<T>(each: Vec<T>) -> Option<Vec<T>> {
    (!each.is_empty()).then_some(each)
}

/// What is said last about each thing.
fn last_words<'c, T, K: Eq + Hash>(all: &'c [T], about: impl Fn(&'c T) -> K) -> Vec<&'c T> {
    let mut seen = HashSet::with_capacity(all.len());
    let mut last: Vec<&T> = all
        .iter()
        .rev()
        .filter(|one| seen.insert(about(one)))
        .collect();
    last.reverse();
    last
}

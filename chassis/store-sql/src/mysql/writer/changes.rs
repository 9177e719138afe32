//! What one commit changes, as a script. What ends comes before what begins, so that a key or a
//! place that is given up can be taken in the same commit.

use storm::Id;
use storm::store::{
    Changed, Changes, NewEvent, ParkedEvent, Position, StoredAnswer, StoredDeadline, StoredKey,
};

use crate::kinds::{Grown, Kinds};
use crate::mysql::keys;
use crate::mysql::sql::{Script, Shape, Sql};

/// Conditions that one statement combines: the planner weighs each.
const CONDITIONS: usize = 100;

const REMOVE_KEYS: Shape<'_> = conditions("DELETE FROM record_keys WHERE ");
const END_DEADLINES: Shape<'_> = conditions("DELETE FROM deadlines WHERE ");
const UNPARK: Shape<'_> = conditions("DELETE FROM parked WHERE ");

/// Many records in one statement, new ones and changed ones. A new record that is there already
/// (`loaded` 0 is nobody's version), and one that is there in another version than the decision
/// saw, would get no version at all, which its column refuses: nothing of the commit is kept. One
/// that is not there any more is counted, see [`seal`].
const WRITE_RECORDS: Shape<'_> = Shape {
    head: "INSERT INTO records (kind, id, loaded, version, hidden, correlation, state) VALUES ",
    between: ", ",
    tail: "
        ON DUPLICATE KEY UPDATE
            version = IF(version = values(loaded), values(version), NULL),
            loaded = values(loaded), hidden = values(hidden),
            correlation = values(correlation), state = values(state);
        SET @written = @written + row_count()",
    most: usize::MAX,
};

const ADD_KEYS: Shape<'_> = rows(
    "INSERT INTO record_keys (kind, name, value, id) VALUES ",
    " ON DUPLICATE KEY UPDATE id = values(id)",
);

const START_DEADLINES: Shape<'_> = rows(
    "INSERT INTO deadlines (kind, id, name, due) VALUES ",
    " ON DUPLICATE KEY UPDATE due = values(due)",
);

const MOVE_CURSORS: Shape<'_> = rows(
    "INSERT INTO cursors (producer, position) VALUES ",
    " ON DUPLICATE KEY UPDATE position = values(position)",
);

const PARK: Shape<'_> = rows(
    "REPLACE INTO parked
        (producer, position, attempts, retry_at, reason,
         type, kind, id, version, correlation, causation, trace, at, data) VALUES ",
    "",
);

const KEEP_ANSWERS: Shape<'_> = rows(
    "REPLACE INTO answers (name, fingerprint, id, version, correlation, state, expires) VALUES ",
    "",
);

const KEEP_LONG: Shape<'_> = rows(
    "INSERT INTO long_texts (fold, whole) VALUES ",
    " ON DUPLICATE KEY UPDATE fold = values(fold)",
);

const APPEND_EVENTS: Shape<'_> = rows(
    "INSERT INTO events
        (position, type, kind, id, version, correlation, causation, trace, at, data) VALUES ",
    "",
);

const COUNT: Shape<'_> = rows(
    "INSERT INTO kinds (number, name, shown) VALUES ",
    " ON DUPLICATE KEY UPDATE shown = shown + values(shown)",
);

const fn rows(head: &'static str, tail: &'static str) -> Shape<'static> {
    Shape {
        head,
        between: ", ",
        tail,
        most: usize::MAX,
    }
}

const fn conditions(head: &'static str) -> Shape<'static> {
    Shape {
        head,
        between: " OR ",
        tail: "",
        most: CONDITIONS,
    }
}

/// All changes and the end of the transaction, and where the log ends then. The turn is ours, the
/// log ends at `head`, and `kinds` is what is there.
pub(super) fn script(kinds: &mut Kinds, head: Position, changes: &Changes) -> (Script, Position) {
    let mut script = Script::new();
    let mut grown = Grown::default();
    end(&mut script, kinds, changes);
    write_records(&mut script, kinds, &mut grown, &changes.records);
    add_keys(&mut script, kinds, &mut grown, &changes.keys_added);
    for (kind, by) in &changes.counted {
        grown.by(kinds, kind, *by);
    }
    script.each(COUNT, grown.rows(), |sql, (number, name, by)| {
        sql.words("(")
            .number(*number)
            .comma()
            .text(name)
            .comma()
            .number(*by)
            .words(")");
    });
    script.each(START_DEADLINES, &changes.deadlines_started, start_deadline);
    script.each(
        MOVE_CURSORS,
        &changes.cursors,
        |sql, (producer, position)| {
            sql.words("(")
                .text(producer)
                .comma()
                .number(*position)
                .words(")");
        },
    );
    script.each(PARK, &changes.parked, park);
    long_texts(&mut script, changes);
    script.each(KEEP_ANSWERS, &changes.answers, keep);
    let head = head.max(changes.log_continues_after.unwrap_or(0));
    script.each(
        APPEND_EVENTS,
        (head + 1..).zip(&changes.events),
        |sql, (position, event)| {
            sql.words("(").number(position).comma();
            write_event(sql, event);
            sql.words(")");
        },
    );
    let end = head + i64::try_from(changes.events.len()).unwrap_or(i64::MAX);
    seal(&mut script, changes, end);
    (script, end)
}

/// What is no more. Of a kind that was never kept there is nothing to end.
fn end(script: &mut Script, kinds: &Kinds, changes: &Changes) {
    for (kind, id) in &changes.removed {
        let Some(number) = kinds.number(kind) else {
            continue;
        };
        script.statement(|sql| {
            sql.words("DELETE FROM records WHERE kind = ")
                .number(number);
            sql.words(" AND id = ").number(*id);
        });
    }
    let removed = changes
        .keys_removed
        .iter()
        .filter_map(|(key, id)| Some((kinds.number(&key.kind)?, key, id)));
    script.each(REMOVE_KEYS, removed, |sql, (number, key, id)| {
        sql.words("(kind = ").number(number);
        sql.words(" AND name = ").text(&key.name);
        sql.words(" AND value = ").value(&key.value);
        sql.words(" AND id = ").number(*id).words(")");
    });
    script.each(
        END_DEADLINES,
        &changes.deadlines_ended,
        |sql, (kind, id, name)| {
            sql.words("(kind = ").text(kind);
            sql.words(" AND id = ").number(*id);
            sql.words(" AND name = ").text(name).words(")");
        },
    );
    script.each(UNPARK, &changes.unparked, |sql, (producer, position)| {
        sql.words("(producer = ").text(producer);
        sql.words(" AND position = ").number(*position).words(")");
    });
    if let Some(before) = changes.forget_answers_before {
        script.statement(|sql| {
            sql.words("DELETE FROM answers WHERE expires < ")
                .number(before);
        });
    }
}

fn write_records<'a>(
    script: &mut Script,
    kinds: &mut Kinds,
    grown: &mut Grown<'a>,
    records: &'a [Changed],
) {
    if records.is_empty() {
        return;
    }
    script.statement(|sql| {
        sql.words("SET @written = 0");
    });
    let numbered: Vec<_> = records
        .iter()
        .map(|changed| (grown.number(kinds, &changed.record.kind), changed))
        .collect();
    script.each(WRITE_RECORDS, numbered, |sql, (number, changed)| {
        let Changed { record, loaded } = changed;
        sql.words("(").number(number).comma().number(record.id);
        sql.comma().number(*loaded).comma().number(record.version);
        sql.comma().number(i64::from(record.hidden));
        sql.comma()
            .text(&record.correlation)
            .comma()
            .text(&record.state)
            .words(")");
    });
}

fn add_keys<'a>(
    script: &mut Script,
    kinds: &mut Kinds,
    grown: &mut Grown<'a>,
    keys: &'a [(StoredKey, Id)],
) {
    let numbered: Vec<_> = keys
        .iter()
        .map(|(key, id)| (grown.number(kinds, &key.kind), key, id))
        .collect();
    script.each(ADD_KEYS, numbered, |sql, (number, key, id)| {
        sql.words("(").number(number).comma().text(&key.name);
        sql.comma().value(&key.value).comma().number(*id).words(")");
    });
}

/// Texts that are too long for an index, whole.
fn long_texts(script: &mut Script, changes: &Changes) {
    let keys = changes.keys_added.iter();
    let keys = keys.filter_map(|(key, _)| keys::long(&key.value));
    let names = changes.answers.iter().map(|answer| &answer.key);
    let names = names.filter(|name| keys::folded(name).is_some());
    let each: Vec<_> = keys.chain(names.cloned()).collect();
    script.each(KEEP_LONG, each, |sql, text| {
        sql.words("(").folded(&text).comma().text(&text).words(")");
    });
}

fn start_deadline(sql: &mut Sql, deadline: &StoredDeadline) {
    sql.words("(")
        .text(&deadline.kind)
        .comma()
        .number(deadline.id);
    sql.comma()
        .text(&deadline.name)
        .comma()
        .number(deadline.due)
        .words(")");
}

fn park(sql: &mut Sql, parked: &ParkedEvent) {
    sql.words("(")
        .text(&parked.producer)
        .comma()
        .number(parked.stored.position);
    sql.comma().number(i64::from(parked.attempts)).comma();
    match parked.retry_at {
        Some(at) => sql.number(at),
        None => sql.words("NULL"),
    };
    sql.comma().text(&parked.reason).comma();
    write_event(sql, &parked.stored.event);
    sql.words(")");
}

fn keep(sql: &mut Sql, answer: &StoredAnswer) {
    sql.words("(")
        .folded(&answer.key)
        .comma()
        .number(answer.fingerprint);
    sql.comma().number(answer.id).comma().number(answer.version);
    sql.comma()
        .text(&answer.correlation)
        .comma()
        .text(&answer.state);
    sql.comma().number(answer.expires).words(")");
}

fn write_event(sql: &mut Sql, event: &NewEvent) {
    sql.text(&event.event_type).comma().text(&event.kind);
    sql.comma().number(event.id).comma().number(event.version);
    sql.comma()
        .text(&event.correlation)
        .comma()
        .text(&event.causation);
    sql.comma()
        .text(&event.trace)
        .comma()
        .number(event.at)
        .comma()
        .text(&event.data);
}

/// The end of every commit. A record that was made counts as one row and one that was changed as
/// two; one that should have been changed and was made, because it was gone, shows as one too few.
/// Then the head would get no edition, which its column refuses.
fn seal(script: &mut Script, changes: &Changes, end: Position) {
    if let Some(id) = changes.ids_reserved {
        script.statement(|sql| {
            sql.words("UPDATE head SET ids = greatest(ids, ")
                .number(id)
                .words(")");
        });
    }
    if let Some((from, to)) = changes.ids_returned {
        script.statement(|sql| {
            sql.words("UPDATE head SET ids = ")
                .number(to)
                .words(" WHERE ids = ")
                .number(from);
        });
    }
    let counted = |changed: &Changed| if changed.loaded == 0 { 1 } else { 2 };
    let written: i64 = changes.records.iter().map(counted).sum();
    script.statement(|sql| {
        sql.words("UPDATE head SET position = ")
            .number(end)
            .words(", edition = ");
        if changes.records.is_empty() {
            sql.words("edition + 1");
        } else {
            sql.words("IF(@written = ")
                .number(written)
                .words(", edition + 1, NULL)");
        }
    });
    script.statement(|sql| {
        sql.words("COMMIT");
    });
}

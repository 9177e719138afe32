//! Turns that are lost.

use storm::store::Turn;

use super::trap::WAITING;
use super::*;

/// Ends the sessions of this schema, but not the one that asks.
const TERMINATE: &str = "
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE application_name = 'jumun ' || current_schema() AND pid <> pg_backend_pid()";

#[test]
fn a_turn_that_is_held_too_long_is_given_to_the_next_and_its_commit_fails() {
    let Some(mut schema) = Schema::fresh() else {
        return;
    };
    schema.server.turn = SHORT;
    let (mut stalled, mut next) = (schema.open(), schema.open());
    assert_eq!(stalled.writer.take_turn(), Ok(Turn::Changed));
    // It waits until the server ends the other's turn.
    assert_eq!(next.writer.take_turn(), Ok(Turn::Changed));
    assert_eq!(next.writer.commit(&told(1)), Ok(1));

    let error = stalled.writer.commit(&told(2)).unwrap_err();
    assert!(reason(&error).contains("held too long"), "{error}");
    assert_eq!(ids(&*next.reader), [1]);
    // And it takes part again.
    assert_eq!(stalled.writer.take_turn(), Ok(Turn::Changed));
    assert_eq!(stalled.writer.commit(&told(2)), Ok(2));
}

#[test]
fn who_waits_in_vain_for_a_turn_is_told_so_and_may_try_again() {
    let Some(mut schema) = Schema::fresh() else {
        return;
    };
    drop(schema.open());
    schema.server.statement = SHORT;
    let (mut holds, mut waits) = (schema.open(), schema.open());
    holds.writer.take_turn().unwrap();
    let error = waits.writer.take_turn().unwrap_err();
    assert!(reason(&error).contains("its turn in vain"), "{error}");
    holds.writer.pass();
    waits.writer.take_turn().unwrap();
    assert_eq!(waits.writer.commit(&told(1)), Ok(1));
}

#[test]
fn a_writer_whose_connection_is_terminated_in_its_turn_keeps_nothing_and_goes_on() {
    let Some(schema) = Schema::fresh() else {
        return;
    };
    let mut opened = schema.open();
    opened.writer.take_turn().unwrap();
    assert!(schema.number(TERMINATE) > 0);
    let error = opened.writer.commit(&told(1)).unwrap_err();
    assert!(reason(&error).contains("terminat"), "{error}");
    assert_eq!(ids(&*opened.reader), [0; 0]);
    assert_eq!(opened.writer.take_turn(), Ok(Turn::Changed));
    assert_eq!(opened.writer.commit(&told(1)), Ok(1));
}

#[test]
fn connections_that_are_terminated_while_nobody_asks_are_made_anew_unnoticed() {
    let Some(schema) = Schema::fresh() else {
        return;
    };
    let mut opened = schema.open();
    opened.writer.take_turn().unwrap();
    assert_eq!(opened.writer.commit(&told(1)), Ok(1));
    assert_eq!(opened.writer.take_turn(), Ok(Turn::Unchanged));
    opened.writer.pass();
    assert_eq!(ids(&*opened.reader), [1]);
    assert!(schema.number(TERMINATE) >= 2);
    assert_eq!(ids(&*opened.reader), [1]);
    // Who else has been there meanwhile is not known.
    assert_eq!(opened.writer.take_turn(), Ok(Turn::Changed));
    assert_eq!(opened.writer.commit(&told(2)), Ok(2));
}

#[test]
fn a_writer_that_goes_in_its_turn_lets_the_next_one_have_it() {
    let Some(schema) = Schema::fresh() else {
        return;
    };
    let (mut goes, mut next) = (schema.open(), schema.open());
    goes.writer.take_turn().unwrap();
    std::thread::scope(|scope| {
        let waits = scope.spawn(move || next.writer.commit(&told(1)));
        until(|| schema.number(WAITING) == 1);
        drop(goes);
        assert_eq!(waits.join().unwrap(), Ok(1));
    });
}

#[test]
fn a_question_that_takes_too_long_is_ended_by_the_server() {
    let Some(mut schema) = Schema::fresh() else {
        return;
    };
    drop(schema.open());
    schema.server.statement = SHORT;
    let opened = schema.open();
    assert_eq!(opened.reader.head(), Ok(0));
    let long = Schema {
        server: Server {
            statement: Duration::from_secs(30),
            ..schema.server.clone()
        },
        scope: schema.scope.clone(),
    };
    std::thread::scope(|scope| {
        let locked = scope.spawn(|| {
            // Who holds the table keeps even readers out.
            long.run("BEGIN; LOCK TABLE store; SELECT pg_sleep(4); COMMIT");
        });
        until(|| opened.reader.head().is_err());
        let error = opened.reader.head().unwrap_err();
        assert!(matches!(error, StoreError::Unavailable { .. }), "{error}");
        locked.join().unwrap();
    });
    assert_eq!(opened.reader.head(), Ok(0));
    std::mem::forget(long);
}

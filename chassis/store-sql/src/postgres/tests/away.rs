//! A server that stops, is killed, and comes back.

use std::sync::atomic::{AtomicBool, AtomicI64};

use super::*;

#[test]
fn what_was_answered_is_there_after_the_server_was_killed_in_the_middle_of_commits() {
    let Some(mut postgres) = Postgres::start() else {
        return;
    };
    let schema = Schema::on(&postgres);
    let mut opened = schema.open();
    let stop = AtomicBool::new(false);
    let answered = AtomicI64::new(0);
    let kept = std::thread::scope(|scope| {
        let tell = scope.spawn(|| {
            let mut kept = Vec::new();
            let mut id = 0;
            while !stop.load(Ordering::SeqCst) {
                id += 1;
                match opened.writer.commit(&told(id)) {
                    Ok(_) => {
                        kept.push(id);
                        answered.store(id, Ordering::SeqCst);
                    }
                    Err(error) => {
                        assert!(matches!(error, StoreError::Unavailable { .. }), "{error}");
                    }
                }
            }
            kept
        });
        for _ in 0..3 {
            let before = answered.load(Ordering::SeqCst);
            until(|| answered.load(Ordering::SeqCst) > before + 20);
            postgres.kill();
            postgres.start_again();
            let before = answered.load(Ordering::SeqCst);
            until(|| answered.load(Ordering::SeqCst) > before);
        }
        stop.store(true, Ordering::SeqCst);
        tell.join().unwrap()
    });
    let there = ids(&*opened.reader);
    let mut once = there.clone();
    once.dedup();
    assert_eq!(once, there, "told twice");
    for id in kept {
        assert!(there.contains(&id), "{id} was answered and is lost");
    }
}

#[test]
fn a_server_that_is_away_is_said_to_be_at_once_and_is_found_again_when_it_is_back() {
    let Some(mut postgres) = Postgres::start() else {
        return;
    };
    let schema = Schema::on(&postgres);
    let mut opened = schema.open();
    assert_eq!(opened.writer.commit(&told(1)), Ok(1));
    postgres.stop();
    let start = Instant::now();
    for _ in 0..100 {
        for error in [
            opened.writer.take_turn().unwrap_err(),
            opened.writer.commit(&told(2)).unwrap_err(),
            opened.writer.next_due().unwrap_err(),
            opened.reader.head().unwrap_err(),
        ] {
            assert!(matches!(error, StoreError::Unavailable { .. }), "{error}");
        }
    }
    assert!(start.elapsed() < DEADLINE);
    postgres.start_again();
    until(|| opened.writer.take_turn().is_ok());
    assert_eq!(opened.writer.commit(&told(2)), Ok(2));
    until(|| opened.reader.head().is_ok());
    assert_eq!(ids(&*opened.reader), [1, 2]);
}

/// A server that was killed gives numbers of transactions that it had not written down to others.
#[test]
fn a_commit_that_died_with_its_server_is_not_taken_for_somebody_elses() {
    let Some(mut postgres) = Postgres::start() else {
        return;
    };
    let schema = Schema::on(&postgres);
    let mut opened = schema.open();
    opened.writer.commit(&told(1)).unwrap();
    opened.writer.take_turn().unwrap();
    postgres.kill();
    postgres.start_again();
    let mut other = schema.open();
    for id in 3..13 {
        other.writer.commit(&told(id)).unwrap();
    }
    let error = opened.writer.commit(&told(2)).unwrap_err();
    assert!(reason(&error).contains("is not known"), "{error}");
    assert!(!ids(&*other.reader).contains(&2));
}

#[test]
fn a_server_that_stands_still_is_waited_for_only_so_long_and_is_found_again_when_it_moves() {
    let Some(mut postgres) = Postgres::start() else {
        return;
    };
    let mut schema = Schema::on(&postgres);
    drop(schema.open());
    schema.server.statement = SHORT;
    schema.server.connect = SHORT;
    let mut opened = schema.open();
    opened.writer.commit(&told(1)).unwrap();
    assert_eq!(ids(&*opened.reader), [1]);
    opened.writer.take_turn().unwrap();
    postgres.pause();
    let error = opened.writer.commit(&told(2)).unwrap_err();
    assert!(reason(&error).contains("no answer"), "{error}");
    // It may go on with it when it moves again.
    assert!(reason(&error).contains("is not known"), "{error}");
    for error in [
        opened.writer.take_turn().unwrap_err(),
        opened.reader.head().unwrap_err(),
        opened.reader.head().unwrap_err(),
    ] {
        assert!(matches!(error, StoreError::Unavailable { .. }), "{error}");
    }
    postgres.resume();
    until(|| opened.writer.take_turn().is_ok());
    let head = opened.writer.commit(&told(3)).unwrap();
    until(|| opened.reader.head().is_ok());
    let there = ids(&*opened.reader);
    assert!(there == [1, 3] || there == [1, 2, 3], "{there:?}");
    assert_eq!(head, i64::try_from(there.len()).unwrap());
}

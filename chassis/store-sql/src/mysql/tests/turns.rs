//! Whose turn it is.

use std::sync::mpsc;
use std::thread;

use super::*;

#[test]
fn a_writers_memory_is_true_until_another_one_commits() {
    let Some(fresh) = Fresh::shared() else { return };
    let (mut one, mut other) = (fresh.open().unwrap().writer, fresh.open().unwrap().writer);
    assert_eq!(one.take_turn(), Ok(Turn::Changed));
    assert_eq!(one.commit(&told([1])), Ok(1));
    assert_eq!(one.take_turn(), Ok(Turn::Unchanged));
    one.pass();
    assert_eq!(one.take_turn(), Ok(Turn::Unchanged));
    assert_eq!(one.commit(&told([2])), Ok(2));

    assert_eq!(other.commit(&told([3])), Ok(3));
    assert_eq!(one.take_turn(), Ok(Turn::Changed));
    assert_eq!(one.commit(&told([4])), Ok(4));
    assert_eq!(other.take_turn(), Ok(Turn::Changed));
    other.pass();
    assert_eq!(one.take_turn(), Ok(Turn::Unchanged));
}

#[test]
fn a_commit_of_nothing_ends_the_turn_and_is_none() {
    let Some(fresh) = Fresh::shared() else { return };
    let (mut one, mut other) = (fresh.open().unwrap().writer, fresh.open().unwrap().writer);
    assert_eq!(one.take_turn(), Ok(Turn::Changed));
    assert_eq!(one.commit(&told([1])), Ok(1));
    assert_eq!(other.take_turn(), Ok(Turn::Changed));
    assert_eq!(other.commit(&Changes::default()), Ok(1));
    assert_eq!(one.take_turn(), Ok(Turn::Unchanged));
}

#[test]
fn a_turn_is_waited_for_and_sees_what_the_one_before_has_left() {
    let Some(fresh) = Fresh::shared() else { return };
    let (mut one, mut other) = (fresh.open().unwrap().writer, fresh.open().unwrap().writer);
    one.take_turn().unwrap();
    let (waits, waiting) = mpsc::channel();
    let second = thread::spawn(move || {
        waits.send(()).unwrap();
        other.commit(&told([2]))
    });
    waiting.recv().unwrap();
    assert_eq!(one.commit(&told([1])), Ok(1));
    assert_eq!(second.join().unwrap(), Ok(2));
}

#[test]
fn a_turn_that_is_held_too_long_is_lost_with_its_commit() {
    let Some(mut fresh) = Fresh::shared() else {
        return;
    };
    fresh.server.turn = SHORT;
    let (mut stalled, mut other) = (fresh.open().unwrap(), fresh.open().unwrap().writer);
    stalled.writer.take_turn().unwrap();
    // Waits until the server has ended the first one's turn.
    assert_eq!(other.commit(&told([1])), Ok(1));
    let late = stalled.writer.commit(&told([2])).unwrap_err();
    assert!(matches!(late, StoreError::Unavailable { .. }), "{late}");
    assert_eq!(stalled.writer.take_turn(), Ok(Turn::Changed));
    assert_eq!(stalled.writer.commit(&told([3])), Ok(2));
    assert_eq!(log(stalled.reader.as_ref()), Ok(vec![1, 3]));
}

#[test]
fn a_turn_that_is_waited_for_too_long_is_not_given() {
    let Some(mut fresh) = Fresh::shared() else {
        return;
    };
    let mut one = fresh.open().unwrap().writer;
    fresh.server.statement = SHORT;
    let mut other = fresh.open().unwrap().writer;
    one.take_turn().unwrap();
    let error = other.take_turn().unwrap_err();
    assert!(error.to_string().contains("another replica"), "{error}");
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error}");
    assert_eq!(one.commit(&told([1])), Ok(1));
    assert_eq!(other.commit(&told([2])), Ok(2));
}

#[test]
fn after_an_error_it_is_nobodys_turn() {
    let Some(fresh) = Fresh::shared() else { return };
    let (mut one, mut other) = (fresh.open().unwrap().writer, fresh.open().unwrap().writer);
    assert_eq!(one.take_turn(), Ok(Turn::Changed));
    assert_eq!(one.commit(&told([1])), Ok(1));
    assert_eq!(one.take_turn(), Ok(Turn::Unchanged));
    let mut gone = told([2]);
    gone.records.push(storm::store::Changed {
        record: storm::store::Record {
            kind: "order".to_owned(),
            id: 7,
            version: 5,
            correlation: String::new(),
            state: "{}".to_owned(),
            hidden: false,
        },
        loaded: 4,
    });
    let error = one.commit(&gone).unwrap_err();
    assert_eq!(error, StoreError::Conflict("order 7".to_owned()));
    assert_eq!(other.commit(&told([3])), Ok(2));
    assert_eq!(one.take_turn(), Ok(Turn::Changed));
}

#![allow(clippy::unwrap_used, reason = "a test fails where it stands")]

use storm::store::{NewEvent, StoredEvent};

use super::*;

const PACE: Pace = Pace {
    chunk: 3,
    wait: Duration::from_millis(5),
};

fn heard(at: Position) -> Heard {
    let event = NewEvent {
        event_type: "KettleBoiled".to_owned(),
        kind: "kettle".to_owned(),
        id: 1,
        version: 1,
        correlation: "c".to_owned(),
        causation: String::new(),
        trace: String::new(),
        at: 0,
        data: "{}".to_owned(),
    };
    Heard {
        at,
        producer: "kettles".into(),
        stored: Arc::new(StoredEvent {
            position: at,
            event,
        }),
        fault: None,
    }
}

fn share(now: Instant) -> Share {
    Share::new("kitchen/0".into(), 0, now)
}

#[test]
fn a_single_event_does_not_wait() {
    let now = Instant::now();
    let mut share = share(now);
    assert_eq!(share.due(PACE, now), None);
    share.came(0, Some(heard(1)), now);
    assert_eq!(share.due(PACE, now), Some(now));
    assert_eq!(share.hand_over(PACE).up_to, 1);
    assert_eq!(share.due(PACE, now), None, "one batch at a time");
    assert_eq!(share.taken(PACE, now), 1);
    assert_eq!(share.due(PACE, now), None);
}

#[test]
fn what_is_passed_over_is_saved_when_nothing_more_comes() {
    let now = Instant::now();
    let mut share = share(now);
    share.came(0, None, now);
    assert_eq!(share.due(PACE, now), Some(now + IDLE));
    let batch = share.hand_over(PACE);
    assert!(batch.heard.is_empty());
    assert_eq!(batch.up_to, 1);
}

#[test]
fn what_is_passed_over_is_saved_at_once_when_it_is_much() {
    let now = Instant::now();
    let mut share = share(now);
    for offset in 0..PASSED {
        share.came(offset, None, now);
    }
    assert_eq!(share.due(PACE, now), Some(now));
}

#[test]
fn a_batch_ends_with_its_last_event_while_more_wait() {
    let now = Instant::now();
    let mut share = share(now);
    for offset in 0..4 {
        share.came(offset, Some(heard(offset + 1)), now);
    }
    share.came(4, None, now);
    let first = share.hand_over(PACE);
    assert_eq!((first.heard.len(), first.up_to), (3, 3));
    assert_eq!(share.taken(PACE, now), 3);
    let second = share.hand_over(PACE);
    assert_eq!((second.heard.len(), second.up_to), (1, 5));
}

#[test]
fn a_batch_that_the_store_could_not_take_is_handed_over_again_as_it_was() {
    let now = Instant::now();
    let mut share = share(now);
    share.came(0, Some(heard(1)), now);
    let first = share.hand_over(PACE);
    share.failed(now);
    share.came(1, Some(heard(2)), now);
    let again = share.due(PACE, now).unwrap();
    assert!(again > now);
    let second = share.hand_over(PACE);
    assert_eq!(second.up_to, first.up_to);
    assert_eq!(second.heard.len(), 1);
    share.failed(again);
    assert!(share.due(PACE, again).unwrap() - again > again - now);
    share.hand_over(PACE);
    assert_eq!(share.taken(PACE, again), 1);
    assert_eq!(share.hand_over(PACE).up_to, 2);
}

#[test]
fn the_group_is_told_once() {
    let now = Instant::now();
    let mut share = share(now);
    assert_eq!(share.news_for_group(), Some(0));
    assert_eq!(share.news_for_group(), None);
    share.came(0, Some(heard(1)), now);
    share.hand_over(PACE);
    assert_eq!(
        share.news_for_group(),
        None,
        "the store does not have it yet"
    );
    share.taken(PACE, now);
    assert_eq!(share.news_for_group(), Some(1));
}

#[test]
fn a_stream_of_what_is_passed_over_is_saved_every_now_and_then() {
    let now = Instant::now();
    let mut share = share(now);
    for offset in 0..50 {
        let then = now + Duration::from_millis(100) * u32::try_from(offset).unwrap();
        share.came(offset, None, then);
        let due = share.due(PACE, then).unwrap();
        assert!(due <= now + PASSING, "deadlines wait for it");
    }
}

#[test]
fn what_is_held_is_let_go_when_the_store_has_it() {
    let now = Instant::now();
    let mut share = share(now);
    let mut large = heard(1);
    Arc::make_mut(&mut large.stored).event.data = "x".repeat(10 * 1_024);
    share.came(0, Some(large), now);
    share.came(1, Some(heard(2)), now);
    assert_eq!(share.held(), 12);
    share.hand_over(PACE);
    share.failed(now);
    assert_eq!(share.held(), 12);
    share.hand_over(PACE);
    share.taken(PACE, now);
    assert_eq!(share.held(), 0);
}

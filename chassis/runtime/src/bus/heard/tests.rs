use std::collections::HashMap;

use storm::store::NewEvent;

use super::*;
use crate::parking::Parking;

fn known(cursors: &[(&str, Position)]) -> Known {
    Known {
        parking: Parking::default(),
        cursors: cursors
            .iter()
            .map(|(name, at)| ((*name).to_owned(), *at))
            .collect::<HashMap<_, _>>(),
    }
}

fn heard(at: Position, producer: &str, position: Position) -> Heard {
    let event = NewEvent {
        event_type: "TeaBrewed".to_owned(),
        kind: "tea".to_owned(),
        id: 1,
        version: 1,
        correlation: "story".to_owned(),
        causation: String::new(),
        trace: String::new(),
        at: 0,
        data: "{}".to_owned(),
    };
    Heard {
        at,
        producer: producer.into(),
        stored: Arc::new(StoredEvent { position, event }),
        fault: None,
    }
}

fn new_ones(known: &Known, events: &[(Position, &str, Position)]) -> Vec<(Position, Position)> {
    let mut marks = Marks::of(&"teas/0".into(), known);
    let new = events
        .iter()
        .filter(|(at, producer, position)| marks.is_new(&heard(*at, producer, *position), known));
    new.map(|(at, _, position)| (*at, *position)).collect()
}

#[test]
fn what_lies_before_the_cursor_is_not_new() {
    let known = known(&[("teas/0", 4)]);
    let new = new_ones(&known, &[(4, "teas/0", 4), (5, "teas/0", 5)]);
    assert_eq!(new, [(5, 5)]);
}

#[test]
fn an_event_that_comes_again_at_another_place_is_not_new() {
    let known = known(&[("teas/0", 4), ("kitchen@teas/0", 7)]);
    let events = [
        (5, "kitchen", 7),
        (6, "kitchen", 8),
        (7, "kitchen", 8),
        (8, "kitchen", 9),
        (9, "kitchen", 6),
    ];
    assert_eq!(new_ones(&known, &events), [(6, 8), (8, 9)]);
}

#[test]
fn producers_do_not_hide_each_other() {
    let known = known(&[("kitchen@teas/0", 7)]);
    let events = [(1, "kitchen", 7), (2, "garden", 1), (3, "garden", 2)];
    assert_eq!(new_ones(&known, &events), [(2, 1), (3, 2)]);
}

#[test]
fn what_was_taken_in_from_the_producers_own_log_does_not_come_again_by_the_bus() {
    let known = known(&[("kitchen", 7)]);
    let events = [(1, "kitchen", 6), (2, "kitchen", 7), (3, "kitchen", 8)];
    assert_eq!(new_ones(&known, &events), [(3, 8)]);
}

#[test]
fn two_relays_at_once_bring_every_event_once_and_in_order() {
    // Each publishes in order and without gaps, from where it began.
    let events = [
        (1, "kitchen", 1),
        (2, "kitchen", 2),
        (3, "kitchen", 1),
        (4, "kitchen", 3),
        (5, "kitchen", 2),
        (6, "kitchen", 3),
        (7, "kitchen", 4),
        (8, "kitchen", 4),
    ];
    assert_eq!(
        new_ones(&known(&[]), &events),
        [(1, 1), (2, 2), (4, 3), (7, 4)]
    );
}

#[test]
fn the_cursors_that_moved_are_told() {
    let known = known(&[("kitchen@teas/0", 7)]);
    let mut marks = Marks::of(&"teas/0".into(), &known);
    assert!(!marks.is_new(&heard(1, "kitchen", 7), &known));
    assert_eq!(marks.cursors().count(), 0);
    assert!(marks.is_new(&heard(2, "kitchen", 9), &known));
    let cursors: Vec<_> = marks.cursors().collect();
    assert_eq!(cursors, [("kitchen@teas/0".to_owned(), 9)]);
}

use storm::store::{NewEvent, Position};

use super::{KEPT, Recent};

fn events(count: usize) -> Vec<NewEvent> {
    let event = NewEvent {
        event_type: "KettleBoiled".to_owned(),
        kind: "kettle".to_owned(),
        id: 1,
        version: 1,
        correlation: String::new(),
        causation: String::new(),
        trace: String::new(),
        at: 0,
        data: "{}".to_owned(),
    };
    vec![event; count]
}

fn since(recent: &Recent, position: Position) -> Option<Vec<Position>> {
    let events = recent.since(position, 1_000_000)?;
    Some(events.iter().map(|stored| stored.position).collect())
}

#[test]
fn what_was_told_since_a_position_is_handed_out_in_order() {
    let recent = Recent::after(7, false);
    recent.told(events(2), 9);
    recent.told(events(1), 10);
    assert_eq!(since(&recent, 7), Some(vec![8, 9, 10]));
    assert_eq!(since(&recent, 9), Some(vec![10]));
    assert_eq!(since(&recent, 10), Some(vec![]));
    assert_eq!(recent.since(7, 2).map(|events| events.len()), Some(2));
}

#[test]
fn what_is_older_must_be_read_from_the_store() {
    let recent = Recent::after(7, false);
    assert_eq!(since(&recent, 6), None);
    recent.told(events(KEPT + 5), 7 + Position::try_from(KEPT).unwrap() + 5);
    assert_eq!(since(&recent, 11), None);
    assert_eq!(since(&recent, 12).map(|events| events.len()), Some(KEPT));
}

#[test]
fn a_gap_sends_listeners_to_the_store() {
    let recent = Recent::after(7, false);
    recent.told(events(2), 9);
    recent.told(events(1), 12);
    assert_eq!(since(&recent, 9), None, "10 and 11 are not here");
    assert_eq!(since(&recent, 11), Some(vec![12]));
}

#[test]
fn where_others_tell_too_only_the_store_knows_whether_there_is_more() {
    let recent = Recent::after(7, true);
    assert_eq!(since(&recent, 7), None);
    recent.told(events(2), 9);
    assert_eq!(since(&recent, 7), Some(vec![8, 9]));
    assert_eq!(since(&recent, 9), None);
    recent.told(events(1), 11);
    assert_eq!(since(&recent, 8), None, "10 is somebody else's");
    assert_eq!(since(&recent, 10), Some(vec![11]));
}

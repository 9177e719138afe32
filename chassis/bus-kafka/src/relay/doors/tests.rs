use super::*;

#[test]
fn the_second_record_waits_until_the_first_is_acknowledged() {
    let (mut doors, now) = (Doors::default(), Instant::now());
    assert!(doors.enter(0, now));
    assert!(!doors.enter(0, now));
    assert!(doors.enter(1, now), "another partition");
    doors.acknowledged(0, now);
    assert!(doors.enter(0, now) && doors.enter(0, now));
    assert!(!doors.enter(1, now));
}

#[test]
fn a_producer_that_was_silent_for_long_begins_anew() {
    let (mut doors, now) = (Doors::default(), Instant::now());
    assert!(doors.enter(0, now));
    doors.acknowledged(0, now);
    assert!(doors.enter(0, now + STALE));
    assert!(!doors.enter(0, now + STALE));
}

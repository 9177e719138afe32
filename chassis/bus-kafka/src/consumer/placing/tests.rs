use super::*;

fn known(stored: Option<i64>, committed: Option<i64>) -> Known {
    Known {
        stored,
        committed,
        low: 10,
        high: 100,
    }
}

#[test]
fn the_store_knows_best() {
    assert_eq!(Begin::of(known(Some(50), Some(90))), Begin::Stored(50));
    assert_eq!(Begin::of(known(Some(100), None)), Begin::Stored(100));
}

#[test]
fn who_replaces_another_service_goes_on_where_that_one_stopped() {
    assert_eq!(Begin::of(known(None, Some(90))), Begin::First(90));
    assert_eq!(Begin::of(known(None, Some(3))), Begin::First(10));
}

#[test]
fn who_is_new_begins_with_the_first_record() {
    assert_eq!(Begin::of(known(None, None)), Begin::First(10));
    // The topic is another one than the group remembers.
    assert_eq!(Begin::of(known(None, Some(101))), Begin::First(10));
}

#[test]
fn a_topic_made_anew_is_read_from_its_beginning() {
    assert_eq!(Begin::of(known(Some(101), Some(101))), Begin::Anew(10));
}

#[test]
fn what_the_brokers_have_forgotten_is_passed_over() {
    assert_eq!(Begin::of(known(Some(9), None)), Begin::Forgotten(10));
}

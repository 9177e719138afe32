use storm::store::{Cursor, Record};

use super::*;

fn cursor(producer: &str, position: i64) -> Item {
    Item::Cursor(Cursor {
        producer: producer.to_owned(),
        position,
    })
}

fn tally(items: &[Item]) -> Tally {
    let mut tally = Tally::default();
    for item in items {
        tally.add(item);
    }
    tally
}

#[test]
fn the_order_of_items_does_not_matter_and_everything_else_does() {
    let (one, other) = (cursor("order", 1), cursor("payment", 2));
    let both = tally(&[one.clone(), other.clone()]);
    assert_eq!(both, tally(&[other.clone(), one.clone()]));
    let different = tally(&[cursor("order", 2), cursor("payment", 1)]);
    assert_eq!(both.items, different.items);
    assert_ne!(both.checksum, different.checksum);
    assert!(both.difference(&different).contains("other contents"));
    let less = tally(&[one]);
    assert_eq!(both.difference(&less), "2 cursors here, 1 there");
}

#[test]
fn what_one_field_ends_with_is_not_what_the_next_one_begins_with() {
    let record = |kind: &str, correlation: &str, state: &str| {
        Item::Record(Record {
            kind: kind.to_owned(),
            id: 1,
            version: 1,
            correlation: correlation.to_owned(),
            state: state.to_owned(),
            hidden: false,
        })
    };
    let sums = [
        tally(&[record("a", "b", "c")]),
        tally(&[record("a", "bc", "")]),
        tally(&[record("a", "", "bc")]),
    ];
    assert_ne!(sums[0].checksum, sums[1].checksum);
    assert_ne!(sums[1].checksum, sums[2].checksum);
}

#[test]
fn a_tally_is_written_down_and_read_back() {
    let tally = tally(&[cursor("order", 1)]);
    let json = serde_json::to_string(&tally).unwrap();
    assert_eq!(serde_json::from_str::<Tally>(&json).unwrap(), tally);
}

//! Records, their versions, pages, counts and numbers.

use storm::Id;
use storm::store::{
    Changed, Changes, Loaded, Page, Reader, Record, StoreError, StoredDeadline, Wanted,
};

use super::{StoreUnderTest, added, event, key, new, record};

fn page(reader: &dyn Reader, skip: u64, limit: u64, descending: bool) -> Vec<Id> {
    reader
        .page(
            "order",
            Page {
                skip,
                limit,
                descending,
            },
        )
        .unwrap()
        .iter()
        .map(|record| record.id)
        .collect()
}

fn one_of_everything() -> Changes {
    Changes {
        records: vec![new(record("order", 1)), new(record("payment", 1))],
        keys_added: vec![(key("payment", "orderId", 1), 1)],
        events: vec![event(1), event(2)],
        deadlines_started: vec![StoredDeadline {
            kind: "payment".to_owned(),
            id: 1,
            name: "void".to_owned(),
            due: 5,
        }],
        cursors: vec![("order".to_owned(), 7)],
        ids_reserved: Some(100),
        counted: vec![("order".to_owned(), 1)],
        ..Changes::default()
    }
}

pub fn what_is_committed_is_there_after_a_restart(store: &impl StoreUnderTest) {
    let head = store.open().writer.commit(&one_of_everything()).unwrap();
    assert_eq!(head, 2);

    let mut again = store.open();
    let reader = again.reader.as_ref();
    assert_eq!(reader.record("order", 1), Ok(Some(record("order", 1))));
    assert_eq!(reader.record("payment", 1), Ok(Some(record("payment", 1))));
    assert_eq!(
        reader.by_key(&key("payment", "orderId", 1)),
        Ok(vec![record("payment", 1)])
    );
    assert_eq!(reader.head(), Ok(2));
    assert_eq!(reader.deadlines(), Ok(1));
    assert_eq!(reader.cursors().unwrap()[0].position, 7);
    assert_eq!(reader.count("order"), Ok(1));
    assert_eq!(again.writer.standing().unwrap().ids_reserved, 100);
    assert_eq!(again.writer.next_due(), Ok(Some(5)));
}

pub fn a_conflict_keeps_nothing_of_the_commit(store: &impl StoreUnderTest) {
    let mut opened = store.open();
    opened.writer.commit(&added("order", [9])).unwrap();
    let mut changes = one_of_everything();
    changes.records.push(Changed {
        record: Record {
            version: 4,
            ..record("order", 9)
        },
        loaded: 3,
    });
    assert!(matches!(
        opened.writer.commit(&changes),
        Err(StoreError::Conflict(_))
    ));

    let reader = opened.reader.as_ref();
    assert_eq!(reader.record("order", 1), Ok(None));
    assert_eq!(reader.record("order", 9), Ok(Some(record("order", 9))));
    assert_eq!(reader.by_key(&key("payment", "orderId", 1)), Ok(vec![]));
    assert_eq!(reader.head(), Ok(0));
    assert_eq!(reader.deadlines(), Ok(0));
    assert_eq!(reader.cursors(), Ok(vec![]));
    assert_eq!(reader.count("order"), Ok(0));
    assert_eq!(opened.writer.standing().unwrap().ids_reserved, 0);

    // And the writer goes on.
    assert_eq!(opened.writer.commit(&one_of_everything()), Ok(2));
}

pub fn a_new_record_conflicts_with_one_that_is_there(store: &impl StoreUnderTest) {
    let mut opened = store.open();
    opened.writer.commit(&added("order", [1])).unwrap();
    assert!(matches!(
        opened.writer.commit(&added("order", [2, 1])),
        Err(StoreError::Conflict(_))
    ));
    assert_eq!(opened.reader.record("order", 2), Ok(None));
}

pub fn of_two_replicas_that_decide_on_the_same_version_one_is_refused(store: &impl StoreUnderTest) {
    let (mut one, mut other) = (store.open(), store.open());
    one.writer.commit(&added("order", [1])).unwrap();
    let second = |state: &str| Changes {
        records: vec![Changed {
            record: Record {
                version: 2,
                state: state.to_owned(),
                ..record("order", 1)
            },
            loaded: 1,
        }],
        ..Changes::default()
    };
    other.writer.commit(&second("other")).unwrap();
    assert!(matches!(
        one.writer.commit(&second("one")),
        Err(StoreError::Conflict(_))
    ));
    let kept = one.reader.record("order", 1).unwrap().unwrap();
    assert_eq!(kept.state, "other");
}

pub fn a_version_may_grow_by_more_than_one_in_a_commit(store: &impl StoreUnderTest) {
    let mut opened = store.open();
    let at = |version, loaded| Changes {
        records: vec![Changed {
            record: Record {
                version,
                hidden: version == 9,
                ..record("order", 1)
            },
            loaded,
        }],
        ..Changes::default()
    };
    opened.writer.commit(&at(3, 0)).unwrap();
    opened.writer.commit(&at(9, 3)).unwrap();
    let kept = opened.reader.record("order", 1).unwrap().unwrap();
    assert_eq!((kept.version, kept.hidden), (9, true));
}

pub fn a_removed_record_is_gone_and_its_place_can_be_taken_in_the_same_commit(
    store: &impl StoreUnderTest,
) {
    let mut opened = store.open();
    opened.writer.commit(&added("order", [1, 2])).unwrap();
    opened
        .writer
        .commit(&Changes {
            removed: vec![
                ("order".to_owned(), 1),
                ("order".to_owned(), 2),
                ("order".to_owned(), 77),
                ("never-kept".to_owned(), 1),
            ],
            ..added("order", [2])
        })
        .unwrap();
    assert_eq!(opened.reader.record("order", 1), Ok(None));
    assert_eq!(page(opened.reader.as_ref(), 0, 10, false), [2]);
}

pub fn pages_go_up_and_down_and_skip_what_is_hidden(store: &impl StoreUnderTest) {
    let mut opened = store.open();
    let mut changes = added("order", 1..=10);
    for changed in &mut changes.records {
        changed.record.hidden = changed.record.id % 3 == 0;
    }
    // Neighbours in the alphabet, and in the table.
    changes.records.extend(added("orde", 1..=5).records);
    changes.records.extend(added("orders", 1..=5).records);
    opened.writer.commit(&changes).unwrap();

    let reader = opened.reader.as_ref();
    assert_eq!(page(reader, 0, 3, false), [1, 2, 4]);
    assert_eq!(page(reader, 3, 3, false), [5, 7, 8]);
    assert_eq!(page(reader, 6, 3, false), [10]);
    assert_eq!(page(reader, 7, 3, false), [0; 0]);
    assert_eq!(page(reader, 0, 3, true), [10, 8, 7]);
    assert_eq!(page(reader, 5, 9, true), [2, 1]);
    assert_eq!(page(reader, 0, 0, false), [0; 0]);
    assert_eq!(page(reader, u64::MAX, u64::MAX, true), [0; 0]);
    // Hidden is not gone.
    assert!(reader.record("order", 3).unwrap().unwrap().hidden);
}

pub fn counts_follow_what_is_said_and_not_the_table(store: &impl StoreUnderTest) {
    let mut opened = store.open();
    let counted = |order, payment| Changes {
        counted: vec![("order".to_owned(), order), ("payment".to_owned(), payment)],
        ..Changes::default()
    };
    opened.writer.commit(&counted(5, 1)).unwrap();
    opened.writer.commit(&counted(-2, 1)).unwrap();
    assert_eq!(opened.reader.count("order"), Ok(3));
    assert_eq!(opened.reader.count("payment"), Ok(2));
    assert_eq!(opened.reader.count("delivery"), Ok(0));
}

pub fn ids_that_cannot_be_are_nothing_and_not_an_error(store: &impl StoreUnderTest) {
    let mut opened = store.open();
    opened.writer.commit(&added("order", [1])).unwrap();
    opened.writer.commit(&added("payment", [1])).unwrap();
    for id in [0, -1, Id::MIN, Id::MAX, 1 << 48, (1 << 48) + 1] {
        assert_eq!(opened.reader.record("order", id), Ok(None), "{id}");
        let wanted = Wanted {
            records: vec![("order".to_owned(), id)],
            ..Wanted::default()
        };
        assert_eq!(opened.writer.load(&wanted), Ok(Loaded::default()), "{id}");
    }
}

pub fn a_read_model_rebuilt_aside_takes_the_place_of_the_old_one(store: &impl StoreUnderTest) {
    let mut opened = store.open();
    let mut old = added("myPages", 1..=3);
    old.keys_added = vec![(key("myPages", "orderId", 1), 1)];
    old.counted = vec![("myPages".to_owned(), 3)];
    opened.writer.commit(&old).unwrap();
    let mut aside = added("myPages~", 2..=6);
    aside.records[4].record.hidden = true;
    aside.keys_added = vec![(key("myPages~", "orderId", 2), 2)];
    aside.counted = vec![("myPages~".to_owned(), 4)];
    opened.writer.commit(&aside).unwrap();

    opened.writer.replace_kind("myPages", "myPages~").unwrap();

    for opened in [opened, store.open()] {
        let reader = opened.reader;
        assert_eq!(reader.record("myPages", 1), Ok(None));
        assert_eq!(reader.record("myPages", 2), Ok(Some(record("myPages", 2))));
        assert_eq!(reader.count("myPages"), Ok(4));
        assert_eq!(reader.by_key(&key("myPages", "orderId", 1)), Ok(vec![]));
        assert_eq!(
            reader.by_key(&key("myPages", "orderId", 2)),
            Ok(vec![record("myPages", 2)])
        );
        assert_eq!(reader.record("myPages~", 2), Ok(None));
        assert_eq!(reader.count("myPages~"), Ok(0));
        assert_eq!(reader.by_key(&key("myPages~", "orderId", 2)), Ok(vec![]));
    }
}

pub fn a_rebuilt_read_model_without_rows_leaves_none(store: &impl StoreUnderTest) {
    let mut opened = store.open();
    let mut old = added("myPages", 1..=3);
    old.counted = vec![("myPages".to_owned(), 3)];
    old.records.extend(added("order", [1]).records);
    opened.writer.commit(&old).unwrap();
    opened.writer.replace_kind("myPages", "myPages~").unwrap();
    assert_eq!(opened.reader.count("myPages"), Ok(0));
    assert_eq!(opened.reader.record("myPages", 1), Ok(None));
    assert_eq!(page(opened.reader.as_ref(), 0, 9, false), [1]);
    opened.writer.commit(&added("myPages", [1])).unwrap();
    assert_eq!(page(opened.reader.as_ref(), 0, 9, false), [1]);
}

pub fn ids_reserved_never_go_back(store: &impl StoreUnderTest) {
    let mut opened = store.open();
    assert_eq!(opened.writer.standing().unwrap().ids_reserved, 0);
    for (reserved, then) in [(100, 100), (50, 100), (200, 200)] {
        let changes = Changes {
            ids_reserved: Some(reserved),
            ..Changes::default()
        };
        opened.writer.commit(&changes).unwrap();
        assert_eq!(opened.writer.standing().unwrap().ids_reserved, then);
    }
}

pub fn ids_are_returned_only_by_whom_reserved_them_last(store: &impl StoreUnderTest) {
    let mut opened = store.open();
    for (reserved, returned, then) in [(100, (100, 7), 7), (50, (40, 8), 50)] {
        let reserves = Changes {
            ids_reserved: Some(reserved),
            ..Changes::default()
        };
        opened.writer.commit(&reserves).unwrap();
        let returns = Changes {
            ids_returned: Some(returned),
            ..Changes::default()
        };
        opened.writer.commit(&returns).unwrap();
        assert_eq!(opened.writer.standing().unwrap().ids_reserved, then);
    }
}

//! Business keys, and loading by them.

use storm::Id;
use storm::store::{Changes, Reader, StoredKey, Wanted};

use super::{StoreUnderTest, added, key, record};

fn found(reader: &dyn Reader, key: &StoredKey) -> Vec<Id> {
    let records = reader.by_key(key).unwrap();
    records.iter().map(|record| record.id).collect()
}

pub fn the_number_five_and_the_text_five_are_different_keys(store: &impl StoreUnderTest) {
    let mut opened = store.open();
    let mut changes = added("order", 1..=4);
    changes.keys_added = vec![
        (key("order", "no", 5), 1),
        (key("order", "no", "5"), 2),
        (key("order", "no", "05"), 3),
        (key("order", "no", "5.0"), 4),
    ];
    opened.writer.commit(&changes).unwrap();
    for (key, id) in &changes.keys_added {
        assert_eq!(found(opened.reader.as_ref(), key), [*id], "{key:?}");
    }
}

pub fn texts_keep_every_character_and_compare_by_it(store: &impl StoreUnderTest) {
    let mut opened = store.open();
    let long = "가".repeat(5_000);
    let texts = [
        "",
        " ",
        "a",
        "A",
        "a ",
        "á",
        "a\u{301}",
        "2021-03-N17",
        "nul\0inside",
        "nul",
        "🍎",
        "'; --",
        &long,
    ];
    let mut changes = Changes::default();
    for (text, id) in texts.iter().zip(1..) {
        changes.records.extend(added("notice", [id]).records);
        changes.keys_added.push((key("notice", "no", *text), id));
    }
    opened.writer.commit(&changes).unwrap();
    for (key, id) in &changes.keys_added {
        assert_eq!(found(opened.reader.as_ref(), key), [*id], "{key:?}");
    }
}

pub fn a_shared_key_leads_to_all_its_records_in_order_of_id(store: &impl StoreUnderTest) {
    let mut opened = store.open();
    let user = key("order", "userId", 7181);
    let mut changes = added("order", [30, 4, 200]);
    changes.records[0].record.hidden = true;
    changes.keys_added = vec![(user.clone(), 30), (user.clone(), 4), (user.clone(), 200)];
    // The same key again is the same key.
    changes.keys_added.push((user.clone(), 4));
    // Another kind, another name.
    changes.records.extend(added("payment", [5]).records);
    changes.keys_added.push((key("payment", "userId", 7181), 5));
    changes.keys_added.push((key("order", "prodId", 7181), 4));
    opened.writer.commit(&changes).unwrap();
    assert_eq!(found(opened.reader.as_ref(), &user), [4, 30, 200]);
}

pub fn a_removed_key_leads_nowhere_and_can_be_given_on_in_the_same_commit(
    store: &impl StoreUnderTest,
) {
    let mut opened = store.open();
    let (gone, passed) = (key("order", "no", "gone"), key("order", "no", "passed"));
    let mut changes = added("order", [1, 2]);
    changes.keys_added = vec![(gone.clone(), 1), (passed.clone(), 1), (passed.clone(), 2)];
    opened.writer.commit(&changes).unwrap();
    let on = Changes {
        keys_removed: vec![(gone.clone(), 1), (passed.clone(), 1), (passed.clone(), 2)],
        keys_added: vec![(passed.clone(), 2)],
        ..Changes::default()
    };
    opened.writer.commit(&on).unwrap();
    assert_eq!(found(opened.reader.as_ref(), &gone), [0; 0]);
    assert_eq!(found(opened.reader.as_ref(), &passed), [2]);
    assert_eq!(
        opened.reader.record("order", 1),
        Ok(Some(record("order", 1)))
    );
}

pub fn a_batch_is_loaded_with_each_record_once(store: &impl StoreUnderTest) {
    let mut opened = store.open();
    let by = |value: i64| key("payment", "orderId", value);
    let mut changes = added("order", [1, 2]);
    changes.records.extend(added("payment", [1, 3, 4]).records);
    changes.keys_added = vec![(by(1), 4), (by(1), 3), (by(2), 1)];
    opened.writer.commit(&changes).unwrap();

    let order = |id| ("order".to_owned(), id);
    let loaded = opened
        .writer
        .load(&Wanted {
            records: vec![order(1), order(99), order(1), ("payment".to_owned(), 3)],
            keys: vec![by(1), by(9), by(1), key("nothing", "orderId", 1)],
            answers: vec!["never".to_owned()],
        })
        .unwrap();
    let mut records = loaded.records;
    records.sort_by(|a, b| (&a.kind, a.id).cmp(&(&b.kind, b.id)));
    assert_eq!(
        records,
        [
            record("order", 1),
            record("payment", 3),
            record("payment", 4)
        ]
    );
    assert_eq!(loaded.keys, [(by(1), vec![3, 4])]);
    assert_eq!(loaded.answers, []);
}

pub fn what_is_shown_is_found_by_key_and_read_by_number_in_order(store: &impl StoreUnderTest) {
    let mut opened = store.open();
    let user = key("order", "userId", 7181);
    let mut changes = added("order", 1..=300);
    for changed in &mut changes.records {
        changed.record.hidden = changed.record.id % 3 == 0;
    }
    changes.keys_added = (1..=300).map(|id| (user.clone(), id)).collect();
    opened.writer.commit(&changes).unwrap();
    let reader = opened.reader.as_ref();
    let shown: Vec<Id> = (1..=300).filter(|id| id % 3 != 0).collect();
    assert_eq!(reader.shown_by_key(&user, u64::MAX), Ok(shown.clone()));
    assert_eq!(reader.shown_by_key(&user, 4), Ok(vec![1, 2, 4, 5]));
    let nobody = key("order", "userId", 7);
    assert_eq!(reader.shown_by_key(&nobody, 4), Ok(vec![]));

    let numbers = |ids: &[Id]| {
        let records = reader.records("order", ids).unwrap();
        records.iter().map(|record| record.id).collect::<Vec<_>>()
    };
    assert_eq!(numbers(&[7, 3, 2, 999, i64::MAX, 0, -1, 1]), [7, 2, 1]);
    assert_eq!(numbers(&[]), [0; 0]);
    let backwards: Vec<Id> = (1..=300).rev().collect();
    assert!(numbers(&backwards).iter().eq(shown.iter().rev()));
    assert_eq!(reader.records("nothing", &[1]), Ok(vec![]));
    assert_eq!(reader.records("order", &[5]), Ok(vec![record("order", 5)]));
}

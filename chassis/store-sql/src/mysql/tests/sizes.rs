//! Much at once.

use storm::store::{Changed, Record, StoredAnswer, StoredKey, Wanted};

use super::*;

fn written(id: i64, loaded: i64, size: usize) -> Changed {
    Changed {
        record: Record {
            kind: "order".to_owned(),
            id,
            version: loaded + 1,
            correlation: format!("story-{id}"),
            state: format!("'{}", "x".repeat(size)),
            hidden: false,
        },
        loaded,
    }
}

fn by_number(id: i64) -> StoredKey {
    StoredKey {
        kind: "order".to_owned(),
        name: "no".to_owned(),
        value: id.into(),
    }
}

/// Some megabytes: several trips.
fn many() -> Changes {
    Changes {
        records: (1..=3_000).map(|id| written(id, 0, 1_000)).collect(),
        keys_added: (1..=3_000).map(|id| (by_number(id), id)).collect(),
        ..told(1..=3_000)
    }
}

#[test]
fn a_commit_of_many_trips_is_whole() {
    let Some(fresh) = Fresh::shared() else { return };
    let mut opened = fresh.open().unwrap();
    let changes = many();
    assert_eq!(opened.writer.commit(&changes), Ok(3_000));
    let records: Vec<_> = changes.records.into_iter().map(|one| one.record).collect();
    let mut by_id = opened
        .writer
        .load(&Wanted {
            records: (1..=3_000).map(|id| ("order".to_owned(), id)).collect(),
            ..Wanted::default()
        })
        .unwrap()
        .records;
    by_id.sort_by_key(|record| record.id);
    assert_eq!(by_id, records);
    let keys: Vec<_> = (1..=3_000).rev().map(by_number).collect();
    let mut by_key = opened
        .writer
        .load(&Wanted {
            keys: keys.clone(),
            ..Wanted::default()
        })
        .unwrap();
    by_key.records.sort_by_key(|record| record.id);
    assert_eq!(by_key.records, records);
    let ids = (1..=3_000).rev().map(|id| vec![id]);
    assert_eq!(by_key.keys, keys.into_iter().zip(ids).collect::<Vec<_>>());
}

#[test]
fn a_conflict_in_the_last_trip_keeps_nothing_of_the_first() {
    let Some(fresh) = Fresh::shared() else { return };
    let mut opened = fresh.open().unwrap();
    let mut changes = many();
    changes.records.push(written(3_001, 5, 1));
    assert_eq!(
        opened.writer.commit(&changes),
        Err(StoreError::Conflict("order 3001".to_owned()))
    );
    assert_eq!(opened.reader.record("order", 1), Ok(None));
    assert_eq!(opened.reader.by_key(&by_number(1)), Ok(vec![]));
    assert_eq!(opened.writer.commit(&told([1])), Ok(1));
}

#[test]
fn a_value_that_the_server_does_not_take_is_said_with_what_to_raise() {
    let Some(fresh) = Fresh::shared() else { return };
    let mut opened = fresh.open().unwrap();
    // The server takes 16 MiB at once.
    let changes = Changes {
        records: vec![written(1, 0, 20 << 20)],
        ..Changes::default()
    };
    let error = opened.writer.commit(&changes).unwrap_err();
    assert!(
        error.to_string().contains("raise max_allowed_packet"),
        "{error}"
    );
    assert_eq!(opened.writer.commit(&told([1])), Ok(1));
}

#[test]
fn a_whole_kind_is_replaced_however_many_rows_it_has() {
    let Some(fresh) = Fresh::shared() else { return };
    let mut opened = fresh.open().unwrap();
    let rows = |kind: &str, count: i64| {
        let mut records: Vec<_> = (1..=count).map(|id| written(id, 0, 1)).collect();
        for one in &mut records {
            kind.clone_into(&mut one.record.kind);
        }
        Changes {
            records,
            ..Changes::default()
        }
    };
    opened.writer.commit(&rows("myPages", 11_000)).unwrap();
    opened.writer.commit(&rows("aside", 3)).unwrap();
    opened.writer.replace_kind("myPages", "aside").unwrap();
    assert_eq!(opened.reader.count("myPages"), Ok(3));
    assert_eq!(opened.reader.count("aside"), Ok(0));
    assert_eq!(fresh.sql("SELECT count(*) FROM records").trim(), "3");
}

#[test]
fn long_keys_and_long_answers_are_loaded_as_they_were_asked_for() {
    let Some(fresh) = Fresh::shared() else { return };
    let mut opened = fresh.open().unwrap();
    let long = |end: &str| format!("{}{end}", "가".repeat(1_000));
    let by_text = |text: String| StoredKey {
        value: text.into(),
        ..by_number(0)
    };
    let (key, other) = (by_text(long("a")), by_text(long("b")));
    let answer = StoredAnswer {
        key: long("a"),
        fingerprint: 1,
        id: 1,
        version: 1,
        correlation: String::new(),
        state: "{}".to_owned(),
        expires: 1,
    };
    let changes = Changes {
        records: vec![written(1, 0, 1)],
        keys_added: vec![(key.clone(), 1)],
        answers: vec![answer.clone()],
        ..Changes::default()
    };
    opened.writer.commit(&changes).unwrap();
    let loaded = opened.writer.load(&Wanted {
        keys: vec![other.clone(), key.clone()],
        answers: vec![long("b"), long("a")],
        ..Wanted::default()
    });
    let loaded = loaded.unwrap();
    assert_eq!(loaded.keys, [(key.clone(), vec![1])]);
    assert_eq!(loaded.answers, [answer]);
    let without = Changes {
        keys_removed: vec![(key.clone(), 1), (other, 1)],
        ..Changes::default()
    };
    opened.writer.commit(&without).unwrap();
    assert_eq!(opened.reader.by_key(&key), Ok(vec![]));
}

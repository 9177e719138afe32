//! Random commits, compared with the memory store.

use fastrand::Rng;
use storm::store::{
    Changed, Changes, Opened, Page, ParkedEvent, Record, StoreError, StoredAnswer, StoredDeadline,
    StoredEvent, StoredKey, Wanted,
};
use storm::{Id, KeyValue};

use super::{StoreUnderTest, event, key, record};
use crate::memory_store::MemoryStore;

const KINDS: [&str; 3] = ["order", "payment", "myPages"];
const IDS: std::ops::RangeInclusive<Id> = 1..=6;
const STEPS: usize = 150;

pub fn random_commits_leave_what_the_memory_store_says(store: &impl StoreUnderTest) {
    let seed = std::env::var("SEED")
        .ok()
        .and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| fastrand::u64(..));
    println!("to do this again: SEED={seed}");
    let mut rng = Rng::with_seed(seed);
    let model = MemoryStore::new();
    let (mut expected, mut opened) = (model.open(), store.open());
    for step in 0..STEPS {
        match rng.u32(..20) {
            0 => {
                drop(opened);
                opened = store.open();
            }
            1 => {
                let (kind, by) = (pick(&mut rng), pick(&mut rng));
                expected.writer.replace_kind(kind, by).unwrap();
                opened.writer.replace_kind(kind, by).unwrap();
            }
            _ => {
                let changes = random_changes(&mut rng, &mut expected);
                let (should, did) = (
                    expected.writer.commit(&changes),
                    opened.writer.commit(&changes),
                );
                match (&should, &did) {
                    (Err(StoreError::Conflict(_)), Err(StoreError::Conflict(_))) => {}
                    _ => assert_eq!(should, did, "SEED={seed} step {step}: {changes:?}"),
                }
            }
        }
        compare(
            &mut rng,
            &mut expected,
            &mut opened,
            &format!("SEED={seed} step {step}"),
        );
    }
}

fn pick(rng: &mut Rng) -> &'static str {
    KINDS[rng.usize(..KINDS.len())]
}

fn some_key(rng: &mut Rng) -> StoredKey {
    let number = rng.i64(1..=3);
    let value = if rng.bool() {
        KeyValue::Number(number)
    } else {
        KeyValue::Text(number.to_string())
    };
    key(pick(rng), ["orderId", "userId"][rng.usize(..2)], value)
}

/// Some of everything, each place at most once; now and then a version that is out of date.
pub(super) fn random_changes(rng: &mut Rng, expected: &mut Opened) -> Changes {
    let mut changes = Changes::default();
    for kind in KINDS {
        for id in IDS {
            let stored = expected.reader.record(kind, id).unwrap();
            let loaded = stored.map_or(0, |record| record.version);
            match rng.u32(..12) {
                0 | 1 => changes.records.push(Changed {
                    record: Record {
                        version: loaded + rng.i64(1..=3),
                        state: format!("{{\"n\":{}}}", rng.i64(..)),
                        hidden: rng.u32(..4) == 0,
                        ..record(kind, id)
                    },
                    loaded: if rng.u32(..40) == 0 {
                        loaded + 1
                    } else {
                        loaded
                    },
                }),
                2 => changes.removed.push((kind.to_owned(), id)),
                3 => changes.keys_added.push((some_key(rng), id)),
                4 => changes.keys_removed.push((some_key(rng), id)),
                5 => changes.deadlines_started.push(StoredDeadline {
                    kind: kind.to_owned(),
                    id,
                    name: "void".to_owned(),
                    due: rng.i64(0..50),
                }),
                6 => changes
                    .deadlines_ended
                    .push((kind.to_owned(), id, "void".to_owned())),
                7 => changes.events.push(event(id)),
                _ => {}
            }
        }
        changes.counted.push((kind.to_owned(), rng.i64(0..3)));
    }
    consumed(rng, &mut changes);
    changes
}

fn consumed(rng: &mut Rng, changes: &mut Changes) {
    for position in IDS {
        let producer = pick(rng).to_owned();
        match rng.u32(..10) {
            0 => changes.cursors.push((producer, position)),
            1 => changes.unparked.push((producer, position)),
            2 => changes.parked.push(ParkedEvent {
                producer,
                stored: StoredEvent {
                    position,
                    event: event(position),
                },
                attempts: rng.u32(..5),
                retry_at: rng.bool().then(|| rng.i64(0..1_000)),
                reason: "why not".to_owned(),
            }),
            3 => changes.answers.push(StoredAnswer {
                key: position.to_string(),
                fingerprint: rng.i64(..),
                id: position,
                version: 1,
                correlation: "story".to_owned(),
                state: "{}".to_owned(),
                expires: rng.i64(0..100),
            }),
            4 => changes.forget_answers_before = Some(rng.i64(0..100)),
            5 => changes.ids_reserved = Some(rng.i64(0..100)),
            _ => {}
        }
    }
}

fn compare(rng: &mut Rng, expected: &mut Opened, opened: &mut Opened, when: &str) {
    let (should, did) = (&expected.reader, &opened.reader);
    for kind in KINDS {
        let page = Page {
            skip: rng.u64(..4),
            limit: rng.u64(..7),
            descending: rng.bool(),
        };
        assert_eq!(should.page(kind, page), did.page(kind, page), "{when}");
        assert_eq!(should.count(kind), did.count(kind), "{when}");
        let id = rng.i64(IDS);
        assert_eq!(should.record(kind, id), did.record(kind, id), "{when}");
    }
    let key = some_key(rng);
    assert_eq!(should.by_key(&key), did.by_key(&key), "{when}");
    let after = rng.i64(0..20);
    assert_eq!(
        should.events_after(after, 9),
        did.events_after(after, 9),
        "{when}"
    );
    assert_eq!(should.head(), did.head(), "{when}");
    assert_eq!(should.cursors(), did.cursors(), "{when}");
    assert_eq!(should.parked(), did.parked(), "{when}");
    assert_eq!(should.answer("3"), did.answer("3"), "{when}");
    assert_eq!(should.deadlines(), did.deadlines(), "{when}");

    let (should, did) = (&mut expected.writer, &mut opened.writer);
    assert_eq!(should.due(25, 5), did.due(25, 5), "{when}");
    assert_eq!(should.next_due(), did.next_due(), "{when}");
    assert_eq!(should.standing(), did.standing(), "{when}");
    let wanted = Wanted {
        records: (0..5)
            .map(|_| (pick(rng).to_owned(), rng.i64(IDS)))
            .collect(),
        keys: (0..3).map(|_| some_key(rng)).collect(),
        answers: vec!["1".to_owned(), "2".to_owned()],
    };
    let (mut should, mut did) = (should.load(&wanted).unwrap(), did.load(&wanted).unwrap());
    for loaded in [&mut should, &mut did] {
        loaded
            .records
            .sort_by(|a, b| (&a.kind, a.id).cmp(&(&b.kind, b.id)));
        loaded.answers.sort_by(|a, b| a.key.cmp(&b.key));
    }
    assert_eq!(should, did, "{when}");
}

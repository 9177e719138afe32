//! Several writers of one store, and how they keep out of each other's way. Where there can be only
//! one (`Writer::is_alone`), a turn is always its own, and nothing changes behind its back.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::ScopedJoinHandle;
use std::time::{Duration, Instant};

use storm::Id;
use storm::store::{Changed, Changes, Record, StoreError, StoredEvent, Turn, Wanted, Writer};

use super::{StoreUnderTest, added, event, key, record, told};

/// How long anything may take before the test fails.
const DEADLINE: Duration = Duration::from_secs(60);

pub fn a_turn_is_unchanged_only_when_nobody_else_committed(store: &impl StoreUnderTest) {
    let mut one = store.open().writer;
    if one.is_alone() {
        assert_eq!(one.take_turn(), Ok(Turn::Unchanged));
        assert_eq!(one.commit(&told([1])), Ok(1));
        assert_eq!(one.take_turn(), Ok(Turn::Unchanged));
        return;
    }
    let mut other = store.open().writer;
    // What was before is not known.
    assert_eq!(one.take_turn(), Ok(Turn::Changed));
    assert_eq!(one.commit(&told([1])), Ok(1));
    for head in 2..=3 {
        assert_eq!(one.take_turn(), Ok(Turn::Unchanged));
        assert_eq!(one.commit(&told([head])), Ok(head));
    }
    assert_eq!(other.take_turn(), Ok(Turn::Changed));
    assert_eq!(other.commit(&told([4])), Ok(4));
    assert_eq!(other.take_turn(), Ok(Turn::Unchanged));
    other.pass();
    assert_eq!(one.take_turn(), Ok(Turn::Changed));
    one.pass();
    // A commit without a turn is one all the same, for others and between one's own.
    assert_eq!(other.commit(&told([5])), Ok(5));
    assert_eq!(one.commit(&told([6])), Ok(6));
    assert_eq!(one.take_turn(), Ok(Turn::Changed));
    one.pass();
    assert_eq!(other.take_turn(), Ok(Turn::Changed));
    // So is taking a read model's place.
    assert_eq!(other.replace_kind("myPages", "myPages~"), Ok(()));
    assert_eq!(one.take_turn(), Ok(Turn::Changed));
    one.pass();
}

pub fn a_turn_given_up_changes_nothing_and_lets_the_next_one_have_it(store: &impl StoreUnderTest) {
    let (mut one, mut other) = (store.open(), store.open());
    one.writer.take_turn().unwrap();
    assert_eq!(one.writer.load(&Wanted::default()).unwrap().records, []);
    one.writer.pass();
    other.writer.take_turn().unwrap();
    assert_eq!(other.writer.commit(&told([1])), Ok(1));
    assert_eq!(one.reader.head(), Ok(1));
    // What is not held can be given up, too.
    one.writer.pass();
    assert_eq!(one.writer.commit(&told([2])), Ok(2));
}

pub fn a_turn_ends_with_its_commit_whatever_comes_of_it(store: &impl StoreUnderTest) {
    let (mut one, mut other) = (store.open(), store.open());
    one.writer.take_turn().unwrap();
    one.writer.commit(&added("order", [1])).unwrap();
    one.writer.take_turn().unwrap();
    let error = one.writer.commit(&added("order", [1])).unwrap_err();
    assert!(matches!(error, StoreError::Conflict(_)), "{error}");
    // Nobody waits for the one that failed.
    other.writer.take_turn().unwrap();
    assert_eq!(other.writer.commit(&told([1])), Ok(1));
    one.writer.take_turn().unwrap();
    assert_eq!(one.writer.commit(&told([2])), Ok(2));
}

pub fn while_one_has_the_turn_another_waits(store: &impl StoreUnderTest) {
    let mut one = store.open();
    if one.writer.is_alone() {
        return;
    }
    let mut other = store.open();
    one.writer.commit(&added("order", [1])).unwrap();
    one.writer.take_turn().unwrap();
    let took = AtomicBool::new(false);
    let start = Barrier::new(2);
    std::thread::scope(|scope| {
        let waits = scope.spawn(|| {
            start.wait();
            let turn = other.writer.take_turn().unwrap();
            took.store(true, Ordering::SeqCst);
            // What the first one did in its turn is there to be read in the next.
            let wanted = Wanted {
                records: vec![("order".to_owned(), 1)],
                ..Wanted::default()
            };
            let loaded = other.writer.load(&wanted).unwrap();
            other.writer.pass();
            (turn, loaded.records[0].version)
        });
        start.wait();
        // It has had the time to go wrong.
        for _ in 0..20 {
            assert_eq!(one.reader.record("order", 1), Ok(Some(record("order", 1))));
            assert!(!took.load(Ordering::SeqCst), "two have the turn");
        }
        one.writer.commit(&next("order", 1, 1)).unwrap();
        assert_eq!(waits.join().unwrap(), (Turn::Changed, 2));
    });
}

/// Version `loaded + 1` of a record.
fn next(kind: &str, id: Id, loaded: i64) -> Changes {
    Changes {
        records: vec![Changed {
            record: Record {
                version: loaded + 1,
                ..record(kind, id)
            },
            loaded,
        }],
        ..Changes::default()
    }
}

/// Each decides on what it loaded in its turn, so nobody is ever refused, and nothing is lost: not
/// an update, not a key that must be unique, not an id, not an event.
pub fn what_is_decided_in_a_turn_is_true_until_it_is_committed(store: &impl StoreUnderTest) {
    const EACH: i64 = 15;
    let replicas = replicas(store);
    let mut opened = store.open();
    opened.writer.commit(&added("stock", [1])).unwrap();
    let start = Instant::now();
    let stop = AtomicBool::new(false);
    let reader = opened.reader.as_ref();
    let (mut taken, seen) = std::thread::scope(|scope| {
        let poll = scope.spawn(|| {
            let mut seen: Vec<StoredEvent> = Vec::new();
            loop {
                let last = stop.load(Ordering::SeqCst);
                let after = seen.last().map_or(0, |event| event.position);
                let events = reader.events_after(after, 3).unwrap();
                if last && events.is_empty() {
                    return seen;
                }
                seen.extend(events);
                assert!(start.elapsed() < DEADLINE, "{} were seen", seen.len());
            }
        });
        let replicas: Vec<_> = (0..replicas)
            .map(|_| scope.spawn(|| take_numbers(store, EACH)))
            .collect();
        let taken: Vec<_> = replicas.into_iter().map(ScopedJoinHandle::join).collect();
        stop.store(true, Ordering::SeqCst);
        let taken: Vec<Id> = taken.into_iter().flat_map(Result::unwrap).collect();
        (taken, poll.join().unwrap())
    });

    let all = replicas * EACH;
    taken.sort_unstable();
    assert_eq!(taken, (1..=all).collect::<Vec<_>>(), "an id twice or never");
    let stock = reader.record("stock", 1).unwrap().unwrap();
    assert_eq!(stock.version, all + 1, "an update was lost");
    let positions: Vec<i64> = seen.iter().map(|event| event.position).collect();
    assert_eq!(positions, (1..=all).collect::<Vec<_>>());
    let told: Vec<Id> = seen.iter().map(|event| event.event.id).collect();
    assert_eq!(told, taken, "told in another order than it happened");
    for id in taken {
        let leads = reader.by_key(&key("order", "no", id)).unwrap();
        assert_eq!(leads.len(), 1, "a unique key leads to {leads:?}");
    }
}

/// Several, where several can write.
fn replicas(store: &impl StoreUnderTest) -> i64 {
    if store.open().writer.is_alone() { 1 } else { 4 }
}

fn take_numbers(store: &impl StoreUnderTest, each: i64) -> Vec<Id> {
    let mut writer = store.open().writer;
    (0..each)
        .map(|_| take_number(&mut *writer).unwrap())
        .collect()
}

/// In one turn: reads the stock, takes the next id, looks whether its key is free, as one would for
/// a key that must be unique, and tells of all.
fn take_number(writer: &mut dyn Writer) -> Result<Id, StoreError> {
    writer.take_turn()?;
    let id = writer.standing()?.ids_reserved + 1;
    let no = key("order", "no", id);
    let wanted = Wanted {
        records: vec![("stock".to_owned(), 1)],
        keys: vec![no.clone()],
        ..Wanted::default()
    };
    let loaded = writer.load(&wanted)?;
    assert_eq!(loaded.keys, [], "the next id is in use");
    let mut changes = next("stock", 1, loaded.records[0].version);
    changes.records.extend(added("order", [id]).records);
    changes.keys_added = vec![(no, id)];
    changes.events = vec![event(id)];
    changes.ids_reserved = Some(id);
    writer.commit(&changes)?;
    Ok(id)
}

pub fn ids_reserved_by_replicas_at_once_never_overlap(store: &impl StoreUnderTest) {
    const BLOCK: Id = 16;
    let reserve = || -> Vec<Id> {
        let mut writer = store.open().writer;
        let mut ids = Vec::new();
        for _ in 0..10 {
            writer.take_turn().unwrap();
            let taken = writer.standing().unwrap().ids_reserved;
            let changes = Changes {
                ids_reserved: Some(taken + BLOCK),
                ..Changes::default()
            };
            writer.commit(&changes).unwrap();
            ids.extend(taken + 1..=taken + BLOCK);
        }
        ids
    };
    let replicas = replicas(store);
    let mut ids = std::thread::scope(|scope| {
        let replicas: Vec<_> = (0..replicas).map(|_| scope.spawn(reserve)).collect();
        let ids = replicas.into_iter().map(ScopedJoinHandle::join);
        ids.flat_map(Result::unwrap).collect::<Vec<_>>()
    });
    ids.sort_unstable();
    let all = i64::try_from(ids.len()).unwrap();
    assert_eq!(ids, (1..=all).collect::<Vec<_>>());
}

pub fn ten_that_open_a_new_store_at_once_all_can_use_it(store: &impl StoreUnderTest) {
    let start = Barrier::new(10);
    std::thread::scope(|scope| {
        for id in 1..=10 {
            let start = &start;
            scope.spawn(move || {
                start.wait();
                let mut opened = store.open();
                opened.writer.take_turn().unwrap();
                opened.writer.commit(&told([id])).unwrap();
            });
        }
    });
    let opened = store.open();
    let events = opened.reader.events_after(0, 100).unwrap();
    let mut ids: Vec<Id> = events.iter().map(|event| event.event.id).collect();
    ids.sort_unstable();
    assert_eq!(ids, (1..=10).collect::<Vec<_>>());
    assert!(events.is_sorted_by(|a, b| a.position < b.position));
}

//! The log of events, and what readers see of it while it grows.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use storm::store::{NewEvent, Reader, StoreError, StoredEvent};

use super::{StoreUnderTest, added, event, told};

/// How long anything may take before the test fails.
const DEADLINE: Duration = Duration::from_secs(60);

fn positions(reader: &dyn Reader) -> Vec<i64> {
    let events = reader.events_after(0, usize::MAX).unwrap();
    events.iter().map(|event| event.position).collect()
}

pub fn positions_ascend_from_one_and_are_never_reused(store: &impl StoreUnderTest) {
    let mut opened = store.open();
    assert_eq!(opened.reader.head(), Ok(0));
    assert_eq!(opened.writer.commit(&told([1, 2])), Ok(2));
    // A commit without events says where the log ends, too.
    assert_eq!(opened.writer.commit(&added("order", [1])), Ok(2));
    let mut conflict = told([3]);
    conflict.records = added("order", [1]).records;
    assert!(opened.writer.commit(&conflict).is_err());
    drop(opened);

    let mut again = store.open();
    let head = again.writer.commit(&told([4])).unwrap();
    assert!(head > 2);
    assert_eq!(again.reader.head(), Ok(head));
    assert_eq!(positions(again.reader.as_ref()), [1, 2, head]);
}

pub fn the_log_is_read_in_parts(store: &impl StoreUnderTest) {
    let mut opened = store.open();
    opened.writer.commit(&told(1..=10)).unwrap();
    let part = |after, limit| -> Vec<i64> {
        let events = opened.reader.events_after(after, limit).unwrap();
        events.iter().map(|event| event.event.id).collect()
    };
    assert_eq!(part(0, 4), [1, 2, 3, 4]);
    assert_eq!(part(4, 4), [5, 6, 7, 8]);
    assert_eq!(part(8, 4), [9, 10]);
    assert_eq!(part(10, 4), [0; 0]);
    assert_eq!(part(99, 4), [0; 0]);
}

pub fn an_event_comes_back_as_it_was_told(store: &impl StoreUnderTest) {
    let odd = NewEvent {
        trace: String::new(),
        version: i64::MAX,
        at: -1,
        data: format!(r#"{{"nul":"\u0000","long":"{}"}}"#, "가".repeat(40_000)),
        ..event(2)
    };
    let mut changes = told([1]);
    changes.events.push(odd);
    let mut opened = store.open();
    opened.writer.commit(&changes).unwrap();
    let stored: Vec<StoredEvent> = changes
        .events
        .into_iter()
        .zip(1..)
        .map(|(event, position)| StoredEvent { position, event })
        .collect();
    assert_eq!(opened.reader.events_after(0, 10), Ok(stored));
}

pub fn a_reader_sees_whole_commits_only(store: &impl StoreUnderTest) {
    const SIZE: i64 = 7;
    const COMMITS: i64 = 60;
    let opened = store.open();
    let (mut writer, reader) = (opened.writer, opened.reader);
    let started = Instant::now();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            for commit in 0..COMMITS {
                let ids = commit * SIZE + 1..=(commit + 1) * SIZE;
                let mut changes = told(ids.clone());
                changes.records = added("order", ids).records;
                changes.counted = vec![("order".to_owned(), SIZE)];
                writer.commit(&changes).unwrap();
            }
        });
        let mut seen = 0;
        while seen < COMMITS * SIZE {
            assert!(started.elapsed() < DEADLINE, "only {seen} were seen");
            let head = reader.head().unwrap();
            assert_eq!(head % SIZE, 0, "half a commit");
            assert!(head >= seen, "the log became shorter");
            seen = head;
            // What is asked later shows at least as much.
            let count = i64::try_from(reader.count("order").unwrap()).unwrap();
            assert_eq!(count % SIZE, 0, "half a commit");
            assert!(count >= seen);
            assert!(seen == 0 || reader.record("order", seen).unwrap().is_some());
        }
    });
}

/// On a server database, a commit that took its positions first can become visible last. A reader
/// that asks for what comes after the last position it saw would then never see it.
pub fn a_reader_that_polls_sees_every_event_of_concurrent_writers_once_and_in_order(
    store: &impl StoreUnderTest,
) {
    const WRITERS: i64 = 3;
    const EACH: i64 = 60;
    let stop = AtomicBool::new(false);
    let started = Instant::now();
    let mut seen: Vec<StoredEvent> = Vec::new();
    let reader = store.open().reader;
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| scope.spawn(move || tell(store, writer * EACH + 1..=(writer + 1) * EACH)))
            .collect();
        let poll = scope.spawn(|| {
            let mut seen: Vec<StoredEvent> = Vec::new();
            loop {
                // Asked before the poll: what was told by then is seen by then.
                let last = stop.load(Ordering::SeqCst);
                let after = seen.last().map_or(0, |event| event.position);
                let events = reader.events_after(after, 5).unwrap();
                if last && events.is_empty() {
                    return seen;
                }
                seen.extend(events);
                assert!(started.elapsed() < DEADLINE, "{} were seen", seen.len());
            }
        });
        let told: Vec<_> = writers
            .into_iter()
            .map(std::thread::ScopedJoinHandle::join)
            .collect();
        stop.store(true, Ordering::SeqCst);
        seen = poll.join().unwrap();
        for told in told {
            told.unwrap();
        }
    });

    assert!(seen.is_sorted_by(|a, b| a.position < b.position));
    for writer in 0..WRITERS {
        let ids: Vec<i64> = seen
            .iter()
            .map(|event| event.event.id)
            .filter(|id| (id - 1) / EACH == writer)
            .collect();
        let all: Vec<i64> = (writer * EACH + 1..=(writer + 1) * EACH).collect();
        assert_eq!(ids, all, "writer {writer}");
    }
}

fn tell(store: &impl StoreUnderTest, ids: std::ops::RangeInclusive<i64>) {
    let mut writer = store.open().writer;
    let ids: Vec<i64> = ids.collect();
    for chunk in ids.chunks(3) {
        // Another replica may be faster, and then it is this one's turn to try again.
        while let Err(error) = writer.commit(&told(chunk.iter().copied())) {
            assert!(matches!(error, StoreError::Conflict(_)), "{error}");
        }
    }
}

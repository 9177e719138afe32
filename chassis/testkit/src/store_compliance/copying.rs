//! Copying from a store and into one: nothing is lost, whatever is in it.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};

use fastrand::Rng;
use storm::store::{Changes, CopySource, Import, Item, Opened, Snapshot, StoreError, StoredAnswer};

use super::model::random_changes;
use super::{StoreUnderTest, added, event, key, told};
use crate::memory_store::MemoryStore;

/// All that a snapshot holds, in an order that every adapter has in common. A kind of which nothing is
/// shown is as good as none.
fn items(snapshot: &mut dyn Snapshot) -> Vec<String> {
    let mut items = Vec::new();
    let taken = snapshot.each(&mut |item| {
        if !matches!(item, Item::Count(_, 0)) {
            items.push(format!("{item:?}"));
        }
        Ok(())
    });
    taken.unwrap();
    items.sort_unstable();
    items
}

fn all(source: &mut dyn CopySource) -> Vec<String> {
    items(source.snapshot().unwrap().as_mut())
}

fn copy(from: &mut dyn CopySource, to: &mut Opened) {
    let mut import = Import::after(to.reader.head().unwrap());
    let mut snapshot = from.snapshot().unwrap();
    let taken = snapshot.each(&mut |item| {
        let mut left = import.add(item);
        while let Some(item) = left.take() {
            to.writer.commit(&import.take())?;
            left = import.add(item);
        }
        if import.is_full() {
            to.writer.commit(&import.take())?;
        }
        Ok(())
    });
    taken.unwrap();
    to.writer.commit(&import.take()).unwrap();
}

/// Some of everything, odd texts and a gap in the log among it.
fn fill(opened: &mut Opened) {
    let seed = fastrand::u64(..);
    println!("filled from seed {seed}");
    let mut rng = Rng::with_seed(seed);
    for _ in 0..30 {
        let changes = random_changes(&mut rng, opened);
        let done = opened.writer.commit(&changes);
        let fine = matches!(done, Ok(_) | Err(StoreError::Conflict(_)));
        assert!(fine, "{done:?}");
    }
    let long = "가'\\\0\u{1}".repeat(2_000);
    let mut odd = added("notice", [1, 2]);
    odd.records[0].record.state.clone_from(&long);
    odd.records[1].record.hidden = true;
    odd.keys_added = vec![
        (key("notice", "no", long.as_str()), 1),
        (key("notice", "no", ""), 1),
        (key("notice", "no", i64::MIN), 2),
    ];
    odd.counted = vec![("notice".to_owned(), 1)];
    odd.answers = vec![StoredAnswer {
        key: long,
        fingerprint: i64::MIN,
        id: 1,
        version: 1,
        correlation: "이야기".to_owned(),
        state: "{}".to_owned(),
        expires: i64::MAX,
    }];
    odd.events = vec![event(7)];
    opened.writer.commit(&odd).unwrap();
    // One that holds many commits of a copy.
    let mut many = told(1..=2_500);
    many.records = added("many", 1..=2_500).records;
    many.log_continues_after = Some(opened.reader.head().unwrap() + 10);
    opened.writer.commit(&many).unwrap();
    let gap = Changes {
        log_continues_after: Some(opened.reader.head().unwrap() + 5),
        ids_reserved: Some(4_711),
        ..Changes::default()
    };
    opened.writer.commit(&gap).unwrap();
}

pub fn the_log_goes_on_after_what_was_skipped(store: &impl StoreUnderTest) {
    let skip = |to, changes: Changes| Changes {
        log_continues_after: Some(to),
        ..changes
    };
    let mut opened = store.open();
    assert_eq!(opened.writer.commit(&told([1])), Ok(1));
    assert_eq!(opened.writer.commit(&skip(10, told([2, 3]))), Ok(12));
    // It never goes back.
    assert_eq!(opened.writer.commit(&skip(5, told([4]))), Ok(13));
    assert_eq!(opened.writer.commit(&skip(20, Changes::default())), Ok(20));
    drop(opened);
    let mut opened = store.open();
    assert_eq!(opened.reader.head(), Ok(20));
    assert_eq!(opened.writer.commit(&told([5])), Ok(21));
    let log = opened.reader.events_after(1, 9).unwrap();
    let positions: Vec<_> = log.iter().map(|stored| stored.position).collect();
    assert_eq!(positions, [11, 12, 13, 21]);
}

pub fn a_copy_from_it_has_all_that_it_has(store: &impl StoreUnderTest) {
    let mut opened = store.open();
    fill(&mut opened);
    let mut source = store.copy_source();
    let there = MemoryStore::new();
    copy(source.as_mut(), &mut there.open());
    assert_eq!(
        all(source.as_mut()),
        all(there.copy_source().as_mut()),
        "the copy differs"
    );
    // Of what was committed, and not only of what comes out of it.
    assert_eq!(there.open().reader.head(), opened.reader.head());
    let kept = opened.reader.record("notice", 2).unwrap();
    assert_eq!(there.open().reader.record("notice", 2), Ok(kept));
}

pub fn a_copy_into_it_has_all_that_the_original_has(store: &impl StoreUnderTest) {
    let original = MemoryStore::new();
    fill(&mut original.open());
    let mut opened = store.open();
    copy(original.copy_source().as_mut(), &mut opened);
    assert_eq!(
        all(original.copy_source().as_mut()),
        all(store.copy_source().as_mut()),
        "the copy differs"
    );
    let next = original.open().reader.head().unwrap() + 1;
    assert_eq!(opened.writer.commit(&told([1])), Ok(next));
}

pub fn a_snapshot_stays_as_it_was_while_others_commit(store: &impl StoreUnderTest) {
    let mut opened = store.open();
    opened.writer.commit(&added("order", 1..=3)).unwrap();
    let mut source = store.copy_source();
    let mut snapshot = source.snapshot().unwrap();
    let mut more = told(1..=5);
    more.records = added("order", 4..=9).records;
    more.ids_reserved = Some(9);
    opened.writer.commit(&more).unwrap();
    opened.writer.replace_kind("order", "nothing").unwrap();

    let items = items(snapshot.as_mut());
    let records = items.iter().filter(|item| item.starts_with("Record"));
    assert_eq!(records.count(), 3, "{items:?}");
    assert!(items.contains(&format!("{:?}", Item::Head(0))), "{items:?}");
    assert!(items.contains(&format!("{:?}", Item::Ids(0))), "{items:?}");
    let now = all(source.as_mut());
    assert!(now.contains(&format!("{:?}", Item::Head(5))), "{now:?}");
}

pub fn while_it_is_quiesced_a_commit_waits(store: &impl StoreUnderTest) {
    let mut opened = store.open();
    opened.writer.commit(&told([1])).unwrap();
    let mut source = store.copy_source();
    source.quiesce().unwrap();
    let committed = AtomicBool::new(false);
    let start = Barrier::new(2);
    let reader = store.open().reader;
    std::thread::scope(|scope| {
        let commits = scope.spawn(|| {
            start.wait();
            let done = opened.writer.commit(&told([2]));
            committed.store(true, Ordering::SeqCst);
            done
        });
        start.wait();
        // It has had the time to go wrong.
        for _ in 0..20 {
            assert_eq!(reader.head(), Ok(1));
            assert!(!committed.load(Ordering::SeqCst), "it did not wait");
        }
        let mut snapshot = source.snapshot().unwrap();
        source.resume().unwrap();
        assert_eq!(commits.join().unwrap(), Ok(2));
        let items = items(snapshot.as_mut());
        assert!(items.contains(&format!("{:?}", Item::Head(1))), "{items:?}");
    });
    // It can be done again.
    source.quiesce().unwrap();
    source.resume().unwrap();
    assert_eq!(opened.writer.commit(&told([3])), Ok(3));
}

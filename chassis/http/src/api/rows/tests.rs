use storm::store::{Changed, Changes};
use testkit::memory_store::MemoryStore;

use super::*;

/// A store with rows 1 to `count`, each of so many bytes; every tenth is hidden.
fn store(count: i64, bytes: usize) -> MemoryStore {
    let row = |id: i64| Changed {
        record: Record {
            kind: "rows".to_owned(),
            id,
            version: 1,
            correlation: String::new(),
            state: "x".repeat(bytes),
            hidden: id % 10 == 0,
        },
        loaded: 0,
    };
    let store = MemoryStore::new();
    let changes = Changes {
        records: (1..=count).map(row).collect(),
        ..Changes::default()
    };
    store.open().writer.commit(&changes).unwrap();
    store
}

/// The numbers as they come, a read at a time.
fn read(store: &MemoryStore, which: Which) -> Vec<Vec<Id>> {
    let reader = store.open().reader;
    let mut rows = Rows::new(which, SENT);
    let mut reads = Vec::new();
    while !rows.is_done() {
        let records = rows.read(&*reader, "rows").unwrap();
        reads.push(records.iter().map(|record| record.id).collect());
    }
    reads
}

fn part(skip: u64, limit: u64) -> Which {
    Which::Part {
        skip,
        limit,
        descending: false,
    }
}

#[test]
fn a_page_is_read_in_one_go() {
    let store = store(50, 10);
    assert_eq!(read(&store, part(0, 3)), [[1, 2, 3]]);
    assert_eq!(read(&store, part(8, 3)), [[9, 11, 12]]);
    let down = Which::Part {
        skip: 1,
        limit: 2,
        descending: true,
    };
    assert_eq!(read(&store, down), [[48, 47]]);
    assert_eq!(read(&store, part(44, 3)), [vec![49]]);
    assert_eq!(read(&store, part(99, 3)), [[0; 0]]);
    assert_eq!(read(&store, Which::These(vec![])), [[0; 0]]);
}

#[test]
fn every_row_comes_once_and_in_order_however_many_there_are() {
    for count in [0, 99, 100, 101, 1_234] {
        let store = store(count, 200);
        let shown: Vec<Id> = (1..=count).filter(|id| id % 10 != 0).collect();
        assert_eq!(read(&store, Which::all()).concat(), shown, "{count}");
        let backwards: Vec<Id> = (1..=count).rev().collect();
        let found = read(&store, Which::These(backwards)).concat();
        assert!(found.iter().eq(shown.iter().rev()), "{count}");
    }
}

#[test]
fn large_rows_are_read_few_at_a_time() {
    let reads = read(&store(400, 64 * 1024), Which::all());
    let lengths: Vec<usize> = reads.iter().map(Vec::len).collect();
    assert_eq!(lengths.first(), Some(&100));
    assert!(lengths.iter().skip(1).all(|rows| *rows <= 4), "{lengths:?}");
    let reads = read(&store(3_000, 10), Which::all());
    let lengths: Vec<usize> = reads.iter().map(Vec::len).collect();
    assert_eq!(lengths, [100, 1_000, 1_000, 600]);
}

#[test]
fn a_part_of_numbers_is_what_a_page_would_be() {
    let ids = |which| match which {
        Which::These(ids) => ids,
        Which::Part { .. } => panic!("these were numbers"),
    };
    assert_eq!(ids(Which::of(vec![5, 6, 7, 8], 1, 2)), [6, 7]);
    assert_eq!(ids(Which::of(vec![5, 6], 0, u64::MAX)), [5, 6]);
    assert_eq!(ids(Which::of(vec![5, 6], u64::MAX, 1)), [0; 0]);
}

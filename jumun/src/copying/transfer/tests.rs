use storm::store::{Cursor, NewEvent, TakeItem};
use testkit::memory_store::MemoryStore;

use super::*;

/// More than two commits of a copy.
const EVENTS: i64 = 4_500;

fn event(id: i64) -> NewEvent {
    NewEvent {
        event_type: "Brewed".to_owned(),
        kind: "kettle".to_owned(),
        id,
        version: 1,
        correlation: format!("story-{id}"),
        causation: String::new(),
        trace: String::new(),
        at: id,
        data: "{}".to_owned(),
    }
}

fn filled() -> MemoryStore {
    let store = MemoryStore::new();
    let changes = Changes {
        events: (1..=EVENTS).map(event).collect(),
        ids_reserved: Some(EVENTS),
        ..Changes::default()
    };
    store.open().writer.commit(&changes).unwrap();
    store
}

fn copy(from: &MemoryStore, to: &mut Opened, more: &[Item]) -> Result<Option<Tally>> {
    let mut snapshot = from.copy_source().snapshot()?;
    let mut progress = Progress::of("copying", snapshot.about()?);
    Transfer::into(to)?.run(snapshot.as_mut(), more, &mut progress)
}

/// Ends with the source after so many items, as a process does that is killed.
struct Broken(Box<dyn Snapshot>, usize);

impl Snapshot for Broken {
    fn about(&mut self) -> Result<u64, StoreError> {
        Ok(1)
    }

    fn each(&mut self, take: &mut TakeItem<'_>) -> Result<(), StoreError> {
        let mut left = self.1;
        self.0.each(&mut |item| {
            if left == 0 {
                return Err(StoreError::Conflict("killed".to_owned()));
            }
            left -= 1;
            take(item)
        })
    }
}

fn broken_off(from: &MemoryStore, to: &mut Opened, after: usize) {
    let mut broken = Broken(from.copy_source().snapshot().unwrap(), after);
    let mut progress = Progress::of("copying", 1);
    let run = Transfer::into(to).unwrap();
    assert!(run.run(&mut broken, &[], &mut progress).is_err());
}

#[test]
fn a_copy_that_was_broken_off_goes_on_where_its_last_commit_ended() {
    let (from, to) = (filled(), MemoryStore::new());
    let more = [Item::Cursor(Cursor {
        producer: "relay".to_owned(),
        position: 7,
    })];
    for after in [0, 100, 2_100, 4_400] {
        broken_off(&from, &mut to.open(), after);
    }
    let opened = to.open();
    assert_eq!(opened.reader.head(), Ok(4_000), "two commits of 2,000");
    assert!(
        opened.reader.record(UNFINISHED_COPY, 1).unwrap().is_some(),
        "nobody takes it for whole"
    );
    let copied = copy(&from, &mut to.open(), &more).unwrap().unwrap();
    assert_eq!(copied.items["events"], EVENTS.unsigned_abs());
    let mut progress = Progress::of("verifying", 1);
    verify(&copied, to.copy_source().as_mut(), &mut progress).unwrap();
    finish(&mut to.open()).unwrap();
    let opened = to.open();
    assert_eq!(opened.reader.head(), Ok(EVENTS));
    assert_eq!(opened.reader.record(UNFINISHED_COPY, 1), Ok(None));
    assert_eq!(opened.reader.cursors().unwrap()[0].position, 7);
    verify(&copied, to.copy_source().as_mut(), &mut progress).unwrap();
}

#[test]
fn what_was_begun_from_a_source_that_has_changed_is_not_gone_on_with() {
    let (from, to) = (filled(), MemoryStore::new());
    broken_off(&from, &mut to.open(), 3_000);
    let other = MemoryStore::new();
    let changes = Changes {
        events: (2..=EVENTS).map(event).collect(),
        ..Changes::default()
    };
    other.open().writer.commit(&changes).unwrap();
    assert_eq!(copy(&other, &mut to.open(), &[]).unwrap(), None);
    // Nor from one that has less.
    assert_eq!(
        copy(&MemoryStore::new(), &mut to.open(), &[]).unwrap(),
        None
    );
    assert!(copy(&from, &mut to.open(), &[]).unwrap().is_some());
}

#[test]
fn what_was_written_and_is_not_what_was_read_is_found() {
    let (from, to) = (filled(), MemoryStore::new());
    let copied = copy(&from, &mut to.open(), &[]).unwrap().unwrap();
    let meddled = Changes {
        cursors: vec![("order".to_owned(), 1)],
        ..Changes::default()
    };
    to.open().writer.commit(&meddled).unwrap();
    let mut progress = Progress::of("verifying", 1);
    let error = verify(&copied, to.copy_source().as_mut(), &mut progress).unwrap_err();
    assert!(
        error.to_string().contains("1 cursors here, 0 there"),
        "{error}"
    );
}

#[test]
fn of_two_that_copy_into_one_store_at_once_one_is_refused() {
    let (from, to) = (filled(), MemoryStore::new());
    let (mut one, mut other) = (to.open(), to.open());
    let one = Transfer::into(&mut one).unwrap();
    assert!(copy(&from, &mut other, &[]).unwrap().is_some());
    let mut snapshot = from.copy_source().snapshot().unwrap();
    let mut progress = Progress::of("copying", 1);
    assert!(one.run(snapshot.as_mut(), &[], &mut progress).is_err());
}

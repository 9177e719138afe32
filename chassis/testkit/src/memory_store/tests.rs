use std::sync::atomic::{AtomicI64, Ordering};

use storm::store::Changes;

use super::*;
use crate::store_compliance::{self, StoreUnderTest};

impl StoreUnderTest for MemoryStore {
    fn open(&self) -> Opened {
        Self::open(self)
    }

    fn copy_source(&self) -> Box<dyn CopySource> {
        Self::copy_source(self)
    }
}

crate::store_compliance!(MemoryStore::new);

#[test]
fn a_commit_that_is_made_to_fail_keeps_nothing_and_the_next_one_works() {
    let store = MemoryStore::new();
    let mut opened = store.open();
    let full = StoreError::Full {
        place: "memory".to_owned(),
    };
    store.fail_next_commit(full.clone());
    let changes = Changes {
        ids_reserved: Some(5),
        ..Changes::default()
    };
    assert_eq!(opened.writer.commit(&changes), Err(full));
    assert_eq!(opened.writer.standing().unwrap().ids_reserved, 0);
    assert_eq!(opened.writer.commit(&changes), Ok(0));
    assert_eq!(opened.writer.standing().unwrap().ids_reserved, 5);
}

/// What a server database does that hands out positions before the commit: now and then the log's
/// last event is visible before the one in front of it.
#[derive(Default)]
struct OutOfOrder {
    store: MemoryStore,
    late: AtomicI64,
}

impl StoreUnderTest for Arc<OutOfOrder> {
    fn open(&self) -> Opened {
        Opened {
            reader: Arc::clone(self) as Arc<dyn Reader>,
            ..self.store.open()
        }
    }

    fn copy_source(&self) -> Box<dyn CopySource> {
        self.store.copy_source()
    }
}

impl Reader for OutOfOrder {
    fn events_after(
        &self,
        position: Position,
        limit: usize,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let mut events = self.store.events_after(position, limit)?;
        // The first time that it is asked for, the last but one is not there yet.
        if events.len() > 1 {
            let late = events.len() - 2;
            if self.late.swap(events[late].position, Ordering::SeqCst) < events[late].position {
                events.remove(late);
            }
        }
        Ok(events)
    }

    fn record(&self, kind: &str, id: Id) -> Result<Option<Record>, StoreError> {
        self.store.record(kind, id)
    }
    fn page(&self, kind: &str, page: Page) -> Result<Vec<Record>, StoreError> {
        self.store.page(kind, page)
    }
    fn count(&self, kind: &str) -> Result<u64, StoreError> {
        self.store.count(kind)
    }
    fn by_key(&self, key: &StoredKey) -> Result<Vec<Record>, StoreError> {
        self.store.by_key(key)
    }
    fn head(&self) -> Result<Position, StoreError> {
        self.store.head()
    }
    fn cursors(&self) -> Result<Vec<Cursor>, StoreError> {
        self.store.cursors()
    }
    fn parked(&self) -> Result<Vec<ParkedEvent>, StoreError> {
        self.store.parked()
    }
    fn answer(&self, key: &str) -> Result<Option<StoredAnswer>, StoreError> {
        self.store.answer(key)
    }
    fn deadlines(&self) -> Result<u64, StoreError> {
        self.store.deadlines()
    }
}

#[test]
#[should_panic(expected = "assertion `left == right` failed: writer")]
fn the_suite_notices_positions_that_become_visible_out_of_order() {
    store_compliance::a_reader_that_polls_sees_every_event_of_concurrent_writers_once_and_in_order(
        &Arc::new(OutOfOrder::default()),
    );
}

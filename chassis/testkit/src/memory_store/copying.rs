//! Copying what is kept in memory.

use storm::store::{
    CopySource, Cursor, Item, Snapshot, StoreError, StoredDeadline, StoredKey, TakeItem,
};

use super::MemoryStore;
use super::kept::Kept;

/// The way to a store for whoever copies it.
pub(super) struct MemoryCopySource {
    store: MemoryStore,
    quiesced: bool,
}

impl MemoryCopySource {
    pub(super) fn of(store: MemoryStore) -> Self {
        Self {
            store,
            quiesced: false,
        }
    }
}

impl Drop for MemoryCopySource {
    fn drop(&mut self) {
        let _ = self.resume();
    }
}

impl CopySource for MemoryCopySource {
    fn others(&mut self) -> Result<u64, StoreError> {
        Ok(0)
    }

    fn quiesce(&mut self) -> Result<(), StoreError> {
        self.store.turns.take();
        self.quiesced = true;
        Ok(())
    }

    fn snapshot(&mut self) -> Result<Box<dyn Snapshot>, StoreError> {
        Ok(Box::new(MemorySnapshot(self.store.look().clone())))
    }

    fn resume(&mut self) -> Result<(), StoreError> {
        if std::mem::take(&mut self.quiesced) {
            self.store.turns.give();
        }
        Ok(())
    }
}

struct MemorySnapshot(Kept);

impl Snapshot for MemorySnapshot {
    fn about(&mut self) -> Result<u64, StoreError> {
        let kept = &self.0;
        let all = kept.records.len() + kept.keys.len() + kept.events.len() + kept.deadlines.len();
        Ok(all as u64)
    }

    fn each(&mut self, take: &mut TakeItem<'_>) -> Result<(), StoreError> {
        let kept = &self.0;
        let mut all = |item| take(item);
        for record in kept.records.values() {
            all(Item::Record(record.clone()))?;
        }
        for (kind, name, value, id) in &kept.keys {
            let (kind, name, value) = (kind.clone(), name.clone(), value.clone());
            all(Item::Key(StoredKey { kind, name, value }, *id))?;
        }
        for event in &kept.events {
            all(Item::Event(event.clone()))?;
        }
        for ((kind, id, name), due) in &kept.deadlines {
            all(Item::Deadline(StoredDeadline {
                kind: kind.clone(),
                id: *id,
                name: name.clone(),
                due: *due,
            }))?;
        }
        for (producer, position) in &kept.cursors {
            all(Item::Cursor(Cursor {
                producer: producer.clone(),
                position: *position,
            }))?;
        }
        for parked in kept.parked.values() {
            all(Item::Parked(parked.clone()))?;
        }
        for answer in kept.answers.values() {
            all(Item::Answer(answer.clone()))?;
        }
        for (kind, shown) in &kept.counts {
            all(Item::Count(kind.clone(), *shown))?;
        }
        all(Item::Head(kept.head()))?;
        all(Item::Ids(kept.ids))
    }
}

//! The store port in memory: for tests of what stands on it, and the plainest statement of what
//! every other adapter must do.

mod copying;
mod kept;
mod turns;
mod writer;

use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use storm::Id;
use storm::store::{
    CopySource, Cursor, Opened, Page, ParkedEvent, Position, Reader, Record, StoreError,
    StoredAnswer, StoredEvent, StoredKey,
};

use copying::MemoryCopySource;
use kept::Kept;
use turns::Turns;
use writer::MemoryWriter;

/// A store that lasts as long as its last handle. Opening it again is what a restart is to a
/// database.
#[derive(Clone, Default)]
pub struct MemoryStore {
    kept: Arc<RwLock<Kept>>,
    next_commit: Arc<Mutex<Option<StoreError>>>,
    turns: Arc<Turns>,
}

impl MemoryStore {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// A writer and a reader, beside those that there are: another replica.
    pub fn open(&self) -> Opened {
        Opened {
            writer: Box::new(MemoryWriter::of(self.clone())),
            reader: Arc::new(self.clone()),
        }
    }

    /// The way to it for whoever copies it.
    pub fn copy_source(&self) -> Box<dyn CopySource> {
        Box::new(MemoryCopySource::of(self.clone()))
    }

    /// The next commit fails so, and keeps nothing; the one after works again.
    pub fn fail_next_commit(&self, error: StoreError) {
        *self
            .next_commit
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(error);
    }

    fn look(&self) -> RwLockReadGuard<'_, Kept> {
        self.kept.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self) -> Result<RwLockWriteGuard<'_, Kept>, StoreError> {
        let ordered = self
            .next_commit
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        match ordered {
            Some(error) => Err(error),
            None => Ok(self.kept.write().unwrap_or_else(PoisonError::into_inner)),
        }
    }
}

impl Reader for MemoryStore {
    fn record(&self, kind: &str, id: Id) -> Result<Option<Record>, StoreError> {
        Ok(self.look().records.get(&(kind.to_owned(), id)).cloned())
    }

    fn page(&self, kind: &str, page: Page) -> Result<Vec<Record>, StoreError> {
        let mut shown = self.look().shown(kind);
        if page.descending {
            shown.reverse();
        }
        let skip = usize::try_from(page.skip).unwrap_or(usize::MAX);
        let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
        Ok(shown.into_iter().skip(skip).take(limit).collect())
    }

    fn count(&self, kind: &str) -> Result<u64, StoreError> {
        let count = self.look().counts.get(kind).copied().unwrap_or(0);
        Ok(u64::try_from(count).unwrap_or(0))
    }

    fn by_key(&self, key: &StoredKey) -> Result<Vec<Record>, StoreError> {
        let kept = self.look();
        let ids = kept.ids(key).into_iter();
        Ok(ids
            .filter_map(|id| kept.records.get(&(key.kind.clone(), id)).cloned())
            .collect())
    }

    fn events_after(
        &self,
        position: Position,
        limit: usize,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let kept = self.look();
        let after = kept
            .events
            .partition_point(|event| event.position <= position);
        Ok(kept
            .events
            .iter()
            .skip(after)
            .take(limit)
            .cloned()
            .collect())
    }

    fn head(&self) -> Result<Position, StoreError> {
        Ok(self.look().head())
    }

    fn cursors(&self) -> Result<Vec<Cursor>, StoreError> {
        Ok(self
            .look()
            .cursors
            .iter()
            .map(|(producer, position)| Cursor {
                producer: producer.clone(),
                position: *position,
            })
            .collect())
    }

    fn parked(&self) -> Result<Vec<ParkedEvent>, StoreError> {
        Ok(self.look().parked.values().cloned().collect())
    }

    fn answer(&self, key: &str) -> Result<Option<StoredAnswer>, StoreError> {
        Ok(self.look().answers.get(key).cloned())
    }

    fn deadlines(&self) -> Result<u64, StoreError> {
        Ok(self.look().deadlines.len() as u64)
    }
}

#[cfg(test)]
mod tests;

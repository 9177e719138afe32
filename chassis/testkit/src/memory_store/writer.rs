//! A replica's writer.

use std::collections::BTreeSet;

use storm::Id;
use storm::store::{
    Changes, Loaded, Millis, Position, Reader as _, Standing, StoreError, StoredDeadline,
    StoredKey, Turn, Wanted, Writer,
};

use super::MemoryStore;
use super::kept::Kept;

pub(super) struct MemoryWriter {
    store: MemoryStore,
    has_turn: bool,
    /// As this writer left the store, or found it in its last turn.
    edition: Option<u64>,
}

impl MemoryWriter {
    pub(super) fn of(store: MemoryStore) -> Self {
        Self {
            store,
            has_turn: false,
            edition: None,
        }
    }

    /// Changes what is kept, and ends the turn whatever comes of it.
    fn in_turn<T>(
        &mut self,
        change: impl FnOnce(&mut Kept) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let turn = self.take_turn()?;
        let changed = self.store.change().and_then(|mut kept| change(&mut kept));
        if changed.is_ok() {
            let edition = self.store.turns.next_edition();
            // Who commits without having looked still has to look.
            self.edition = (turn == Turn::Unchanged).then_some(edition);
        }
        self.pass();
        changed
    }
}

impl Drop for MemoryWriter {
    fn drop(&mut self) {
        self.pass();
    }
}

impl Writer for MemoryWriter {
    fn take_turn(&mut self) -> Result<Turn, StoreError> {
        if !self.has_turn {
            self.store.turns.take();
            self.has_turn = true;
        }
        let edition = self.store.turns.edition();
        Ok(if self.edition.replace(edition) == Some(edition) {
            Turn::Unchanged
        } else {
            Turn::Changed
        })
    }

    fn pass(&mut self) {
        if std::mem::take(&mut self.has_turn) {
            self.store.turns.give();
        }
    }

    fn load(&mut self, wanted: &Wanted) -> Result<Loaded, StoreError> {
        let kept = self.store.look();
        let mut records: BTreeSet<(String, Id)> = wanted.records.iter().cloned().collect();
        let mut keys: Vec<(StoredKey, Vec<Id>)> = Vec::new();
        for key in &wanted.keys {
            let ids = kept.ids(key);
            records.extend(ids.iter().map(|id| (key.kind.clone(), *id)));
            if !ids.is_empty() && !keys.iter().any(|(known, _)| known == key) {
                keys.push((key.clone(), ids));
            }
        }
        let answers: BTreeSet<&String> = wanted.answers.iter().collect();
        Ok(Loaded {
            records: records
                .iter()
                .filter_map(|record| kept.records.get(record).cloned())
                .collect(),
            keys,
            answers: answers
                .into_iter()
                .filter_map(|key| kept.answers.get(key).cloned())
                .collect(),
        })
    }

    fn commit(&mut self, changes: &Changes) -> Result<Position, StoreError> {
        self.in_turn(|kept| {
            kept.check(changes)?;
            Ok(kept.apply(changes))
        })
    }

    fn due(&mut self, now: Millis, limit: usize) -> Result<Vec<StoredDeadline>, StoreError> {
        let mut due: Vec<_> = self
            .store
            .look()
            .deadlines
            .iter()
            .filter(|(_, due)| **due <= now)
            .map(|((kind, id, name), due)| StoredDeadline {
                kind: kind.clone(),
                id: *id,
                name: name.clone(),
                due: *due,
            })
            .collect();
        // They come in order of kind, id and name, and this keeps it among equals.
        due.sort_by_key(|deadline| deadline.due);
        due.truncate(limit);
        Ok(due)
    }

    fn next_due(&mut self) -> Result<Option<Millis>, StoreError> {
        Ok(self.store.look().deadlines.values().min().copied())
    }

    fn standing(&mut self) -> Result<Standing, StoreError> {
        let ids_reserved = self.store.look().ids;
        Ok(Standing {
            ids_reserved,
            next_due: self.next_due()?,
            cursors: self.store.cursors()?,
            parked: self.store.parked()?,
        })
    }

    fn replace_kind(&mut self, kind: &str, by: &str) -> Result<(), StoreError> {
        self.in_turn(|kept| {
            kept.replace_kind(kind, by);
            Ok(())
        })
    }
}

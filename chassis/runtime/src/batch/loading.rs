//! What a batch knows of the store: remembered, or loaded in as few goes as can be.

use std::collections::VecDeque;
use std::sync::Arc;

use storm::Id;
use storm::store::{Loaded, Record, StoreError, StoredAnswer, StoredKey, Wanted};

use super::Batch;
use crate::entry::{Entry, Led, Origin, Wants};
use crate::shelves::{Shelf, Sort};

impl Batch<'_> {
    /// Loads what the whole batch is known to need and is not remembered, in one go.
    pub(crate) fn prefetch(&mut self, wants: Wants) -> Result<(), StoreError> {
        let mut keys = Vec::new();
        let mut records = Vec::new();
        for key in wants.keys {
            if self.keys.contains_key(&key) {
                continue;
            }
            match self.memory.take_key(&key) {
                Some(ids) => {
                    records.extend(ids.iter().map(|id| (key.shelf, *id)));
                    self.keys.insert(key, ids);
                }
                None => keys.push(key),
            }
        }
        records.extend(wants.records);
        records.retain(|(shelf, id)| !self.recall(*shelf, *id));
        let shelves = self.shelves;
        let wanted = Wanted {
            records: records
                .iter()
                .map(|(shelf, id)| (shelves.name(*shelf).to_owned(), *id))
                .collect(),
            keys: keys.iter().map(|key| key.stored(shelves)).collect(),
            answers: wants.answers,
        };
        let loaded = self.writer.load(&wanted)?;
        for answer in wanted.answers {
            self.answers.entry(answer).or_default();
        }
        for place in records {
            self.origins.entry(place).or_default();
        }
        self.take_in(keys, loaded)
    }

    /// Whether the record is known without asking the store.
    fn recall(&mut self, shelf: Shelf, id: Id) -> bool {
        if self.origins.contains_key(&(shelf, id)) {
            return true;
        }
        match self.memory.take(shelf, id) {
            Some(entry) => {
                self.found(shelf, id, entry);
                true
            }
            None => false,
        }
    }

    /// What the store has, or is remembered to have.
    fn found(&mut self, shelf: Shelf, id: Id, entry: Entry) {
        let origin = Origin {
            version: entry.version,
            shown: !entry.hidden,
            keys: Some(Arc::clone(&entry.keys)),
            changed: false,
        };
        self.origins.insert((shelf, id), origin);
        self.entries.insert((shelf, id), entry);
    }

    fn take_in(&mut self, keys: Vec<Led>, loaded: Loaded) -> Result<(), StoreError> {
        // Mostly they come in the order asked for, so that the first is the one.
        let mut found = VecDeque::from(loaded.keys);
        for key in keys {
            let is_it = |(stored, _): &(StoredKey, Vec<Id>)| key.is(stored, self.shelves);
            let place = found.iter().position(is_it);
            // One that two of the batch asked for has been found the first time.
            let ids = self.keys.entry(key).or_default();
            if let Some((_, led)) = place.and_then(|place| found.remove(place)) {
                *ids = led;
            }
        }
        for answer in loaded.answers {
            self.answers.insert(answer.key.clone(), Some(answer));
        }
        for record in loaded.records {
            self.take_in_record(record)?;
        }
        Ok(())
    }

    fn take_in_record(&mut self, record: Record) -> Result<(), StoreError> {
        let Some(shelf) = self.shelves.named(&record.kind) else {
            return Ok(());
        };
        if self.entries.contains_key(&(shelf, record.id)) {
            return Ok(());
        }
        let place = format!("{} {}", record.kind, record.id);
        let corrupt = |error: serde_json::Error| StoreError::Corrupt {
            place,
            reason: error.to_string(),
        };
        let (state, keys) = match self.shelves.sort(shelf) {
            Sort::Aggregate(aggregate) => {
                let state = aggregate.read(&record.state).map_err(corrupt)?;
                let keys = aggregate.keys(&state);
                (state, keys)
            }
            Sort::ReadModel(read_model) => {
                let state = read_model.read(&record.state).map_err(corrupt)?;
                // The row's first key is not in the row: it stays as it is as long as the row does.
                let keys = read_model.more_keys(&state);
                (state, keys)
            }
        };
        let entry = Entry {
            state: Some(state),
            json: record.state,
            version: record.version,
            correlation: record.correlation.into(),
            hidden: record.hidden,
            keys: keys.into(),
        };
        self.found(shelf, record.id, entry);
        Ok(())
    }

    /// The record as it is now, or `None`.
    pub(crate) fn entry(&mut self, shelf: Shelf, id: Id) -> Result<Option<&Entry>, StoreError> {
        if !self.origins.contains_key(&(shelf, id)) {
            self.prefetch(Wants {
                records: vec![(shelf, id)],
                ..Wants::default()
            })?;
        }
        let entry = self.entries.get(&(shelf, id));
        Ok(entry.filter(|entry| entry.state.is_some()))
    }

    /// The ids that a key leads to.
    pub(crate) fn led_to(&mut self, key: &Led) -> Result<&[Id], StoreError> {
        if !self.keys.contains_key(key) {
            self.prefetch(Wants {
                keys: vec![key.clone()],
                ..Wants::default()
            })?;
        }
        Ok(self.keys.get(key).map_or(&[], Vec::as_slice))
    }

    /// What an `Idempotency-Key` was answered, here or before.
    pub(crate) fn answer(&mut self, key: &str) -> Result<Option<&StoredAnswer>, StoreError> {
        if !self.answers.contains_key(key) {
            self.prefetch(Wants {
                answers: vec![key.to_owned()],
                ..Wants::default()
            })?;
        }
        Ok(self.answers.get(key).and_then(Option::as_ref))
    }
}

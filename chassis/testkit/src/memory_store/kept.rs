//! What a [`MemoryStore`](super::MemoryStore) keeps. Ordered maps, so that nothing depends on chance.

use std::collections::{BTreeMap, BTreeSet};

use storm::store::{
    Changed, Changes, Millis, ParkedEvent, Position, Record, StoreError, StoredAnswer, StoredEvent,
    StoredKey,
};
use storm::{Id, KeyValue};

#[derive(Clone, Default)]
pub(super) struct Kept {
    pub(super) records: BTreeMap<(String, Id), Record>,
    /// Kind, name, value, id.
    pub(super) keys: BTreeSet<(String, String, KeyValue, Id)>,
    pub(super) events: Vec<StoredEvent>,
    /// No position up to this one is given any more.
    skipped: Position,
    /// Kind, id, name.
    pub(super) deadlines: BTreeMap<(String, Id, String), Millis>,
    pub(super) cursors: BTreeMap<String, Position>,
    pub(super) parked: BTreeMap<(String, Position), ParkedEvent>,
    pub(super) answers: BTreeMap<String, StoredAnswer>,
    pub(super) ids: Id,
    pub(super) counts: BTreeMap<String, i64>,
}

fn entry(key: &StoredKey, id: Id) -> (String, String, KeyValue, Id) {
    (key.kind.clone(), key.name.clone(), key.value.clone(), id)
}

impl Kept {
    pub(super) fn ids(&self, key: &StoredKey) -> Vec<Id> {
        self.keys
            .range(entry(key, Id::MIN)..=entry(key, Id::MAX))
            .map(|(_, _, _, id)| *id)
            .collect()
    }

    /// Ascending.
    pub(super) fn shown(&self, kind: &str) -> Vec<Record> {
        self.records
            .range((kind.to_owned(), Id::MIN)..=(kind.to_owned(), Id::MAX))
            .map(|(_, record)| record)
            .filter(|record| !record.hidden)
            .cloned()
            .collect()
    }

    pub(super) fn head(&self) -> Position {
        let last = self.events.last().map_or(0, |event| event.position);
        last.max(self.skipped)
    }

    /// Whether every record is as its decision saw it.
    pub(super) fn check(&self, changes: &Changes) -> Result<(), StoreError> {
        for Changed { record, loaded } in &changes.records {
            let place = (record.kind.clone(), record.id);
            let stored = self
                .records
                .get(&place)
                .filter(|_| !changes.removed.contains(&place))
                .map_or(0, |record| record.version);
            if stored != *loaded {
                return Err(StoreError::Conflict(format!(
                    "{} {}",
                    record.kind, record.id
                )));
            }
        }
        Ok(())
    }

    /// What ends comes before what begins.
    pub(super) fn apply(&mut self, changes: &Changes) -> Position {
        self.end(changes);
        for Changed { record, .. } in &changes.records {
            self.records
                .insert((record.kind.clone(), record.id), record.clone());
        }
        self.keys
            .extend(changes.keys_added.iter().map(|(key, id)| entry(key, *id)));
        for deadline in &changes.deadlines_started {
            self.deadlines.insert(
                (deadline.kind.clone(), deadline.id, deadline.name.clone()),
                deadline.due,
            );
        }
        self.cursors.extend(changes.cursors.iter().cloned());
        for parked in &changes.parked {
            self.parked.insert(
                (parked.producer.clone(), parked.stored.position),
                parked.clone(),
            );
        }
        for answer in &changes.answers {
            self.answers.insert(answer.key.clone(), answer.clone());
        }
        for (kind, by) in &changes.counted {
            *self.counts.entry(kind.clone()).or_default() += by;
        }
        self.ids = self.ids.max(changes.ids_reserved.unwrap_or(0));
        if let Some((from, to)) = changes.ids_returned
            && self.ids == from
        {
            self.ids = to;
        }
        self.skipped = self.skipped.max(changes.log_continues_after.unwrap_or(0));
        for event in &changes.events {
            self.events.push(StoredEvent {
                position: self.head() + 1,
                event: event.clone(),
            });
        }
        self.head()
    }

    fn end(&mut self, changes: &Changes) {
        for record in &changes.removed {
            self.records.remove(record);
        }
        for (key, id) in &changes.keys_removed {
            self.keys.remove(&entry(key, *id));
        }
        for deadline in &changes.deadlines_ended {
            self.deadlines.remove(deadline);
        }
        for parked in &changes.unparked {
            self.parked.remove(parked);
        }
        if let Some(before) = changes.forget_answers_before {
            self.answers.retain(|_, answer| answer.expires >= before);
        }
    }

    pub(super) fn replace_kind(&mut self, kind: &str, by: &str) {
        if kind == by {
            return;
        }
        let records = std::mem::take(&mut self.records).into_values();
        self.records = records
            .filter(|record| record.kind != kind)
            .map(|mut record| {
                if record.kind == by {
                    kind.clone_into(&mut record.kind);
                }
                ((record.kind.clone(), record.id), record)
            })
            .collect();
        let keys = std::mem::take(&mut self.keys).into_iter();
        self.keys = keys
            .filter(|(of, ..)| of != kind)
            .map(|(of, name, value, id)| {
                let of = if of == by { kind.to_owned() } else { of };
                (of, name, value, id)
            })
            .collect();
        let shown = i64::try_from(self.shown(kind).len()).unwrap_or(i64::MAX);
        self.counts.remove(by);
        self.counts.insert(kind.to_owned(), shown);
    }
}

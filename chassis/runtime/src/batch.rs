//! One group commit in the making: what was loaded, what has been decided so far.
//!
//! Units (a command, an event with all that listens to it, a deadline) are carried out one after
//! the other on top of what the earlier ones left. A unit that is refused is undone and does not
//! disturb its neighbours.

mod commit;
mod loading;

use std::collections::BTreeMap;
use std::sync::Arc;

use foldhash::{HashMap, HashMapExt as _};
use storm::store::{Changes, Millis, NewEvent, StoreError, StoredAnswer, Writer};
use storm::{DeadlineChange, Id, Key, Outcome};

pub(crate) use commit::Kept;

use crate::entry::{Entry, Led, Origin};
use crate::ids::Ids;
use crate::memory::Memory;
use crate::shelves::{Shelf, Shelves, Sort};
use crate::story::Story;

/// When a deadline is due; `None` is never: it ends.
type Due = Option<Millis>;

enum Undo {
    Entry(Shelf, Id, Option<Entry>),
    Key(Led, Vec<Id>),
    Deadline((Shelf, Id, &'static str), Option<Due>),
    Answer(String),
}

pub(crate) struct Batch<'a> {
    pub(crate) shelves: &'a Shelves<'a>,
    writer: &'a mut dyn Writer,
    memory: &'a mut Memory,
    ids: &'a Ids,
    deadline_lengths: &'a dyn Fn(&'static str, &'static str) -> Option<Millis>,
    entries: BTreeMap<(Shelf, Id), Entry>,
    origins: HashMap<(Shelf, Id), Origin>,
    keys: HashMap<Led, Vec<Id>>,
    answers: HashMap<String, Option<StoredAnswer>>,
    deadlines: BTreeMap<(Shelf, Id, &'static str), Due>,
    undo: Vec<Undo>,
    /// Cursors, parked events and the like are put in directly.
    pub(crate) changes: Changes,
}

impl<'a> Batch<'a> {
    pub(crate) fn new(
        shelves: &'a Shelves<'a>,
        writer: &'a mut dyn Writer,
        memory: &'a mut Memory,
        ids: &'a Ids,
        deadline_lengths: &'a dyn Fn(&'static str, &'static str) -> Option<Millis>,
    ) -> Self {
        Self {
            shelves,
            writer,
            memory,
            ids,
            deadline_lengths,
            entries: BTreeMap::new(),
            origins: HashMap::new(),
            keys: HashMap::new(),
            answers: HashMap::new(),
            deadlines: BTreeMap::new(),
            undo: Vec::new(),
            changes: Changes::default(),
        }
    }

    /// Keeps an answer.
    pub(crate) fn keep_answer(&mut self, answer: StoredAnswer) {
        self.undo.push(Undo::Answer(answer.key.clone()));
        self.answers
            .insert(answer.key.clone(), Some(answer.clone()));
        self.changes.answers.push(answer);
    }

    /// An id for a new record.
    pub(crate) fn new_id(&mut self, shelf: Shelf) -> Id {
        let id = self.ids.take();
        self.is_new(shelf, id);
        id
    }

    /// Nobody has ever had this id: the store need not be asked.
    pub(crate) fn is_new(&mut self, shelf: Shelf, id: Id) {
        self.origins.insert((shelf, id), Origin::default());
    }

    /// Gives back an id that came to nothing.
    pub(crate) fn put_back(&self, id: Id) {
        self.ids.put_back(id);
    }

    /// The row that was found by this key. The key is not in the row, so it is noted with it: nobody
    /// else knows.
    pub(crate) fn row(
        &mut self,
        shelf: Shelf,
        id: Id,
        key: &Key,
    ) -> Result<Option<&Entry>, StoreError> {
        self.entry(shelf, id)?;
        let Some(entry) = self.entries.get_mut(&(shelf, id)) else {
            return Ok(None);
        };
        if !entry.keys.contains(key) {
            entry.keys = entry.keys.iter().chain([key]).cloned().collect();
            if let Some(origin) = self.origins.get_mut(&(shelf, id))
                && origin.version > 0
            {
                origin.keys = Some(Arc::clone(&entry.keys));
            }
        }
        Ok(Some(&*entry).filter(|entry| entry.state.is_some()))
    }

    /// Takes a record's old state out, to be [`put`](Self::put) back changed in the same breath.
    pub(crate) fn take(&mut self, shelf: Shelf, id: Id) -> Option<Entry> {
        self.entries.remove(&(shelf, id))
    }

    /// Puts a record's new state in place of the old one, keys and all.
    pub(crate) fn put(
        &mut self,
        shelf: Shelf,
        id: Id,
        entry: Entry,
        old: Option<Entry>,
    ) -> Result<(), StoreError> {
        let new_keys = Arc::clone(&entry.keys);
        let old_keys = old.as_ref().map(|old| Arc::clone(&old.keys));
        let old_keys = old_keys.as_deref().unwrap_or_default();
        self.origins.entry((shelf, id)).or_default().changed = true;
        self.entries.insert((shelf, id), entry);
        self.undo.push(Undo::Entry(shelf, id, old));
        for key in old_keys.iter().filter(|key| !new_keys.contains(key)) {
            self.lead(shelf, key, |ids| ids.retain(|known| *known != id))?;
        }
        for key in new_keys.iter().filter(|key| !old_keys.contains(key)) {
            self.lead(shelf, key, |ids| {
                if let Err(place) = ids.binary_search(&id) {
                    ids.insert(place, id);
                }
            })?;
        }
        Ok(())
    }

    fn lead(
        &mut self,
        shelf: Shelf,
        key: &Key,
        change: impl FnOnce(&mut Vec<Id>),
    ) -> Result<(), StoreError> {
        let key = Led::of(shelf, key);
        let before = self.led_to(&key)?.to_vec();
        let mut ids = before.clone();
        change(&mut ids);
        self.keys.insert(key.clone(), ids);
        self.undo.push(Undo::Key(key, before));
        Ok(())
    }

    /// Appends an outcome's events and moves its deadlines.
    pub(crate) fn tell(
        &mut self,
        shelf: Shelf,
        id: Id,
        version: i64,
        outcome: &mut Outcome,
        correlation: &str,
        story: Story<'_>,
    ) {
        let kind = self.shelves.name(shelf).to_owned();
        for event in outcome.events.drain(..) {
            self.changes.events.push(NewEvent {
                event_type: event.event_type.to_owned(),
                kind: kind.clone(),
                id,
                version,
                correlation: correlation.to_owned(),
                causation: story.causation.to_string(),
                trace: story.trace.to_owned(),
                at: story.at,
                data: event.data,
            });
        }
        for change in outcome.deadlines.drain(..) {
            let (name, due) = match change {
                DeadlineChange::Start(name) => {
                    let length = self.deadline_length(shelf, name);
                    (name, Some(story.at.saturating_add(length)))
                }
                DeadlineChange::End(name) => (name, None),
            };
            self.set_deadline(shelf, id, name, due);
        }
    }

    fn deadline_length(&self, shelf: Shelf, name: &'static str) -> Millis {
        match self.shelves.sort(shelf) {
            Sort::Aggregate(aggregate) => (self.deadline_lengths)(aggregate.kind(), name),
            Sort::ReadModel(_) => None,
        }
        .unwrap_or(0)
    }

    /// Starts (`Some`) or ends (`None`) a deadline.
    pub(crate) fn set_deadline(
        &mut self,
        shelf: Shelf,
        id: Id,
        name: &'static str,
        due: Option<Millis>,
    ) {
        let before = self.deadlines.insert((shelf, id, name), due);
        self.undo.push(Undo::Deadline((shelf, id, name), before));
    }

    /// Carries out a unit: all of it, or, when it fails, nothing.
    pub(crate) fn unit<T, E>(
        &mut self,
        unit: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        self.undo.clear();
        let events = self.changes.events.len();
        let answers = self.changes.answers.len();
        let result = unit(self);
        if result.is_err() {
            self.changes.events.truncate(events);
            self.changes.answers.truncate(answers);
            self.roll_back();
        }
        result
    }

    fn roll_back(&mut self) {
        while let Some(undo) = self.undo.pop() {
            match undo {
                Undo::Entry(shelf, id, Some(before)) => {
                    self.entries.insert((shelf, id), before);
                }
                Undo::Entry(shelf, id, None) => {
                    self.entries.remove(&(shelf, id));
                }
                Undo::Key(key, before) => {
                    self.keys.insert(key, before);
                }
                Undo::Deadline(deadline, Some(before)) => {
                    self.deadlines.insert(deadline, before);
                }
                Undo::Deadline(deadline, None) => {
                    self.deadlines.remove(&deadline);
                }
                Undo::Answer(key) => {
                    self.answers.insert(key, None);
                }
            }
        }
    }
}

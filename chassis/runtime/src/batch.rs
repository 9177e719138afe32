//! One group commit in the making: what was loaded, what has been decided so far.
//!
//! Units (a command, an event with all that listens to it, a deadline) are carried out one after
//! the other on top of what the earlier ones left. A unit that is refused is undone and does not
//! disturb its neighbours.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use foldhash::{HashMap, HashMapExt as _};
use storm::store::{
    Changed, Changes, Loaded, Millis, NewEvent, Position, Record, StoreError, StoredAnswer,
    StoredDeadline, StoredKey, Wanted, Writer,
};
use storm::{AnyState, DeadlineChange, Id, Key, KeyValue, Outcome};

use crate::ids::Ids;
use crate::memory::Memory;
use crate::shelves::{Shelf, Shelves, Sort};

/// A record as the batch sees it.
pub(crate) struct Entry {
    /// `None` is a record that is no more, or never was.
    pub(crate) state: Option<AnyState>,
    pub(crate) json: String,
    pub(crate) version: i64,
    pub(crate) correlation: Arc<str>,
    pub(crate) hidden: bool,
    pub(crate) keys: Arc<[Key]>,
}

/// A key as the batch knows it: cheaper to hold and to look up than the store's.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Led {
    pub(crate) shelf: Shelf,
    pub(crate) name: &'static str,
    pub(crate) value: KeyValue,
}

/// What a batch is known to need.
#[derive(Default)]
pub(crate) struct Wants {
    pub(crate) records: Vec<(Shelf, Id)>,
    pub(crate) keys: Vec<Led>,
    pub(crate) answers: Vec<String>,
}

/// What the store had.
#[derive(Default)]
struct Origin {
    version: i64,
    shown: bool,
    keys: Option<Arc<[Key]>>,
    changed: bool,
}

/// When a deadline is due; `None` is never: it ends.
type Due = Option<Millis>;

enum Undo {
    Entry(Shelf, Id, Option<Entry>),
    Key(Led, Vec<Id>),
    Deadline((Shelf, Id, &'static str), Option<Due>),
    Answer(String),
}

/// A story as a unit tells it on.
#[derive(Clone, Copy)]
pub(crate) struct Story<'a> {
    /// `None`: the aggregate's own.
    pub(crate) correlation: Option<&'a str>,
    pub(crate) causation: Cause<'a>,
    pub(crate) trace: &'a str,
    pub(crate) at: Millis,
}

/// What made it happen. Written out only where something happens.
#[derive(Clone, Copy)]
pub(crate) enum Cause<'a> {
    /// A request's id.
    Request(&'a str),
    /// An event: its producer and position.
    Event(&'a str, Position),
    /// A deadline, by name.
    Deadline(&'a str),
}

impl std::fmt::Display for Cause<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Request(id) => f.write_str(id),
            Self::Event(producer, position) => write!(f, "{producer}-{position}"),
            Self::Deadline(name) => write!(f, "deadline {name}"),
        }
    }
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
            keys: keys.iter().map(|key| shelves.stored(key)).collect(),
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
            if self.keys.contains_key(&key) {
                // Two of the batch wanted it.
                continue;
            }
            let is_it = |(stored, _): &(StoredKey, Vec<Id>)| self.shelves.is(stored, &key);
            let place = found.iter().position(is_it);
            // One that was asked for twice has been found already.
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

    /// Says which key a row was found by: it is not in the row, so that nobody else knows.
    pub(crate) fn know_key(&mut self, shelf: Shelf, id: Id, key: &Key) {
        let Some(entry) = self.entries.get_mut(&(shelf, id)) else {
            return;
        };
        if entry.keys.contains(key) {
            return;
        }
        entry.keys = entry.keys.iter().chain([key]).cloned().collect();
        if let Some(origin) = self.origins.get_mut(&(shelf, id))
            && origin.version > 0
        {
            origin.keys = Some(Arc::clone(&entry.keys));
        }
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

    /// All that the units have changed, for one commit, and what is worth remembering after it.
    pub(crate) fn into_changes(mut self) -> (Changes, Kept) {
        let mut counted = BTreeMap::<Shelf, i64>::new();
        for ((shelf, id), entry) in &self.entries {
            let origin = self.origins.remove(&(*shelf, *id)).unwrap_or_default();
            if !origin.changed || entry.version == origin.version {
                continue;
            }
            let shown = entry.state.is_some() && !entry.hidden;
            *counted.entry(*shelf).or_default() += i64::from(shown) - i64::from(origin.shown);
            change(
                &mut self.changes,
                self.shelves.name(*shelf),
                *id,
                entry,
                &origin,
            );
        }
        for ((shelf, id, name), due) in &self.deadlines {
            let (kind, id, name) = (
                self.shelves.name(*shelf).to_owned(),
                *id,
                (*name).to_owned(),
            );
            match due {
                Some(due) => self.changes.deadlines_started.push(StoredDeadline {
                    kind,
                    id,
                    name,
                    due: *due,
                }),
                None => self.changes.deadlines_ended.push((kind, id, name)),
            }
        }
        let counted = counted.into_iter().filter(|(_, by)| *by != 0);
        self.changes.counted = counted
            .map(|(shelf, by)| (self.shelves.name(shelf).to_owned(), by))
            .collect();
        let kept = Kept {
            entries: self.entries,
            keys: self.keys,
        };
        (self.changes, kept)
    }
}

impl Led {
    pub(crate) fn of(shelf: Shelf, key: &Key) -> Self {
        Self {
            shelf,
            name: key.name,
            value: key.value.clone(),
        }
    }
}

/// What a batch knew in the end. True once it is committed.
pub(crate) struct Kept {
    entries: BTreeMap<(Shelf, Id), Entry>,
    keys: HashMap<Led, Vec<Id>>,
}

impl Kept {
    pub(crate) fn remembered_in(self, memory: &mut Memory) {
        for ((shelf, id), entry) in self.entries {
            if entry.state.is_some() {
                memory.put(shelf, id, entry);
            }
        }
        for (key, ids) in self.keys {
            if !ids.is_empty() {
                memory.put_key(key, ids);
            }
        }
    }
}

fn change(changes: &mut Changes, kind: &str, id: Id, entry: &Entry, origin: &Origin) {
    let before = origin.keys.as_deref().unwrap_or_default();
    for key in before.iter().filter(|key| !entry.keys.contains(key)) {
        changes.keys_removed.push((stored(kind, key), id));
    }
    for key in entry.keys.iter().filter(|key| !before.contains(key)) {
        changes.keys_added.push((stored(kind, key), id));
    }
    if entry.state.is_some() {
        changes.records.push(Changed {
            record: Record {
                kind: kind.to_owned(),
                id,
                version: entry.version,
                correlation: entry.correlation.to_string(),
                state: entry.json.clone(),
                hidden: entry.hidden,
            },
            loaded: origin.version,
        });
    } else if origin.version > 0 {
        changes.removed.push((kind.to_owned(), id));
    }
}

fn stored(kind: &str, key: &Key) -> StoredKey {
    StoredKey {
        kind: kind.to_owned(),
        name: key.name.to_owned(),
        value: key.value.clone(),
    }
}

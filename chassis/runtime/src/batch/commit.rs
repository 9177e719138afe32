//! What a batch comes to: one commit's changes, and what is worth remembering after it.

use std::collections::BTreeMap;

use foldhash::HashMap;
use storm::store::{Changed, Changes, StoredDeadline};
use storm::{Id, Key};

use super::Batch;
use crate::entry::{Entry, Led, Origin};
use crate::memory::Memory;
use crate::shelves::{Shelf, Shelves};

impl Batch<'_> {
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
            let place = (*shelf, *id);
            change(&mut self.changes, self.shelves, place, entry, &origin);
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

fn change(
    changes: &mut Changes,
    shelves: &Shelves<'_>,
    (shelf, id): (Shelf, Id),
    entry: &Entry,
    origin: &Origin,
) {
    let kind = shelves.name(shelf);
    let stored = |key: &Key| (Led::of(shelf, key).stored(shelves), id);
    let before = origin.keys.as_deref().unwrap_or_default();
    let gone = before.iter().filter(|key| !entry.keys.contains(key));
    changes.keys_removed.extend(gone.map(stored));
    let new = entry.keys.iter().filter(|key| !before.contains(key));
    changes.keys_added.extend(new.map(stored));
    if entry.state.is_some() {
        changes.records.push(Changed {
            record: entry.record(kind, id),
            loaded: origin.version,
        });
    } else if origin.version > 0 {
        changes.removed.push((kind.to_owned(), id));
    }
}

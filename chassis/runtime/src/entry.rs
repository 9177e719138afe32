//! Records and keys as a batch holds them.

use std::sync::Arc;

use storm::store::{Record, StoredKey};
use storm::{AnyState, Id, Key, KeyValue};

use crate::shelves::{Shelf, Shelves};

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
pub(crate) struct Origin {
    pub(crate) version: i64,
    pub(crate) shown: bool,
    pub(crate) keys: Option<Arc<[Key]>>,
    pub(crate) changed: bool,
}

impl Entry {
    /// As the store keeps it, and as the outside is told of it.
    pub(crate) fn record(&self, kind: &str, id: Id) -> Record {
        Record {
            kind: kind.to_owned(),
            id,
            version: self.version,
            correlation: self.correlation.to_string(),
            state: self.json.clone(),
            hidden: self.hidden,
        }
    }
}

impl Led {
    pub(crate) fn new(shelf: Shelf, name: &'static str, value: &KeyValue) -> Self {
        Self {
            shelf,
            name,
            value: value.clone(),
        }
    }

    pub(crate) fn of(shelf: Shelf, key: &Key) -> Self {
        Self::new(shelf, key.name, &key.value)
    }

    /// As the store knows it.
    pub(crate) fn stored(&self, shelves: &Shelves<'_>) -> StoredKey {
        StoredKey {
            kind: shelves.name(self.shelf).to_owned(),
            name: self.name.to_owned(),
            value: self.value.clone(),
        }
    }

    /// Whether it is the same as one of the store's.
    pub(crate) fn is(&self, stored: &StoredKey, shelves: &Shelves<'_>) -> bool {
        stored.value == self.value
            && stored.name == self.name
            && stored.kind == shelves.name(self.shelf)
    }
}

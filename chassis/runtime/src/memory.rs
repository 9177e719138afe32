//! What the writer remembers of records that it committed or read a moment ago, so that it need
//! not read them back: an order's payment is captured soon after it was authorized.
//!
//! Only true as long as nobody else writes to the store ([`storm::store::Writer::is_alone`]).

use foldhash::HashMap;
use storm::Id;

use crate::entry::{Entry, Led};
use crate::shelves::Shelf;

/// Records in one generation. When it is full, the one before it is forgotten.
const GENERATION: usize = 2_048;

#[derive(Default)]
struct Generation {
    records: HashMap<(Shelf, Id), Entry>,
    keys: HashMap<Led, Vec<Id>>,
}

#[derive(Default)]
pub(crate) struct Memory {
    young: Generation,
    old: Generation,
}

impl Memory {
    /// Takes a record out: who changes it puts it back, once that is committed.
    pub(crate) fn take(&mut self, shelf: Shelf, id: Id) -> Option<Entry> {
        let key = (shelf, id);
        let found = self.young.records.remove(&key);
        let stale = self.old.records.remove(&key);
        found.or(stale)
    }

    /// Takes out what is known of a key.
    pub(crate) fn take_key(&mut self, key: &Led) -> Option<Vec<Id>> {
        let found = self.young.keys.remove(key);
        let stale = self.old.keys.remove(key);
        found.or(stale)
    }

    pub(crate) fn put(&mut self, shelf: Shelf, id: Id, entry: Entry) {
        self.age();
        self.young.records.insert((shelf, id), entry);
    }

    pub(crate) fn put_key(&mut self, key: Led, ids: Vec<Id>) {
        self.age();
        self.young.keys.insert(key, ids);
    }

    fn age(&mut self) {
        if self.young.records.len().max(self.young.keys.len()) >= GENERATION {
            // The room that was made is used again.
            std::mem::swap(&mut self.young, &mut self.old);
            self.young.records.clear();
            self.young.keys.clear();
        }
    }

    pub(crate) fn forget(&mut self) {
        *self = Self::default();
    }
}

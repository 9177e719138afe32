//! One counter of ids a context, from 1.
//!
//! An id that is told to another context before its aggregate is committed must never be given
//! twice, not even after a crash: so ids for questions come from a block that is reserved on disk
//! first. A crash loses the rest of the block, which leaves a gap; an orderly stop leaves none.

use std::sync::{Mutex, MutexGuard, PoisonError};

use storm::Id;

/// Blocks grow with use up to this many ids.
const LARGEST_BLOCK: Id = 4_096;

struct Counter {
    next: Id,
    /// The end of the block that is reserved on disk for this process.
    reserved: Id,
    /// The highest id that is reserved on disk for anybody, as far as is known.
    highest: Id,
    block: Id,
}

impl Counter {
    /// Beyond this process's block begins what other replicas reserved meanwhile.
    fn skip_others(&mut self) {
        if self.next > self.reserved && self.next <= self.highest {
            self.next = self.highest + 1;
        }
    }
}

pub(crate) struct Ids(Mutex<Counter>);

impl Ids {
    pub(crate) fn after(reserved: Id) -> Self {
        Self(Mutex::new(Counter {
            next: reserved + 1,
            reserved,
            highest: reserved,
            block: 16,
        }))
    }

    fn counter(&self) -> MutexGuard<'_, Counter> {
        // A counter is whole after every statement, so a panic elsewhere cannot have broken it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// So many are reserved, by whomever. The writer says so in its turn.
    pub(crate) fn are_reserved(&self, highest: Id) {
        let mut counter = self.counter();
        counter.highest = counter.highest.max(highest);
    }

    /// The next id, for what the writer is about to commit together with [`Ids::taken`].
    pub(crate) fn take(&self) -> Id {
        let mut counter = self.counter();
        counter.skip_others();
        counter.next += 1;
        counter.next - 1
    }

    /// Gives back an id that nobody has seen, if it was the last.
    pub(crate) fn put_back(&self, id: Id) {
        let mut counter = self.counter();
        if counter.next == id + 1 {
            counter.next = id;
        }
    }

    /// The next id, if it is reserved on disk.
    pub(crate) fn take_reserved(&self) -> Option<Id> {
        let mut counter = self.counter();
        (counter.next <= counter.reserved).then(|| {
            counter.next += 1;
            counter.next - 1
        })
    }

    /// Up to where to reserve next.
    pub(crate) fn next_block(&self) -> Id {
        let mut counter = self.counter();
        counter.block = (counter.block * 2).min(LARGEST_BLOCK);
        if counter.highest > counter.reserved && counter.next <= counter.highest {
            // The rest of a block that others' blocks follow is given up for one that is whole.
            counter.next = counter.highest + 1;
        }
        counter.next - 1 + counter.block
    }

    /// The highest id taken, and the highest reserved on disk.
    pub(crate) fn taken(&self) -> (Id, Id) {
        let counter = self.counter();
        (counter.next - 1, counter.reserved)
    }

    /// The disk now says so.
    pub(crate) fn reserved(&self, up_to: Id) {
        let mut counter = self.counter();
        counter.reserved = up_to;
        counter.highest = counter.highest.max(up_to);
    }
}

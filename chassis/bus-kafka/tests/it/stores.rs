//! Stores that misbehave.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use storm::store::{
    Changes, Loaded, Millis, Opened, Position, Standing, StoreError, StoredDeadline, Turn, Wanted,
    Writer,
};
use testkit::memory_store::MemoryStore;

/// How a store misbehaves.
#[derive(Clone)]
pub(crate) enum Manner {
    /// It never keeps what the relay says: as if the process died each time before it said so.
    ForgetsTheRelay,
    /// It keeps nothing, and is there for everything else.
    KeepsNothing,
    /// It is away while this is true.
    Away(Arc<AtomicBool>),
}

pub(crate) struct Misbehaving {
    writer: Box<dyn Writer>,
    manner: Manner,
}

impl Misbehaving {
    pub(crate) fn open(store: &MemoryStore, manner: Manner) -> Opened {
        let Opened { writer, reader } = store.open();
        let writer = Box::new(Self { writer, manner });
        Opened { writer, reader }
    }

    fn is_there(&self) -> Result<(), StoreError> {
        match &self.manner {
            Manner::Away(away) if away.load(Ordering::Acquire) => Err(StoreError::Unavailable {
                place: "the store".to_owned(),
                reason: "it is away".to_owned(),
            }),
            Manner::Away(_) | Manner::ForgetsTheRelay | Manner::KeepsNothing => Ok(()),
        }
    }
}

impl Writer for Misbehaving {
    fn take_turn(&mut self) -> Result<Turn, StoreError> {
        self.is_there()?;
        self.writer.take_turn()
    }
    fn pass(&mut self) {
        self.writer.pass();
    }
    fn load(&mut self, wanted: &Wanted) -> Result<Loaded, StoreError> {
        self.writer.load(wanted)
    }
    fn commit(&mut self, changes: &Changes) -> Result<Position, StoreError> {
        if matches!(self.manner, Manner::KeepsNothing) {
            return Err(StoreError::Unavailable {
                place: "the store".to_owned(),
                reason: "it keeps nothing".to_owned(),
            });
        }
        let mut changes = changes.clone();
        if matches!(self.manner, Manner::ForgetsTheRelay) {
            changes.cursors.retain(|(cursor, _)| cursor != "relay");
        }
        self.writer.commit(&changes)
    }
    fn due(&mut self, now: Millis, limit: usize) -> Result<Vec<StoredDeadline>, StoreError> {
        self.writer.due(now, limit)
    }
    fn next_due(&mut self) -> Result<Option<Millis>, StoreError> {
        self.writer.next_due()
    }
    fn standing(&mut self) -> Result<Standing, StoreError> {
        self.writer.standing()
    }
    fn replace_kind(&mut self, kind: &str, by: &str) -> Result<(), StoreError> {
        self.writer.replace_kind(kind, by)
    }
}

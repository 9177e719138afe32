//! What a context has to know of its store before it can start.

use storm::Id;
use storm::store::{Millis, Opened, Position, StoreError, UNFINISHED_COPY};

use crate::known::Known;

/// An open store that has said all that a context has to know before it starts. So who waits for a
/// store that is away, or slow, waits here, and a context that starts does so at once.
pub struct Recalled {
    pub(crate) opened: Opened,
    pub(crate) ids_reserved: Id,
    pub(crate) head: Position,
    pub(crate) next_deadline: Option<Millis>,
    pub(crate) known: Known,
}

impl Recalled {
    /// Asks the store. Waits for the disk, or for its server.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn read(mut opened: Opened) -> Result<Self, StoreError> {
        if opened.reader.record(UNFINISHED_COPY, 1)?.is_some() {
            return Err(StoreError::Unfinished);
        }
        let standing = opened.writer.standing()?;
        Ok(Self {
            ids_reserved: standing.ids_reserved,
            head: opened.reader.head()?,
            next_deadline: standing.next_due,
            known: Known::of(standing.cursors, standing.parked),
            opened,
        })
    }
}

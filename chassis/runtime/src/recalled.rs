//! What a context has to know of its store before it can start.

use storm::Id;
use storm::store::{Changes, Millis, Opened, Position, StoreError, UNFINISHED_COPY};

use crate::bus::is_of;
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

    /// The last position in its log.
    pub fn head(&self) -> Position {
        self.head
    }

    /// The highest id that may have been given.
    pub fn ids_reserved(&self) -> Id {
        self.ids_reserved
    }

    /// How much of another context's log it has heard: the last position.
    pub fn heard(&self, producer: &str) -> Position {
        let cursors = self.known.cursors.iter();
        let of_it = cursors.filter(|(cursor, _)| is_of(cursor, producer));
        of_it.map(|(_, position)| *position).max().unwrap_or(0)
    }

    /// Goes on after this position and this id, where it does not already: what is skipped may be in
    /// use elsewhere. Waits for the disk, or for the server.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing is skipped.
    pub fn advance(&mut self, position: Position, id: Id) -> Result<(), StoreError> {
        let changes = Changes {
            log_continues_after: Some(position),
            ids_reserved: Some(id),
            ..Changes::default()
        };
        self.head = self.opened.writer.commit(&changes)?;
        self.ids_reserved = self.ids_reserved.max(id);
        Ok(())
    }
}

//! What the store knows of a context's listening, as the writer remembers it.

use std::collections::HashMap;

use storm::store::{Position, Reader, StoreError};

use crate::parking::Parking;

#[derive(Default)]
pub(crate) struct Known {
    pub(crate) parking: Parking,
    /// How far each source has been taken in, and where notifiers and the relay stand.
    pub(crate) cursors: HashMap<String, Position>,
}

impl Known {
    pub(crate) fn read(reader: &dyn Reader) -> Result<Self, StoreError> {
        let cursors = reader.cursors()?.into_iter();
        Ok(Self {
            parking: Parking::from(reader.parked()?),
            cursors: cursors
                .map(|cursor| (cursor.producer, cursor.position))
                .collect(),
        })
    }

    /// Where a cursor stands.
    pub(crate) fn seen(&self, cursor: &str) -> Position {
        self.cursors.get(cursor).copied().unwrap_or(0)
    }
}

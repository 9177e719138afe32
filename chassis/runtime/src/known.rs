//! What the store knows of a context's listening, as the writer remembers it.

use std::collections::HashMap;

use storm::store::{Position, Reader, StoreError};

use crate::parking::Parking;

pub(crate) struct Known {
    pub(crate) parking: Parking,
    /// How far each producer's log has been taken in.
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

    /// The last position of a producer's log that has been taken in.
    pub(crate) fn seen(&self, producer: &str) -> Position {
        self.cursors.get(producer).copied().unwrap_or(0)
    }
}

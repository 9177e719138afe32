//! What the store knows of a context's listening, as the writer remembers it.

use std::collections::HashMap;

use storm::store::{Cursor, ParkedEvent, Position};

use crate::parking::Parking;

#[derive(Default)]
pub(crate) struct Known {
    pub(crate) parking: Parking,
    /// How far each source has been taken in, and where notifiers and the relay stand.
    pub(crate) cursors: HashMap<String, Position>,
}

impl Known {
    pub(crate) fn of(cursors: Vec<Cursor>, parked: Vec<ParkedEvent>) -> Self {
        let cursors = cursors.into_iter();
        Self {
            parking: Parking::from(parked),
            cursors: cursors
                .map(|cursor| (cursor.producer, cursor.position))
                .collect(),
        }
    }

    /// Where a cursor stands.
    pub(crate) fn seen(&self, cursor: &str) -> Position {
        self.cursors.get(cursor).copied().unwrap_or(0)
    }
}

//! Where a record lies: all kinds share one table, each in a stretch of its own.
//!
//! A record's place is one number, its kind's and its id in one, so that finding it costs one walk
//! down a flat tree. (Under a key of two columns SQLite would keep the whole rows in the inner
//! nodes, and a million orders would lie seven levels deep instead of four.)

use rusqlite::Connection;
use storm::{Id, LARGEST_ID};

/// Ids are below this, 2^48. The statements have the same number.
const STRETCH: i64 = LARGEST_ID + 1;

const NUMBERS: &str = "SELECT name, number FROM kinds";

const NEW: &str = "INSERT INTO kinds (name, shown) VALUES (?, 0) RETURNING number";

/// Whether it can be a record's id at all. A request may ask for any number.
pub(super) fn is_id(id: Id) -> bool {
    (0..STRETCH).contains(&id)
}

/// The place of record `id` of the kind with this number; `None` where no record can be.
pub(super) fn place(number: i64, id: Id) -> Option<i64> {
    number
        .checked_mul(STRETCH)?
        .checked_add(id)
        .filter(|_| is_id(id))
}

/// The numbers of the kinds, as one transaction sees them.
pub(super) struct Kinds {
    numbers: Vec<(String, i64)>,
}

impl Kinds {
    pub(super) fn read(connection: &Connection) -> rusqlite::Result<Self> {
        let numbers = connection
            .prepare_cached(NUMBERS)?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        Ok(Self { numbers })
    }

    /// `None` when nothing of this kind was ever kept.
    pub(super) fn number(&self, kind: &str) -> Option<i64> {
        // There are a handful: going through them is quicker than hashing.
        self.numbers
            .iter()
            .find_map(|(name, number)| (name == kind).then_some(*number))
    }

    pub(super) fn number_or_new(
        &mut self,
        connection: &Connection,
        kind: &str,
    ) -> rusqlite::Result<i64> {
        if let Some(number) = self.number(kind) {
            return Ok(number);
        }
        let number = connection
            .prepare_cached(NEW)?
            .query_row([kind], |row| row.get(0))?;
        self.numbers.push((kind.to_owned(), number));
        Ok(number)
    }
}

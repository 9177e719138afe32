//! Taking a turn: one transaction that holds the one row of `store`, from the look at it to the commit.

use storm::store::{Position, StoreError, Turn};
use tokio_postgres::Row;

use super::{BEGIN, KINDS, PostgresWriter, first};
use crate::kinds::Kinds;
use crate::postgres::connection::Step;
use crate::postgres::rows;

pub(in crate::postgres) const LOCK: &str = "SELECT edition, head, mark FROM store FOR UPDATE";

/// The kinds, if they may have changed since that edition. Sees what was committed until the lock was
/// given.
const KINDS_SINCE: &str =
    "SELECT name, number FROM kinds WHERE (SELECT edition FROM store) <> $1::int8";

/// A turn that is ours.
#[derive(Clone, Copy)]
pub(super) struct Mine {
    pub(super) turn: Turn,
    /// Where the log ended as it began.
    pub(super) head: Position,
    /// The edition that it found.
    pub(super) edition: i64,
    /// Whether who has it was told if others were there before.
    pub(super) told: bool,
}

impl PostgresWriter {
    /// Begins a turn, unless it is ours already.
    pub(super) fn begin(&mut self) -> Result<Mine, StoreError> {
        if let Some(mine) = self.turn {
            return Ok(mine);
        }
        let known = self.kinds.edition();
        let steps = [
            Step::new(BEGIN),
            Step::new(LOCK),
            Step::new(KINDS_SINCE).with(known.unwrap_or(-1)),
        ];
        let answers = self.ask(&steps, true)?;
        let [_, store, kinds] = &answers[..] else {
            return Err(self.no_store());
        };
        let Some(row) = store.first() else {
            self.roll_back();
            return Err(self.no_store());
        };
        let all = row
            .try_get(0)
            .and_then(|edition| Ok((edition, row.try_get(1)?)));
        let (edition, head): (i64, _) = self.read(all)?;
        let turn = if self.left == Some(edition) {
            Turn::Unchanged
        } else {
            Turn::Changed
        };
        self.left = Some(edition);
        let mine = Mine {
            turn,
            head,
            edition,
            told: false,
        };
        self.turn = Some(mine);
        if self.kinds.edition() != Some(edition) {
            if known == Some(edition) {
                // They were known when it was asked, and are not since: on a new connection.
                let answers = self.ask(&[Step::new(KINDS)], false)?;
                self.kinds_are(edition, first(&answers))?;
            } else {
                self.kinds_are(edition, kinds)?;
            }
        }
        Ok(mine)
    }

    fn kinds_are(&mut self, edition: i64, rows: &[Row]) -> Result<(), StoreError> {
        let kinds = self.read(rows.iter().map(rows::kind).collect())?;
        self.kinds = Kinds::new(edition, kinds);
        Ok(())
    }
}

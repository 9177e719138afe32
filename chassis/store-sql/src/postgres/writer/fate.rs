//! What became of a commit whose answer was lost with its connection.

use std::hash::{BuildHasher as _, RandomState};
use std::time::{Duration, Instant};

use storm::store::{Changes, Position, StoreError};

use super::changes::continued;
use super::turn::{LOCK, Mine};
use super::{BEGIN, PostgresWriter, ROLLBACK};
use crate::postgres::connection::Step;

/// How long it is asked what became of a commit whose connection was lost.
const DOUBT: Duration = Duration::from_secs(1);

/// Between two such questions.
const PAUSE: Duration = Duration::from_millis(20);

/// What became of a commit.
enum Fate {
    /// It was the last one.
    Kept,
    /// Nobody has committed anything.
    Lost,
    /// Others have committed since.
    Unknown,
}

/// What one commit writes down, and no other.
pub(super) fn fresh_mark() -> i64 {
    RandomState::new().hash_one(0).cast_signed()
}

impl PostgresWriter {
    /// The connection was lost in a commit, so `error` does not say whether it was kept; the server
    /// may know, if it can be asked soon.
    pub(super) fn settle(
        &mut self,
        mine: Mine,
        mark: i64,
        changes: &Changes,
        error: StoreError,
    ) -> Result<Position, StoreError> {
        let until = Instant::now() + DOUBT;
        loop {
            match self.fate(mine.edition, mark) {
                Ok(Fate::Kept) => {
                    let events = i64::try_from(changes.events.len()).unwrap_or(0);
                    return Ok(continued(mine.head, changes) + events);
                }
                Ok(Fate::Lost) => return Err(error),
                Err(_) if Instant::now() < until => std::thread::sleep(PAUSE),
                Ok(Fate::Unknown) | Err(_) => return Err(self.in_doubt(error)),
            }
        }
    }

    /// What to say of a commit that may have been kept.
    pub(super) fn in_doubt(&self, error: StoreError) -> StoreError {
        match error {
            StoreError::Unavailable { reason, .. } => self.place.away(format!(
                "{reason}; whether the last commit was kept is not known"
            )),
            other => other,
        }
    }

    /// What became of a commit. If the server still works at it, it has the turn, and is waited for.
    ///
    /// The server has a word for that (`txid_status`), which is not to be believed: one that died before
    /// it wrote down that there was such a transaction gives its number to another one.
    fn fate(&mut self, found: i64, mark: i64) -> Result<Fate, StoreError> {
        let steps = [Step::new(BEGIN), Step::new(LOCK), Step::new(ROLLBACK)];
        let answers = self.ask(&steps, false)?;
        let row = answers.get(1).and_then(|rows| rows.first());
        let row = row.ok_or_else(|| self.no_store())?;
        let both = row
            .try_get(0)
            .and_then(|edition| Ok((edition, row.try_get(2)?)));
        let (edition, last): (i64, i64) = self.read(both)?;
        Ok(if edition == found {
            Fate::Lost
        } else if last == mark {
            Fate::Kept
        } else {
            Fate::Unknown
        })
    }
}

//! The writer's side: one connection, one transaction a batch.

mod changes;
mod load;

use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OptionalExtension, TransactionBehavior, params};
use storm::store::{
    Changes, Loaded, Millis, Position, Standing, StoreError, StoredDeadline, Wanted, Writer,
};

use super::file::StoreFile;
use super::reader::{CURSORS, PARKED};
use super::rows;
use crate::Durability;

const DUE: &str =
    "SELECT kind, id, name, due FROM deadlines WHERE due <= ? ORDER BY due, kind, id, name LIMIT ?";

const NEXT_DUE: &str = "SELECT min(due) FROM deadlines";

pub(super) const IDS_RESERVED: &str = "SELECT value FROM counters WHERE name = 'ids'";

/// Reads take moments; a page of a large collection, or a rebuild elsewhere, takes longer.
const READS_END: Duration = Duration::from_secs(2);

/// Why a transaction was given up.
enum Failure {
    Database(rusqlite::Error),
    Conflict(String),
    /// An id that cannot be: ids go from 1 up, one by one, and 2^48 of them are never used up.
    NoPlace(String),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

pub(super) struct SqliteWriter {
    file: StoreFile,
    durability: Durability,
    /// `None` after the disk failed, until the next try.
    connection: Option<Connection>,
}

impl SqliteWriter {
    pub(super) fn open(file: StoreFile, durability: Durability) -> Result<Self, StoreError> {
        let connection = file.write(durability)?;
        Ok(Self {
            file,
            durability,
            connection: Some(connection),
        })
    }

    /// Runs `work` on the connection. After an I/O error nothing in memory is trusted any more: the
    /// next try opens the file anew, and thereby learns what is on the disk.
    fn run<T>(
        &mut self,
        work: impl FnOnce(&mut Connection) -> Result<T, Failure>,
    ) -> Result<T, StoreError> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.file.write(self.durability)?,
        };
        let failure = match work(&mut connection) {
            Ok(done) => {
                self.connection = Some(connection);
                return Ok(done);
            }
            Err(failure) => failure,
        };
        match failure {
            Failure::Conflict(what) => {
                self.connection = Some(connection);
                Err(StoreError::Conflict(what))
            }
            Failure::NoPlace(what) => {
                self.connection = Some(connection);
                Err(StoreError::Unavailable {
                    place: self.file.place(),
                    reason: format!("no place for {what}: ids are from 0 to 2^48 - 1"),
                })
            }
            Failure::Database(error) => {
                if error.sqlite_error_code() != Some(ErrorCode::SystemIoFailure) {
                    self.connection = Some(connection);
                }
                Err(self.file.explain(error))
            }
        }
    }
}

impl Drop for SqliteWriter {
    /// Puts the log back into the file, so that the file alone is whole. Who closes the file last
    /// removes the empty log; while others have it open, they look on.
    fn drop(&mut self) {
        let Some(connection) = &self.connection else {
            return;
        };
        // SQLite waits so long for reads that have begun before the last commits, and then only says
        // that it is busy.
        let done = connection.busy_timeout(READS_END).and_then(|()| {
            connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
        });
        match done {
            Ok(0_i64) => {}
            Ok(_) => tracing::warn!(
                file = self.file.place(),
                "somebody is still reading it, so the last commits stay in its log, the file that ends in -wal; a copy needs both"
            ),
            Err(error) => tracing::warn!(
                file = self.file.place(),
                %error,
                "its log, the file that ends in -wal, was not written into it; a copy needs both"
            ),
        }
    }
}

impl Writer for SqliteWriter {
    fn load(&mut self, wanted: &Wanted) -> Result<Loaded, StoreError> {
        if *wanted == Wanted::default() {
            return Ok(Loaded::default());
        }
        self.run(|connection| {
            // One look at the file for all questions.
            let transaction = connection.transaction()?;
            let loaded = load::load(&transaction, wanted)?;
            transaction.commit()?;
            Ok(loaded)
        })
    }

    fn commit(&mut self, changes: &Changes) -> Result<Position, StoreError> {
        self.run(|connection| {
            // Dropped before its commit, by an error anywhere, it is rolled back.
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let head = changes::apply(&transaction, changes)?;
            transaction.commit()?;
            Ok(head)
        })
    }

    // Whoever opens a file to write has claimed its folder.
    fn is_alone(&self) -> bool {
        true
    }

    fn due(&mut self, now: Millis, limit: usize) -> Result<Vec<StoredDeadline>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.run(|connection| {
            let due = connection
                .prepare_cached(DUE)?
                .query_map(params![now, limit], rows::deadline)?
                .collect::<rusqlite::Result<_>>()?;
            Ok(due)
        })
    }

    fn next_due(&mut self) -> Result<Option<Millis>, StoreError> {
        self.run(|connection| {
            let next = connection
                .prepare_cached(NEXT_DUE)?
                .query_row([], |row| row.get(0))?;
            Ok(next)
        })
    }

    fn standing(&mut self) -> Result<Standing, StoreError> {
        let next_due = self.next_due()?;
        self.run(|connection| {
            let ids = connection
                .prepare_cached(IDS_RESERVED)?
                .query_row([], |row| row.get(0))
                .optional()?;
            let mut cursors = connection.prepare_cached(CURSORS)?;
            let mut parked = connection.prepare_cached(PARKED)?;
            Ok(Standing {
                ids_reserved: ids.unwrap_or(0),
                next_due,
                cursors: cursors
                    .query_map([], rows::cursor)?
                    .collect::<Result<_, _>>()?,
                parked: parked
                    .query_map([], rows::parked)?
                    .collect::<Result<_, _>>()?,
            })
        })
    }

    fn replace_kind(&mut self, kind: &str, by: &str) -> Result<(), StoreError> {
        self.run(|connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            changes::replace_kind(&transaction, kind, by)?;
            transaction.commit()?;
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests;

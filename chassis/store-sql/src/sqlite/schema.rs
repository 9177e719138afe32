//! The tables, and how a file of an earlier jumun becomes one of this.

use rusqlite::{Connection, TransactionBehavior};
use storm::store::StoreError;

use super::file::StoreFile;

/// Step `n` leads from version `n` to `n + 1`. A step that was released is never changed.
pub(super) const STEPS: &[&str] = &[include_str!("schema/1.sql")];

/// Written into the file's header: `jumn`. Tells our files from other programs'.
const APPLICATION_ID: i64 = 0x6a75_6d6e;

/// What a file's header says of it.
pub(super) enum Found {
    /// Nothing in it yet.
    Empty,
    /// A store of ours, of this version.
    Version(usize),
}

/// Reads the header, and refuses what is not ours or from a later jumun. Changes nothing.
pub(super) fn look(
    connection: &Connection,
    file: &StoreFile,
    steps: &[&str],
) -> Result<Found, StoreError> {
    let (application, version, objects): (i64, i64, i64) = connection
        .query_row(
            "SELECT (SELECT application_id FROM pragma_application_id),
                    (SELECT user_version FROM pragma_user_version),
                    (SELECT count(*) FROM sqlite_schema)",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .map_err(|error| file.explain(error))?;
    if application == 0 && version == 0 && objects == 0 {
        return Ok(Found::Empty);
    }
    if application != APPLICATION_ID {
        return Err(file.corrupt("it is a database of another program"));
    }
    match usize::try_from(version) {
        Ok(version) if version <= steps.len() => Ok(Found::Version(version)),
        _ => Err(StoreError::Newer {
            place: file.place(),
            found: version,
            known: number(steps),
        }),
    }
}

/// Brings the file to the version that `steps` lead to, in one transaction.
pub(super) fn migrate(
    connection: &mut Connection,
    file: &StoreFile,
    steps: &[&str],
) -> Result<(), StoreError> {
    let from = match look(connection, file, steps)? {
        Found::Version(version) if version == steps.len() => return Ok(()),
        Found::Version(version) => version,
        Found::Empty => 0,
    };
    take(connection, from, steps).map_err(|error| file.explain(error))
}

fn take(connection: &mut Connection, from: usize, steps: &[&str]) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for step in steps.iter().skip(from) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", number(steps))?;
    transaction.commit()
}

fn number(steps: &[&str]) -> i64 {
    i64::try_from(steps.len()).unwrap_or(i64::MAX)
}

//! The tables, and how a database of an earlier jumun becomes one of this.

use storm::store::StoreError;

use super::database::{Database, Failure};
use super::link::Link;
use super::rows;

/// Step `n` leads from version `n` to `n + 1`. A step that was released is never changed.
pub(super) const STEPS: &[&str] = &[include_str!("schema/1.sql"), include_str!("schema/2.sql")];

/// The one table that other programs' databases have not.
const FOUND: &str = "
    SELECT count(*), coalesce(sum(table_name = 'jumun_store'), 0)
    FROM information_schema.tables WHERE table_schema = database()";

const VERSION: &str = "SELECT coalesce(max(version), 0) FROM jumun_store";

const BEGIN: &str = "
    CREATE TABLE IF NOT EXISTS jumun_store (version INT NOT NULL PRIMARY KEY) ENGINE = InnoDB";

/// The name belongs to the whole server, so it says which database.
const LOCK: &str = "SELECT get_lock(concat('jumun ', sha1(database())), ";

const UNLOCK: &str = "DO release_lock(concat('jumun ', sha1(database())))";

/// What is there.
pub(super) enum Found {
    /// Nothing yet.
    Empty,
    /// A store of ours, of this version.
    Version(usize),
}

/// Looks, and refuses what is not ours or from a later jumun. Changes nothing.
pub(super) fn look(
    link: &mut Link,
    database: &Database,
    steps: &[&str],
) -> Result<Found, StoreError> {
    let why = |failure| database.why(failure);
    let (tables, ours) = counts(link).map_err(why)?;
    if tables == 0 {
        return Ok(Found::Empty);
    }
    if ours == 0 {
        return Err(database.corrupt("it is a database of another program"));
    }
    let version = number(link, VERSION).map_err(why)?;
    match usize::try_from(version) {
        Ok(version) if version <= steps.len() => Ok(Found::Version(version)),
        _ => Err(StoreError::Newer {
            place: database.place(),
            found: version,
            known: i64::try_from(steps.len()).unwrap_or(i64::MAX),
        }),
    }
}

/// Brings the database to the version that `steps` lead to. Of many replicas that start at once one
/// does it, and the others wait for it.
pub(super) fn migrate(
    link: &mut Link,
    database: &Database,
    steps: &[&str],
) -> Result<(), StoreError> {
    if is_current(&look(link, database, steps)?, steps) {
        return Ok(());
    }
    // The lock goes with the connection, too.
    let patience = database.server().statement.as_secs().max(1);
    let locked =
        number(link, &format!("{LOCK}{patience})")).map_err(|failure| database.why(failure))?;
    if locked != 1 {
        return Err(database.unavailable("waited too long for another replica to make its tables"));
    }
    // Somebody else may have done it by now.
    let done = match look(link, database, steps)? {
        Found::Version(version) => version,
        Found::Empty => 0,
    };
    take(link, done, steps).map_err(|failure| database.why(failure))
}

fn is_current(found: &Found, steps: &[&str]) -> bool {
    matches!(found, Found::Version(version) if *version == steps.len())
}

fn take(link: &mut Link, done: usize, steps: &[&str]) -> Result<(), Failure> {
    link.ask(BEGIN)?;
    for (step, version) in steps.iter().zip(1..).skip(done) {
        link.ask(step)?;
        // After each: a fall between two steps is taken up there.
        link.ask(&format!(
            "INSERT IGNORE INTO jumun_store (version) VALUES ({version})"
        ))?;
    }
    link.ask(UNLOCK)?;
    Ok(())
}

fn counts(link: &mut Link) -> Result<(i64, i64), Failure> {
    let mut answers = link.ask(FOUND)?;
    let mut row = rows::only(&mut answers)?;
    Ok((rows::take(&mut row, 0)?, rows::take(&mut row, 1)?))
}

fn number(link: &mut Link, sql: &str) -> Result<i64, Failure> {
    let mut answers = link.ask(sql)?;
    let mut row = rows::only(&mut answers)?;
    Ok(rows::take(&mut row, 0)?)
}

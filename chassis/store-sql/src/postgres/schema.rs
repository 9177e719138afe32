//! The tables, and how a schema of an earlier jumun becomes one of this.

use storm::store::StoreError;

use super::connection::{Connection, Failure, Step};
use super::explain;
use super::place::Place;
use super::texts::Sent;

/// Step `n` leads from version `n` to `n + 1`. A step that was released is never changed.
pub(super) const STEPS: &[&str] = &[include_str!("schema/1.sql"), include_str!("schema/2.sql")];

/// Replicas that start at once make one schema after the other. The number says `jumn`, so that
/// the lock is no other program's.
const ALONE: &str = "SELECT pg_advisory_xact_lock(1786080622, hashtext($1::text))";

const LOOK: &str = "
    SELECT current_setting('server_encoding')::text,
           EXISTS (SELECT FROM pg_namespace WHERE nspname = $1::text),
           EXISTS (SELECT FROM pg_class WHERE relnamespace = to_regnamespace(quote_ident($1))),
           to_regclass(quote_ident($1) || '.jumun') IS NOT NULL";

// By its name in the search path, which is the schema alone.
const VERSION: &str = "SELECT max(version)::int8, count(*)::int8 FROM jumun";

/// What a schema says of itself.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// There is no such schema.
    Nothing,
    /// Nothing in it yet.
    Empty,
    /// A store of ours, of this version.
    Version(usize),
}

/// Looks, and refuses what is not ours or from a later jumun. Changes nothing.
pub(super) fn look(
    connection: &mut Connection,
    place: &Place,
    steps: &[&str],
) -> Result<Found, StoreError> {
    let explained = |failure: Failure| explain::failed(place, &failure);
    let corrupt = |reason: &str| StoreError::Corrupt {
        place: place.name(),
        reason: reason.to_owned(),
    };
    let answers = connection
        .ask(&[Step::new(LOOK).with(Sent(place.scope()))])
        .map_err(explained)?;
    let row = answers.iter().flatten().next();
    let row = row.ok_or_else(|| corrupt("the server says nothing"))?;
    let get = |column| {
        row.try_get::<_, bool>(column)
            .map_err(|error| explain::unreadable(place, &error))
    };
    let encoding: String = row
        .try_get(0)
        .map_err(|error| explain::unreadable(place, &error))?;
    if encoding != "UTF8" {
        return Err(place.away(format!(
            "the database keeps its texts as {encoding}; make one with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0"
        )));
    }
    match (get(1)?, get(2)?, get(3)?) {
        (false, ..) => return Ok(Found::Nothing),
        (true, false, false) => return Ok(Found::Empty),
        (true, true, false) => return Err(corrupt("the schema is another program's")),
        (true, _, true) => {}
    }
    let answers = connection.ask(&[Step::new(VERSION)]).map_err(explained)?;
    let version = answers.iter().flatten().next().and_then(|row| {
        let one = row.try_get::<_, i64>(1).ok()? == 1;
        one.then(|| row.try_get::<_, i64>(0).ok()).flatten()
    });
    let version = version.ok_or_else(|| corrupt("its table `jumun` has no version"))?;
    match usize::try_from(version) {
        Ok(version) if version <= steps.len() => Ok(Found::Version(version)),
        _ => Err(StoreError::Newer {
            place: place.name(),
            found: version,
            known: number(steps),
        }),
    }
}

/// Brings the schema to the version that `steps` lead to, in one transaction.
pub(super) fn migrate(
    connection: &mut Connection,
    place: &Place,
    steps: &[&str],
) -> Result<(), StoreError> {
    if look(connection, place, steps)? == Found::Version(steps.len()) {
        return Ok(());
    }
    let explained = |failure: Failure| explain::failed(place, &failure);
    connection
        .ask(&[
            Step::new("BEGIN"),
            Step::new(ALONE).with(Sent(place.scope())),
        ])
        .map_err(explained)?;
    // Somebody else may have done it meanwhile.
    let found = look(connection, place, steps)?;
    connection
        .run(&script(&found, place, steps))
        .map_err(explained)?;
    connection.ask(&[Step::new("COMMIT")]).map_err(explained)?;
    Ok(())
}

fn script(found: &Found, place: &Place, steps: &[&str]) -> String {
    let mut script = Vec::new();
    // Whoever may not make schemas can be given an empty one.
    if *found == Found::Nothing {
        script.push(format!("CREATE SCHEMA \"{}\"", place.scope()));
    }
    let from = match found {
        Found::Version(version) => *version,
        Found::Nothing | Found::Empty => {
            script.push("CREATE TABLE jumun (version int8 NOT NULL)".to_owned());
            script.push("INSERT INTO jumun VALUES (0)".to_owned());
            0
        }
    };
    let steps_left = steps.iter().skip(from).map(|step| (*step).to_owned());
    script.extend(steps_left);
    script.push(format!("UPDATE jumun SET version = {}", number(steps)));
    script.join("\n;\n")
}

fn number(steps: &[&str]) -> i64 {
    i64::try_from(steps.len()).unwrap_or(i64::MAX)
}

//! `JUMUN_…` variables: the file's keys, in capitals, `__` between a section and its key.

use serde::Deserialize;
use storm::{Context, System};
use toml::{Table, Value};

use super::file::Parts;
use super::place::{Wrong, with_suggestion};

const PREFIX: &str = "JUMUN_";

/// Read by the command line itself, before there is a configuration to put them in.
const ELSEWHERE: [&str; 1] = ["JUMUN_CONFIG"];

/// What one variable sets.
pub(super) struct Variable {
    pub(super) name: String,
    pub(super) table: Table,
    pub(super) parts: Parts,
}

/// Those of the variables that are ours, by name.
pub(super) fn read(
    variables: &[(String, String)],
    systems: &[System],
) -> Vec<Result<Variable, Wrong>> {
    let mut ours: Vec<_> = variables
        .iter()
        .filter(|(name, _)| name.starts_with(PREFIX) && !ELSEWHERE.contains(&name.as_str()))
        .collect();
    ours.sort();
    ours.into_iter()
        .map(|(name, text)| one(name, text, systems))
        .collect()
}

fn one(name: &str, text: &str, systems: &[System]) -> Result<Variable, Wrong> {
    let key = name.strip_prefix(PREFIX).unwrap_or(name).to_lowercase();
    let mut path: Vec<&str> = key.split("__").collect();
    if let ["systems", system, context, ..] = &mut path[..] {
        *context = spelled(system, context, systems).unwrap_or(context);
    }
    let as_text = nested(&path, Value::String(text.to_owned()));
    // A password is what it is, whatever else it looks like.
    let secret = key.ends_with("password");
    let typed = (!secret)
        .then(|| format!("value = {text}").parse::<Table>().ok())
        .flatten()
        .filter(|table| table.len() == 1)
        .and_then(|mut table| table.remove("value"))
        .map(|value| nested(&path, value));
    let typed = typed.and_then(|table| Some((Parts::deserialize(table.clone()).ok()?, table)));
    let (parts, table) = match typed {
        Some(read) => read,
        None => match Parts::deserialize(as_text.clone()) {
            Ok(parts) => (parts, as_text),
            Err(error) => {
                return Err(Wrong {
                    place: name.to_owned(),
                    message: with_suggestion(error.message()),
                });
            }
        },
    };
    Ok(Variable {
        name: name.to_owned(),
        table,
        parts,
    })
}

/// As the system's declaration spells the context: some have capitals in their names, and all have
/// in a variable's.
fn spelled(system: &str, context: &str, systems: &[System]) -> Option<&'static str> {
    let system = systems.iter().find(|known| known.name() == system)?;
    let mut names = system.contexts().iter().map(Context::name);
    names.find(|name| name.eq_ignore_ascii_case(context))
}

fn nested(path: &[&str], value: Value) -> Table {
    let mut table = Table::new();
    if let Some((first, rest)) = path.split_first() {
        let value = if rest.is_empty() {
            value
        } else {
            Value::Table(nested(rest, value))
        };
        table.insert((*first).to_owned(), value);
    }
    table
}

/// Puts what `over` sets into `under`.
pub(super) fn merge(under: &mut Table, over: Table) {
    for (key, value) in over {
        // A password in one source replaces the file that another names, and the other way round.
        if let Some(other) = match key.strip_suffix("_file") {
            Some(key) if key.ends_with("password") => Some(key.to_owned()),
            None if key.ends_with("password") => Some(format!("{key}_file")),
            _ => None,
        } {
            under.remove(&other);
        }
        match (under.get_mut(&key), value) {
            (Some(Value::Table(under)), Value::Table(over)) => merge(under, over),
            (_, value) => {
                under.insert(key, value);
            }
        }
    }
}

//! Who may write to the files of a system or context, and how files of an earlier layout come to
//! where they belong.

use anyhow::Result;
use store_sql::sqlite::{self, DataFolder};
use storm::Context;
use storm::store::StoreError;

use crate::configuration::{Configuration, Store};

/// Takes all files of a system.
///
/// # Errors
/// When another process has one of them, or the folder cannot be written.
pub fn claim(system: &str, configuration: &Configuration) -> Result<DataFolder> {
    let claimed = DataFolder::claim(&configuration.folder(system));
    claimed.map_err(|error| explain(system, configuration, error))
}

/// Takes the file of one context.
///
/// # Errors
/// As [`claim`].
pub fn claim_context(
    system: &str,
    context: &str,
    configuration: &Configuration,
) -> Result<DataFolder> {
    let claimed = DataFolder::claim_context(&configuration.folder(system), context);
    claimed.map_err(|error| explain(system, configuration, error))
}

fn explain(system: &str, configuration: &Configuration, error: StoreError) -> anyhow::Error {
    match error {
        // It says itself who has it, and what to do.
        StoreError::InUse { .. } => error.into(),
        other => anyhow::Error::new(other).context(format!(
            "the data of {system} cannot be kept in {}; choose a folder that can be written to with --data",
            configuration.folder(system).display()
        )),
    }
}

/// Moves the files of these contexts, which must be claimed, from where an earlier version kept those
/// of contexts that were processes of their own, and says so.
///
/// # Errors
/// When one is in use there, or it is not clear which file is the right one; then that is as it was.
pub fn bring_in<'a>(
    system: &str,
    contexts: impl IntoIterator<Item = &'a Context>,
    configuration: &Configuration,
) -> Result<()> {
    let folder = configuration.folder(system);
    let mut moved = Vec::new();
    for context in contexts.into_iter().map(Context::name) {
        if configuration.store(system, context) == Store::Sqlite
            && sqlite::bring_in(&folder, context)?
        {
            moved.push(context);
        }
    }
    if !moved.is_empty() {
        // Whoever copies files by their path has to know.
        tracing::warn!(
            system,
            contexts = moved.join(", "),
            "stores were moved from {0}/CONTEXT/CONTEXT.sqlite, where an earlier version kept them, to {0}/CONTEXT.sqlite",
            folder.display()
        );
    }
    Ok(())
}

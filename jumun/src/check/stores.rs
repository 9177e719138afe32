//! The contexts' stores: there, readable, and fit for how they are to be run.

use store_sql::sqlite::DataFolder;
use storm::System;
use storm::store::StoreError;
use tokio::task::spawn_blocking;

use super::Finding;
use crate::configuration::{Configuration, Store};
use crate::{engines, split, stores};

/// Reads each, and changes nothing.
pub(super) async fn look(system: &System, configuration: &Configuration) -> Vec<Finding> {
    let name = system.name();
    let mut findings = Vec::new();
    let folder = configuration.folder(name);
    if let Some(holder) = DataFolder::holder(&folder) {
        findings.push(Finding::Fine(format!(
            "{}: is in use by a running jumun (process {}); `jumun up` would be refused until it ends",
            folder.display(),
            holder.process
        )));
    }
    let apart = DataFolder::context_holders(&folder).into_iter();
    let apart = apart.map(|(context, holder)| format!("{context}: process {}", holder.process));
    let apart: Vec<String> = apart.collect();
    if !apart.is_empty() {
        findings.push(Finding::Fine(format!(
            "{}: is in use by running contexts ({}); `jumun up` would be refused until they end",
            folder.display(),
            apart.join(", ")
        )));
    }
    let looks: Vec<_> = system
        .contexts()
        .iter()
        .map(|context| {
            let (context, configuration) = (context.name(), configuration.clone());
            // Those on servers may take as long as a connection.
            spawn_blocking(move || one(name, context, &configuration))
        })
        .collect();
    for look in looks {
        let gave_up = |error| Finding::Wrong(format!("a store's thread panicked: {error}"));
        findings.push(look.await.unwrap_or_else(gave_up));
    }
    for context in system.contexts() {
        findings.extend(older(system, context.name(), configuration).await);
    }
    findings
}

/// A context whose log is shorter than what others have heard of it would not start.
async fn older(system: &System, context: &str, configuration: &Configuration) -> Option<Finding> {
    let name = system.name();
    let file = configuration.store(name, context) == Store::Sqlite;
    // First, as its log may grow meanwhile.
    let heard = stores::heard_elsewhere(system, context, configuration).await;
    let head = if file && !stores::has_file(name, context, configuration) {
        0
    } else {
        let (context, configuration) = (context.to_owned(), configuration.clone());
        let look =
            spawn_blocking(move || Ok(stores::look(name, &context, &configuration)?.head()?));
        // What cannot be read has been told already.
        let head: anyhow::Result<i64> = look.await.ok()?;
        head.ok()?
    };
    let refused = stores::refuse_older(name, context, head, &heard).err()?;
    Some(Finding::Wrong(refused.to_string()))
}

fn one(system: &str, context: &str, configuration: &Configuration) -> Finding {
    let store = configuration.store(system, context);
    let place = match &store {
        Store::Sqlite => String::new(),
        server => format!(" on {server}"),
    };
    if let Err(error) = engines::store(&store) {
        return Finding::Wrong(format!("store of {context}{place}: {error}"));
    }
    if store == Store::Sqlite && !stores::has_file(system, context, configuration) {
        return Finding::Fine(format!("store of {context}: will be made"));
    }
    let read = stores::look(system, context, configuration)
        .and_then(|reader| Ok((reader.head()?, reader.parked()?.len())));
    match read {
        Ok((head, 0)) => Finding::Fine(format!("store of {context}{place}: {head} events")),
        Ok((head, parked)) => Finding::Warning(format!(
            "store of {context}{place}: {head} events, {parked} held back; see `jumun dead-letters {system}`"
        )),
        Err(error) if is_empty(&error) => {
            Finding::Fine(format!("store of {context}{place}: will be made"))
        }
        Err(error) => Finding::Wrong(format!("store of {context}: {error}")),
    }
}

fn is_empty(error: &anyhow::Error) -> bool {
    match error.downcast_ref() {
        Some(StoreError::Unavailable { reason, .. }) => stores::is_nothing_yet(reason),
        _ => false,
    }
}

/// What one process can do, and several cannot.
pub(super) fn shapes(system: &System, configuration: &Configuration) -> Vec<Finding> {
    let name = system.name();
    let mut findings = Vec::new();
    let mut deaf = None;
    for context in system.contexts() {
        let addresses = configuration.of_context(name, context.name()).addresses;
        let file = configuration.store(name, context.name()) == Store::Sqlite;
        if file && addresses.len() > 1 {
            findings.push(Finding::Wrong(format!(
                "replicas of {}: its `address` names {}, and a SQLite file has one process; put its `store` on a server",
                context.name(),
                addresses.len()
            )));
        }
        if addresses.len() > 1 && configuration.kafka.is_none() {
            findings.push(Finding::Wrong(format!(
                "replicas of {}: they share the work through Kafka; set `brokers` under [kafka]",
                context.name()
            )));
        }
        deaf = deaf.or(split::hears_all(system, context, configuration).err());
    }
    // One process for all can do without.
    findings.extend(deaf.map(|why| {
        Finding::Warning(format!(
            "{name}: `jumun up {name}` can run it, `--split` and `jumun serve` cannot: {why}"
        ))
    }));
    findings
}

#[cfg(test)]
mod tests;

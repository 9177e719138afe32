//! Stores that are older than what other contexts have heard of them: put back from a backup, or cut
//! short. Such a context would give ids again that others know as somebody else's, and tell events at
//! positions that others have taken in already, and so pass over (I1, I4).

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use runtime::{Recalled, heard_of};
use storm::store::Position;
use storm::{Context, System};
use tokio::task::spawn_blocking;

use super::look;
use crate::configuration::Configuration;

/// A store that has not answered within this is left out.
const PATIENCE: Duration = Duration::from_secs(3);

/// How much of a context's log another one has heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// The one that listens.
    pub consumer: &'static str,
    /// The last position that it has taken in.
    pub up_to: Position,
}

/// The other contexts that listen to this one.
pub fn consumers<'a>(
    system: &'a System,
    producer: &'a str,
) -> impl Iterator<Item = &'a Context> + 'a {
    let others = system.contexts().iter();
    others.filter(move |context| {
        context.name() != producer && system.producers_for(context).contains(&producer)
    })
}

/// What others have heard of `producer`, as their stores say. A store that is not there, or cannot be
/// reached from here, says nothing.
pub async fn heard_elsewhere(
    system: &System,
    producer: &str,
    configuration: &Configuration,
) -> Vec<Heard> {
    let looks: Vec<_> = consumers(system, producer)
        .map(|consumer| {
            let (system, consumer) = (system.name(), consumer.name());
            let configuration = configuration.clone();
            let looking =
                spawn_blocking(move || Ok(look(system, consumer, &configuration)?.cursors()?));
            (consumer, tokio::time::timeout(PATIENCE, looking))
        })
        .collect();
    let mut heard = Vec::new();
    for (consumer, looking) in looks {
        let cursors = looking.await.context("no answer in time");
        match cursors.and_then(|looked| looked.context("the look panicked")?) {
            Ok(cursors) => heard.push(Heard {
                consumer,
                up_to: heard_of(producer, &cursors),
            }),
            Err(error) => {
                tracing::debug!(
                    producer,
                    consumer,
                    "what it has heard is not known: {error:#}"
                );
            }
        }
    }
    heard
}

/// Refuses contexts of one process whose stores are older than what the others' have heard.
///
/// # Errors
/// As [`refuse_older`].
pub fn refuse_any_older(system: &System, stores: &[Recalled]) -> Result<()> {
    for (context, store) in system.contexts().iter().zip(stores) {
        let name = context.name();
        let others = system.contexts().iter().zip(stores);
        let heard: Vec<Heard> = others
            .filter(|(other, _)| consumers(system, name).any(|found| found.name() == other.name()))
            .map(|(other, store)| Heard {
                consumer: other.name(),
                up_to: store.heard(name),
            })
            .collect();
        refuse_older(system.name(), name, store.head(), &heard)?;
    }
    Ok(())
}

/// Refuses a context whose log ends at `head` where others have heard more.
///
/// # Errors
/// Who has heard how much, and what to do.
pub fn refuse_older(system: &str, context: &str, head: Position, heard: &[Heard]) -> Result<()> {
    let ahead: Vec<String> = heard
        .iter()
        .filter(|heard| heard.up_to > head)
        .map(|Heard { consumer, up_to }| {
            format!(
                "{consumer} has heard it up to {up_to} ({} more)",
                up_to - head
            )
        })
        .collect();
    if ahead.is_empty() {
        return Ok(());
    }
    bail!(
        "the store of {context} is older than what others know of it: its log ends at position {head}, and {}. It would give ids again that are somebody's already. Put the newer store back; if there is none, `jumun advance {system} {context}` skips what may be in use, and then it starts",
        ahead.join(", ")
    )
}

//! `jumun up SYSTEM --split`: a process for the door and for each context, or several for it, kept
//! running on this machine, and stopped together.

mod child;
mod greeting;
mod liveness;
mod plan;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::time::Duration;

use anyhow::{Result, bail};
use storm::System;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::configuration::{Configuration, Store, Supervise};
use crate::stopping::Stop;
use crate::up::say;
use crate::{engines, split};

use child::{Child, News, Phase};
use plan::Plan;

/// For requests on their way through the door, before the contexts behind it are told to stop.
const DOOR_FIRST: Duration = Duration::from_secs(4);
/// From a second Ctrl-C to the end, at most: nothing is waited for any more.
const AT_ONCE: Duration = Duration::from_secs(1);

/// Runs a system as processes until a signal says stop. `flags` go to each of them.
///
/// # Errors
/// What cannot be had, in the words of the process that cannot be started; then none runs.
pub async fn run(
    system: System,
    replicas: u16,
    flags: Vec<OsString>,
    configuration: &Configuration,
) -> Result<()> {
    let mut stop = Stop::new()?;
    fits(&system, replicas, configuration)?;
    let plan = Plan::of(&system, replicas, flags, configuration).await?;
    let (tell, mut news) = mpsc::unbounded_channel();
    let phase = watch::Sender::new(Phase::Up);
    let mut running = JoinSet::new();
    let mut waited_for = BTreeSet::new();
    let width = plan.parts.iter().map(|part| part.name.len()).max();
    for part in plan.parts.clone() {
        waited_for.insert(part.name.clone());
        let child = Child {
            part,
            width: width.unwrap_or(0),
            supervise: Supervise {
                // It may take requests for the whole pause.
                grace: configuration
                    .supervise
                    .grace
                    .saturating_add(configuration.stop_pause),
                ..configuration.supervise
            },
            tell: tell.clone(),
        };
        running.spawn(child.keep(phase.subscribe()));
    }
    let failed = loop {
        tokio::select! {
            () = stop.signal() => break None,
            told = news.recv() => match told {
                Some(News::Serves(name)) => {
                    if waited_for.remove(&name) && waited_for.is_empty() {
                        say(&greeting::text(&system, &plan, configuration));
                    }
                }
                Some(News::Failed(why)) => break Some(why),
                // Each child has a way to tell until it ends.
                None => break None,
            },
        }
    };
    if failed.is_none() {
        say("stopping: what is under way is finished first; Ctrl-C again ends at once");
    }
    // The door's processes pause before the others', and each kind in its turn.
    let pause = configuration.stop_pause.saturating_mul(2);
    let finished = stop
        .finish(pause, end(&phase, &mut news, &mut running))
        .await;
    if finished.is_err() {
        phase.send_replace(Phase::Killed);
        // Whatever is left ends when its standard input does, with this process.
        let ended = async { while running.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(AT_ONCE, ended).await;
    }
    match failed {
        Some(why) => bail!(why),
        None => finished,
    }
}

/// The door first, so that what has come in by it is answered; then all others at once.
async fn end(
    phase: &watch::Sender<Phase>,
    news: &mut mpsc::UnboundedReceiver<News>,
    running: &mut JoinSet<bool>,
) {
    phase.send_replace(Phase::DoorStops);
    let door = async {
        // Each tells whether it is the door when it has ended.
        while let Some(ended) = running.join_next().await {
            if ended.unwrap_or(false) {
                return;
            }
        }
    };
    let _ = tokio::time::timeout(DOOR_FIRST, door).await;
    phase.send_replace(Phase::AllStop);
    while running.join_next().await.is_some() {}
    news.close();
}

/// What can be said before anything is started.
fn fits(system: &System, replicas: u16, configuration: &Configuration) -> Result<()> {
    engines::bus(configuration)?;
    for context in system.contexts() {
        engines::store(&configuration.store(system.name(), context.name()))?;
        split::hears_all(system, context, configuration)?;
    }
    if replicas == 1 {
        return Ok(());
    }
    let name = system.name();
    if configuration.kafka.is_none() {
        bail!(
            "replicas share the work through Kafka; set `brokers` under [kafka], or leave out --replicas"
        );
    }
    let on_server =
        |context: &storm::Context| configuration.store(name, context.name()) != Store::Sqlite;
    if !system.contexts().iter().any(on_server) {
        bail!(
            "no context of {name} has its store on a server, and a SQLite file has one process; set `store` for {name}, or leave out --replicas"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests;

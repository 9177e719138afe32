//! `jumun up`: whole systems in this process.

mod greeting;
mod places;

use std::sync::Arc;

use anyhow::{Context as _, Result};
use gateway::{Backend, Front, Gateway, Upstream};
use http_api::{ContextApi, Endpoint, Limits};
use runtime::Recalled;
use store_sql::sqlite::DataFolder;
use storm::System;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::assembly::{self, Assembly, Shared};
use crate::configuration::{Configuration, Secret};
use crate::descriptors::{self, Needs};
use crate::entrance::Entrance;
use crate::ports;
use crate::stopping::{GRACE, Stop};
use crate::stores::{self, Patience};

pub use greeting::{Greeting, say, say_drawn, try_this};
use places::Places;
pub use places::{doors, port_of, url, urls, wanted};

/// One system at work.
pub struct Up {
    name: &'static str,
    assembly: Assembly,
    gateway: Arc<Gateway>,
    folder: DataFolder,
}

/// Runs systems until a signal says stop.
///
/// # Errors
/// What cannot be had: a port, the data folder, a store. Then nothing runs.
pub async fn run(chosen: Vec<System>, configuration: &Configuration, chaos: bool) -> Result<()> {
    let example = chosen.first().and_then(System::example);
    let mut stop = Stop::new()?;
    let places = Places::of(&chosen, configuration);
    // First, for what is in the way is found soonest there; who connects now waits in the queue.
    let mut listeners = ports::listen(&places.wanted).await?.into_iter();
    let gateways: Vec<TcpListener> = listeners.by_ref().take(places.gateways).collect();
    let urls = urls(&gateways)?;
    let token = token(configuration)?;
    let entrance = Entrance::behind(configuration.trusted_proxies.clone());
    let limits = limits(configuration, Needs::of_systems(&chosen, configuration));
    let mut serving = JoinSet::new();
    let front_door = entrance.door();
    for listener in gateways {
        serving.spawn(Arc::clone(&front_door).serve(listener, limits.clone(), stop.told()));
    }
    let own_door = |listener| {
        let door = entrance.door();
        let limits = limits.clone().behind_a_gateway();
        serving.spawn(Arc::clone(&door).serve(listener, limits, stop.told()));
        door
    };
    let own_doors: Vec<_> = listeners.map(own_door).collect();

    let patience = Patience::Waits(entrance.clone());
    let mut up = Vec::new();
    for system in chosen {
        let mode = Mode {
            chaos,
            listen: true,
        };
        // Only servers that are away take long, and nothing has begun before they are there.
        let opened = tokio::select! {
            opened = open(&system, configuration, &patience) => opened?,
            () = stop.signal() => {
                stop_all(&up).await;
                return Ok(());
            }
        };
        up.push(start(system, opened, configuration, mode, &token).await?);
    }
    let doors = up
        .iter()
        .map(|s| (s.name.to_owned(), Arc::clone(&s.gateway)));
    front_door.leads_to(Arc::new(Front::new(doors.collect())));
    let apis: Vec<Arc<ContextApi>> = up.iter().flat_map(|s| s.assembly.apis.clone()).collect();
    for (door, api) in own_doors.iter().zip(&apis) {
        door.leads_to(Arc::clone(api) as Arc<dyn Endpoint>);
    }
    entrance.opens();
    for system in &mut up {
        leave_word(&mut system.folder, urls.first(), &token)?;
    }
    let ports = places.wanted.iter().skip(places.gateways);
    let mut ports = ports.map(|wanted| wanted.address.port());
    let running = up.iter().map(|system| {
        let names = system.assembly.apis.iter();
        let names = names.map(|api| api.running().context().name());
        greeting::Running {
            name: system.name,
            contexts: names.map(|name| (name, ports.next())).collect(),
        }
    });
    Greeting {
        systems: running.collect(),
        gateways: &urls,
        configuration,
        chaos,
        example,
    }
    .say();

    stop.signal().await;
    say("stopping: what is under way is finished first; Ctrl-C again ends at once");
    for system in &up {
        system.gateway.stop();
    }
    for api in &apis {
        api.drain();
    }
    stop.tell();
    let work = async {
        let cut: usize = serving.join_all().await.into_iter().sum();
        if cut > 0 {
            tracing::warn!(connections = cut, "cut off: they took too long to end");
        }
        assembly::stop(&apis).await;
    };
    stop.finish(configuration.stop_pause, work).await
}

impl Up {
    /// Its door.
    pub fn gateway(&self) -> &Arc<Gateway> {
        &self.gateway
    }

    /// Ends its contexts, and lets its folder go.
    pub async fn stop(&self) {
        self.assembly.stop().await;
    }
}

/// Starts a system for its operator alone: nothing listens, and no event is taken in.
///
/// # Errors
/// When its folder or a store cannot be used.
pub async fn repairing(
    system: System,
    configuration: &Configuration,
    token: &Secret,
) -> Result<Up> {
    let mode = Mode {
        chaos: false,
        listen: false,
    };
    let opened = open(&system, configuration, &Patience::Fails).await?;
    start(system, opened, configuration, mode, token).await
}

async fn stop_all(up: &[Up]) {
    for system in up {
        system.stop().await;
    }
}

#[derive(Clone, Copy)]
struct Mode {
    chaos: bool,
    listen: bool,
}

/// Claims the folder, and opens the stores.
async fn open(
    system: &System,
    configuration: &Configuration,
    patience: &Patience,
) -> Result<(DataFolder, Vec<Recalled>)> {
    let name = system.name();
    let folder = stores::claim(name, configuration)?;
    stores::bring_in(name, system.contexts(), configuration)?;
    let opened = stores::open(name, system.contexts(), configuration, patience);
    let opened = opened.await?;
    stores::refuse_any_older(system, &opened)?;
    Ok((folder, opened))
}

async fn start(
    system: System,
    (folder, stores): (DataFolder, Vec<Recalled>),
    configuration: &Configuration,
    mode: Mode,
    token: &Secret,
) -> Result<Up> {
    let name = system.name();
    let shared = Shared {
        configuration,
        chaos: mode.chaos,
        token: Some(token),
        listen: mode.listen,
    };
    let assembly = Assembly::start(system, stores, &shared).await?;
    let settings = gateway::Settings {
        system: name.to_owned(),
        version: env!("CARGO_PKG_VERSION"),
        metrics: Arc::new(assembly.metrics()),
    };
    let backends = assembly.apis.iter().map(|api| {
        let context = api.running().context();
        Backend {
            context: context.name().to_owned(),
            collections: context
                .collections()
                .into_iter()
                .map(str::to_owned)
                .collect(),
            upstream: Upstream::Here(Arc::clone(api) as Arc<dyn Endpoint>),
        }
    });
    let gateway = Arc::new(Gateway::new(settings, backends.collect()));
    Ok(Up {
        name,
        assembly,
        gateway,
        folder,
    })
}

/// What servers put up with, as configured, in a process that has these needs besides.
pub fn limits(configuration: &Configuration, needs: Needs) -> Limits {
    Limits {
        head_time: configuration.header_timeout,
        write_time: configuration.write_timeout,
        connections: descriptors::connections(configuration, needs),
        pause: configuration.stop_pause,
        grace: GRACE,
        ..Limits::default()
    }
}

/// The operator's token: the configured one, or a new one that only the data folder tells.
///
/// # Errors
/// When the system has no randomness.
pub fn token(configuration: &Configuration) -> Result<Secret> {
    if let Some(token) = &configuration.admin_token {
        return Ok(token.clone());
    }
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).context("the system gives no random numbers")?;
    Ok(Secret::new(format!("{:032x}", u128::from_ne_bytes(bytes))))
}

/// Tells other commands on this machine, run by the same user, how to reach this process.
fn leave_word(folder: &mut DataFolder, url: Option<&String>, token: &Secret) -> Result<()> {
    let word = crate::repair::Word {
        url: url.cloned().unwrap_or_default(),
        token: token.clone(),
    };
    word.leave(folder)
}

#[cfg(test)]
mod tests;

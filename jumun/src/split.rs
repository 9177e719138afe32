//! `jumun serve` and `jumun gateway`: one context, or the door alone, as a process of its own.

pub(crate) mod bus;
mod neighbour;
mod parent;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use gateway::{Backend, Front, Gateway, Remote, Upstream};
use http_api::{ContextApi, Edge, Endpoint, OverHttp, Upstreams};
use runtime::{Recalled, Running};
use store_sql::sqlite::DataFolder;
use storm::store::StoreError;
use storm::{Context, System};
use tokio::time::Instant;

use crate::assembly::{self, Shared};
use crate::configuration::{Configuration, Secret, Store};
use crate::descriptors::Needs;
use crate::entrance::Entrance;
use crate::ports::{self, Wanted};
use crate::stopping::{PATIENCE, Stop};
use crate::stores::{self, Patience};
use crate::{engines, notifying, repair, systems, up};
use bus::{Joined, Told};
use parent::Parent;

/// What a process that is [supervised](crate::supervising) says when it can be used.
pub const SERVING: &str = "serving";

/// How often a folder that is in use is looked at again.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// How a process of several is run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mode {
    /// Whether faults on purpose are allowed.
    pub chaos: bool,
    /// Whether it ends with the process that started it, and has no greeting of its own.
    pub supervised: bool,
}

/// Runs one context until a signal says stop.
///
/// # Errors
/// What cannot be had: the port, the data folder, the store. Then nothing runs.
pub async fn serve(
    system: System,
    context: &str,
    configuration: &Configuration,
    mode: Mode,
) -> Result<()> {
    let declared = systems::context(&system, context)?;
    let mut stop = Stop::new()?;
    let mut parent = Parent::of(mode.supervised);
    engines::bus(configuration)?;
    hears_all(&system, declared, configuration)?;
    let wanted = Wanted {
        whom: declared.name().to_owned(),
        address: SocketAddr::new(
            configuration.bind,
            configuration
                .port
                .unwrap_or_else(|| up::port_of(&system, declared, configuration)),
        ),
    };
    let listeners = ports::listen(&[wanted]).await?;
    let urls = up::urls(&listeners)?;
    let token = up::token(configuration)?;
    let mut folder = tokio::select! {
        folder = own_folder_at_last(&system, declared, configuration, mode) => folder?,
        () = stop.signal() => return Ok(()),
        () = parent.gone() => return Ok(()),
    };
    let entrance = Entrance::behind(configuration.trusted_proxies.clone());
    let door = entrance.door();
    let needs = Needs::of_context(&system, declared, configuration);
    let limits = up::limits(configuration, needs).behind_a_gateway();
    let serving = listeners.into_iter().map(|listener| {
        tokio::spawn(Arc::clone(&door).serve(listener, limits.clone(), stop.told()))
    });
    let serving: Vec<_> = serving.collect();
    let store = tokio::select! {
        store = open(&system, declared, configuration, &entrance) => store?,
        () = stop.signal() => return Ok(()),
        () = parent.gone() => return Ok(()),
    };
    let shared = Shared {
        configuration,
        chaos: mode.chaos,
        token: Some(&token),
        listen: true,
    };
    let kept = configuration.store(system.name(), context);
    let (api, bus) = alone(system, context, store, &shared)?;
    door.leads_to(Arc::clone(&api) as Arc<dyn Endpoint>);
    entrance.opens();
    if let Some(folder) = &mut folder {
        leave_word(folder, &urls, &token)?;
    }
    if mode.supervised {
        up::say(SERVING);
    } else {
        let kept = match (&kept, &folder) {
            (Store::Sqlite, Some(folder)) => format!("data      {}", folder.path().display()),
            _ => format!("store     {kept}"),
        };
        up::say(&format!(
            "jumun {}: {context} is up\n  context   {}\n  {kept}",
            env!("CARGO_PKG_VERSION"),
            urls.join("  "),
        ));
    }
    tokio::select! {
        () = stop.signal() => {}
        () = parent.gone() => {}
    }
    api.drain();
    stop.tell();
    stop.finish(configuration.stop_pause, async move {
        for server in serving {
            // A server that panicked has ended too.
            let _ = server.await;
        }
        if let Some(bus) = bus {
            bus.stop().await;
        }
        api.running().stop().await;
    })
    .await
}

/// As [`own_folder`]. Who is supervised waits for one that has it and is just ending: that of a
/// supervisor that was killed, and started again at once.
async fn own_folder_at_last(
    system: &System,
    context: &Context,
    configuration: &Configuration,
    mode: Mode,
) -> Result<Option<DataFolder>> {
    let until = Instant::now() + PATIENCE;
    loop {
        match own_folder(system, context, configuration) {
            Err(error)
                if mode.supervised
                    && matches!(error.downcast_ref(), Some(StoreError::InUse { .. }))
                    && Instant::now() < until =>
            {
                tokio::time::sleep(LOOK_AGAIN).await;
            }
            done => return done,
        }
    }
}

/// The right to write to this context's file. One whose store is on a server needs none, but for the
/// word to other commands on this machine, which the first of its replicas leaves.
fn own_folder(
    system: &System,
    context: &Context,
    configuration: &Configuration,
) -> Result<Option<DataFolder>> {
    let name = context.name();
    let claimed = stores::claim_context(system.name(), name, configuration);
    if configuration.store(system.name(), name) != Store::Sqlite {
        return Ok(claimed.ok());
    }
    let folder = claimed?;
    stores::bring_in(system.name(), std::slice::from_ref(context), configuration)?;
    Ok(Some(folder))
}

async fn open(
    system: &System,
    context: &Context,
    configuration: &Configuration,
    entrance: &Entrance,
) -> Result<Recalled> {
    let patience = Patience::Waits(entrance.clone());
    // Before the log's end is read, which others of its replicas may move on meanwhile.
    let heard = stores::heard_elsewhere(system, context.name(), configuration).await;
    let store = stores::open_one(system.name(), context, configuration, &patience).await?;
    stores::refuse_older(system.name(), context.name(), store.head(), &heard)?;
    Ok(store)
}

/// Without a bus, contexts read the logs of others in their files.
///
/// # Errors
/// When there is no bus, and a log that is to be read is on a server.
pub fn hears_all(system: &System, context: &Context, configuration: &Configuration) -> Result<()> {
    if configuration.kafka.is_some() {
        return Ok(());
    }
    let producers = system.producers_for(context).into_iter();
    let mut others = producers.filter(|producer| *producer != context.name());
    let on_server = others.find(|producer| {
        let store = configuration.store(system.name(), producer);
        store != Store::Sqlite
    });
    match on_server {
        None => Ok(()),
        Some(producer) => bail!(
            "{} listens to {producer}, whose log is on a server; contexts that are processes of their own hear of each other through Kafka then: set `brokers` under [kafka]",
            context.name()
        ),
    }
}

fn alone(
    system: System,
    context: &str,
    store: Recalled,
    shared: &Shared<'_>,
) -> Result<(Arc<ContextApi>, Option<Joined>)> {
    let name = system.name();
    let addresses = addresses(&system, shared.configuration);
    let asked = addresses.iter().map(|(name, at)| (*name, at));
    let deadline = {
        let declared = systems::context(&system, context)?;
        shared.configuration.shortest_deadline(name, declared)
    };
    let transport =
        OverHttp::within(deadline, asked)?.waiting_up_to(shared.configuration.upstream_wait);
    let told = Told::of(&system, shared.configuration);
    let producers = {
        let declared = systems::context(&system, context)?;
        system.producers_for(declared)
    };
    let mut contexts = system.into_contexts().into_iter();
    let declared = contexts
        .find(|declared| declared.name() == context)
        .with_context(|| format!("there is no context `{context}`"))?;
    let api = assembly::start(
        name,
        declared,
        &producers,
        store,
        Arc::new(transport),
        shared,
    )?;
    let running = api.running();
    let bus = match &shared.configuration.kafka {
        Some(kafka) => Some(Joined::start(&api, &told, kafka, &addresses)?),
        None => {
            listen(running, name, &producers, shared.configuration);
            None
        }
    };
    notifying::begin(running, name, shared.configuration);
    Ok((api, bus))
}

/// To the logs of others in their files, where there is no bus.
fn listen(
    running: &Arc<Running>,
    system: &str,
    producers: &[&'static str],
    configuration: &Configuration,
) {
    for producer in producers {
        if *producer == running.context().name() {
            running.listen_to(running.log());
        } else {
            let folder = configuration.folder(system);
            neighbour::listen(Arc::clone(running), producer, folder);
        }
    }
}

/// Runs a system's door until a signal says stop.
///
/// # Errors
/// What cannot be had: a port. Then nothing runs.
pub async fn gateway(system: System, configuration: &Configuration, mode: Mode) -> Result<()> {
    let mut stop = Stop::new()?;
    let mut parent = Parent::of(mode.supervised);
    let wanted = up::doors(std::slice::from_ref(&system), configuration);
    let listeners = ports::listen(&wanted).await?;
    let urls = up::urls(&listeners)?;
    let mut lines = vec![
        format!(
            "jumun {}: the door of {} is up",
            env!("CARGO_PKG_VERSION"),
            system.name()
        ),
        format!("  gateway   {}", urls.join("  ")),
    ];
    let upstreams = Upstreams::default();
    let mut backends = Vec::new();
    for (context, (name, address)) in system
        .contexts()
        .iter()
        .zip(addresses(&system, configuration))
    {
        let remote = Remote::of(name, &address, configuration.upstream_timeout, &upstreams)?
            .body_within(configuration.request_timeout)
            .waiting_up_to(configuration.upstream_wait);
        lines.push(format!("  {name:9} {address}"));
        backends.push(Backend {
            context: name.to_owned(),
            collections: context
                .collections()
                .into_iter()
                .map(str::to_owned)
                .collect(),
            upstream: Upstream::There(Arc::new(remote)),
        });
    }
    let settings = gateway::Settings {
        system: system.name().to_owned(),
        version: env!("CARGO_PKG_VERSION"),
        // The contexts' processes have their own.
        metrics: {
            let name = system.name();
            Arc::new(move || http_api::merged([upstreams.text(name)]))
        },
    };
    let door = Arc::new(Gateway::new(settings, backends));
    let front = Front::new(vec![(system.name().to_owned(), Arc::clone(&door))]);
    let front: Arc<dyn Endpoint> =
        Edge::new(configuration.trusted_proxies.clone(), Arc::new(front));
    let limits = up::limits(configuration, Needs::of_gateway());
    let serving: Vec<_> = listeners
        .into_iter()
        .map(|listener| {
            tokio::spawn(http_api::serve(
                listener,
                Arc::clone(&front),
                limits.clone(),
                stop.told(),
            ))
        })
        .collect();
    if mode.supervised {
        up::say(SERVING);
    } else {
        up::say(&lines.join("\n"));
    }
    tokio::select! {
        () = stop.signal() => {}
        () = parent.gone() => {}
    }
    door.stop();
    stop.tell();
    stop.finish(configuration.stop_pause, async move {
        for server in serving {
            // A server that panicked has ended too.
            let _ = server.await;
        }
    })
    .await
}

/// Where each context is: as configured, several with commas in between, or on its port on this
/// machine.
fn addresses(system: &System, configuration: &Configuration) -> Vec<(&'static str, String)> {
    let address = |context: &Context| {
        let set = configuration
            .of_context(system.name(), context.name())
            .addresses;
        let port = up::port_of(system, context, configuration);
        let address = match set.as_slice() {
            [] => format!("http://127.0.0.1:{port}"),
            several => several.join(","),
        };
        (context.name(), address)
    };
    system.contexts().iter().map(address).collect()
}

fn leave_word(folder: &mut DataFolder, urls: &[String], token: &Secret) -> Result<()> {
    let word = repair::Word {
        url: urls.first().cloned().unwrap_or_default(),
        token: token.clone(),
    };
    word.leave(folder)
}

#[cfg(test)]
mod tests;

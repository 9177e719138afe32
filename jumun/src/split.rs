//! `jumun serve` and `jumun gateway`: one context, or the door alone, as a process of its own.

mod neighbour;

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use gateway::{Backend, Front, Gateway, Remote, Upstream};
use http_api::{ContextApi, Endpoint, OverHttp, Upstreams};
use store_sql::sqlite::DataFolder;
use storm::{Context, System};

use crate::assembly::{self, Shared};
use crate::configuration::{Configuration, Secret};
use crate::ports::{self, Wanted};
use crate::stopping::Stop;
use crate::{notifying, repair, systems, up};

/// Runs one context until a signal says stop.
///
/// # Errors
/// What cannot be had: the port, the data folder, the store. Then nothing runs.
pub async fn serve(
    system: System,
    context: &str,
    configuration: &Configuration,
    chaos: bool,
) -> Result<()> {
    let declared = systems::context(&system, context)?;
    let mut stop = Stop::new()?;
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
    // Each process owns its folder, so each context has one of its own.
    let path = configuration.folder_apart(system.name(), declared.name());
    let together = configuration.folder(system.name());
    let file = format!("{}.sqlite", declared.name());
    if together.join(&file).exists() {
        bail!(
            "{} holds the store that `jumun up` keeps; move {file} from there to {}, or choose another --data folder",
            together.display(),
            path.display()
        );
    }
    let mut folder = DataFolder::claim(&path)
        .with_context(|| format!("the data of {} cannot be used", declared.name()))?;
    let shared = Shared {
        folder: &path,
        configuration,
        chaos,
        token: Some(&token),
        listen: true,
    };
    let api = alone(system, context, &shared)?;
    leave_word(&mut folder, &urls, &token)?;
    up::say(&format!(
        "jumun {}: {context} is up\n  context   {}\n  data      {}",
        env!("CARGO_PKG_VERSION"),
        urls.join("  "),
        path.display()
    ));
    let endpoint: Arc<dyn Endpoint> = Arc::clone(&api) as Arc<dyn Endpoint>;
    let limits = up::limits(configuration);
    let serving = listeners.into_iter().map(|listener| {
        tokio::spawn(http_api::serve(
            listener,
            Arc::clone(&endpoint),
            limits,
            stop.told(),
        ))
    });
    let serving: Vec<_> = serving.collect();
    stop.signal().await;
    api.drain();
    stop.tell();
    stop.finish(configuration.stop_pause, async move {
        for server in serving {
            // A server that panicked has ended too.
            let _ = server.await;
        }
        api.running().stop().await;
    })
    .await
}

fn alone(system: System, context: &str, shared: &Shared<'_>) -> Result<Arc<ContextApi>> {
    let name = system.name();
    let addresses = addresses(&system, shared.configuration);
    let transport = OverHttp::within(shared.configuration.asks.deadline, addresses)?;
    let producers = {
        let declared = systems::context(&system, context)?;
        system.producers_for(declared)
    };
    let contexts = system.into_contexts().into_iter();
    let declared: Vec<Context> = contexts.filter(|c| c.name() == context).collect();
    let stores = assembly::open(shared, &declared)?;
    let (declared, store) = declared
        .into_iter()
        .zip(stores)
        .next()
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
    for producer in producers {
        if producer == context {
            running.listen_to(running.log());
        } else {
            let folder = shared.configuration.folder_apart(name, producer);
            neighbour::listen(Arc::clone(running), producer, folder);
        }
    }
    notifying::begin(running, name, shared.configuration);
    Ok(api)
}

/// Runs a system's door until a signal says stop.
///
/// # Errors
/// What cannot be had: a port. Then nothing runs.
pub async fn gateway(system: System, configuration: &Configuration) -> Result<()> {
    let mut stop = Stop::new()?;
    let ports = configuration
        .port
        .map_or_else(|| system.gateway_ports().to_vec(), |port| vec![port]);
    let wanted: Vec<Wanted> = ports
        .into_iter()
        .map(|port| Wanted {
            whom: "the gateway".to_owned(),
            address: SocketAddr::new(configuration.bind, port),
        })
        .collect();
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
        let remote = Remote::of(name, &address, configuration.upstream_timeout, &upstreams)?;
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
    let front: Arc<dyn Endpoint> = Arc::new(Front::new(vec![(
        system.name().to_owned(),
        Arc::clone(&door),
    )]));
    let limits = up::limits(configuration);
    let serving: Vec<_> = listeners
        .into_iter()
        .map(|listener| {
            tokio::spawn(http_api::serve(
                listener,
                Arc::clone(&front),
                limits,
                stop.told(),
            ))
        })
        .collect();
    up::say(&lines.join("\n"));
    stop.signal().await;
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

/// Where each context is: as configured, or on its port on this machine.
fn addresses(system: &System, configuration: &Configuration) -> Vec<(&'static str, String)> {
    let address = |context: &Context| {
        let set = configuration
            .of_context(system.name(), context.name())
            .addresses;
        let port = up::port_of(system, context, configuration);
        let first = set.into_iter().next();
        let address = first.unwrap_or_else(|| format!("http://127.0.0.1:{port}"));
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

//! Starts a system's contexts in this process and joins them.

use std::sync::Arc;

use anyhow::Result;
use http_api::{ApiSettings, Caller, Chaos, ContextApi, Endpoint, InProcess, Transport};
use runtime::{Outgoing, Recalled, Running, Settings};
use storm::{Context, System};

use crate::configuration::{Configuration, OfContext, Secret};
use crate::notifying;

/// What the contexts of a process share.
pub struct Shared<'a> {
    /// What is configured.
    pub configuration: &'a Configuration,
    /// Whether faults on purpose are allowed.
    pub chaos: bool,
    /// Who shows it is an operator; `None` is nobody.
    pub token: Option<&'a Secret>,
    /// Whether events are taken in, and people told. Without, the contexts only know each other:
    /// enough to repair.
    pub listen: bool,
}

/// A system's contexts at work, joined.
pub struct Assembly {
    /// In the order of the story.
    pub apis: Vec<Arc<ContextApi>>,
}

impl Assembly {
    /// Starts the contexts, each with its store, and lets them listen to each other.
    ///
    /// # Errors
    /// The first context that cannot be started. Then those that were started have ended.
    pub async fn start(system: System, stores: Vec<Recalled>, shared: &Shared<'_>) -> Result<Self> {
        let listening: Vec<_> = system
            .contexts()
            .iter()
            .map(|context| system.producers_for(context))
            .collect();
        let name = system.name();
        let in_process = InProcess::new();
        let mut assembly = Self { apis: Vec::new() };
        let contexts = system.into_contexts().into_iter();
        for ((context, store), producers) in contexts.zip(stores).zip(&listening) {
            let transport = Arc::new(in_process.clone());
            match start(name, context, producers, store, transport, shared) {
                Ok(api) => assembly.apis.push(api),
                Err(error) => {
                    assembly.stop().await;
                    return Err(error);
                }
            }
        }
        // Each may ask any other, so nothing moves before all can be asked.
        for api in &assembly.apis {
            let endpoint: Arc<dyn Endpoint> = Arc::clone(api) as Arc<dyn Endpoint>;
            in_process.add(api.running().context().name(), &endpoint);
        }
        for (api, producers) in assembly.apis.iter().zip(listening) {
            for producer in producers {
                let Some(producer) = assembly.find(producer) else {
                    continue;
                };
                let log = producer.running().log();
                if shared.listen {
                    api.running().listen_to(log);
                } else {
                    api.running().knows(log);
                }
            }
        }
        if shared.listen {
            for api in &assembly.apis {
                notifying::begin(api.running(), name, shared.configuration);
            }
        }
        Ok(assembly)
    }

    /// The context of that name.
    pub fn find(&self, name: &str) -> Option<&Arc<ContextApi>> {
        self.apis
            .iter()
            .find(|api| api.running().context().name() == name)
    }

    /// All metrics as one text.
    pub fn metrics(&self) -> impl Fn() -> String + Send + Sync + use<> {
        let apis = self.apis.clone();
        move || http_api::merged(apis.iter().map(|api| api.metrics_text()))
    }

    /// Ends the contexts, all at once: what is in flight is finished, cursors are saved.
    pub async fn stop(&self) {
        stop(&self.apis).await;
    }
}

/// Ends contexts, of one system or of several, all at once.
pub async fn stop(apis: &[Arc<ContextApi>]) {
    let mut ending = tokio::task::JoinSet::new();
    for api in apis {
        let running = Arc::clone(api.running());
        ending.spawn(async move { running.stop().await });
    }
    ending.join_all().await;
}

/// Starts one context with its own questions carried by `transport`. It will listen to `producers`,
/// and does not yet.
///
/// # Errors
/// When it cannot be started.
pub fn start(
    system: &str,
    context: Context,
    producers: &[&'static str],
    store: Recalled,
    transport: Arc<dyn Transport>,
    shared: &Shared<'_>,
) -> Result<Arc<ContextApi>> {
    let configuration = shared.configuration;
    let of_context = configuration.of_context(system, context.name());
    let chaos = shared.chaos.then(|| chaos(&of_context));
    let settings = Settings {
        producers: producers.to_vec(),
        ..settings(configuration, of_context)
    };
    let (usual, own) = configuration.calling(system, &context);
    let caller = Caller::with(context.name(), transport, usual, own);
    let outgoing: Arc<dyn Outgoing> = Arc::clone(&caller) as Arc<dyn Outgoing>;
    let running = Running::start(context, store, settings, outgoing)?;
    Ok(ContextApi::new(
        running,
        ApiSettings {
            system: system.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            body_limit: configuration.body_limit,
            body_time: configuration.request_timeout,
            chaos,
            admin_token: shared.token.map(|token| token.reveal().to_owned()),
            caller: Some(caller),
        },
    ))
}

fn settings(configuration: &Configuration, of_context: OfContext) -> Settings {
    let commands = &configuration.commands;
    Settings {
        deadlines: of_context.deadlines,
        queue: commands.queue,
        max_batch: commands.batch,
        retries: of_context
            .retries
            .unwrap_or_else(|| commands.retries.clone()),
        answers_kept: commands.answers_kept,
        ..Settings::default()
    }
}

fn chaos(of_context: &OfContext) -> Arc<Chaos> {
    let chaos = Chaos::new();
    chaos.slow(of_context.slow.map(|slow| (slow.from, slow.to)));
    chaos.refuse(of_context.refuse);
    Arc::new(chaos)
}

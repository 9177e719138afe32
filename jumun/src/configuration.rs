//! What an operator can set: `jumun.toml`, overridden by `JUMUN_…` variables, overridden by flags.
//!
//! A key or value that cannot stand is refused with its place and what was expected. Every key is
//! explained in `docs/configuration.md`.

mod asks;
mod faults;
mod file;
mod kafka;
mod notify;
mod place;
mod rules;
mod secret;
mod store;
mod supervise;
mod value;
mod variable;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use http_api::forwarded::TrustedProxies;
use http_api::{ApiSettings, Limits};
use serde::Deserialize;
use storm::System;
use toml::Table;

pub use asks::Asks;
pub use faults::Faults;
use file::{ContextPart, Parts};
pub use kafka::{Kafka, Mechanism, Security};
pub use notify::Notify;
use place::Finding;
pub use place::{Wrong, nearest};
use secret::Secrets;
use store::Levels;
pub use store::{Store, scope, store_url, without_password};
pub use supervise::Supervise;
use value::Proxies;
pub use value::{Bind, Pause, PauseRange, Secret, Size};

/// When a change is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Durability {
    /// Once it is on the disk; a power cut takes nothing (I3)
    #[default]
    Durable,
    /// Once the operating system has it; faster, a power cut may take the last moments
    Relaxed,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people
    #[default]
    Text,
    /// One JSON object a line, for machines
    Json,
}

/// How commands queue and are committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commands {
    /// Commands that may wait for a context's writer before more are answered 503.
    pub queue: usize,
    /// Commands and events that one commit takes at most.
    pub batch: usize,
    /// Pauses before an event that failed is tried again; after the last it is a dead letter.
    pub retries: Vec<Duration>,
    /// How long the answer to an `Idempotency-Key` is kept.
    pub answers_kept: Duration,
}

/// What is set for one context alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OfContext {
    /// The base URLs of its replicas, where it is a process of its own; one may stand for several.
    pub addresses: Vec<String>,
    /// Its port, where it is not the original's.
    pub port: Option<u16>,
    /// Deadlines by name that are not as long as declared.
    pub deadlines: BTreeMap<String, Duration>,
    /// Its own pauses between retries.
    pub retries: Option<Vec<Duration>>,
    /// Its questions that are carried differently, by name.
    pub asks: BTreeMap<String, Asks>,
    /// How it tells people.
    pub notify: Notify,
    /// With `--chaos`: how long it thinks before it answers.
    pub slow: Option<PauseRange>,
    /// With `--chaos`: it answers 503 to everything.
    pub refuse: bool,
}

/// All that can be set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Configuration {
    /// Where the stores lie: a folder for each system in it.
    pub data: PathBuf,
    /// The address that is listened on.
    pub bind: IpAddr,
    /// Who may say by which address clients know us.
    pub trusted_proxies: TrustedProxies,
    /// The gateway's port, where it is not the system's own.
    pub port: Option<u16>,
    /// Whether each context listens on its own port too; unset: unless `port` is set, or others than
    /// this machine are let in.
    pub context_ports: Option<bool>,
    /// When a change is answered.
    pub durability: Durability,
    /// Larger request bodies are answered 413.
    pub body_limit: usize,
    /// Clients that take longer to send their headers are cut off.
    pub header_timeout: Duration,
    /// Clients that take longer to send their body are cut off.
    pub request_timeout: Duration,
    /// Clients that take no bytes of an answer for so long are cut off.
    pub write_timeout: Duration,
    /// Connections at once; unset: as many as files may be open, up to [`MOST_CONNECTIONS`].
    pub connections: Option<usize>,
    /// Of these, with one address; unset: half of them.
    pub connections_per_peer: Option<usize>,
    /// A context in another process that takes longer is answered for with 504.
    pub upstream_timeout: Duration,
    /// A request that was not sent, because the context is being restarted, waits so long for it.
    pub upstream_wait: Duration,
    /// Told to stop, it goes on for so long, for whoever has not heard of it yet.
    pub stop_pause: Duration,
    /// How `jumun up --split` watches its processes.
    pub supervise: Supervise,
    /// Who knows it may mend dead letters and read models; unset: a new one at each start.
    pub admin_token: Option<Secret>,
    /// Which log lines are written, as `tracing-subscriber` filters.
    pub log: String,
    /// How they look.
    pub log_format: LogFormat,
    /// How commands queue and are committed.
    pub commands: Commands,
    /// Awaited calls, where nothing else is set for one of them.
    pub asks: Asks,
    /// The brokers between processes, if there are any.
    pub kafka: Option<Kafka>,
    /// Where contexts keep what they know.
    stores: Levels,
    /// By system and context.
    contexts: BTreeMap<(String, String), OfContext>,
}

impl Default for Configuration {
    fn default() -> Self {
        Self::of(Parts::default(), Secrets::default())
    }
}

/// Where a configuration comes from.
pub struct Sources<'a> {
    /// `--config`; when there is none, `jumun.toml` if it is there.
    pub file: Option<&'a Path>,
    /// The environment; those that do not begin with `JUMUN_` are passed over.
    pub variables: &'a [(String, String)],
    /// What there is to configure.
    pub systems: &'a [System],
}

/// Longer than any awaited call and any commit that will still succeed.
const UPSTREAM_TIMEOUT: Duration = Duration::from_secs(10);

/// Connections that a process takes at once, unless it is told otherwise.
pub const MOST_CONNECTIONS: usize = 10_000;

/// Longer than a restart.
const UPSTREAM_WAIT: Duration = Duration::from_secs(5);

/// The file that is read when none is named.
pub const USUAL_FILE: &str = "jumun.toml";

impl Configuration {
    /// Reads the file and the variables.
    ///
    /// # Errors
    /// All that is wrong with them.
    pub fn read(sources: &Sources<'_>) -> Result<Self, Faults> {
        let mut whole = Table::new();
        let mut faults = Vec::new();
        let file = text_of(sources.file)?;
        if let Some((path, text)) = &file {
            match faults::read_file(path, text, sources.systems) {
                Ok(_) => whole = text.parse().unwrap_or_default(),
                Err(of_file) => faults.extend(of_file),
            }
        }
        for variable in variable::read(sources.variables, sources.systems) {
            match variable {
                Ok(variable) => {
                    let findings = rules::check(&variable.parts, sources.systems).into_iter();
                    faults.extend(findings.map(|finding| Wrong {
                        place: variable.name.clone(),
                        message: finding.message,
                    }));
                    variable::merge(&mut whole, variable.table);
                }
                Err(wrong) => faults.push(wrong),
            }
        }
        match Faults::of(faults) {
            Some(faults) => Err(faults),
            None => Self::merged(whole, file.as_ref(), sources.systems),
        }
    }

    /// What file and variables say together, each of them sound.
    fn merged(
        whole: Table,
        file: Option<&(PathBuf, String)>,
        systems: &[System],
    ) -> Result<Self, Faults> {
        let parts: Parts = whole.try_into().map_err(|error: toml::de::Error| Wrong {
            place: "configuration".to_owned(),
            message: place::with_suggestion(error.message()),
        })?;
        let findings = rules::check_together(&parts).into_iter();
        let faults = findings.map(|finding| place::located_together(file, &finding));
        if let Some(faults) = Faults::of(faults.collect()) {
            return Err(faults);
        }
        let secrets = Secrets::in_files(&parts)?;
        let configuration = Self::of(parts, secrets);
        match configuration.shared_database(systems) {
            Some(finding) => Err(place::located_together(file, &finding).into()),
            None => Ok(configuration),
        }
    }

    /// Whether contexts listen on their own ports, too, where there is only one system or several.
    pub fn opens_context_ports(&self, only_one: bool) -> bool {
        let usual = self.port.is_none() && only_one && self.bind.is_loopback();
        self.context_ports.unwrap_or(usual)
    }

    /// The address that contexts listen on which are processes of their own behind a gateway on this
    /// machine: nobody else needs to reach them, unless it is said.
    pub fn bind_of_contexts(&self) -> IpAddr {
        if self.bind.is_loopback() || self.context_ports == Some(true) {
            self.bind
        } else {
            IpAddr::V4(Ipv4Addr::LOCALHOST)
        }
    }

    /// Where a context keeps what it knows.
    pub fn store(&self, system: &str, context: &str) -> Store {
        self.stores.of(system, context)
    }

    /// What is set for a context.
    pub fn of_context(&self, system: &str, context: &str) -> OfContext {
        self.contexts
            .get(&(system.to_owned(), context.to_owned()))
            .cloned()
            .unwrap_or_default()
    }

    /// Contexts of a system that tell people, and how.
    pub fn notifying(&self, system: &str) -> impl Iterator<Item = (&str, &Notify)> {
        self.contexts
            .iter()
            .filter(move |((of, _), context)| of == system && context.notify.is_set())
            .map(|((_, name), context)| (name.as_str(), &context.notify))
    }

    /// Whether anything is set that only counts with `--chaos`.
    pub fn has_chaos(&self) -> bool {
        self.contexts
            .values()
            .any(|context| context.refuse || context.slow.is_some())
    }

    /// Where a system's stores lie.
    pub fn folder(&self, system: &str) -> PathBuf {
        self.data.join(system)
    }

    fn of(parts: Parts, secrets: Secrets) -> Self {
        let pause = |pause: Option<Pause>, default: Duration| pause.map_or(default, |Pause(p)| p);
        let of_runtime = runtime::Settings::default();
        let mut stores = secrets.stores;
        let mut contexts = BTreeMap::new();
        stores.top.add(parts.store, parts.store_password);
        for (system, part) in parts.systems {
            let level = stores.systems.entry(system.clone()).or_default();
            level.add(part.store, part.store_password);
            for (context, mut part) in part.contexts {
                let name = (system.clone(), context);
                let level = stores.contexts.entry(name.clone()).or_default();
                level.add(part.store.take(), part.store_password.take());
                contexts.insert(name, of_context(part));
            }
        }
        Self {
            data: parts.data.unwrap_or_else(|| PathBuf::from("data")),
            bind: parts
                .bind
                .map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |Bind(bind)| bind),
            trusted_proxies: parts
                .trusted_proxies
                .map_or_else(TrustedProxies::default, |Proxies(trusted)| trusted),
            port: parts.port,
            context_ports: parts.context_ports,
            durability: parts.durability.unwrap_or_default(),
            body_limit: parts
                .body_limit
                .map_or_else(|| ApiSettings::default().body_limit, |Size(size)| size),
            header_timeout: pause(parts.header_timeout, Limits::default().head_time),
            request_timeout: pause(parts.request_timeout, ApiSettings::default().body_time),
            write_timeout: pause(parts.write_timeout, Limits::default().write_time),
            connections: parts.connections,
            connections_per_peer: parts.connections_per_peer,
            upstream_timeout: pause(parts.upstream_timeout, UPSTREAM_TIMEOUT),
            upstream_wait: pause(parts.upstream_wait, UPSTREAM_WAIT),
            stop_pause: pause(parts.stop.pause, Duration::ZERO),
            supervise: parts.supervise.into(),
            admin_token: secrets.admin_token.or(parts.admin_token),
            log: parts.log.unwrap_or_else(|| "warn".to_owned()),
            log_format: parts.log_format.unwrap_or_default(),
            commands: Commands {
                queue: parts.commands.queue.unwrap_or(of_runtime.queue),
                batch: parts.commands.batch.unwrap_or(of_runtime.max_batch),
                retries: parts.commands.retries.map_or(of_runtime.retries, durations),
                answers_kept: pause(parts.commands.answers_kept, of_runtime.answers_kept),
            },
            asks: parts.asks.into(),
            kafka: Kafka::of(parts.kafka, secrets.kafka),
            stores,
            contexts,
        }
    }

    /// Two contexts in one MySQL database would write over each other's tables. On PostgreSQL each
    /// has a schema of its own.
    fn shared_database(&self, systems: &[System]) -> Option<Finding> {
        let mut taken: BTreeMap<(String, u16, String), String> = BTreeMap::new();
        for system in systems {
            for context in system.contexts() {
                let Store::MySql(server) = self.store(system.name(), context.name()) else {
                    continue;
                };
                if server.database.is_empty() {
                    continue;
                }
                let place = (server.host, server.port, server.database);
                let here = format!("{}.{}", system.name(), context.name());
                if let Some(other) = taken.insert(place, here.clone()) {
                    let message = format!(
                        "{other} and {here} would share one MySQL database; leave the database out of the URL, so that each has one of its own, or name another for each",
                    );
                    let path = ["systems", system.name(), context.name(), "store"];
                    return Some(Finding::name(&path, message));
                }
            }
        }
        None
    }
}

fn durations(pauses: Vec<Pause>) -> Vec<Duration> {
    pauses.into_iter().map(|Pause(pause)| pause).collect()
}

fn of_context(part: ContextPart) -> OfContext {
    OfContext {
        addresses: part
            .address
            .as_deref()
            .map(kafka::listed)
            .unwrap_or_default()
            .iter()
            .map(|address| address.trim_end_matches('/').to_owned())
            .collect(),
        port: part.port,
        deadlines: part
            .deadlines
            .into_iter()
            .map(|(name, Pause(pause))| (name, pause))
            .collect(),
        retries: part.retries.map(durations),
        asks: part
            .asks
            .into_iter()
            .map(|(name, part)| (name, part.into()))
            .collect(),
        notify: part.notify.into(),
        slow: part.chaos.slow,
        refuse: part.chaos.refuse.unwrap_or(false),
    }
}

fn text_of(named: Option<&Path>) -> Result<Option<(PathBuf, String)>, Wrong> {
    let path = named.unwrap_or(Path::new(USUAL_FILE));
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some((path.to_owned(), text))),
        Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Wrong {
            place: path.display().to_string(),
            message: format!("cannot be read ({error}); name another file with --config"),
        }),
    }
}

#[cfg(test)]
mod tests;

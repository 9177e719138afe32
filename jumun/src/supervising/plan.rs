//! Which processes there are, on which ports, and what they are told of each other.

use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use anyhow::Result;
use storm::System;

use crate::configuration::{Configuration, Store};
use crate::ports::{self, Wanted};
use crate::up;

/// One process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// `gateway`, `payment`, or `payment 2` where there are several.
    pub(super) name: String,
    pub(super) arguments: Vec<OsString>,
    pub(super) variables: Vec<(String, String)>,
    /// Whether it is the door.
    pub(super) door: bool,
    /// Where it is asked for its liveness.
    pub(super) address: String,
}

/// All of them.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) parts: Vec<Part>,
    /// Where the door is.
    pub(super) gateways: Vec<String>,
    /// The contexts in the order of the story, each with its replicas' ports.
    pub(super) contexts: Vec<(&'static str, Vec<u16>)>,
}

impl Plan {
    /// Chooses ports that are free now.
    ///
    /// # Errors
    /// When a port that is wanted is not free, and who has it.
    pub(super) async fn of(
        system: &System,
        replicas: u16,
        flags: Vec<OsString>,
        configuration: &Configuration,
    ) -> Result<Self> {
        let wanted = wanted(system, replicas, configuration);
        let (whose, places): (Vec<_>, Vec<_>) = wanted.into_iter().unzip();
        // All at once, so that free ones differ. They are let go for the processes to take.
        let listeners = ports::listen(&places).await?;
        let mut gateways = Vec::new();
        let mut contexts: Vec<(&'static str, Vec<u16>)> = Vec::new();
        for (context, listener) in whose.into_iter().zip(listeners) {
            let port = listener.local_addr()?.port();
            match context {
                None => gateways.push(port),
                Some(context) => match contexts.last_mut() {
                    Some((last, ports)) if *last == context => ports.push(port),
                    _ => contexts.push((context, vec![port])),
                },
            }
        }
        let first = gateways.first().copied();
        let variables = told(system, &contexts, configuration)?;
        let url = |port| up::url(SocketAddr::new(configuration.bind, port));
        let at = |port| up::url(SocketAddr::new(configuration.bind_of_contexts(), port));
        let gateways: Vec<String> = gateways.into_iter().map(url).collect();
        let part = |name: String, command: &[&str], port: Option<u16>, address: String| {
            let door = command.first() == Some(&"gateway");
            let mut arguments: Vec<OsString> = command.iter().map(OsString::from).collect();
            arguments.push("--supervised".into());
            if let Some(port) = port {
                arguments.extend(["--port".into(), port.to_string().into()]);
            }
            if configuration.bind != IpAddr::V4(Ipv4Addr::LOCALHOST) {
                let bind = if door {
                    configuration.bind
                } else {
                    configuration.bind_of_contexts()
                };
                arguments.extend(["--bind".into(), bind.to_string().into()]);
            }
            arguments.extend(flags.iter().cloned());
            let mut variables = variables.clone();
            if !door {
                variables.splice(..0, believing_the_door(configuration));
            }
            Part {
                name,
                arguments,
                variables,
                door,
                address,
            }
        };
        let mut parts = Vec::new();
        for (context, ports) in &contexts {
            for (number, port) in ports.iter().enumerate() {
                let name = match number {
                    0 => (*context).to_owned(),
                    more => format!("{context} {}", more + 1),
                };
                let command = ["serve", system.name(), context];
                parts.push(part(name, &command, Some(*port), at(*port)));
            }
        }
        // Without a port of its own it listens on all of the original's.
        let port = configuration.port.and(first);
        parts.push(part(
            "gateway".to_owned(),
            &["gateway", system.name()],
            port,
            gateways.first().cloned().unwrap_or_default(),
        ));
        Ok(Self {
            parts,
            gateways,
            contexts,
        })
    }
}

/// The door's places, which are nobody's, then each context's.
fn wanted(
    system: &System,
    replicas: u16,
    configuration: &Configuration,
) -> Vec<(Option<&'static str>, Wanted)> {
    let at = |whom: &str, port| Wanted {
        whom: whom.to_owned(),
        address: SocketAddr::new(configuration.bind_of_contexts(), port),
    };
    let doors = up::doors(std::slice::from_ref(system), configuration).into_iter();
    let mut wanted: Vec<_> = doors.map(|door| (None, door)).collect();
    let own = configuration.opens_context_ports(true);
    for context in system.contexts() {
        let name = context.name();
        let first = if own {
            up::port_of(system, context, configuration)
        } else {
            0
        };
        // A file has one process.
        let alone = configuration.store(system.name(), name) == Store::Sqlite;
        let more = if alone { 0 } else { replicas.saturating_sub(1) };
        wanted.push((Some(name), at(name, first)));
        wanted.extend((0..more).map(|_| (Some(name), at(name, 0))));
    }
    wanted
}

/// The door is on this machine, and what it says of its clients counts, whoever else is trusted.
fn believing_the_door(configuration: &Configuration) -> Option<(String, String)> {
    let trusted = &configuration.trusted_proxies;
    if trusted.contain(IpAddr::V4(Ipv4Addr::LOCALHOST)) {
        return None;
    }
    let list: Vec<String> = trusted.and_loopback().list().collect();
    Some(("JUMUN_TRUSTED_PROXIES".to_owned(), list.join(",")))
}

/// Where the contexts are, and what shows that somebody is an operator: the same for all.
fn told(
    system: &System,
    contexts: &[(&'static str, Vec<u16>)],
    configuration: &Configuration,
) -> Result<Vec<(String, String)>> {
    let address = |port: &u16| up::url(SocketAddr::new(configuration.bind_of_contexts(), *port));
    let mut variables: Vec<(String, String)> = contexts
        .iter()
        .map(|(context, ports)| {
            let name = format!("JUMUN_SYSTEMS__{}__{context}__ADDRESS", system.name());
            let addresses: Vec<String> = ports.iter().map(address).collect();
            (name.to_uppercase(), addresses.join(","))
        })
        .collect();
    if configuration.admin_token.is_none() {
        let token = up::token(configuration)?;
        variables.push(("JUMUN_ADMIN_TOKEN".to_owned(), token.reveal().to_owned()));
    }
    Ok(variables)
}

//! Where is listened, and under which addresses clients find it.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use anyhow::Result;
use storm::{Context, System};
use tokio::net::TcpListener;

use crate::configuration::Configuration;
use crate::ports::Wanted;

/// The gateway's port where several systems share it.
const SHARED_PORT: u16 = 8_088;

/// Where is listened, the gateway's places first.
pub(super) struct Places {
    pub(super) wanted: Vec<Wanted>,
    pub(super) gateways: usize,
}

impl Places {
    pub(super) fn of(chosen: &[System], configuration: &Configuration) -> Self {
        let ports = match (configuration.port, chosen) {
            (Some(port), _) => vec![port],
            (None, [only]) => only.gateway_ports().to_vec(),
            (None, _) => vec![SHARED_PORT],
        };
        let at = |port| SocketAddr::new(configuration.bind, port);
        let mut wanted: Vec<Wanted> = ports
            .into_iter()
            .map(|port| Wanted {
                whom: "the gateway".to_owned(),
                address: at(port),
            })
            .collect();
        let gateways = wanted.len();
        // The originals of different systems share ports, so only one can have them.
        let default = configuration.port.is_none() && chosen.len() == 1;
        if configuration.context_ports.unwrap_or(default) {
            for system in chosen {
                wanted.extend(system.contexts().iter().map(|context| Wanted {
                    whom: context.name().to_owned(),
                    address: at(port_of(system, context, configuration)),
                }));
            }
        }
        Self { wanted, gateways }
    }
}

/// A context's own port.
pub fn port_of(system: &System, context: &Context, configuration: &Configuration) -> u16 {
    let set = configuration.of_context(system.name(), context.name()).port;
    set.unwrap_or(context.port())
}

/// Where a system would listen, for `jumun check`.
pub fn wanted(chosen: &[System], configuration: &Configuration) -> Vec<Wanted> {
    Places::of(chosen, configuration).wanted
}

/// The addresses that clients on this machine use.
///
/// # Errors
/// When the system does not say where a listener listens.
pub fn urls(listeners: &[TcpListener]) -> Result<Vec<String>> {
    let url = |listener: &TcpListener| {
        let mut address = listener.local_addr()?;
        if address.ip().is_unspecified() {
            address.set_ip(if address.is_ipv4() {
                Ipv4Addr::LOCALHOST.into()
            } else {
                Ipv6Addr::LOCALHOST.into()
            });
        }
        Ok(format!("http://{address}"))
    };
    listeners.iter().map(url).collect()
}

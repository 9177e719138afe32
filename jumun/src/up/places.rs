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
        let mut wanted = doors(chosen, configuration);
        let gateways = wanted.len();
        // The originals of different systems share ports, so only one can have them.
        if configuration.opens_context_ports(chosen.len() == 1) {
            for system in chosen {
                wanted.extend(system.contexts().iter().map(|context| Wanted {
                    whom: context.name().to_owned(),
                    address: SocketAddr::new(
                        configuration.bind,
                        port_of(system, context, configuration),
                    ),
                }));
            }
        }
        Self { wanted, gateways }
    }
}

/// Where the gateway of these systems listens.
pub fn doors(chosen: &[System], configuration: &Configuration) -> Vec<Wanted> {
    let ports = match (configuration.port, chosen) {
        (Some(port), _) => vec![port],
        (None, [only]) => only.gateway_ports().to_vec(),
        (None, _) => vec![SHARED_PORT],
    };
    let door = |port| Wanted {
        whom: "the gateway".to_owned(),
        address: SocketAddr::new(configuration.bind, port),
    };
    ports.into_iter().map(door).collect()
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
    let url = |listener: &TcpListener| Ok(url(listener.local_addr()?));
    listeners.iter().map(url).collect()
}

/// The address at which who listens there is reached from this machine.
pub fn url(mut listening: SocketAddr) -> String {
    if listening.ip().is_unspecified() {
        listening.set_ip(if listening.is_ipv4() {
            Ipv4Addr::LOCALHOST.into()
        } else {
            Ipv6Addr::LOCALHOST.into()
        });
    }
    format!("http://{listening}")
}

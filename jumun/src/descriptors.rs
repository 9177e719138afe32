//! The limit on open files, which stores and connections share. Whoever takes all of it for connections
//! takes it away from the stores, and whoever lets clients do so has no service left.

#[cfg(test)]
mod tests;

use http_api::Connections;
use storm::{Context, System};

use crate::configuration::{Configuration, MOST_CONNECTIONS, Store};

/// Standard streams, what waits for events and signals, ports, locks, and what is opened for a moment.
const OF_PROCESS: usize = 20;
/// Of a store on SQLite: its lock; the file, its log and its index for the writer; and the first two
/// for each of the readers that are kept.
const OF_SQLITE: usize = 8;
/// Of a reader on SQLite that is opened for a moment, when many read at once.
const OF_READER: usize = 2;
/// Of a broker's client: a connection to each broker, and what wakes it.
const OF_BROKERS: usize = 32;
/// With fewer connections than this, nothing is worth serving.
const FEWEST: usize = 4;
/// Below this limit, threads that read are few, too: each may have a file open.
const SCARCE: usize = 256;

/// What a process needs descriptors for, besides clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Needs {
    own: usize,
    /// Whether a client's request may need a connection to another process.
    asks_others: bool,
}

impl Needs {
    /// Whole systems in this process.
    pub fn of_systems(systems: &[System], configuration: &Configuration) -> Self {
        let stores = systems.iter().flat_map(|system| {
            let contexts = system.contexts().iter();
            contexts.map(|context| of_store(&configuration.store(system.name(), context.name())))
        });
        Self {
            own: stores.sum(),
            asks_others: false,
        }
    }

    /// One context in this process, and the logs of those that it hears.
    pub fn of_context(system: &System, context: &Context, configuration: &Configuration) -> Self {
        let bus = match &configuration.kafka {
            Some(_) => OF_BROKERS,
            None => system.contexts().len() * OF_SQLITE,
        };
        Self {
            own: of_store(&configuration.store(system.name(), context.name())) + bus,
            asks_others: true,
        }
    }

    /// The gateway alone.
    pub fn of_gateway() -> Self {
        Self {
            own: 0,
            asks_others: true,
        }
    }

    /// How many connections there is room for within a limit on open files.
    fn leave(self, limit: usize) -> usize {
        let reserve = OF_PROCESS + readers(limit) * OF_READER + self.own;
        let left = limit.saturating_sub(reserve);
        let clients = if self.asks_others { left / 2 } else { left };
        // Some of these stand. Those who have seats are fewer, so no more stand than this.
        clients.saturating_sub(Connections::standing(clients))
    }
}

fn of_store(store: &Store) -> usize {
    // The one that writes, one that is made anew, and one or two more while it is looked for.
    store
        .server()
        .map_or(OF_SQLITE, |server| server.readers + 4)
}

/// Threads that may wait for the disk. Reads are short; more would only wait for each other, and
/// cost memory.
pub fn readers(limit: usize) -> usize {
    if limit < SCARCE { 4 } else { 16 }
}

/// Raises the limit on open files as far as this process may, and returns it. What is usual is far too
/// low for a server, for the sake of programs that count descriptors in a fixed table.
pub fn raise() -> usize {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let limit = getrlimit(Resource::Nofile);
        let wanted = Rlimit {
            current: limit.maximum,
            ..limit
        };
        // What the system does not allow stays as it is.
        if limit.current != limit.maximum && setrlimit(Resource::Nofile, wanted).is_err() {
            tracing::debug!("the limit on open files cannot be raised");
        }
    }
    limit()
}

/// The limit on open files.
pub fn limit() -> usize {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit};
        let limit = getrlimit(Resource::Nofile).current;
        limit.map_or(usize::MAX, |limit| {
            usize::try_from(limit).unwrap_or(usize::MAX)
        })
    }
    #[cfg(not(unix))]
    {
        usize::MAX
    }
}

/// The connections that servers of this process may have together: as many as are configured, or as
/// there is room for.
pub fn connections(configuration: &Configuration, needs: Needs) -> Connections {
    let limit = limit();
    let (connections, per_peer) = of(configuration, needs, limit);
    let scarce = connections < configuration.connections.unwrap_or(FEWEST + 1);
    if scarce {
        tracing::warn!(
            connections,
            open_files = limit,
            "the limit on open files leaves room for few connections besides the stores; raise it (`ulimit -n`, or LimitNOFILE= of systemd)"
        );
    }
    Connections::new(connections, per_peer)
}

fn of(configuration: &Configuration, needs: Needs, limit: usize) -> (usize, usize) {
    let room = needs.leave(limit).max(FEWEST);
    let wanted = configuration.connections.unwrap_or(MOST_CONNECTIONS);
    let connections = wanted.min(room);
    let per_peer = configuration.connections_per_peer;
    let per_peer = per_peer.unwrap_or(connections.div_ceil(2)).min(connections);
    (connections, per_peer)
}

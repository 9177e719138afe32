//! A cluster: each context as several replicas, and the door as well, on database servers and brokers.

mod servers;
mod settling;

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::ops::Deref;
use std::process::Command;
use std::time::Duration;

use storm::Context;

use super::apart::{free_ports, local};
use super::process::Starting;
use super::shape::Seat;
use super::{Door, Following, Process, Setup, Site, jumun};
use crate::waiting::{eventually, within};

pub(crate) use servers::Servers;

/// Enough for some to be with each of three replicas.
const PARTITIONS: usize = 6;
/// For whatever needs the group to notice a death first, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);
/// Its replicas are `jumun gateway`.
pub(crate) const GATEWAY: &str = "gateway";

/// One of the processes of a context, or of the [`GATEWAY`]; they are counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Replica(pub(crate) &'static str, pub(crate) usize);

impl fmt::Display for Replica {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0, self.1)
    }
}

/// How many replicas there are, and how patient they are with each other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    /// So many of each run.
    pub(crate) replicas: usize,
    /// Of each context so many may ever run: all know their addresses.
    pub(crate) room: usize,
    /// Who is not heard of for so long is taken for dead.
    pub(crate) session: Duration,
}

/// A system as `jumun serve` for each replica of each context, behind as many `jumun gateway`. All know
/// the addresses of all that may ever run. Whoever is asked for the site, it is the first gateway.
pub(crate) struct Cluster {
    // Before the servers, so that they end first.
    running: BTreeMap<Replica, Process>,
    ports: Ports,
    site: Site,
    pub(crate) servers: Servers,
    _seat: Seat,
}

impl Cluster {
    pub(super) fn set_up(setup: &Setup, size: Size, mut servers: Servers) -> Self {
        let seat = Seat::take();
        let setup = servers
            .furnish(setup)
            .set("kafka.partitions", &PARTITIONS.to_string())
            .set(
                "kafka.session_timeout",
                &format!("{}ms", size.session.as_millis()),
            );
        // Somebody else may take a port between the choice and the start: then others are tried.
        let (site, ports, running) = eventually("a port for each process", || {
            let tried = try_start(setup.clone(), size);
            tried.map_err(|said| {
                assert!(said.contains("is in use"), "{said}");
                said
            })
        });
        Self {
            running,
            ports,
            site,
            servers,
            _seat: seat,
        }
    }

    /// The names of all contexts.
    pub(crate) fn contexts(&self) -> Vec<&'static str> {
        let names = self.ports.keys().copied();
        names.filter(|name| *name != GATEWAY).collect()
    }

    /// Those that run, gateways among them.
    pub(crate) fn replicas(&self) -> Vec<Replica> {
        self.running.keys().copied().collect()
    }

    /// Those of one context, or of the gateway, that run.
    pub(crate) fn replicas_of(&self, context: &str) -> Vec<Replica> {
        let mut all = self.replicas();
        all.retain(|replica| replica.0 == context);
        all
    }

    /// Where the gateways are, or would be.
    pub(crate) fn gateways(&self) -> Vec<SocketAddr> {
        self.ports[GATEWAY].iter().copied().map(local).collect()
    }

    /// A replica's own door.
    #[track_caller]
    pub(crate) fn door(&self, Replica(context, number): Replica) -> Door {
        Door::at(local(self.ports[context][number]))
    }

    #[track_caller]
    fn process(&self, replica: Replica) -> &Process {
        let process = self.running.get(&replica);
        process.unwrap_or_else(|| panic!("{replica} does not run"))
    }

    #[track_caller]
    fn gone(&mut self, replica: Replica) -> Process {
        let process = self.running.remove(&replica);
        process.unwrap_or_else(|| panic!("{replica} does not run"))
    }

    /// SIGKILL: no time for anything.
    #[track_caller]
    pub(crate) fn kill(&mut self, replica: Replica) {
        self.gone(replica).kill();
    }

    /// SIGTERM; it must end in time, with exit code 0.
    #[track_caller]
    pub(crate) fn terminate(&mut self, replica: Replica) {
        let mut process = self.gone(replica);
        process.signal("TERM");
        process.ends_well();
    }

    /// Starts one that does not run, on its own port. One that ends at once, because a server does not
    /// answer in time perhaps, is started again, as whoever keeps processes running does.
    #[track_caller]
    pub(crate) fn start(&mut self, replica: Replica) {
        self.start_all(&[replica]);
    }

    /// As [`Cluster::start`], all at the same time.
    #[track_caller]
    pub(crate) fn start_all(&mut self, replicas: &[Replica]) {
        let starting: Vec<_> = replicas
            .iter()
            .map(|replica| (*replica, self.starting(*replica)))
            .collect();
        for (replica, starting) in starting {
            let mut first = Some(starting);
            let process = within(PATIENCE, &format!("{replica} on its port"), || {
                let starting = first.take().unwrap_or_else(|| self.starting(replica));
                starting.serving().inspect_err(|said| {
                    assert!(!said.contains("panicked"), "{said}");
                })
            });
            self.running.insert(replica, process);
        }
    }

    /// Starts one, and kills it after `moment`, whether it has opened its door by then or not.
    #[track_caller]
    pub(crate) fn start_and_kill(&mut self, replica: Replica, moment: impl FnOnce()) {
        let starting = self.starting(replica);
        moment();
        drop(starting);
    }

    #[track_caller]
    fn starting(&self, replica: Replica) -> Starting {
        assert!(!self.running.contains_key(&replica), "{replica} still runs");
        Starting::of(&mut serve(&self.site, &self.ports, replica))
    }

    /// SIGSTOP: it is there, and does nothing, until [`Cluster::thaw`].
    #[track_caller]
    pub(crate) fn freeze(&self, replica: Replica) {
        self.process(replica).freeze();
    }

    #[track_caller]
    pub(crate) fn thaw(&self, replica: Replica) {
        self.process(replica).thaw();
    }

    /// Begins another command, which is not waited for, and ends with the value.
    pub(crate) fn begin(&self, arguments: &[&str]) -> Following {
        Following::start(jumun(&self.site.setup, self.site.folder()).args(arguments))
    }

    /// All read models, each with the context that it is of.
    pub(crate) fn read_models(&self) -> Vec<(&'static str, String)> {
        let system = super::systems().find(self.site.system()).expect("declared");
        let of = |context: &Context| {
            let name = context.name();
            let all = context.read_models().iter();
            all.map(|view| (name, view.collection().to_owned()))
                .collect::<Vec<_>>()
        };
        system.contexts().iter().flat_map(of).collect()
    }
}

impl Deref for Cluster {
    type Target = Site;
    fn deref(&self) -> &Site {
        &self.site
    }
}

type Ports = BTreeMap<&'static str, Vec<u16>>;
type Started = (Site, Ports, BTreeMap<Replica, Process>);

fn try_start(setup: Setup, size: Size) -> Result<Started, String> {
    let names: Vec<&'static str> = setup.contexts();
    let room = size.room;
    let mut free = free_ports(names.len() * room + size.replicas).into_iter();
    let mut ports: Ports = names
        .iter()
        .map(|name| (*name, free.by_ref().take(room).collect()))
        .collect();
    let setup = ports.iter().fold(setup, |setup, (context, ports)| {
        let addresses: Vec<String> = ports
            .iter()
            .map(|port| format!("http://{}", local(*port)))
            .collect();
        setup.set_in(context, "address", &addresses.join(","))
    });
    ports.insert(GATEWAY, free.collect());
    let mut site = Site::new(setup);
    // All at once: they all want to make the tables and the topic.
    let starting: Vec<_> = ports
        .keys()
        .flat_map(|name| (0..size.replicas).map(|number| Replica(name, number)))
        .map(|replica| (replica, Starting::of(&mut serve(&site, &ports, replica))))
        .collect();
    let running = starting
        .into_iter()
        .map(|(replica, process)| Ok((replica, process.serving()?)))
        .collect::<Result<BTreeMap<_, _>, String>>()?;
    site.open_at(running[&Replica(GATEWAY, 0)].address);
    Ok((site, ports, running))
}

fn serve(site: &Site, ports: &Ports, Replica(name, number): Replica) -> Command {
    let mut command = jumun(&site.setup, site.folder());
    let port = ports[name][number].to_string();
    if name == GATEWAY {
        command.args(["gateway", site.system()]);
    } else {
        command.args(["serve", site.system(), name]);
    }
    command.args(["--port", &port]).args(&site.setup.flags);
    command
}

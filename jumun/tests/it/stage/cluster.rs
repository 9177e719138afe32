//! A cluster: each context as several replicas, on a database server and brokers of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::SocketAddr;
use std::ops::Deref;
use std::process::Command;
use std::time::{Duration, Instant};

use engines::{Kafka, Postgres};
use serde_json::Value;
use storm::Context;

use super::apart::{free_ports, local};
use super::process::Starting;
use super::shape::Seat;
use super::{Door, Following, Process, Setup, Site, jumun};
use crate::waiting::{eventually, within};

/// Enough for some to be with each of three replicas.
const PARTITIONS: usize = 6;
/// Who is not heard of for so long is taken for dead.
pub(crate) const SESSION: Duration = Duration::from_secs(4);
/// For whatever needs the group to notice a death first, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);

/// One of a context's processes; they are counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Replica(pub(crate) &'static str, pub(crate) usize);

impl fmt::Display for Replica {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0, self.1)
    }
}

/// A system as `jumun serve` for each replica of each context, behind one `jumun gateway`. All know the
/// addresses of all that may ever run.
pub(crate) struct Cluster {
    // Before the servers, so that they end first.
    running: BTreeMap<Replica, Process>,
    _gateway: Process,
    ports: BTreeMap<&'static str, Vec<u16>>,
    site: Site,
    pub(crate) postgres: Postgres,
    pub(crate) kafka: Kafka,
    _seat: Seat,
}

impl Cluster {
    /// `replicas` of each context run, and there is `room` for so many. `None` where there are no
    /// servers, which is said.
    pub(crate) fn set_up(setup: &Setup, replicas: usize, room: usize) -> Option<Self> {
        if !super::Shape::Split.can_be_built() {
            return None;
        }
        let seat = Seat::take();
        let postgres = Postgres::start()?;
        let kafka = Kafka::start(3)?;
        let system = setup.system.expect("it is of one system");
        let setup = setup
            .clone()
            .set(&format!("systems.{system}.store"), postgres.url())
            .set("kafka.brokers", kafka.bootstrap())
            .set("kafka.partitions", &PARTITIONS.to_string())
            .set("kafka.replication", "3")
            .set("kafka.session_timeout", &format!("{}s", SESSION.as_secs()));
        // Somebody else may take a port between the choice and the start: then others are tried.
        let (site, ports, running, gateway) = eventually("a port for each process", || {
            let tried = try_start(setup.clone(), replicas, room);
            tried.map_err(|said| {
                assert!(said.contains("is in use"), "{said}");
                said
            })
        });
        Some(Self {
            running,
            _gateway: gateway,
            ports,
            site,
            postgres,
            kafka,
            _seat: seat,
        })
    }

    /// The names of all contexts.
    pub(crate) fn contexts(&self) -> Vec<&'static str> {
        self.ports.keys().copied().collect()
    }

    /// Those that run.
    pub(crate) fn replicas(&self) -> Vec<Replica> {
        self.running.keys().copied().collect()
    }

    /// A replica's own door.
    #[track_caller]
    pub(crate) fn door(&self, replica: Replica) -> Door {
        Door::at(self.address(replica))
    }

    #[track_caller]
    fn address(&self, Replica(context, number): Replica) -> SocketAddr {
        local(self.ports[context][number])
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
        assert!(!self.running.contains_key(&replica), "{replica} still runs");
        let process = within(PATIENCE, &format!("{replica} on its port"), || {
            Process::start(&mut self.serve(replica)).inspect_err(|said| {
                assert!(!said.contains("panicked"), "{said}");
            })
        });
        self.running.insert(replica, process);
    }

    /// Starts one, and kills it after `moment`, whether it has opened its door by then or not.
    #[track_caller]
    pub(crate) fn start_and_kill(&mut self, replica: Replica, moment: impl FnOnce()) {
        assert!(!self.running.contains_key(&replica), "{replica} still runs");
        let starting = Starting::of(&mut self.serve(replica));
        moment();
        drop(starting);
    }

    fn serve(&self, replica: Replica) -> Command {
        serve(&self.site, &self.ports, replica)
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

    /// What Kafka and a replica have to do with each other, as its health shows it; `None` while it
    /// does not answer.
    pub(crate) fn bus_of(&self, replica: Replica) -> Option<Value> {
        let answer = self.door(replica).try_get("/actuator/health").ok()?;
        let health: Value = serde_json::from_slice(&answer.body).ok()?;
        Some(health["components"]["bus"]["details"].clone())
    }

    /// The partitions that a replica takes in.
    pub(crate) fn partitions_of(&self, replica: Replica) -> BTreeSet<String> {
        let bus = self.bus_of(replica).unwrap_or_default();
        let partitions = bus["partitions"].as_object();
        partitions
            .into_iter()
            .flatten()
            .map(|(name, _)| name.clone())
            .collect()
    }

    /// Waits until each partition is with exactly one of a context's replicas, and each of these has
    /// some.
    #[track_caller]
    pub(crate) fn shares_out(&self, context: &'static str, patience: Duration) {
        let what = format!("the partitions shared out among the replicas of {context}");
        within(patience, &what, || {
            let replicas = self
                .replicas()
                .into_iter()
                .filter(|replica| replica.0 == context);
            let dealt: Vec<_> = replicas
                .map(|replica| self.partitions_of(replica))
                .collect();
            let all: BTreeSet<_> = dealt.iter().flatten().collect();
            let sum: usize = dealt.iter().map(BTreeSet::len).sum();
            let all_have_some = dealt.iter().all(|share| !share.is_empty());
            if all.len() == PARTITIONS && sum == PARTITIONS && all_have_some {
                return Ok(());
            }
            Err(format!("{dealt:?}"))
        });
    }

    /// Waits until every event has been taken in by all who listen, and none is held back. Nobody may
    /// be frozen or away.
    #[track_caller]
    pub(crate) fn settle(&self) {
        // A replica looks once a second how far it is behind.
        const QUIET: Duration = Duration::from_millis(2_500);
        let mut before = Vec::new();
        let mut since = Instant::now();
        within(PATIENCE, "all events taken in", || {
            let (heads, waits) = self.look();
            if !waits.is_empty() || heads != before {
                before = heads;
                since = Instant::now();
            }
            if since.elapsed() > QUIET {
                return Ok(());
            }
            Err(format!("the logs end at {before:?}; {}", waits.join(", ")))
        });
    }

    /// Where the logs end, and what is on its way.
    fn look(&self) -> (Vec<i64>, Vec<String>) {
        let (mut heads, mut waits) = (Vec::new(), Vec::new());
        for (context, ports) in &self.ports {
            let mut taken_in = BTreeSet::new();
            let replicas = (0..ports.len()).map(|number| Replica(context, number));
            for replica in replicas.filter(|replica| self.running.contains_key(replica)) {
                let Some(bus) = self.bus_of(replica) else {
                    waits.push(format!("{replica} does not answer"));
                    continue;
                };
                for (partition, of) in bus["partitions"].as_object().into_iter().flatten() {
                    taken_in.insert(partition.clone());
                    if of["lag"] != 0 {
                        waits.push(format!("{replica} lags {} in {partition}", of["lag"]));
                    }
                }
                let parked = self.door(replica).metric("jumun_parked_events", &[]);
                if parked > 0.5 {
                    waits.push(format!("{parked} are parked at {replica}"));
                }
                let outbox = self.door(replica).get("/actuator/outbox").json();
                if outbox["head"] != outbox["published"] {
                    waits.push(format!("the outbox of {replica}: {outbox}"));
                }
                heads.extend(outbox["head"].as_i64());
            }
            if taken_in.len() < PARTITIONS {
                waits.push(format!("{context} takes in only {taken_in:?}"));
            }
        }
        (heads, waits)
    }
}

impl Deref for Cluster {
    type Target = Site;
    fn deref(&self) -> &Site {
        &self.site
    }
}

type Ports = BTreeMap<&'static str, Vec<u16>>;
type Started = (Site, Ports, BTreeMap<Replica, Process>, Process);

fn try_start(setup: Setup, replicas: usize, room: usize) -> Result<Started, String> {
    let names: Vec<&'static str> = setup.contexts();
    let mut free = free_ports(names.len() * room).into_iter();
    let ports: Ports = names
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
    let mut site = Site::new(setup);
    // All at once: they all want to make the tables and the topic.
    let starting: Vec<_> = names
        .iter()
        .flat_map(|context| (0..replicas).map(|number| Replica(context, number)))
        .map(|replica| (replica, Starting::of(&mut serve(&site, &ports, replica))))
        .collect();
    let mut gateway = jumun(&site.setup, site.folder());
    gateway
        .args(["gateway", site.system(), "--port", "0"])
        .args(&site.setup.flags);
    let gateway = Process::start(&mut gateway)?;
    let running = starting
        .into_iter()
        .map(|(replica, process)| Ok((replica, process.serving()?)))
        .collect::<Result<_, String>>()?;
    site.open_at(gateway.address);
    Ok((site, ports, running, gateway))
}

fn serve(site: &Site, ports: &Ports, Replica(context, number): Replica) -> Command {
    let mut command = jumun(&site.setup, site.folder());
    let port = ports[context][number].to_string();
    command
        .args(["serve", site.system(), context, "--port", &port])
        .args(&site.setup.flags);
    command
}

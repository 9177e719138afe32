//! What is done to a cluster: to one replica, to all of a context, to a database, to a broker.

mod hands;
mod replicas;
mod servers;

use std::fmt;
use std::net::SocketAddr;
use std::ops::{Deref, Range};
use std::time::{Duration, Instant};

use fastrand::Rng;

use super::town::Town;
use super::victim::Victim;
use crate::stage::{Cluster, Replica, Servers, Setup, Site, Size};
use servers::Engine;

const REPLICAS: usize = 2;
/// Three are there, and two are enough.
const BROKERS: usize = 3;

/// One of the things that are done. What is down comes back before the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Blow {
    /// SIGKILL to a replica, also while it starts again.
    Kill,
    /// SIGKILL to all replicas of a context.
    KillContext,
    /// SIGKILL to a gateway; at times to both, and nobody is at the door.
    KillGateway,
    /// SIGSTOP until the group takes a replica for dead and the database has ended its turn; it
    /// comes back and knows nothing of that.
    Freeze,
    /// The same, while the other replica of its context is killed and starts again: for a while nobody
    /// does the work.
    Strand,
    /// A read model is made anew, and a replica that may be at it stands still or is killed; another
    /// one begins that anew.
    Rebuild,
    /// SIGSTOP for a moment only: in the middle of things, and it is a member still.
    Stall,
    /// SIGTERM to a replica, which comes back later.
    Leave,
    /// SIGKILL to a database server.
    KillDatabase(Engine),
    /// The orderly stop of a database server, which says so to those who are at something.
    RestartDatabase(Engine),
    /// SIGSTOP to a database server: nothing is refused, and nothing answered, until it moves again.
    PauseDatabase(Engine),
    /// SIGKILL to a broker.
    KillBroker,
    /// The orderly stop of a broker, which stays away for a while.
    StopBroker,
    /// SIGSTOP to a broker, which others take for dead.
    PauseBroker,
}

use Blow::{
    Freeze, Kill, KillBroker, KillContext, KillDatabase, KillGateway, Leave, PauseBroker,
    PauseDatabase, Rebuild, RestartDatabase, Stall, StopBroker, Strand,
};

impl Blow {
    /// Whether it is one to databases, which nobody else may use then.
    fn is_to_databases(self) -> bool {
        matches!(
            self,
            KillDatabase(_) | RestartDatabase(_) | PauseDatabase(_)
        )
    }

    /// Whether it is one to brokers, which nobody else may use then.
    fn is_to_brokers(self) -> bool {
        matches!(self, KillBroker | StopBroker | PauseBroker)
    }
}

impl fmt::Display for Blow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kill => write!(f, "SIGKILL to a replica"),
            KillContext => write!(f, "SIGKILL to all of a context"),
            KillGateway => write!(f, "SIGKILL to a gateway"),
            Freeze => write!(f, "zombie"),
            Strand => write!(f, "zombie, its twin killed"),
            Rebuild => write!(f, "read model rebuilt by somebody who is struck"),
            Stall => write!(f, "SIGSTOP for a moment"),
            Leave => write!(f, "SIGTERM to a replica"),
            KillDatabase(engine) => write!(f, "SIGKILL to {engine}"),
            RestartDatabase(engine) => write!(f, "restart of {engine}"),
            PauseDatabase(engine) => write!(f, "SIGSTOP to {engine}"),
            KillBroker => write!(f, "SIGKILL to a broker"),
            StopBroker => write!(f, "a broker stopped for a while"),
            PauseBroker => write!(f, "SIGSTOP to a broker"),
        }
    }
}

/// A cluster to which all of this happens, in an order that the seed chooses.
pub(super) struct Battered {
    cluster: Cluster,
    /// Each of these comes before one comes again.
    blows: Vec<Blow>,
    /// The rest of them.
    bag: Vec<Blow>,
    pace: Pace,
    on_mariadb: Vec<&'static str>,
    began: Instant,
}

/// How much time there is.
#[derive(Clone, Copy)]
struct Pace {
    /// After which the group takes somebody for dead.
    session: Duration,
    /// How long a server stands still or stays away at most.
    longest: Duration,
    /// How much is answered between two blows.
    answers: (u64, u64),
    looked_at_twice: bool,
}

/// A run for its own sake.
const PATIENT: Pace = Pace {
    session: Duration::from_secs(4),
    // Some give up sooner, and some wait.
    longest: Duration::from_secs(12),
    answers: (20, 300),
    looked_at_twice: true,
};

/// One test of many.
const BRISK: Pace = Pace {
    session: Duration::from_secs(3),
    longest: Duration::from_secs(4),
    answers: (10, 60),
    looked_at_twice: false,
};

impl Battered {
    fn draw(&mut self, random: &mut Rng) -> Blow {
        if self.bag.is_empty() {
            self.bag.clone_from(&self.blows);
            random.shuffle(&mut self.bag);
        }
        self.bag.pop().expect("it was filled")
    }

    fn says(&self, what: impl fmt::Display) {
        println!("{:7.2} s: {what}", self.began.elapsed().as_secs_f64());
    }
}

/// Some of the contexts, and not all: their stores are on MariaDB, the others' on PostgreSQL.
fn some(mut contexts: Vec<&'static str>, random: &mut Rng) -> Vec<&'static str> {
    random.shuffle(&mut contexts);
    contexts.truncate(random.usize(1..contexts.len()));
    contexts.sort_unstable();
    contexts
}

impl Deref for Battered {
    type Target = Site;
    fn deref(&self) -> &Site {
        &self.cluster
    }
}

impl Victim for Battered {
    // The group waits for the dead, and the brokers for each other.
    const PATIENCE: Duration = Duration::from_secs(60);

    fn start(setup: Setup, strikes: Option<u64>, random: &mut Rng) -> Option<Self> {
        let began = Instant::now();
        let (blows, pace) = match strikes {
            Some(_) => (hands::BAG, PATIENT),
            None => (hands::dealt_to(setup.system()), BRISK),
        };
        let servers = Servers::own(
            blows.iter().any(|blow| blow.is_to_databases()),
            blows.iter().any(|blow| blow.is_to_brokers()),
        )?;
        let on_mariadb = some(setup.contexts(), random);
        let size = Size {
            replicas: REPLICAS,
            room: REPLICAS,
            session: pace.session,
        };
        let cluster = setup.start_cluster(size, servers.on_mariadb(on_mariadb.clone()));
        Some(Self {
            cluster,
            blows: blows.to_vec(),
            bag: Vec::new(),
            pace,
            on_mariadb,
            began,
        })
    }

    fn how(&self) -> String {
        format!(
            "two replicas of each context and of the gateway; {} on MariaDB, the others on PostgreSQL; brokers: {}",
            self.on_mariadb.join(", "),
            self.cluster.servers.brokers(),
        )
    }

    fn ordinarily(&self) -> u64 {
        self.blows.len() as u64
    }

    fn doors(&self) -> Vec<SocketAddr> {
        self.cluster.gateways()
    }

    fn answers_between(&self) -> Range<u64> {
        self.pace.answers.0..self.pace.answers.1
    }

    fn settle(&self) {
        self.cluster.settle();
    }

    fn strike<P>(&mut self, _: &Town<P>, random: &mut Rng) -> String {
        let blow = self.draw(random);
        match blow {
            Kill => self.kill(random),
            KillContext => self.kill_context(random),
            KillGateway => self.kill_gateway(random),
            Freeze => self.freeze(random),
            Strand => self.strand(random),
            Rebuild => self.rebuild(random),
            Stall => self.stall(random),
            Leave => self.leave(random),
            KillDatabase(engine) => self.kill_database(engine, random),
            RestartDatabase(engine) => self.restart_database(engine, random),
            PauseDatabase(engine) => self.pause_database(engine, random),
            KillBroker => self.kill_broker(random),
            StopBroker => self.stop_broker(random),
            PauseBroker => self.pause_broker(random),
        }
        self.says("all are there again");
        blow.to_string()
    }

    fn is_looked_at_twice(&self) -> bool {
        self.pace.looked_at_twice
    }

    fn strike_all(&mut self) -> String {
        let what = "SIGKILL to all replicas, and to all servers of their own";
        self.says(what);
        let replicas = self.cluster.replicas();
        for replica in &replicas {
            self.cluster.kill(*replica);
        }
        self.cluster.servers.kill_all();
        self.cluster.start_all(&replicas);
        what.to_owned()
    }

    fn left_out(&self) -> Option<f64> {
        let contexts = self.cluster.contexts().into_iter();
        let replicas = contexts.flat_map(|context| self.cluster.replicas_of(context));
        let left_out = |replica: Replica| {
            let door = self.cluster.door(replica);
            door.metric("jumun_repeated_events_total", &[])
        };
        Some(replicas.map(left_out).sum())
    }
}

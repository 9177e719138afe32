//! What is done to a cluster: to one replica, to all of a context, to the database, to a broker.

use std::fmt;
use std::ops::Deref;
use std::thread::sleep;
use std::time::{Duration, Instant};

use fastrand::Rng;

use super::town::Town;
use super::victim::{Victim, moment, while_it_starts};
use crate::stage::{Cluster, Replica, SESSION, Setup, Site};

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
    /// SIGKILL to the database.
    KillDatabase,
    /// SIGKILL to a broker.
    KillBroker,
    /// SIGSTOP to the database: nothing is refused, and nothing answered, until it moves again.
    PauseDatabase,
    /// The same with a broker, which others take for dead.
    PauseBroker,
    /// The orderly stop of a broker, which stays away for a while.
    StopBroker,
}

use Blow::{
    Freeze, Kill, KillBroker, KillContext, KillDatabase, Leave, PauseBroker, PauseDatabase,
    Rebuild, Stall, StopBroker, Strand,
};

/// What happens more often lies there more often.
const BAG: [Blow; 14] = [
    Kill,
    Kill,
    KillContext,
    Freeze,
    Freeze,
    Strand,
    Rebuild,
    Stall,
    Leave,
    KillDatabase,
    KillBroker,
    PauseDatabase,
    PauseBroker,
    StopBroker,
];

/// A cluster to which all of this happens, in an order that the seed chooses.
pub(super) struct Battered {
    cluster: Cluster,
    /// The rest of the blows: each comes before one comes again.
    bag: Vec<Blow>,
    began: Instant,
}

impl Battered {
    fn draw(&mut self, random: &mut Rng) -> Blow {
        if self.bag.is_empty() {
            self.bag = BAG.to_vec();
            random.shuffle(&mut self.bag);
        }
        self.bag.pop().expect("it was filled")
    }

    fn says(&self, what: impl fmt::Display) {
        println!("{:7.2} s: {what}", self.began.elapsed().as_secs_f64());
    }

    fn any_replica(&self, random: &mut Rng) -> Replica {
        *random.choice(&self.cluster.replicas()).expect("some run")
    }

    /// A replica is away for a while: others do its work, or have not noticed yet.
    fn is_missed(random: &mut Rng) {
        let most = if random.bool() {
            SESSION * 2
        } else {
            SESSION / 8
        };
        sleep(moment(random, most));
    }

    fn kill(&mut self, random: &mut Rng) {
        let replica = self.any_replica(random);
        self.says(format_args!("SIGKILL to {replica}"));
        self.cluster.kill(replica);
        while_it_starts(random, |moment| {
            self.cluster.start_and_kill(replica, || sleep(moment * 5));
        });
        Self::is_missed(random);
        self.cluster.start(replica);
    }

    fn kill_context(&mut self, random: &mut Rng) {
        let context = *random
            .choice(&self.cluster.contexts())
            .expect("it has some");
        self.says(format_args!("SIGKILL to all of {context}"));
        let all: Vec<_> = (0..REPLICAS)
            .map(|number| Replica(context, number))
            .collect();
        for replica in &all {
            self.cluster.kill(*replica);
        }
        sleep(moment(random, Duration::from_millis(500)));
        for replica in all {
            self.cluster.start(replica);
        }
    }

    fn freeze(&mut self, random: &mut Rng) {
        let replica = self.any_replica(random);
        self.says(format_args!("SIGSTOP to {replica}"));
        self.cluster.freeze(replica);
        sleep(SESSION + Duration::from_secs(1) + moment(random, SESSION / 2));
        self.says(format_args!("{replica} goes on"));
        self.cluster.thaw(replica);
    }

    fn strand(&mut self, random: &mut Rng) {
        let replica = self.any_replica(random);
        let other = Replica(replica.0, (replica.1 + 1) % REPLICAS);
        self.says(format_args!("SIGSTOP to {replica}, SIGKILL to {other}"));
        self.cluster.freeze(replica);
        self.cluster.kill(other);
        sleep(moment(random, SESSION));
        self.cluster.start(other);
        sleep(moment(random, SESSION * 2));
        self.says(format_args!("{replica} goes on"));
        self.cluster.thaw(replica);
    }

    fn rebuild(&mut self, random: &mut Rng) {
        let all = self.cluster.read_models();
        let (context, view) = random.choice(&all).expect("it has some");
        let begin =
            |cluster: &Cluster| cluster.begin(&["rebuild", cluster.system(), context, view]);
        let replica = Replica(context, random.usize(0..REPLICAS));
        let first = begin(&self.cluster);
        sleep(moment(random, Duration::from_millis(300)));
        let second;
        if random.bool() {
            self.says(format_args!("SIGKILL to {replica} while {view} is rebuilt"));
            self.cluster.kill(replica);
            second = begin(&self.cluster);
            self.cluster.start(replica);
        } else {
            self.says(format_args!("SIGSTOP to {replica} while {view} is rebuilt"));
            self.cluster.freeze(replica);
            second = begin(&self.cluster);
            sleep(moment(random, SESSION * 2));
            self.cluster.thaw(replica);
        }
        sleep(moment(random, Duration::from_secs(1)));
        drop((first, second));
    }

    fn stall(&mut self, random: &mut Rng) {
        let replica = self.any_replica(random);
        self.says(format_args!("SIGSTOP to {replica} for a moment"));
        self.cluster.freeze(replica);
        sleep(moment(random, SESSION));
        self.cluster.thaw(replica);
    }

    fn leave(&mut self, random: &mut Rng) {
        let replica = self.any_replica(random);
        self.says(format_args!("SIGTERM to {replica}"));
        self.cluster.terminate(replica);
        Self::is_missed(random);
        self.cluster.start(replica);
    }

    fn kill_database(&mut self, random: &mut Rng) {
        self.says("SIGKILL to the database");
        self.cluster.postgres.kill();
        sleep(moment(random, Duration::from_secs(1)));
        self.cluster.postgres.start_again();
    }

    fn kill_broker(&mut self, random: &mut Rng) {
        let broker = random.usize(0..BROKERS);
        self.says(format_args!("SIGKILL to broker {broker}"));
        self.cluster.kafka.kill_one(broker);
        sleep(moment(random, Duration::from_secs(1)));
        self.cluster.kafka.start_one(broker);
    }

    fn pause_database(&mut self, random: &mut Rng) {
        self.says("SIGSTOP to the database");
        self.cluster.postgres.pause();
        // Some give up sooner, and some wait.
        sleep(moment(random, Duration::from_secs(12)));
        self.cluster.postgres.resume();
    }

    fn pause_broker(&mut self, random: &mut Rng) {
        let broker = random.usize(0..BROKERS);
        self.says(format_args!("SIGSTOP to broker {broker}"));
        self.cluster.kafka.pause_one(broker);
        sleep(moment(random, Duration::from_secs(12)));
        self.cluster.kafka.resume_one(broker);
    }

    fn stop_broker(&mut self, random: &mut Rng) {
        let broker = random.usize(0..BROKERS);
        self.says(format_args!("SIGTERM to broker {broker}"));
        self.cluster.kafka.stop_one(broker);
        sleep(moment(random, Duration::from_secs(5)));
        self.cluster.kafka.start_one(broker);
    }
}

impl Deref for Battered {
    type Target = Site;
    fn deref(&self) -> &Site {
        &self.cluster
    }
}

impl Victim for Battered {
    const HOW: &'static str = "two replicas of each context on PostgreSQL and three brokers";
    // The group waits for the dead, and the brokers for each other.
    const PATIENCE: Duration = Duration::from_secs(60);

    fn start(setup: Setup) -> Option<Self> {
        let cluster = setup.start_cluster(REPLICAS, REPLICAS)?;
        Some(Self {
            cluster,
            bag: Vec::new(),
            began: Instant::now(),
        })
    }

    fn settle(&self) {
        self.cluster.settle();
    }

    fn strike<P>(&mut self, _: &Town<P>, random: &mut Rng) {
        match self.draw(random) {
            Kill => self.kill(random),
            KillContext => self.kill_context(random),
            Freeze => self.freeze(random),
            Strand => self.strand(random),
            Rebuild => self.rebuild(random),
            Stall => self.stall(random),
            Leave => self.leave(random),
            KillDatabase => self.kill_database(random),
            KillBroker => self.kill_broker(random),
            PauseDatabase => self.pause_database(random),
            PauseBroker => self.pause_broker(random),
            StopBroker => self.stop_broker(random),
        }
        self.says("all are there again");
    }

    fn strike_all(&mut self) {
        self.says("SIGKILL to everything");
        let replicas = self.cluster.replicas();
        for replica in &replicas {
            self.cluster.kill(*replica);
        }
        self.cluster.postgres.kill();
        self.cluster.kafka.kill();
        self.cluster.postgres.start_again();
        self.cluster.kafka.start_again();
        for replica in replicas {
            self.cluster.start(replica);
        }
    }
}

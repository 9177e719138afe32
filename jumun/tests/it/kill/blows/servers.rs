//! Blows to databases and brokers.

use std::fmt;
use std::thread::sleep;
use std::time::Duration;

use fastrand::Rng;

use super::{BROKERS, Battered};
use crate::kill::victim::moment;

/// A database server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Engine {
    Postgres,
    MariaDb,
}

use Engine::{MariaDb, Postgres};

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Postgres => "PostgreSQL",
            MariaDb => "MariaDB",
        })
    }
}

impl Battered {
    pub(super) fn kill_database(&mut self, engine: Engine, random: &mut Rng) {
        self.says(format_args!("SIGKILL to {engine}"));
        let servers = &mut self.cluster.servers;
        match engine {
            Postgres => servers.postgres().kill(),
            MariaDb => servers.mariadb().kill(),
        }
        sleep(moment(random, Duration::from_secs(1)));
        self.start_database(engine);
    }

    pub(super) fn restart_database(&mut self, engine: Engine, random: &mut Rng) {
        self.says(format_args!("SIGTERM to {engine}"));
        let servers = &mut self.cluster.servers;
        match engine {
            Postgres => servers.postgres().stop(),
            MariaDb => servers.mariadb().stop(),
        }
        sleep(moment(random, Duration::from_secs(1)));
        self.start_database(engine);
    }

    fn start_database(&mut self, engine: Engine) {
        let servers = &mut self.cluster.servers;
        match engine {
            Postgres => servers.postgres().start_again(),
            MariaDb => servers.mariadb().start_again(),
        }
    }

    pub(super) fn pause_database(&mut self, engine: Engine, random: &mut Rng) {
        self.says(format_args!("SIGSTOP to {engine}"));
        let pause = moment(random, self.pace.longest);
        let servers = &mut self.cluster.servers;
        match engine {
            Postgres => servers.postgres().pause(),
            MariaDb => servers.mariadb().pause(),
        }
        sleep(pause);
        match engine {
            Postgres => servers.postgres().resume(),
            MariaDb => servers.mariadb().resume(),
        }
    }

    pub(super) fn kill_broker(&mut self, random: &mut Rng) {
        let broker = random.usize(0..BROKERS);
        self.says(format_args!("SIGKILL to broker {broker}"));
        let kafka = self.cluster.servers.kafka();
        kafka.kill_one(broker);
        sleep(moment(random, Duration::from_secs(1)));
        kafka.start_one(broker);
    }

    pub(super) fn stop_broker(&mut self, random: &mut Rng) {
        let broker = random.usize(0..BROKERS);
        self.says(format_args!("SIGTERM to broker {broker}"));
        let away = moment(random, self.pace.longest / 2);
        let kafka = self.cluster.servers.kafka();
        kafka.stop_one(broker);
        sleep(away);
        kafka.start_one(broker);
    }

    pub(super) fn pause_broker(&mut self, random: &mut Rng) {
        let broker = random.usize(0..BROKERS);
        self.says(format_args!("SIGSTOP to broker {broker}"));
        let pause = moment(random, self.pace.longest);
        let kafka = self.cluster.servers.kafka();
        kafka.pause_one(broker);
        sleep(pause);
        kafka.resume_one(broker);
    }
}

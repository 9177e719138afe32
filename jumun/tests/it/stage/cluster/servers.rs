//! What a cluster keeps its stores on, and how its contexts hear of each other.

use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use engines::{Database, Kafka, MariaDb, Postgres};

use crate::stage::{Setup, Shape};

/// PostgreSQL, MariaDB and Kafka.
pub(crate) struct Servers {
    /// `None`: those of everybody.
    own: Option<Own>,
    /// Whose stores are not on PostgreSQL.
    on_mariadb: Vec<&'static str>,
    databases: Vec<Database>,
}

/// Servers that nobody else uses, so that they may be struck.
pub(crate) struct Own {
    pub(crate) postgres: Postgres,
    pub(crate) mariadb: MariaDb,
    /// Three brokers.
    pub(crate) kafka: Kafka,
}

impl Servers {
    /// Those of everybody in this process: quick to be had, and not to be struck. `None` where there are
    /// none, which is said.
    pub(crate) fn shared() -> Option<Self> {
        let there = Shape::Mixed.can_be_built()
            && Postgres::shared().is_some()
            && MariaDb::shared().is_some()
            && Kafka::shared().is_some();
        there.then(|| Self::with(None))
    }

    /// Some of one's own. `None` where there are none, which is said.
    pub(crate) fn own() -> Option<Self> {
        if !Shape::Mixed.can_be_built() {
            return None;
        }
        let (postgres, mariadb, kafka) = thread::scope(|scope| {
            let postgres = scope.spawn(Postgres::start);
            let mariadb = scope.spawn(MariaDb::start);
            let kafka = Kafka::start(3);
            let started = "it starts or says why not";
            let postgres = postgres.join().expect(started);
            (postgres, mariadb.join().expect(started), kafka)
        });
        Some(Self::with(Some(Own {
            postgres: postgres?,
            mariadb: mariadb?,
            kafka: kafka?,
        })))
    }

    fn with(own: Option<Own>) -> Self {
        Self {
            own,
            on_mariadb: Vec::new(),
            databases: Vec::new(),
        }
    }

    /// The stores of these contexts are on MariaDB, those of the others on PostgreSQL.
    pub(crate) fn on_mariadb(mut self, contexts: Vec<&'static str>) -> Self {
        self.on_mariadb = contexts;
        self
    }

    /// To strike them.
    #[track_caller]
    pub(crate) fn struck(&mut self) -> &mut Own {
        self.own.as_mut().expect("servers of its own")
    }

    pub(crate) fn are_own(&self) -> bool {
        self.own.is_some()
    }

    /// The setup on these servers, as one that others on the same servers do not meet.
    pub(super) fn furnish(&mut self, setup: &Setup) -> Setup {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let system = setup.system();
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let (postgres, mariadb, kafka) = match &self.own {
            Some(own) => (&own.postgres, &own.mariadb, &own.kafka),
            None => (
                Postgres::shared().expect("it was there"),
                MariaDb::shared().expect("it was there"),
                Kafka::shared().expect("it was there"),
            ),
        };
        let database = postgres.database();
        let mut setup = setup
            .clone()
            .set(&format!("systems.{system}.store"), database.url())
            .set("kafka.brokers", kafka.bootstrap())
            .set(
                "kafka.prefix",
                &format!("cluster{}-{number}-", std::process::id()),
            )
            .set(
                "kafka.replication",
                if self.own.is_some() { "3" } else { "1" },
            );
        self.databases.push(database);
        for context in &self.on_mariadb {
            let database = mariadb.database();
            setup = setup.set_in(context, "store", database.url());
            self.databases.push(database);
        }
        setup
    }
}

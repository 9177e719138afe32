//! What a cluster keeps its stores on, and how its contexts hear of each other.

use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use engines::{Database, Kafka, MariaDb, Postgres};

use crate::stage::{Setup, Shape};

/// PostgreSQL, MariaDB and Kafka: those of everybody in this process, which are quick to be had and not to
/// be struck, or some of one's own.
pub(crate) struct Servers {
    // `None`: those of everybody.
    databases: Option<(Postgres, MariaDb)>,
    brokers: Option<Kafka>,
    /// Whose stores are not on PostgreSQL.
    on_mariadb: Vec<&'static str>,
    made: Vec<Database>,
}

impl Servers {
    /// Those of everybody. `None` where there are none, which is said.
    pub(crate) fn shared() -> Option<Self> {
        Self::own(false, false)
    }

    /// Databases of one's own or three brokers, as far as they are wanted. `None` where there are none,
    /// which is said.
    pub(crate) fn own(databases: bool, brokers: bool) -> Option<Self> {
        if !Shape::Mixed.can_be_built() {
            return None;
        }
        thread::scope(|scope| {
            let databases = scope.spawn(move || start_databases(databases));
            let brokers = if brokers {
                Some(Kafka::start(3)?)
            } else {
                Kafka::shared()?;
                None
            };
            Some(Self {
                databases: databases.join().expect("they start or say why not")?,
                brokers,
                on_mariadb: Vec::new(),
                made: Vec::new(),
            })
        })
    }

    /// The stores of these contexts are on MariaDB, those of the others on PostgreSQL.
    pub(crate) fn on_mariadb(mut self, contexts: Vec<&'static str>) -> Self {
        self.on_mariadb = contexts;
        self
    }

    /// To strike it.
    #[track_caller]
    pub(crate) fn postgres(&mut self) -> &mut Postgres {
        &mut self.databases.as_mut().expect("databases of its own").0
    }

    /// To strike it.
    #[track_caller]
    pub(crate) fn mariadb(&mut self) -> &mut MariaDb {
        &mut self.databases.as_mut().expect("databases of its own").1
    }

    /// To strike them.
    #[track_caller]
    pub(crate) fn kafka(&mut self) -> &mut Kafka {
        self.brokers.as_mut().expect("brokers of its own")
    }

    /// How many brokers there are.
    pub(crate) fn brokers(&self) -> usize {
        if self.brokers.is_some() { 3 } else { 1 }
    }

    /// SIGKILL to all that are nobody else's; and they start again.
    pub(crate) fn kill_all(&mut self) {
        if let Some((postgres, mariadb)) = &mut self.databases {
            postgres.kill();
            mariadb.kill();
        }
        if let Some(kafka) = &mut self.brokers {
            kafka.kill();
        }
        thread::scope(|scope| {
            if let Some((postgres, mariadb)) = &mut self.databases {
                scope.spawn(|| postgres.start_again());
                scope.spawn(|| mariadb.start_again());
            }
            if let Some(kafka) = &mut self.brokers {
                kafka.start_again();
            }
        });
    }

    /// The setup on these servers, as one that others on the same servers do not meet.
    pub(super) fn furnish(&mut self, setup: &Setup) -> Setup {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let system = setup.system();
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let shared = "it was there";
        let (postgres, mariadb) = match &self.databases {
            Some((postgres, mariadb)) => (postgres, mariadb),
            None => (
                Postgres::shared().expect(shared),
                MariaDb::shared().expect(shared),
            ),
        };
        let brokers = self.brokers.as_ref();
        let kafka = brokers.unwrap_or_else(|| Kafka::shared().expect(shared));
        let database = postgres.database();
        let mut setup = setup
            .clone()
            .set(&format!("systems.{system}.store"), database.url())
            .set("kafka.brokers", kafka.bootstrap())
            .set(
                "kafka.prefix",
                &format!("cluster{}-{number}-", std::process::id()),
            )
            .set("kafka.replication", &self.brokers().to_string());
        self.made.push(database);
        for context in &self.on_mariadb {
            let database = mariadb.database();
            setup = setup.set_in(context, "store", database.url());
            self.made.push(database);
        }
        setup
    }
}

/// `Some(None)`: those of everybody are there.
#[allow(
    clippy::option_option,
    reason = "whether they are there, and whether they are one's own"
)]
fn start_databases(own: bool) -> Option<Option<(Postgres, MariaDb)>> {
    if !own {
        Postgres::shared()?;
        MariaDb::shared()?;
        return Some(None);
    }
    thread::scope(|scope| {
        let postgres = scope.spawn(Postgres::start);
        let mariadb = MariaDb::start();
        let postgres = postgres.join().expect("it starts or says why not");
        Some(Some((postgres?, mariadb?)))
    })
}

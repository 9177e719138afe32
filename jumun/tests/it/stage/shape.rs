//! In which shape a system is put on the stage.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Condvar, Mutex};

use engines::{Database, Kafka, MariaDb, Postgres};

use super::Setup;

/// How a system is cut into processes, and where it keeps what it knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Shape {
    /// In one process, on SQLite: as a new user would start it.
    #[default]
    Together,
    /// One process a context, on PostgreSQL and Kafka.
    Split,
    /// The same, with each context's store on another engine: PostgreSQL, MariaDB, SQLite.
    Mixed,
}

/// Who is not on PostgreSQL where stores are mixed. The seeds put product delivery's order on MySQL, book
/// rental's my page on SQLite, and `Notification` on HSQLDB, which is a file as well (domains.md); who is
/// like them goes with them, and each system has all three.
const ON_MARIADB: [&str; 4] = [
    "BiddingManagement",
    "order",
    "orderManagement",
    "reservation",
];
const ON_SQLITE: [&str; 6] = [
    "MyPage",
    "Notification",
    "customercenter",
    "mileage",
    "mypage",
    "notice",
];

impl Shape {
    /// Has a story told in this shape, unless something that it takes is not here, which is said.
    pub(crate) fn play(self, story: fn(Self)) {
        if self == Self::Together {
            return story(self);
        }
        if self.can_be_had() {
            let _seat = Seat::take();
            story(self);
        }
    }

    /// Whether a system is cut into processes.
    pub(crate) fn is_split(self) -> bool {
        self != Self::Together
    }

    /// Whether this build has what it takes; if not, that is said.
    pub(super) fn can_be_built(self) -> bool {
        let missing = [
            ("postgres", cfg!(feature = "postgres")),
            ("kafka", cfg!(feature = "kafka")),
            ("mysql", cfg!(feature = "mysql") || self != Self::Mixed),
        ];
        if let Some((feature, _)) = missing.iter().find(|(_, there)| !there) {
            engines::skip(
                "split systems",
                &format!("jumun was built without {feature}"),
            );
            return false;
        }
        true
    }

    fn can_be_had(self) -> bool {
        self.can_be_built()
            && Postgres::shared().is_some()
            && Kafka::shared().is_some()
            && (self != Self::Mixed || MariaDb::shared().is_some())
    }

    /// The setup on servers, as one that others on the same servers do not meet; and what must live as
    /// long as the system does.
    pub(super) fn furnish(self, setup: Setup) -> (Setup, Vec<Database>) {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let (Some(postgres), Some(kafka)) = (Postgres::shared(), Kafka::shared()) else {
            panic!("a shape is set up that cannot be had");
        };
        let system = setup.system.expect("it is of one system");
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let database = postgres.database();
        let mut setup = setup
            .set("kafka.brokers", kafka.bootstrap())
            .set(
                "kafka.prefix",
                &format!("t{}-{number}-", std::process::id()),
            )
            // Enough to have more than one, and few enough for hundreds of topics on one small broker.
            .set("kafka.partitions", "2")
            .set(&format!("systems.{system}.store"), database.url());
        let mut databases = vec![database];
        if self == Self::Mixed {
            let mariadb = MariaDb::shared().expect("it was there");
            for context in setup.contexts() {
                if ON_SQLITE.contains(&context) {
                    setup = setup.set_in(context, "store", "sqlite:");
                } else if ON_MARIADB.contains(&context) {
                    let database = mariadb.database();
                    setup = setup.set_in(context, "store", database.url());
                    databases.push(database);
                }
            }
        }
        (setup, databases)
    }
}

/// Split systems are many processes: so many of them at once are enough for any machine.
const SEATS: usize = 4;
static TAKEN: Mutex<usize> = Mutex::new(0);
static FREED: Condvar = Condvar::new();

/// One of them, until it is dropped.
pub(super) struct Seat;

impl Seat {
    pub(super) fn take() -> Self {
        let taken = TAKEN.lock().expect("no panic while counting");
        let full = |taken: &mut usize| *taken >= SEATS;
        let mut taken = FREED
            .wait_while(taken, full)
            .expect("no panic while counting");
        *taken += 1;
        Self
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        *TAKEN.lock().expect("no panic while counting") -= 1;
        FREED.notify_one();
    }
}

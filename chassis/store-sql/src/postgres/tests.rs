//! Against a real server; each test has a schema of its own. Where there is none, they are skipped.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use engines::Postgres;
use storm::store::{Changes, NewEvent};
use testkit::store_compliance::StoreUnderTest;

use super::connection::Step;
use super::place::Role;
use super::*;

mod away;
mod network;
mod opening;
mod secrecy;
mod threads;
mod trap;
mod turns;

/// How long anything may take before the test fails.
const DEADLINE: Duration = Duration::from_secs(60);
/// What a statement may take where a test waits for the end of it: little, and still enough for those
/// that are answered on a busy machine.
const SHORT: Duration = Duration::from_secs(2);

static NEXT: AtomicU32 = AtomicU32::new(1);

/// An empty schema, which goes with this value.
pub(super) struct Schema {
    server: Server,
    scope: String,
}

impl Schema {
    fn fresh() -> Option<Self> {
        Some(Self::on(Postgres::shared()?))
    }

    pub(super) fn on(postgres: &Postgres) -> Self {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        Self {
            server: server(postgres.url()),
            scope: format!("t{}_{number}", std::process::id()),
        }
    }

    pub(super) fn place(&self) -> Place {
        Place::new(&self.server, &self.scope).unwrap()
    }

    /// Runs statements beside the store.
    fn run(&self, sql: &str) {
        let mut connection = self.place().connect(Role::Writes).unwrap();
        connection.run(sql).unwrap();
    }

    /// The number that a statement answers.
    fn number(&self, sql: &'static str) -> i64 {
        let mut connection = self.place().connect(Role::Writes).unwrap();
        let answers = connection.ask(&[Step::new(sql)]).unwrap();
        answers[0][0].get(0)
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        let Ok(place) = Place::new(&self.server, &self.scope) else {
            return;
        };
        if let Ok(mut connection) = place.connect(Role::Writes) {
            let drop = format!("DROP SCHEMA IF EXISTS \"{}\" CASCADE", self.scope);
            let _ = connection.run(&drop);
        }
    }
}

impl StoreUnderTest for Schema {
    fn open(&self) -> Opened {
        open(&self.server, &self.scope).unwrap()
    }

    fn copy_source(&self) -> Box<dyn CopySource> {
        copy_source(&self.server, &self.scope).unwrap()
    }
}

testkit::store_compliance!(if there: Schema::fresh);

/// Of `postgres://user@host:port/database`.
fn server(url: &str) -> Server {
    let parts = url.strip_prefix("postgres://").unwrap();
    let (user, place) = parts.split_once('@').unwrap();
    let (address, database) = place.split_once('/').unwrap();
    let (host, port) = address.split_once(':').unwrap();
    Server {
        database: database.to_owned(),
        ..Server::new(host, port.parse().unwrap(), user)
    }
}

fn told(id: i64) -> Changes {
    let event = NewEvent {
        event_type: "OrderPlaced".to_owned(),
        kind: "order".to_owned(),
        id,
        version: 1,
        correlation: format!("story-{id}"),
        causation: String::new(),
        trace: String::new(),
        at: id,
        data: "{}".to_owned(),
    };
    Changes {
        events: vec![event],
        ..Changes::default()
    }
}

/// The ids of the log's events, in order.
fn ids(reader: &dyn Reader) -> Vec<i64> {
    let events = reader.events_after(0, usize::MAX).unwrap();
    events.iter().map(|event| event.event.id).collect()
}

/// Tries until it is so.
fn until(mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < DEADLINE, "it is not so");
        std::thread::yield_now();
    }
}

fn reason(error: &StoreError) -> &str {
    match error {
        StoreError::Unavailable { reason, .. } => reason,
        other => panic!("{other}"),
    }
}

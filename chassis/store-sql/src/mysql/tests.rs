use std::time::{Duration, Instant};

use engines::{Database as Engine, MariaDb};
use storm::store::{Changes, NewEvent, Opened, Reader, StoreError, Turn};
use testkit::store_compliance::StoreUnderTest;

use super::*;

mod access;
mod faults;
mod making;
mod sizes;
mod trap;
mod turns;

/// How long anything may take before the test fails.
const DEADLINE: Duration = Duration::from_secs(60);
/// What a statement may take where a test waits for the end of it: little, and still enough for those
/// that are answered on a busy machine.
const SHORT: Duration = Duration::from_secs(2);

/// An empty database of one's own on a server, as it is configured.
pub(super) struct Fresh {
    pub(super) server: Server,
    /// Drops the database in the end.
    engine: Engine,
}

impl Fresh {
    /// On the server that all tests share. `None` where there is none.
    pub(super) fn shared() -> Option<Self> {
        MariaDb::shared().map(Self::on)
    }

    fn on(maria: &MariaDb) -> Self {
        let engine = maria.database();
        Self {
            server: server(engine.url()),
            engine,
        }
    }

    pub(super) fn open(&self) -> Result<Opened, StoreError> {
        open(&self.server, "unused")
    }

    /// As its server's administrator.
    fn sql(&self, statement: &str) -> String {
        MariaDb::sql(self.engine.url(), statement).unwrap()
    }
}

/// What `mysql://user@host:port/database` says.
fn server(url: &str) -> Server {
    let address = url.strip_prefix("mysql://").unwrap();
    let (user, address) = address.split_once('@').unwrap();
    let (address, database) = address.split_once('/').unwrap();
    let (host, port) = address.split_once(':').unwrap();
    Server {
        database: database.to_owned(),
        ..Server::new(host, port.parse().unwrap(), user)
    }
}

fn told(ids: impl IntoIterator<Item = i64>) -> Changes {
    let event = |id| NewEvent {
        event_type: "OrderPlaced".to_owned(),
        kind: "order".to_owned(),
        id,
        version: 1,
        correlation: String::new(),
        causation: String::new(),
        trace: String::new(),
        at: 0,
        data: "{}".to_owned(),
    };
    Changes {
        events: ids.into_iter().map(event).collect(),
        ..Changes::default()
    }
}

/// The log, as the ids of what was told.
fn log(reader: &dyn Reader) -> Result<Vec<i64>, StoreError> {
    let events = reader.events_after(0, usize::MAX)?;
    Ok(events.into_iter().map(|stored| stored.event.id).collect())
}

impl StoreUnderTest for Fresh {
    fn open(&self) -> Opened {
        Self::open(self).unwrap()
    }

    fn copy_source(&self) -> Box<dyn CopySource> {
        copy_source(&self.server, "unused").unwrap()
    }
}

testkit::store_compliance!(if there: Fresh::shared);

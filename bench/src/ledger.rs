//! Group commit: one thread a file writes all that waits in one transaction.

use std::path::Path;
use std::thread;

use anyhow::Context as _;
use rusqlite::Connection;
use serde::Serialize;
use tokio::sync::{mpsc, oneshot};

/// At most so many share a commit, so that a long queue cannot make it endless.
const LARGEST_BATCH: usize = 1024;

// FULL: the log is synced in every commit, so that what is answered outlives a power cut.
const SCHEMA: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    CREATE TABLE IF NOT EXISTS rows (id INTEGER PRIMARY KEY, state TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS events
        (position INTEGER PRIMARY KEY, type TEXT NOT NULL, id INTEGER NOT NULL, data TEXT NOT NULL)";
const NEWEST: &str = "SELECT coalesce(max(id), 0) FROM rows";
const INSERT_ROW: &str = "INSERT INTO rows (id, state) VALUES (?1, ?2)";
const INSERT_EVENT: &str = "INSERT INTO events (type, id, data) VALUES (?1, ?2, ?3)";

/// One SQLite file and the thread that writes it.
pub(crate) struct Ledger {
    event: &'static str,
    queue: mpsc::UnboundedSender<Entry>,
}

/// A row and the event that explains it.
struct Entry {
    event: &'static str,
    id: i64,
    state: String,
    on_disk: oneshot::Sender<()>,
}

impl Ledger {
    /// Opens the file, or makes it, and says the id of its newest row, 0 if there is none.
    pub(crate) fn open(path: &Path, event: &'static str) -> anyhow::Result<(Self, i64)> {
        let (queue, waiting) = mpsc::unbounded_channel();
        let place = || path.display().to_string();
        let connection = Connection::open(path).with_context(place)?;
        connection.execute_batch(SCHEMA).with_context(place)?;
        let newest = connection.query_one(NEWEST, [], |row| row.get(0))?;
        thread::Builder::new().spawn(move || write(&connection, waiting))?;
        Ok((Self { event, queue }, newest))
    }

    /// Returns when the row and its event are on disk.
    pub(crate) async fn keep(&self, id: i64, state: impl Serialize) -> anyhow::Result<()> {
        let (on_disk, kept) = oneshot::channel();
        let entry = Entry {
            event: self.event,
            id,
            state: serde_json::to_string(&state)?,
            on_disk,
        };
        self.queue.send(entry).ok().context("nobody writes")?;
        kept.await.context("could not be written")
    }
}

/// Takes what waits, commits it, tells those who wait, until nobody can ask any more.
fn write(connection: &Connection, mut waiting: mpsc::UnboundedReceiver<Entry>) {
    let mut batch = Vec::with_capacity(LARGEST_BATCH);
    while waiting.blocking_recv_many(&mut batch, LARGEST_BATCH) > 0 {
        match commit(connection, &batch) {
            Ok(()) => batch.drain(..).for_each(|entry| {
                // Who no longer waits has hung up; the row is kept all the same.
                let _ = entry.on_disk.send(());
            }),
            Err(error) => {
                eprintln!("a batch of {} was not kept: {error}", batch.len());
                batch.clear();
            }
        }
    }
}

fn commit(connection: &Connection, batch: &[Entry]) -> rusqlite::Result<()> {
    // Dropped without `commit` it rolls back. Unchecked: only this thread has the connection.
    let transaction = connection.unchecked_transaction()?;
    {
        let mut row = transaction.prepare_cached(INSERT_ROW)?;
        let mut event = transaction.prepare_cached(INSERT_EVENT)?;
        for entry in batch {
            row.execute((entry.id, &entry.state))?;
            event.execute((entry.event, entry.id, &entry.state))?;
        }
    }
    transaction.commit()
}

//! A context's log, as others see it.

use std::sync::Arc;

use storm::store::{Cursor, Position, Reader, StoreError, StoredEvent};
use tokio::sync::watch;

use crate::recent::Recent;

/// A context's log, as those see it who listen.
#[derive(Clone)]
pub struct Log {
    /// The context that tells.
    pub producer: &'static str,
    /// Reads its events.
    pub reader: Arc<dyn Reader>,
    /// The newest of them, without reading.
    pub(crate) recent: Option<Arc<Recent>>,
    /// The last position committed; changes wake those who listen.
    pub committed: watch::Receiver<Position>,
}

impl Log {
    /// The log of a context that runs elsewhere.
    pub fn new(
        producer: &'static str,
        reader: Arc<dyn Reader>,
        committed: watch::Receiver<Position>,
    ) -> Self {
        Self {
            producer,
            reader,
            recent: None,
            committed,
        }
    }

    /// Up to `limit` events after `position`.
    pub(crate) async fn after(
        &self,
        position: Position,
        limit: usize,
    ) -> Result<Vec<Arc<StoredEvent>>, StoreError> {
        let recent = self.recent.as_ref();
        if let Some(events) = recent.and_then(|recent| recent.since(position, limit)) {
            return Ok(events);
        }
        let events = read(&self.reader, move |reader| {
            reader.events_after(position, limit)
        })
        .await?;
        Ok(events.into_iter().map(Arc::new).collect())
    }
}

/// How far a consumer is behind a producer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lag {
    /// The context that tells, or the bus's source that its events come from.
    pub producer: Arc<str>,
    /// Events told and not yet taken in.
    pub events: i64,
}

/// Where a cursor stands; `None` if it never moved.
pub(crate) async fn cursor(
    reader: &Arc<dyn Reader>,
    name: &str,
) -> Result<Option<Position>, StoreError> {
    let cursors = read(reader, |reader| reader.cursors()).await?;
    Ok(standing(&cursors, name))
}

/// Where a cursor stands among these.
pub(crate) fn standing(cursors: &[Cursor], name: &str) -> Option<Position> {
    let cursor = cursors.iter().find(|cursor| cursor.producer == name)?;
    Some(cursor.position)
}

/// Reads on a thread that may wait for the disk.
pub(crate) async fn read<T: Send + 'static>(
    reader: &Arc<dyn Reader>,
    read: impl FnOnce(&dyn Reader) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    waited_for("the store", reader, |reader| read(reader)).await
}

/// Asks somebody on a thread that may wait; `place` is what to call it.
pub(crate) async fn waited_for<S: ?Sized + Send + Sync + 'static, T: Send + 'static>(
    place: &str,
    whom: &Arc<S>,
    ask: impl FnOnce(&S) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let whom = Arc::clone(whom);
    match tokio::task::spawn_blocking(move || ask(&*whom)).await {
        Ok(result) => result,
        Err(error) => Err(StoreError::Unavailable {
            place: place.to_owned(),
            reason: format!("a read was given up: {error}"),
        }),
    }
}

//! What the writer, the pumps and the callers of one context share.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use storm::Context;
use storm::store::{Millis, NewEvent, Position, Reader, StoreError};
use tokio::sync::watch;

use crate::horizon::Horizon;
use crate::ids::Ids;
use crate::log::Log;
use crate::metrics::ContextMetrics;
use crate::notifying::Standing;
use crate::rebuild::{Logs, Replay};
use crate::recent::Recent;
use crate::settings::Settings;
use crate::turns::Turns;

/// What the writer, the pumps and the callers of one context share.
pub(crate) struct Shared {
    pub(crate) context: Context,
    pub(crate) settings: Settings,
    pub(crate) reader: Arc<dyn Reader>,
    pub(crate) ids: Ids,
    pub(crate) turns: Turns,
    pub(crate) metrics: ContextMetrics,
    pub(crate) horizon: Horizon,
    /// The last position in the log.
    pub(crate) committed: watch::Sender<Position>,
    /// What this replica told last.
    pub(crate) recent: Arc<Recent>,
    pub(crate) stopping: watch::Sender<bool>,
    /// Whether this replica tells others of the context's events.
    pub(crate) leads: watch::Sender<bool>,
    /// Whether a bus carries the log to other processes.
    pub(crate) relayed: AtomicBool,
    /// The moment up to which a deadline that is due needs everybody to be heard.
    pub(crate) wanted: watch::Sender<Millis>,
    /// Events of a bus's sources that have not been taken in.
    pub(crate) lags: Mutex<BTreeMap<Arc<str>, i64>>,
    /// Where a read model is rebuilt from, if not from the producers' logs.
    pub(crate) replay: Mutex<Option<Arc<dyn Replay>>>,
    /// Commands that wait for the writer.
    pub(crate) waiting: AtomicUsize,
    pub(crate) store: Mutex<Result<(), StoreError>>,
    /// Everyone this context listens to.
    pub(crate) producers: Mutex<Vec<Log>>,
    /// Everyone who tells people of it.
    pub(crate) notifiers: Mutex<Vec<Arc<Standing>>>,
}

impl Shared {
    pub(crate) fn deadline_length(&self, kind: &str, name: &str) -> Option<Millis> {
        let aggregates = self.context.aggregates().iter();
        let mut declared = aggregates
            .filter(|a| a.kind() == kind)
            .flat_map(|a| a.deadlines());
        let declared = declared.find(|deadline| deadline.name == name)?;
        let length = self.settings.deadlines.get(name).unwrap_or(&declared.after);
        Millis::try_from(length.as_millis()).ok()
    }

    /// These events were committed, and the log now ends at `head`.
    pub(crate) fn told(&self, events: Vec<NewEvent>, head: Position) {
        self.recent.told(events, head);
        self.committed.send_replace(head);
    }

    pub(crate) fn producers(&self) -> MutexGuard<'_, Vec<Log>> {
        // A list that is only ever pushed to is whole whatever happened elsewhere.
        self.producers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn notifiers(&self) -> MutexGuard<'_, Vec<Arc<Standing>>> {
        // Pushed to only, as well.
        self.notifiers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn lags(&self) -> MutexGuard<'_, BTreeMap<Arc<str>, i64>> {
        // Single entries are put in and taken out.
        self.lags.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn lag_is(&self, source: &str, events: Option<i64>) {
        let mut lags = self.lags();
        match events {
            Some(events) => {
                lags.insert(source.into(), events);
            }
            None => {
                lags.remove(source);
            }
        }
    }

    /// Where a read model is rebuilt from.
    pub(crate) fn replay(&self) -> Arc<dyn Replay> {
        let replay = self.replay.lock().unwrap_or_else(PoisonError::into_inner);
        match &*replay {
            Some(replay) => Arc::clone(replay),
            None => Arc::new(Logs(self.producers().clone())),
        }
    }

    /// How the store took the last commit. Each news is said once: a store that is away is tried again
    /// every second.
    pub(crate) fn store_is(&self, error: Option<&StoreError>) {
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::replace(
            &mut *store,
            error.map_or(Ok(()), |error| Err(error.clone())),
        );
        drop(store);
        let context = self.context.name();
        match (before, error) {
            (Err(before), Some(error)) if before == *error => {
                tracing::debug!(context, %error, "nothing was committed");
            }
            (_, Some(error)) => {
                tracing::error!(context, %error, "nothing was committed; the store is tried again every second");
            }
            // As loud as the trouble was, for whoever waits for its end.
            (Err(_), None) => tracing::warn!(context, "the store takes commits again"),
            (Ok(()), None) => {}
        }
    }

    pub(crate) fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }
}

//! The embedded bus between processes of one machine: a context reads the log of another in the
//! other's store, beside the process that writes it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use runtime::{Log, Running};
use storm::store::{Reader, StoreError};
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::Instant;

/// How often a log is looked at: what it adds to an event's way, on average half of it.
const LOOK: Duration = Duration::from_millis(20);
/// How often a store that is not there yet is looked for.
const WAIT: Duration = Duration::from_millis(500);
/// Whoever starts at the same time is there by then.
const SAY_SO: Duration = Duration::from_secs(3);

/// Listens to `producer`, whose store lies in `folder`, once that is there; for as long as the
/// current tokio runtime lives.
pub(super) fn listen(running: Arc<Running>, producer: &'static str, folder: PathBuf) {
    tokio::spawn(async move {
        let reader = found(producer, folder).await;
        let head = head(&reader).await.unwrap_or(0);
        let committed = watch::Sender::new(head);
        let log = Log::new(producer, Arc::clone(&reader), committed.subscribe());
        running.listen_to(log);
        loop {
            tokio::time::sleep(LOOK).await;
            match self::head(&reader).await {
                Ok(head) => {
                    committed.send_if_modified(|known| {
                        let news = *known != head;
                        *known = head;
                        news
                    });
                }
                Err(error) => tracing::warn!(producer, %error, "its log cannot be read"),
            }
        }
    });
}

async fn found(producer: &'static str, folder: PathBuf) -> Arc<dyn Reader> {
    let since = Instant::now();
    let mut said = false;
    loop {
        let place = folder.clone();
        let opened =
            spawn_blocking(move || store_sql::sqlite::open_to_look(&place, producer)).await;
        match opened {
            Ok(Ok(reader)) => return reader,
            Ok(Err(error)) if !said && since.elapsed() >= SAY_SO => {
                said = true;
                tracing::warn!(producer, %error, "waiting for its log; it must run on this machine, with the same data folder");
            }
            _ => {}
        }
        tokio::time::sleep(WAIT).await;
    }
}

async fn head(reader: &Arc<dyn Reader>) -> Result<i64, StoreError> {
    let reader = Arc::clone(reader);
    spawn_blocking(move || reader.head())
        .await
        .unwrap_or_else(|error| {
            Err(StoreError::Unavailable {
                place: "the log".to_owned(),
                reason: error.to_string(),
            })
        })
}

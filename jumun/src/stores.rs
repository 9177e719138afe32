//! Opens contexts' stores, each where the configuration says: in files, or on servers, which may be
//! away for a while.

mod files;
#[cfg(any(not(feature = "postgres"), not(feature = "mysql")))]
mod missing;
mod older;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use runtime::Recalled;
use storm::store::{Opened, Reader, StoreError};
use storm::{Context, System};
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::Instant;

use crate::configuration::{Configuration, Durability, Store, scope};
use crate::engines;
use crate::entrance::Entrance;

pub use files::{bring_in, claim, claim_context};
pub use older::{Heard, consumers, heard_elsewhere, refuse_any_older, refuse_older};

#[cfg(not(feature = "postgres"))]
use missing::look_on_postgres;
#[cfg(not(feature = "postgres"))]
pub(crate) use missing::{copy_on_postgres, open_on_postgres, remove_on_postgres};
#[cfg(feature = "postgres")]
use store_sql::postgres::open_to_look as look_on_postgres;
#[cfg(feature = "postgres")]
pub(crate) use store_sql::postgres::{
    copy_source as copy_on_postgres, open as open_on_postgres, remove as remove_on_postgres,
};

#[cfg(not(feature = "mysql"))]
use missing::look_on_mysql;
#[cfg(not(feature = "mysql"))]
pub(crate) use missing::{copy_on_mysql, open_on_mysql, remove_on_mysql};
#[cfg(feature = "mysql")]
use store_sql::mysql::open_to_look as look_on_mysql;
#[cfg(feature = "mysql")]
pub(crate) use store_sql::mysql::{
    copy_source as copy_on_mysql, open as open_on_mysql, remove as remove_on_mysql,
};

/// Between the first attempts to reach a server.
const SHORT_PAUSE: Duration = Duration::from_millis(250);
/// Between later ones.
const LONG_PAUSE: Duration = Duration::from_secs(5);

/// How the adapters for servers say that there is nothing yet; the last is MySQL's own, of a database.
const NOTHING_YET: [&str; 4] = [
    "there is no such schema",
    "there is nothing in it yet",
    "there is no database",
    "Unknown database",
];

/// Whether a store that is not there yet was asked for.
pub fn is_nothing_yet(reason: &str) -> bool {
    NOTHING_YET.iter().any(|said| reason.contains(said))
}

/// What is done about a server that is away, or too slow.
#[derive(Clone, Debug)]
pub enum Patience {
    /// It is tried again until it is there. Meanwhile who comes to the entrance is told so.
    Waits(Entrance),
    /// It is an error.
    Fails,
}

/// One context's store, and what is needed to open it.
#[derive(Clone, Debug)]
struct Wanted {
    context: &'static str,
    scope: String,
    store: Store,
    folder: PathBuf,
    durability: store_sql::Durability,
}

/// Opens one store for each context, all at once, and asks it what the context has to know: each makes
/// or checks files, and waits for the disk, or for its server. Files must be claimed.
///
/// # Errors
/// The first that cannot be opened.
pub async fn open(
    system: &str,
    contexts: &[Context],
    configuration: &Configuration,
    patience: &Patience,
) -> Result<Vec<Recalled>> {
    let mut opening = JoinSet::new();
    for (number, context) in contexts.iter().enumerate() {
        let wanted = Wanted::of(system, context, configuration);
        // What is not compiled in is said before anybody is waited for.
        engines::store(&wanted.store)?;
        let patience = patience.clone();
        opening.spawn(async move { (number, wanted.open(&patience).await) });
    }
    let mut opened = Vec::with_capacity(contexts.len());
    while let Some(done) = opening.join_next().await {
        let (number, store) = done.context("a store's thread panicked")?;
        opened.push((number, store?));
    }
    opened.sort_by_key(|(number, _)| *number);
    Ok(opened.into_iter().map(|(_, store)| store).collect())
}

/// As [`open`], for one context alone.
///
/// # Errors
/// When it cannot be opened.
pub async fn open_one(
    system: &str,
    context: &Context,
    configuration: &Configuration,
    patience: &Patience,
) -> Result<Recalled> {
    let wanted = Wanted::of(system, context, configuration);
    engines::store(&wanted.store)?;
    wanted.open(patience).await
}

/// Opens a context's log for looking only, beside the process that writes it or without one. Waits
/// for the disk or the server.
///
/// # Errors
/// When there is none, or it cannot be read.
pub fn look(system: &str, context: &str, configuration: &Configuration) -> Result<Arc<dyn Reader>> {
    let store = configuration.store(system, context);
    engines::store(&store)?;
    let scope = scope(system, context);
    let reader = match &store {
        Store::Sqlite => {
            let folder = configuration.folder(system);
            // Where it is, and else where it would be, for the message.
            let folder = store_sql::sqlite::find(&folder, context).unwrap_or(folder);
            store_sql::sqlite::open_to_look(&folder, context)
        }
        Store::Postgres(server) => look_on_postgres(server, &scope),
        Store::MySql(server) => look_on_mysql(server, &scope),
    };
    Ok(reader?)
}

/// Whether a context's file is there, which then is looked at with [`look`].
pub fn has_file(system: &str, context: &str, configuration: &Configuration) -> bool {
    store_sql::sqlite::find(&configuration.folder(system), context).is_some()
}

/// Whether any of the contexts is kept in a file.
pub fn any_file(system: &System, configuration: &Configuration) -> bool {
    let mut contexts = system.contexts().iter();
    contexts.any(|context| configuration.store(system.name(), context.name()) == Store::Sqlite)
}

impl Wanted {
    fn of(system: &str, context: &Context, configuration: &Configuration) -> Self {
        let durability = match configuration.durability {
            // What a power cut takes from a context of read models only, cursor and all, the logs of
            // those it listens to bring back.
            Durability::Durable if !context.is_derived() => store_sql::Durability::Durable,
            Durability::Durable | Durability::Relaxed => store_sql::Durability::Relaxed,
        };
        Self {
            context: context.name(),
            scope: scope(system, context.name()),
            store: configuration.store(system, context.name()),
            folder: configuration.folder(system),
            durability,
        }
    }

    async fn open(self, patience: &Patience) -> Result<Recalled> {
        let (context, on_server) = (self.context, self.store.server().is_some());
        let once = move || self.open_once().and_then(Recalled::read);
        let recalled = match patience {
            Patience::Waits(entrance) if on_server => awaited(context, entrance, once).await?,
            Patience::Waits(_) | Patience::Fails => attempt(&Arc::new(once)).await?,
        };
        recalled.with_context(|| format!("the store of {context} cannot be opened"))
    }

    fn open_once(&self) -> Result<Opened, StoreError> {
        match &self.store {
            Store::Sqlite => store_sql::sqlite::open(&self.folder, self.context, self.durability),
            Store::Postgres(server) => open_on_postgres(server, &self.scope),
            Store::MySql(server) => open_on_mysql(server, &self.scope),
        }
    }
}

/// Tries until the server is there.
async fn awaited<T: Send + 'static>(
    context: &str,
    entrance: &Entrance,
    once: impl Fn() -> Result<T, StoreError> + Send + Sync + 'static,
) -> Result<Result<T, StoreError>> {
    let once = Arc::new(once);
    let since = Instant::now();
    let mut pause = SHORT_PAUSE;
    let mut said = None;
    loop {
        match attempt(&once).await? {
            Err(error @ StoreError::Unavailable { .. }) => {
                let error = error.to_string();
                if said.as_ref() != Some(&error) {
                    tracing::warn!(
                        context,
                        "waiting for the store, nothing is served before it is there: {error}"
                    );
                    said = Some(error);
                }
                entrance.opens();
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONG_PAUSE);
            }
            done => {
                if said.is_some() && done.is_ok() {
                    let seconds = since.elapsed().as_secs();
                    tracing::info!(context, seconds, "the store is there");
                }
                return Ok(done);
            }
        }
    }
}

/// On a thread that may wait.
async fn attempt<T: Send + 'static>(
    once: &Arc<impl Fn() -> Result<T, StoreError> + Send + Sync + 'static>,
) -> Result<Result<T, StoreError>> {
    let once = Arc::clone(once);
    let attempt = spawn_blocking(move || once());
    attempt.await.context("a store's thread panicked")
}

#[cfg(test)]
mod tests;

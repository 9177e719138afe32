//! Where a context's store is: a file in a folder, or on a server.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use store_sql::Durability;
use storm::store::{CopySource, Item, Opened, Snapshot, StoreError, UNFINISHED_COPY};

use super::transfer::{finish, verify};
use super::{Progress, Tally, Transfer};
use crate::configuration::{Configuration, Store, scope};
use crate::{engines, stores};

/// How long a process that has just ended may still be connected, as its server sees it.
const JUST_ENDED: Duration = Duration::from_secs(3);
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// A context's store, wherever it is.
#[derive(Clone, Debug)]
pub struct Location {
    /// Whose it is.
    pub context: &'static str,
    /// Of which sort.
    pub store: Store,
    scope: String,
    folder: PathBuf,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.store {
            Store::Sqlite => {
                let file = format!("{}.sqlite", self.context);
                self.folder.join(file).display().fmt(f)
            }
            server => write!(f, "{} of {server}", self.scope),
        }
    }
}

impl Location {
    /// Where the configuration says.
    pub fn configured(system: &str, context: &'static str, configuration: &Configuration) -> Self {
        let store = configuration.store(system, context);
        Self::of(system, context, store, configuration)
    }

    /// In this store; a file lies where the configuration says.
    pub fn of(
        system: &str,
        context: &'static str,
        store: Store,
        configuration: &Configuration,
    ) -> Self {
        Self {
            context,
            store,
            scope: scope(system, context),
            folder: configuration.folder(system),
        }
    }

    /// A file in a folder of its own choice.
    pub fn file(system: &str, context: &'static str, folder: &Path) -> Self {
        Self {
            context,
            store: Store::Sqlite,
            scope: scope(system, context),
            folder: folder.to_owned(),
        }
    }

    /// Whether it is the same place, whoever goes there.
    pub fn is_same(&self, other: &Self) -> bool {
        let place = |location: &Self| {
            let server = location.store.server()?;
            Some((server.host.clone(), server.port, server.database.clone()))
        };
        let same_sort = self.store.engine() == other.store.engine();
        same_sort && self.scope == other.scope && place(self) == place(other) && {
            self.store != Store::Sqlite || self.folder == other.folder
        }
    }

    /// The way to it for whoever copies it; `None` where there is none yet.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn source(&self) -> Result<Option<Box<dyn CopySource>>> {
        engines::store(&self.store)?;
        let source = match &self.store {
            Store::Sqlite => match store_sql::sqlite::find(&self.folder, self.context) {
                None => {
                    store_sql::sqlite::refuse_orphan(&self.folder, self.context)?;
                    return Ok(None);
                }
                Some(folder) => store_sql::sqlite::copy_source(&folder, self.context),
            },
            Store::Postgres(server) => stores::copy_on_postgres(server, &self.scope),
            Store::MySql(server) => stores::copy_on_mysql(server, &self.scope),
        };
        match source {
            Err(StoreError::Unavailable { reason, .. }) if stores::is_nothing_yet(&reason) => {
                Ok(None)
            }
            source => Ok(Some(
                source.with_context(|| format!("{self} cannot be read"))?,
            )),
        }
    }

    /// As [`Location::source`], if nobody else uses the store.
    ///
    /// # Errors
    /// When somebody does; a file's lock has to be held already.
    pub fn unused_source(&self) -> Result<Option<Box<dyn CopySource>>> {
        let until = Instant::now() + JUST_ENDED;
        loop {
            let Some(mut source) = self.source()? else {
                return Ok(None);
            };
            let others = source.others()?;
            if others == 0 {
                return Ok(Some(source));
            }
            if Instant::now() >= until {
                bail!(
                    "{self} is in use: others have {others} connections to it; stop what runs on it first"
                );
            }
            drop(source);
            std::thread::sleep(LOOK_AGAIN);
        }
    }

    /// Opens it to be written to; makes it where it is missing.
    ///
    /// # Errors
    /// When it cannot be.
    pub fn open(&self) -> Result<Opened> {
        engines::store(&self.store)?;
        let opened = match &self.store {
            Store::Sqlite => {
                store_sql::sqlite::open(&self.folder, self.context, Durability::Durable)
            }
            Store::Postgres(server) => stores::open_on_postgres(server, &self.scope),
            Store::MySql(server) => stores::open_on_mysql(server, &self.scope),
        };
        opened.with_context(|| format!("{self} cannot be opened"))
    }

    /// Deletes it, with all that is in it. A file's lock has to be held.
    ///
    /// # Errors
    /// When it cannot be.
    pub fn remove(&self) -> Result<()> {
        let removed = match &self.store {
            Store::Sqlite => {
                let found = store_sql::sqlite::find(&self.folder, self.context);
                let folder = found.unwrap_or_else(|| self.folder.clone());
                store_sql::sqlite::remove(&folder, self.context)
            }
            Store::Postgres(server) => stores::remove_on_postgres(server, &self.scope),
            Store::MySql(server) => stores::remove_on_mysql(server, &self.scope),
        };
        removed.with_context(|| format!("{self} cannot be deleted"))
    }

    /// What is in it: nothing, or an unfinished copy, or something.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn holds(&self) -> Result<Holds> {
        let Some(mut source) = self.unused_source()? else {
            return Ok(Holds::Nothing);
        };
        let mut holds = Holds::Nothing;
        // The mark of a copy is what is kept first in its store, and comes first.
        let walked = source.snapshot()?.each(&mut |item| {
            holds = match &item {
                Item::Record(record) if record.kind == UNFINISHED_COPY => Holds::UnfinishedCopy,
                item if Tally::counts(item) => Holds::Something,
                _ => return Ok(()),
            };
            Err(StoreError::Conflict("enough is known".to_owned()))
        });
        match walked {
            Err(error) if holds == Holds::Nothing => Err(error.into()),
            _ => Ok(holds),
        }
    }

    /// Copies what `from` has, and `more` after it, into this store, which holds nothing or an unfinished
    /// copy, and reads it back. Until it is finished nobody can use it.
    ///
    /// # Errors
    /// When it cannot be read or written, or what was written is not what was read.
    pub fn copy(&self, from: &mut dyn CopySource, more: &[Item]) -> Result<Tally> {
        let mut anew = false;
        loop {
            let copied = self.copy_snapshot(from.snapshot()?.as_mut(), more)?;
            match copied {
                Some(copied) => return Ok(copied),
                None if anew => bail!("{self} is written to by somebody else"),
                // What an earlier run left is of a source that has changed since.
                None => {
                    anew = true;
                    self.remove()?;
                }
            }
        }
    }

    /// As [`Location::copy`], of a snapshot. `None` if what an earlier run left is not of this one.
    ///
    /// # Errors
    /// As [`Location::copy`].
    pub fn copy_snapshot(
        &self,
        snapshot: &mut dyn Snapshot,
        more: &[Item],
    ) -> Result<Option<Tally>> {
        let mut target = self.open()?;
        let mut progress = Progress::of(format!("copying {}", self.context), snapshot.about()?);
        let copied = Transfer::into(&mut target)?.run(snapshot, more, &mut progress);
        drop(target);
        let Some(copied) = copied.with_context(|| format!("{self} cannot be written"))? else {
            return Ok(None);
        };
        let what = format!("verifying {}", self.context);
        let mut progress = Progress::of(what, copied.total());
        let source = self.source()?;
        let mut source = source.with_context(|| format!("{self} is gone again"))?;
        verify(&copied, source.as_mut(), &mut progress).with_context(|| self.to_string())?;
        Ok(Some(copied))
    }

    /// Ends the copy: takes the mark of an unfinished one away.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(&self) -> Result<()> {
        finish(&mut self.open()?).with_context(|| format!("{self} cannot be written"))
    }
}

/// What is in a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// It is empty, or not there.
    Nothing,
    /// A copy into it was broken off.
    UnfinishedCopy,
    /// Data.
    Something,
}

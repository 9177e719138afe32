//! One context's file: how it is opened, and what is said when that or anything else fails.

use std::fs::{self, File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};
use storm::store::StoreError;

use super::private::{self, PRIVATE_FILE};
use super::schema;
use crate::Durability;

/// Nobody but a tool that looks on shares the file, so whoever holds it lets go within moments.
const PATIENCE: Duration = Duration::from_secs(5);
/// More than the kinds of statements there are, so that none is prepared twice.
const STATEMENTS: usize = 48;

/// A log of this size or less, in bytes, is a header and holds nothing.
const EMPTY_LOG: u64 = 32;

/// One store is made at a time in this process; the folder keeps other processes out.
static MAKING: Mutex<()> = Mutex::new(());

/// Settings of the database that hold for the writer only. Measured: more cache makes it no
/// quicker, as the pages that orders touch are few; and a longer log only moves the pause in which
/// it is written back (4 ms for 1000 pages) from many commits to one long one. One huge commit,
/// e.g. of a rebuilt read model, does not leave a huge log behind.
const WRITER: &str = "
    PRAGMA cache_size = -512;
    PRAGMA wal_autocheckpoint = 1000;
    PRAGMA journal_size_limit = 16777216;
    PRAGMA temp_store = MEMORY;
";

/// Settings of those who look on. What they cache is outdated by the next commit: little is enough.
const READER: &str = "
    PRAGMA cache_size = -256;
    PRAGMA temp_store = MEMORY;
    PRAGMA query_only = ON;
";

/// Where a context is kept.
#[derive(Clone, Debug)]
pub(super) struct StoreFile {
    path: PathBuf,
}

impl StoreFile {
    pub(super) fn of(folder: &Path, context: &str) -> Self {
        Self {
            path: folder.join(format!("{context}.sqlite")),
        }
    }

    /// Its path, for messages.
    pub(super) fn place(&self) -> String {
        self.path.display().to_string()
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn exists(&self) -> bool {
        self.path.exists()
    }

    /// SQLite's write-ahead log beside it: commits that are not in the file itself yet.
    pub(super) fn log(&self) -> PathBuf {
        self.companion("-wal")
    }

    fn companion(&self, end: &str) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(end);
        name.into()
    }

    /// Refuses a log whose file is not there: SQLite would throw it away, or take it for the log of
    /// the new file. `moved_to`: where an earlier version's advice had the file moved alone.
    pub(super) fn refuse_orphan(&self, moved_to: Option<&Self>) -> Result<(), StoreError> {
        let size = |path: &Path| fs::metadata(path).map_or(0, |found| found.len());
        let log = self.log();
        if size(&self.path) > 0 || size(&log) <= EMPTY_LOG {
            return Ok(());
        }
        let what_to_do = match moved_to.filter(|to| to.exists() && size(&to.log()) <= EMPTY_LOG) {
            Some(to) => format!(
                "{to} seems to have been moved out of here without it. If no jumun has run on {to} since, move this log to {log}; otherwise move it away",
                to = to.place(),
                log = to.log().display()
            ),
            None => format!(
                "put {} back beside it, or move it away to do without them",
                self.place()
            ),
        };
        Err(StoreError::Misplaced {
            place: log.display().to_string(),
            reason: format!("holds commits of a database file that is not there; {what_to_do}"),
        })
    }

    /// Opens it for the writer; makes it, or brings it up to date, where needed.
    pub(super) fn write(&self, durability: Durability) -> Result<Connection, StoreError> {
        self.write_with(durability, schema::STEPS)
    }

    pub(super) fn write_with(
        &self,
        durability: Durability,
        steps: &[&str],
    ) -> Result<Connection, StoreError> {
        self.refuse_orphan(None)?;
        if self.exists() {
            self.make_private();
        } else {
            self.make(steps)?;
        }
        let mut connection = self.connect(
            OpenFlags::SQLITE_OPEN_READ_WRITE
                | OpenFlags::SQLITE_OPEN_CREATE
                | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        // Before anything is written: another program's file stays as it is.
        schema::look(&connection, self, steps)?;
        self.prepare(&mut connection, durability)
            .map_err(|error| self.explain(error))?;
        schema::migrate(&mut connection, self, steps)?;
        Ok(connection)
    }

    /// Makes an empty store aside and puts it in its place, whole. It takes one wait for the disk;
    /// in place it would take seven, and the first order of a new shop waits for all its contexts.
    /// The new name is on the disk with the first commit: SQLite syncs the folder when it makes the
    /// log.
    fn make(&self, steps: &[&str]) -> Result<(), StoreError> {
        let _alone = MAKING.lock().unwrap_or_else(PoisonError::into_inner);
        if self.exists() {
            return Ok(());
        }
        let aside = Self {
            path: self.path.with_extension("sqlite.new"),
        };
        // Empty, whatever a process that was killed here has left. And where no file can be made,
        // the system says why, which SQLite would not.
        OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(PRIVATE_FILE)
            .open(&aside.path)
            .map_err(|error| explain(self.place(), &error))?;
        aside.fill(steps)?;
        File::open(&aside.path)
            .and_then(|file| file.sync_all())
            .and_then(|()| fs::rename(&aside.path, &self.path))
            .map_err(|error| explain(self.place(), &error))
    }

    /// SQLite gives what it keeps beside the file the file's rights.
    fn make_private(&self) {
        private::make(&self.path, PRIVATE_FILE);
        for beside in ["-wal", "-shm"] {
            private::make(&self.companion(beside), PRIVATE_FILE);
        }
    }

    fn fill(&self, steps: &[&str]) -> Result<(), StoreError> {
        let mut connection = self.connect(
            OpenFlags::SQLITE_OPEN_READ_WRITE
                | OpenFlags::SQLITE_OPEN_CREATE
                | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        connection
            .execute_batch("PRAGMA synchronous = OFF; PRAGMA journal_mode = WAL;")
            .map_err(|error| self.explain(error))?;
        schema::migrate(&mut connection, self, steps)?;
        connection.close().map_err(|(_, error)| self.explain(error))
    }

    /// Opens it for looking on. Whoever closes the file last has to remove the log, which takes the
    /// right to write; `query_only` forbids everything else. Where the system gives that right to
    /// nobody here, SQLite does without.
    pub(super) fn read(&self) -> Result<Connection, StoreError> {
        let connection =
            self.connect(OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        connection
            .execute_batch(READER)
            .map_err(|error| self.explain(error))?;
        Ok(connection)
    }

    /// Deletes it, and what SQLite keeps beside it.
    pub(super) fn remove(&self) -> Result<(), StoreError> {
        for end in ["", "-wal", "-shm"] {
            let mut name = self.path.clone().into_os_string();
            name.push(end);
            match fs::remove_file(&name) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(explain(self.place(), &error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Opens it beside whoever writes it. It must be there.
    pub(super) fn beside(&self) -> Result<Connection, StoreError> {
        self.connect(OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)
    }

    pub(super) fn connect(&self, flags: OpenFlags) -> Result<Connection, StoreError> {
        let connection = Connection::open_with_flags(&self.path, flags)
            .and_then(|connection| {
                connection.busy_timeout(PATIENCE)?;
                Ok(connection)
            })
            .map_err(|error| self.explain(error))?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(connection)
    }

    fn prepare(&self, connection: &mut Connection, durability: Durability) -> rusqlite::Result<()> {
        // Without a log of its own (WAL) the writer would lock the readers out.
        let mode: String =
            connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
        if !mode.eq_ignore_ascii_case("wal") {
            tracing::warn!(
                file = %self.path.display(),
                mode,
                "this file system cannot share memory between readers and the writer; reads will wait"
            );
        }
        let synchronous = match durability {
            Durability::Durable => "FULL",
            Durability::Relaxed => "NORMAL",
        };
        connection.pragma_update(None, "synchronous", synchronous)?;
        connection.execute_batch(WRITER)
    }

    /// What went wrong, in words that say what to do.
    #[allow(
        clippy::needless_pass_by_value,
        reason = "it is the end of the error, and reads as `map_err(|e| file.explain(e))`"
    )]
    pub(super) fn explain(&self, error: rusqlite::Error) -> StoreError {
        let rusqlite::Error::SqliteFailure(failure, _) = &error else {
            // A column that is not what the schema says, or text that is not UTF-8.
            return self.corrupt(error.to_string());
        };
        let place = self.place();
        match failure.code {
            ErrorCode::DiskFull => StoreError::Full { place },
            ErrorCode::ReadOnly | ErrorCode::PermissionDenied => StoreError::ReadOnly {
                place,
                reason: error.to_string(),
            },
            ErrorCode::CannotOpen => self.cannot_open(),
            ErrorCode::SystemIoFailure
                if failure.extended_code == rusqlite::ffi::SQLITE_IOERR_CORRUPTFS =>
            {
                self.corrupt(error.to_string())
            }
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => self.corrupt(error.to_string()),
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => StoreError::InUse {
                place,
                holder: String::new(),
            },
            _ => StoreError::Unavailable {
                place,
                reason: format!("{error} (SQLite {})", failure.extended_code),
            },
        }
    }

    pub(super) fn corrupt(&self, reason: impl Into<String>) -> StoreError {
        StoreError::Corrupt {
            place: self.place(),
            reason: reason.into(),
        }
    }

    /// SQLite only says that it cannot; the system says why.
    fn cannot_open(&self) -> StoreError {
        match OpenOptions::new().append(true).open(&self.path) {
            Err(error) => explain(self.place(), &error),
            // The file is fine, so it is one that SQLite keeps beside it.
            Ok(_) => StoreError::ReadOnly {
                place: self.place(),
                reason: "no file can be made beside it".to_owned(),
            },
        }
    }
}

/// What the system says of a file or folder.
pub(super) fn explain(place: String, error: &std::io::Error) -> StoreError {
    let reason = error.to_string();
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => StoreError::Full { place },
        ErrorKind::PermissionDenied
        | ErrorKind::ReadOnlyFilesystem
        // Where a folder should be, there is a file.
        | ErrorKind::NotADirectory
        | ErrorKind::AlreadyExists => StoreError::ReadOnly { place, reason },
        _ => StoreError::Unavailable { place, reason },
    }
}

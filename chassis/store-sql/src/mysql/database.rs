//! One context's database: how it is reached, and what is said when that or anything else fails.

use std::fmt::Display;
use std::io::ErrorKind;
use std::sync::Arc;

use mysql::{DriverError, Error, MySqlError};
use storm::store::StoreError;

use super::link::{self, Link, Role};
use super::rows;
use super::schema;
use super::sql::Sql;
use crate::Server;
use crate::pauses::Pauses;

/// Why a batch was given up.
pub(super) enum Failure {
    Database(Error),
    Store(StoreError),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Where a context is kept. Clones share what they know of the server being away.
#[derive(Clone, Debug)]
pub(super) struct Database {
    server: Arc<Server>,
    /// Whether it was named for us: then it is there, or that is a mistake.
    is_given: bool,
    pauses: Arc<Pauses>,
}

impl Database {
    pub(super) fn of(server: &Server, scope: &str) -> Self {
        let is_given = !server.database.is_empty();
        let mut server = server.clone();
        if !is_given {
            scope.clone_into(&mut server.database);
        }
        Self {
            server: Arc::new(server),
            is_given,
            pauses: Arc::default(),
        }
    }

    pub(super) fn server(&self) -> &Server {
        &self.server
    }

    pub(super) fn is_given(&self) -> bool {
        self.is_given
    }

    /// For messages.
    pub(super) fn place(&self) -> String {
        self.server.place("mysql")
    }

    /// Connects, unless the server is away and was asked for moments ago.
    pub(super) fn connect(&self, role: Role) -> Result<Link, StoreError> {
        self.pauses.attempt(|| {
            Link::open(&self.server, &self.server.database, role)
                .map_err(|error| self.explain(error))
        })
    }

    /// Connects to the store for the first time; makes it, or brings it up to date, where needed.
    pub(super) fn prepare(&self) -> Result<Link, StoreError> {
        self.prepare_with(schema::STEPS)
    }

    pub(super) fn prepare_with(&self, steps: &[&str]) -> Result<Link, StoreError> {
        let name = &self.server.database;
        let mut link = match Link::open(&self.server, name, Role::Writer) {
            // MariaDB tells one who may not see a database nothing about whether it is there.
            Err(Error::MySqlError(error))
                if !self.is_given && matches!(error.code, 1044 | 1049) =>
            {
                self.make()?;
                self.connect(Role::Writer)?
            }
            opened => opened.map_err(|error| self.explain(error))?,
        };
        schema::migrate(&mut link, self, steps)?;
        self.warn_of_what_a_power_cut_takes(&mut link)
            .map_err(|error| self.explain(error))?;
        Ok(link)
    }

    fn make(&self) -> Result<(), StoreError> {
        let mut sql = Sql::new("CREATE DATABASE IF NOT EXISTS ");
        sql.name(&self.server.database)
            .words(" CHARACTER SET utf8mb4 COLLATE utf8mb4_bin");
        Link::open(&self.server, "", Role::Writer)
            .and_then(|mut link| link.ask(sql.as_str()))
            .map(drop)
            .map_err(|error| self.explain(error))
    }

    /// Whether a commit is on the disk when it is answered (invariant I3) is the whole server's
    /// setting, and not ours to change.
    fn warn_of_what_a_power_cut_takes(&self, link: &mut Link) -> Result<(), Error> {
        let mut answers = link.ask("SELECT @@innodb_flush_log_at_trx_commit")?;
        let flushes: i64 = rows::take(&mut rows::only(&mut answers)?, 0)?;
        if flushes != 1 {
            tracing::warn!(
                store = self.place(),
                "the server answers commits before they are on its disk: a power cut may take some; \
                 set innodb_flush_log_at_trx_commit = 1"
            );
        }
        Ok(())
    }

    /// What went wrong, in words that say what to do.
    #[allow(
        clippy::needless_pass_by_value,
        reason = "it is the end of the error, and reads as `map_err(|e| database.explain(e))`"
    )]
    pub(super) fn explain(&self, error: Error) -> StoreError {
        if let Some(error) = link::said_by_the_system(&error) {
            return self.unavailable(match error.kind() {
                ErrorKind::InvalidData => not_trusted(error),
                ErrorKind::InvalidInput => {
                    format!("the certificate authorities cannot be read ({error})")
                }
                _ => not_reached(error),
            });
        }
        match error {
            Error::MySqlError(error) => self.explain_refusal(&error),
            Error::TlsError(error) => self.unavailable(not_trusted(&error)),
            Error::DriverError(error) => self.unavailable(match error {
                DriverError::PacketTooLarge => too_large("it does not take so much at once"),
                DriverError::TlsNotSupported => {
                    "the server does not speak TLS; give it a certificate, or choose tls=off"
                        .to_owned()
                }
                DriverError::CouldNotConnect(Some((_, said, _))) => not_reached(said),
                other => not_reached(other),
            }),
            // A column that is not what the schema says, or text that is not UTF-8.
            Error::FromValueError(_) | Error::FromRowError(_) => {
                self.corrupt("a column does not hold what it should")
            }
            other => self.unavailable(not_reached(other)),
        }
    }

    /// The server's numbers: `mysqld_error.h`.
    fn explain_refusal(&self, error: &MySqlError) -> StoreError {
        let (place, said) = (self.place(), error.message.as_str());
        let Server { user, database, .. } = self.server();
        match error.code {
            // Disk full, table full, and the engine's "No space left on device".
            1021 | 1114 => StoreError::Full { place },
            1026 | 1030 if is_no_space(said) => StoreError::Full { place },
            1290 | 1792 | 1836 => StoreError::ReadOnly {
                place,
                reason: said.to_owned(),
            },
            1142 | 1143 | 1227 => StoreError::ReadOnly {
                place,
                reason: format!("{said}; {}", grant(database, user)),
            },
            // A place that is taken, a version that is another (see `changes`), a deadlock.
            1020 | 1048 | 1062 | 1213 => StoreError::Conflict("a record".to_owned()),
            1034 | 1051 | 1054 | 1146 | 1194 | 1195 | 1712 | 1932 => self.corrupt(said),
            1040 | 1203 | 1226 => self.unavailable(format!(
                "the server has too many connections ({said}); raise max_connections, or start fewer replicas"
            )),
            1044 => self.unavailable(format!("{said}; {}", grant(database, user))),
            1045 | 1698 => self.unavailable(format!(
                "the server does not let {user} in ({said}); check the user, store_password, and whether it wants tls=verify"
            )),
            1049 => self.unavailable(format!(
                "there is no database {database}; make it (CREATE DATABASE `{database}` CHARACTER SET utf8mb4), or name another"
            )),
            1153 => self.unavailable(too_large(said)),
            1205 => self.unavailable("waited too long for another replica to end its turn"),
            1969 | 3024 => self.unavailable("a statement took too long and was ended"),
            code => self.unavailable(format!("{said} (error {code})")),
        }
    }

    pub(super) fn unavailable(&self, reason: impl Into<String>) -> StoreError {
        StoreError::Unavailable {
            place: self.place(),
            reason: reason.into(),
        }
    }

    pub(super) fn corrupt(&self, reason: impl Into<String>) -> StoreError {
        StoreError::Corrupt {
            place: self.place(),
            reason: reason.into(),
        }
    }

    pub(super) fn why(&self, failure: Failure) -> StoreError {
        match failure {
            Failure::Database(error) => self.explain(error),
            Failure::Store(error) => error,
        }
    }
}

fn not_reached(said: impl Display) -> String {
    format!("the connection failed ({said}); is the server running there, and may it be reached?")
}

fn not_trusted(said: impl Display) -> String {
    format!("the server's certificate was not accepted ({said}); name its authority, or mend it")
}

/// The system's error 28, in the words of either server.
fn is_no_space(said: &str) -> bool {
    ["No space left", "error 28", "rrno 28", "rrcode: 28"]
        .iter()
        .any(|words| said.contains(words))
}

fn grant(database: &str, user: &str) -> String {
    format!("let it (GRANT ALL ON `{database}`.* TO '{user}'@'…')")
}

fn too_large(said: &str) -> String {
    format!("one value is too large for the server ({said}); raise max_allowed_packet")
}

#[cfg(test)]
mod tests;

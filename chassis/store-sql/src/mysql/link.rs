//! One connection, and how its session is set.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::Path;
use std::time::Duration;

use mysql::prelude::Queryable;
use mysql::{Conn, DriverError, Error, OptsBuilder, Row, SslOpts};

use super::database::Failure;
use crate::{Server, Tls};

/// How much longer we wait for an answer than the server may take for it: it is the one to say that
/// a statement took too long. One that says nothing at all stands still, or the network does.
const GRACE: Duration = Duration::from_secs(3);

/// How long a copy may stand still before the server gives it up.
const COPY: Duration = Duration::from_secs(60 * 60);

/// How the text of every statement is read, the same on each server. See `sql` for the backslash.
const LANGUAGE: &str = "
    SET NAMES utf8mb4;
    SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_BACKSLASH_ESCAPES,NO_ENGINE_SUBSTITUTION';
    SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED;
    SET SESSION autocommit = 1";

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Writer,
    Reader,
    /// Has one transaction, and one answer after the other, for as long as a copy takes.
    Copier,
}

pub(super) struct Link {
    connection: Conn,
    /// Bytes that the server takes at once.
    largest: usize,
    /// Whether anything was asked on it yet. What fails at the first question is not the
    /// connection's age.
    used: bool,
}

impl Link {
    /// Connects to a database, or to none.
    pub(super) fn open(server: &Server, database: &str, role: Role) -> Result<Self, Error> {
        let mut connection = connect(server, database)?;
        let (version, largest) = connection
            .query_first::<(String, usize), _>("SELECT version(), @@max_allowed_packet")?
            .ok_or(DriverError::SetupError)?;
        let maria = version.contains("MariaDB");
        let mut link = Self {
            connection,
            largest,
            used: false,
        };
        link.ask(&format!("{LANGUAGE};{}", limits(server, role, maria)))?;
        link.used = false;
        Ok(link)
    }

    /// Runs statements, and says what those that answer with rows have answered. After the first
    /// that fails none is run.
    pub(super) fn ask(&mut self, sql: &str) -> Result<Vec<Vec<Row>>, Error> {
        // One more says that it is a question.
        if sql.len() >= self.largest {
            return Err(DriverError::PacketTooLarge.into());
        }
        self.used = true;
        let mut answers = Vec::new();
        let mut result = self.connection.query_iter(sql)?;
        while let Some(set) = result.iter() {
            let has_rows = !set.columns().as_ref().is_empty();
            let rows = set.collect::<Result<Vec<_>, _>>()?;
            if has_rows {
                answers.push(rows);
            }
        }
        Ok(answers)
    }

    /// Runs one statement that answers with rows, and hands them over as they come.
    pub(super) fn each(
        &mut self,
        sql: &str,
        mut take: impl FnMut(Row) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        self.used = true;
        for row in self.connection.query_iter(sql)? {
            take(row?)?;
        }
        Ok(())
    }

    pub(super) fn was_used(&self) -> bool {
        self.used
    }
}

/// Whether nothing more can be said on the connection.
pub(super) fn is_broken(error: &Error) -> bool {
    !matches!(
        error,
        Error::MySqlError(_)
            | Error::DriverError(DriverError::PacketTooLarge)
            | Error::FromValueError(_)
            | Error::FromRowError(_)
    )
}

/// Whether the connection is gone, as one is that was idle for too long or whose server was started
/// anew, while the server may well be there for another one.
pub(super) fn is_gone(error: &Error) -> bool {
    match error {
        // Shutdown, network errors, killed; and MySQL's word for idle.
        Error::MySqlError(error) => {
            matches!(error.code, 1053 | 1158..=1161 | 1184 | 1927 | 4031)
        }
        // A server that stands still does so for the next connection, too.
        _ => is_broken(error) && !said_by_the_system(error).is_some_and(is_late),
    }
}

/// What the operating system said, if it was the one to say it.
pub(super) fn said_by_the_system(error: &Error) -> Option<&io::Error> {
    match error {
        Error::IoError(error) => Some(error),
        Error::CodecError(error) => std::error::Error::source(error)?.downcast_ref(),
        _ => None,
    }
}

fn is_late(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

fn connect(server: &Server, database: &str) -> Result<Conn, Error> {
    let patience = server.statement + GRACE;
    let options = OptsBuilder::new()
        .tcp_port(server.port)
        .user(Some(&server.user))
        .pass(server.password.as_deref())
        .db_name((!database.is_empty()).then_some(database))
        // Not by a socket that the server may name: what was configured, and nothing else.
        .prefer_socket(false)
        .tcp_connect_timeout(Some(server.connect))
        .tcp_keepalive_time_ms(Some(30_000))
        .read_timeout(Some(patience))
        .write_timeout(Some(patience));
    match &server.tls {
        Tls::Off => {
            let host = server.host.trim_start_matches('[').trim_end_matches(']');
            to_any(&options, (host, server.port).to_socket_addrs()?)
        }
        Tls::Verified(authorities) => {
            // That it cannot be read would be said in the same words as that the network failed.
            if let Some(path) = authorities {
                File::open(path).map_err(|error| unreadable(path, &error))?;
            }
            let tls = SslOpts::default().with_root_cert_path(authorities.clone());
            Conn::new(
                options
                    .ip_or_hostname(Some(server.host.as_str()))
                    .ssl_opts(tls),
            )
        }
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Error {
    let reason = format!("{}: {error}", path.display());
    io::Error::new(ErrorKind::InvalidInput, reason).into()
}

/// Connects to the first that takes us. The driver tries a name's first address only, and
/// `localhost` may have two.
fn to_any(
    options: &OptsBuilder,
    addresses: impl Iterator<Item = SocketAddr>,
) -> Result<Conn, Error> {
    let mut failed = None;
    for address in addresses {
        let host = match address {
            SocketAddr::V4(address) => address.ip().to_string(),
            SocketAddr::V6(address) => format!("[{}]", address.ip()),
        };
        let options = options.clone().ip_or_hostname(Some(host));
        match Conn::new(options.tcp_port(address.port())) {
            Err(
                error @ Error::DriverError(
                    DriverError::CouldNotConnect(_) | DriverError::ConnectTimeout,
                ),
            ) => failed = Some(error),
            done => return done,
        }
    }
    Err(failed.unwrap_or_else(|| DriverError::CouldNotConnect(None).into()))
}

/// How long anything may take. Whole seconds, where the server counts in those.
fn limits(server: &Server, role: Role, maria: bool) -> String {
    let seconds = |time: Duration| time.as_millis().div_ceil(1000).max(1);
    let (statement, turn) = (seconds(server.statement), seconds(server.turn));
    let locks = format!(
        "SET SESSION innodb_lock_wait_timeout = {statement}, SESSION lock_wait_timeout = {statement}"
    );
    // A second longer than for locks, so that who waited for a turn in vain is told so.
    let longest = statement + 1;
    let statements = if maria {
        format!("SESSION max_statement_time = {longest}")
    } else {
        // Counts in milliseconds, and only where rows are read.
        format!("SESSION max_execution_time = {longest}000")
    };
    if role == Role::Copier {
        let limit = if maria {
            "max_statement_time"
        } else {
            "max_execution_time"
        };
        let longest = COPY.as_secs();
        return format!(
            "{locks}, SESSION {limit} = 0, SESSION wait_timeout = {longest},
             SESSION net_write_timeout = {longest}"
        );
    }
    if role == Role::Reader {
        return format!("{locks}, {statements}");
    }
    // MySQL has no limit for a transaction that stands still, only for a connection: it goes also
    // when there is merely nothing to do, and is made anew for the next batch.
    let idle = if maria {
        "idle_transaction_timeout"
    } else {
        "wait_timeout"
    };
    // The others are for one who stands still in the middle of a question or of an answer.
    format!(
        "{locks}, {statements}, SESSION {idle} = {turn},
         SESSION net_read_timeout = {turn}, SESSION net_write_timeout = {turn}"
    )
}

#[cfg(test)]
mod tests;

//! Where a store is, and how a connection to it is made.

use std::time::Duration;

use storm::store::StoreError;
use tokio_postgres::Config;
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::connection::{Connection, Failure, Step};
use super::{explain, tls};
use crate::pauses::Pauses;
use crate::{Server, Tls};

/// What a name may be, in PostgreSQL.
const LONGEST_NAME: usize = 63;

/// The server's own deadline comes first, and has time to be told.
const GRACE: Duration = Duration::from_secs(1);

/// How long a copy may stand still before the server gives it up: what it sees is not cleaned up
/// meanwhile.
const COPY: Duration = Duration::from_secs(60 * 60);

/// Planning is by rule: every statement finds its few rows by an index, however small a table was
/// when the statement was planned for good. With scans forbidden their guessed costs are enormous,
/// and compiling for such costs would take longer than the statement.
const PLANNING: &str = "-c enable_seqscan=off -c enable_bitmapscan=off -c enable_hashjoin=off \
    -c enable_mergejoin=off -c plan_cache_mode=force_generic_plan -c jit=off";

/// Losing a commit in a power cut is for nobody's configuration to choose by the way.
const DURABLE: &str = "SELECT set_config('synchronous_commit', 'on', false)
    WHERE current_setting('synchronous_commit') = 'off'";

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Writes,
    Reads,
    /// Has one transaction for as long as a copy takes.
    Copies,
}

impl Role {
    /// What the server calls its connections: who copies is not one of those who use a store.
    pub(super) fn application(self, scope: &str) -> String {
        match self {
            Self::Writes | Self::Reads => format!("jumun {scope}"),
            Self::Copies => format!("jumun copy of {scope}"),
        }
    }
}

/// A schema of a database of a server.
pub(super) struct Place {
    server: Server,
    scope: String,
    tls: Option<MakeRustlsConnect>,
    pauses: Pauses,
}

impl Place {
    pub(super) fn new(server: &Server, scope: &str) -> Result<Self, StoreError> {
        let mut place = Self {
            server: server.clone(),
            scope: scope.to_owned(),
            tls: None,
            pauses: Pauses::default(),
        };
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if scope.is_empty() || scope.len() > LONGEST_NAME || !scope.chars().all(fits) {
            return Err(place.away(format!(
                "`{scope}` cannot be the name of a schema: 1 to {LONGEST_NAME} letters, digits, _ and -"
            )));
        }
        if let Tls::Verified(authorities) = &server.tls {
            let tls = tls::verifying(authorities.as_deref());
            place.tls = Some(tls.map_err(|reason| place.away(reason))?);
        }
        Ok(place)
    }

    /// Its name, for messages.
    pub(super) fn name(&self) -> String {
        format!("{} (schema {})", self.server.place("postgres"), self.scope)
    }

    pub(super) fn scope(&self) -> &str {
        &self.scope
    }

    pub(super) fn server(&self) -> &Server {
        &self.server
    }

    pub(super) fn away(&self, reason: impl Into<String>) -> StoreError {
        StoreError::Unavailable {
            place: self.name(),
            reason: reason.into(),
        }
    }

    /// A new connection, unless the server is away and was asked for moments ago.
    pub(super) fn connect(&self, role: Role) -> Result<Connection, StoreError> {
        self.pauses.attempt(|| {
            self.attempt(role)
                .map_err(|failure| explain::connecting(self, &failure))
        })
    }

    fn attempt(&self, role: Role) -> Result<Connection, Failure> {
        let patience = self.server.statement + GRACE;
        let (config, tls) = (self.config(role), self.tls.as_ref());
        let mut connection = Connection::open(&config, tls, self.server.connect, patience)?;
        if role == Role::Writes {
            connection.ask(&[Step::new(DURABLE)])?;
        }
        Ok(connection)
    }

    fn config(&self, role: Role) -> Config {
        let server = &self.server;
        let mut config = Config::new();
        config
            .host(&server.host)
            .port(server.port)
            .user(&server.user)
            .application_name(role.application(&self.scope))
            .connect_timeout(server.connect)
            .keepalives_idle(Duration::from_secs(10))
            .keepalives_interval(Duration::from_secs(3))
            .keepalives_retries(3)
            .options(self.options(role))
            .ssl_mode(match server.tls {
                Tls::Off => SslMode::Disable,
                Tls::Verified(_) => SslMode::Require,
            });
        #[cfg(target_os = "linux")]
        config.tcp_user_timeout(server.statement + GRACE);
        if !server.database.is_empty() {
            config.dbname(&server.database);
        }
        if let Some(password) = &server.password {
            config.password(password);
        }
        config
    }

    /// Settings of the session, made as the connection is.
    fn options(&self, role: Role) -> String {
        let statement = self.server.statement.as_millis().max(1);
        // Whoever waited in vain for a lock is told so, and not only that it took too long.
        let lock = (statement * 9 / 10).max(1);
        let turn = match role {
            Role::Writes | Role::Reads => self.server.turn,
            Role::Copies => COPY,
        };
        let turn = turn.as_millis().max(1);
        let read_only = match role {
            Role::Writes => "off",
            Role::Reads | Role::Copies => "on",
        };
        format!(
            "-c search_path=\"{}\" -c statement_timeout={statement} -c lock_timeout={lock} \
             -c idle_in_transaction_session_timeout={turn} \
             -c default_transaction_read_only={read_only} \
             -c client_min_messages=warning {PLANNING}",
            self.scope
        )
    }
}

//! A database server, as PostgreSQL, MySQL and MariaDB are reached.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// How the connection to a server is kept from other eyes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Tls {
    /// It is not: for servers on the same machine or in a network of one's own.
    #[default]
    Off,
    /// Encrypted, and the server must show a certificate for the name that it is reached by, from an
    /// authority that the system trusts, or from one of these (PEM).
    Verified(Option<PathBuf>),
}

/// Where a server is, and how it is used.
#[derive(Clone, PartialEq, Eq)]
pub struct Server {
    /// A name or an address.
    pub host: String,
    /// TCP.
    pub port: u16,
    /// Who we are to it.
    pub user: String,
    /// What proves it.
    pub password: Option<String>,
    /// The database; empty is the adapter's choice.
    pub database: String,
    /// Encryption.
    pub tls: Tls,
    /// How long a connection may take to be made.
    pub connect: Duration,
    /// How long one statement may take, waiting for others included.
    pub statement: Duration,
    /// How long a writer may hold its turn without a word before the server ends it.
    pub turn: Duration,
    /// Connections that are kept for readers; more questions at once wait for one.
    pub readers: usize,
}

impl Server {
    /// One with nothing special about it.
    pub fn new(host: impl Into<String>, port: u16, user: impl Into<String>) -> Self {
        Self {
            host: host.into(),
            port,
            user: user.into(),
            password: None,
            database: String::new(),
            tls: Tls::Off,
            connect: Duration::from_secs(5),
            statement: Duration::from_secs(10),
            turn: Duration::from_secs(3),
            readers: 4,
        }
    }

    /// What messages call it: never with the password.
    pub fn place(&self, scheme: &str) -> String {
        let Self {
            host,
            port,
            user,
            database,
            ..
        } = self;
        format!("{scheme}://{user}@{host}:{port}/{database}")
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.place("server"))
    }
}

//! Where contexts keep what they know: a URL, and beside it what proves who we are.
//!
//! A URL may hold a password, so no message here quotes any part of one but the names of settings
//! that are known.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use store_sql::{Server, Tls};

use super::value::{Password, Pause, Secret};

/// Where a context keeps what it knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Store {
    /// In a file of its own below the data folder.
    #[default]
    Sqlite,
    /// In a schema of its own, `SYSTEM_CONTEXT`, of a PostgreSQL database.
    Postgres(Server),
    /// In a database of its own, `SYSTEM_CONTEXT` or the one that is named, of MySQL or MariaDB.
    MySql(Server),
}

impl Store {
    /// The server, unless it is a file.
    pub fn server(&self) -> Option<&Server> {
        match self {
            Self::Sqlite => None,
            Self::Postgres(server) | Self::MySql(server) => Some(server),
        }
    }

    /// What people call the engine.
    pub fn engine(&self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
            Self::MySql(_) => "MySQL",
        }
    }

    fn with_password(mut self, password: Option<&Secret>) -> Self {
        if let Self::Postgres(server) | Self::MySql(server) = &mut self
            && let Some(password) = password
        {
            server.password = Some(password.reveal().to_owned());
        }
        self
    }
}

/// Without any password.
impl fmt::Display for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite => f.write_str("sqlite:"),
            Self::Postgres(server) => f.write_str(&server.place("postgres")),
            Self::MySql(server) => f.write_str(&server.place("mysql")),
        }
    }
}

/// The database that `SYSTEM_CONTEXT` stands for.
pub fn scope(system: &str, context: &str) -> String {
    format!("{system}_{context}")
}

/// A store as it is written in a URL, and a password that stands elsewhere.
///
/// # Errors
/// What is wrong with it, and what was expected.
pub fn store_url(text: &str, password: Option<&Secret>) -> Result<Store, String> {
    let StoreUrl(store) = text.parse()?;
    Ok(store.with_password(password))
}

/// The same URL, for others to read.
pub fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(end);
    match authority.rsplit_once('@') {
        Some((user, place)) => {
            let user = user.split_once(':').map_or(user, |(user, _)| user);
            format!("{scheme}://{user}@{place}{rest}")
        }
        None => url.to_owned(),
    }
}

/// What is set at one place: for all systems, for one, or for one context.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Level {
    pub(super) store: Option<Store>,
    pub(super) password: Option<Secret>,
}

impl Level {
    /// What a source says itself; a password that lies in a file was put here before.
    pub(super) fn add(&mut self, url: Option<StoreUrl>, password: Option<Password>) {
        self.store = url.map(|StoreUrl(store)| store);
        self.password = self.password.take().or(password.map(Secret::from));
    }
}

/// All that is set about stores.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Levels {
    pub(super) top: Level,
    pub(super) systems: BTreeMap<String, Level>,
    pub(super) contexts: BTreeMap<(String, String), Level>,
}

impl Levels {
    /// The nearest URL counts, and the nearest password that is not further away than it: a password
    /// never goes to a server that it was not written for.
    pub(super) fn of(&self, system: &str, context: &str) -> Store {
        let near = self.contexts.get(&(system.to_owned(), context.to_owned()));
        let levels = [near, self.systems.get(system), Some(&self.top)];
        let mut password = None;
        for level in levels.into_iter().flatten() {
            password = password.or(level.password.as_ref());
            if let Some(store) = &level.store {
                return store.clone().with_password(password);
            }
        }
        Store::Sqlite
    }
}

/// A store as it is written: `sqlite:`, `postgres://user@host:5432/database`, `mysql://…`. It may
/// hold a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StoreUrl(pub(super) Store);

const EXPECTED: &str =
    "write \"sqlite:\", \"postgres://USER@HOST:5432/DATABASE\" or \"mysql://USER@HOST:3306\"";

impl FromStr for StoreUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let store = match text.split_once(':') {
            Some(("sqlite", "")) => Store::Sqlite,
            Some(("sqlite", _)) => {
                return Err("SQLite stores lie in the data folder: write \"sqlite:\", and choose the folder with `data`".to_owned());
            }
            Some(("postgres" | "postgresql", rest)) => Store::Postgres(server(rest, 5_432)?),
            Some(("mysql" | "mariadb", rest)) => Store::MySql(server(rest, 3_306)?),
            _ => return Err(format!("this is no store; {EXPECTED}")),
        };
        Ok(Self(store))
    }
}

fn server(rest: &str, usual_port: u16) -> Result<Server, String> {
    let wrong = |what: &str| {
        format!(
            "{what}; {EXPECTED}. Characters of a password that mean something in a URL are written as %XX, or the password goes beside it, as store_password_file"
        )
    };
    let rest = rest
        .strip_prefix("//")
        .ok_or_else(|| wrong("a database's address begins with //"))?;
    let (whole, settings) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, database) = whole.split_once('/').unwrap_or((whole, ""));
    let (user, place) = authority
        .rsplit_once('@')
        .ok_or_else(|| wrong("the address names no user"))?;
    let (user, password) = match user.split_once(':') {
        Some((user, password)) => (user, Some(password)),
        None => (user, None),
    };
    let plain =
        |text: &str| decoded(text).ok_or_else(|| wrong("a % is not followed by two digits"));
    let user = plain(user)?;
    if user.is_empty() {
        return Err(wrong("the address names no user"));
    }
    let (host, port) = host_and_port(place, usual_port)
        .ok_or_else(|| wrong("the address names no host and port"))?;
    let mut server = Server::new(host, port, user);
    server.password = password.map(plain).transpose()?;
    let named = |c: char| c.is_ascii_alphanumeric() || "_-$".contains(c);
    if !database.chars().all(named) || database.len() > 64 {
        return Err(wrong(
            "the database's name has at most 64 letters, digits and _-$",
        ));
    }
    database.clone_into(&mut server.database);
    for setting in settings.split('&').filter(|setting| !setting.is_empty()) {
        set(&mut server, setting)?;
    }
    Ok(server)
}

fn host_and_port(place: &str, usual: u16) -> Option<(&str, u16)> {
    let (host, rest) = match place.strip_prefix('[') {
        Some(address) => {
            let (host, rest) = address.split_once(']')?;
            host.parse::<std::net::Ipv6Addr>().ok()?;
            (host, rest)
        }
        None => {
            let (host, rest) = place.split_at(place.find(':').unwrap_or(place.len()));
            let named = |c: char| c.is_alphanumeric() || "-._".contains(c);
            if host.is_empty() || !host.chars().all(named) {
                return None;
            }
            (host, rest)
        }
    };
    match rest.strip_prefix(':') {
        Some(port) => Some((host, port.parse().ok().filter(|port| *port > 0)?)),
        None => rest.is_empty().then_some((host, usual)),
    }
}

fn set(server: &mut Server, setting: &str) -> Result<(), String> {
    let (name, value) = setting.split_once('=').unwrap_or((setting, ""));
    let value =
        decoded(value).ok_or("a % in the store's settings is not followed by two digits")?;
    let pause = |name: &str| match value.parse() {
        Ok(Pause(pause)) if !pause.is_zero() => Ok(pause),
        _ => Err(format!(
            "`{name}` of the store is a length of time above 0, such as 5s"
        )),
    };
    match name {
        "tls" => {
            server.tls = match (value.as_str(), &server.tls) {
                ("off", Tls::Off) => Tls::Off,
                ("verify", Tls::Off) => Tls::Verified(None),
                ("verify", of_ca) => of_ca.clone(),
                _ => {
                    return Err(
                        "`tls` of the store is off or verify (and it is verify with `ca`)"
                            .to_owned(),
                    );
                }
            }
        }
        "ca" if !value.is_empty() => server.tls = Tls::Verified(Some(PathBuf::from(value))),
        "connect" => server.connect = pause(name)?,
        "statement" => server.statement = pause(name)?,
        "turn" => server.turn = pause(name)?,
        "readers" => {
            let number = value
                .parse()
                .ok()
                .filter(|number| (1..=100).contains(number));
            server.readers = number.ok_or("`readers` of the store is a number from 1 to 100")?;
        }
        _ => {
            return Err("the store's address has an unknown setting after its ?; there are: tls (off or verify), ca, connect, statement, turn, readers".to_owned());
        }
    }
    Ok(())
}

/// With each `%XX` as the byte that it stands for (RFC 3986 §2.1).
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(if byte == b'%' {
            let mut digit = || char::from(rest.next()?).to_digit(16);
            let (high, low) = (digit()?, digit()?);
            u8::try_from(high * 16 + low).ok()?
        } else {
            byte
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests;

//! Listening, and who is in the way.

mod holder;

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::net::SocketAddr;

use tokio::net::TcpListener;

pub use holder::Holder;

/// A port that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// For whom, e.g. `the gateway`.
    pub whom: String,
    /// Where.
    pub address: SocketAddr,
}

/// Ports that could not be had. None of the others is kept either.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.0.join("\n"))]
pub struct Taken(Vec<String>);

/// Listens on all of them, or on none.
///
/// # Errors
/// [`Taken`], which names each port that could not be had and, where it can be known, who has it.
pub async fn listen(wanted: &[Wanted]) -> Result<Vec<TcpListener>, Taken> {
    let twice = wanted_twice(wanted);
    if !twice.is_empty() {
        return Err(Taken(twice));
    }
    let mut listeners = Vec::with_capacity(wanted.len());
    let mut taken = Vec::new();
    for want in wanted {
        match TcpListener::bind(want.address).await {
            Ok(listener) => listeners.push(listener),
            Err(error) => taken.push(explain(want, &error)),
        }
    }
    if taken.is_empty() {
        Ok(listeners)
    } else {
        Err(Taken(taken))
    }
}

/// A word on each place that more than one of them wants: nobody else is in the way.
pub fn wanted_twice(wanted: &[Wanted]) -> Vec<String> {
    let mut places: BTreeMap<SocketAddr, Vec<&str>> = BTreeMap::new();
    // Of port 0 there are as many as are asked for.
    for want in wanted.iter().filter(|want| want.address.port() != 0) {
        places.entry(want.address).or_default().push(&want.whom);
    }
    places
        .into_iter()
        .filter(|(_, whom)| whom.len() > 1)
        .map(|(address, whom)| {
            format!(
                "port {} is wanted more than once, for {}; give each a `port` of its own, or leave out context_ports",
                address.port(),
                whom.join(" and ")
            )
        })
        .collect()
}

fn explain(want: &Wanted, error: &std::io::Error) -> String {
    let Wanted { whom, address } = want;
    let port = address.port();
    match error.kind() {
        ErrorKind::AddrInUse => match Holder::of(port) {
            Some(holder) => format!(
                "port {port}, for {whom}, is in use by {holder}; stop it, or choose another with --port"
            ),
            None => format!(
                "port {port}, for {whom}, is in use by a process of another user (`ss -ltnp` as root names it); stop it, or choose another with --port"
            ),
        },
        ErrorKind::PermissionDenied => format!(
            "port {port}, for {whom}, may not be used (ports below 1024 need privileges); choose another with --port"
        ),
        ErrorKind::AddrNotAvailable => format!(
            "{}, for {whom}, is no address of this machine; choose another with --bind",
            address.ip()
        ),
        _ => format!("{address}, for {whom}: {error}"),
    }
}

#[cfg(test)]
mod tests;

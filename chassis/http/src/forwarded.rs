//! Who asked, and under which name, for those behind a proxy or a gateway.
//!
//! `X-Forwarded-*` and `Forwarded` (RFC 7239) decide what links look like and what logs say, so they are
//! believed only from [`TrustedProxies`]; an [`Edge`](crate::Edge) drops what others send. The gateway
//! then says to those behind it, in `X-Forwarded-*` alone and with one value each, what it has
//! understood ([`tell`]), so that they understand the same. What wins over what:
//! `docs/decisions/forwarded-headers.md`.

mod proxies;

use std::net::IpAddr;

use http::header::FORWARDED;
use http::{HeaderMap, HeaderName, HeaderValue, Uri};

use crate::origin::Origin;
pub use proxies::{NotANetwork, TrustedProxies};

/// Who asked, through all doors: `client, proxy, …`.
pub const FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// The host that the client used; empty if it named none.
pub const HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
/// The port that the client used.
pub const PORT: HeaderName = HeaderName::from_static("x-forwarded-port");
/// `http` or `https`, as the client used it.
pub const PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
/// What the client's paths begin with, and those behind the door do not see.
pub const PREFIX: HeaderName = HeaderName::from_static("x-forwarded-prefix");

const ALL: [HeaderName; 6] = [FOR, HOST, PORT, PROTO, PREFIX, FORWARDED];

/// In bytes. A longer prefix is left out.
const LONGEST_PREFIX: usize = 200;

/// Whether anything is said of a client that came by a proxy.
pub(crate) fn is_said(headers: &HeaderMap) -> bool {
    ALL.iter().any(|name| headers.contains_key(name))
}

/// Drops all that is said.
pub(crate) fn drop_all(headers: &mut HeaderMap) {
    for name in &ALL {
        headers.remove(name);
    }
}

/// The origin of our own pages as the client knows it (RFC 6454 §6.2): scheme, host and port.
pub fn origin(uri: &Uri, headers: &HeaderMap) -> String {
    Origin::of(uri, headers).without_prefix()
}

/// Tells the next hop who asked, and by which address it knows us. `peer` is who is connected to this
/// door. What is told leads to the same links there as here.
pub fn tell(uri: &Uri, headers: &mut HeaderMap, peer: Option<IpAddr>) {
    let origin = Origin::of(uri, headers);
    let mut host = String::with_capacity(origin.len());
    origin.write_host(&mut host);
    let (proto, port) = (origin.scheme(), origin.port());
    headers.remove(FORWARDED);
    // Whatever `Origin` repeats is a header's value.
    if let Ok(host) = HeaderValue::try_from(host) {
        headers.insert(HOST, host);
    }
    headers.insert(PROTO, HeaderValue::from_static(proto));
    match port {
        Some(port) => headers.insert(PORT, HeaderValue::from(port)),
        None => headers.remove(PORT),
    };
    if let Some(peer) = peer {
        let before = headers.get(FOR).and_then(|value| value.to_str().ok());
        let peer = peer.to_canonical();
        let chain = before.map_or_else(|| peer.to_string(), |before| format!("{before}, {peer}"));
        if let Ok(chain) = HeaderValue::from_str(&chain) {
            headers.insert(FOR, chain);
        }
    }
}

/// Adds a part that the next hop will not see to what paths begin with.
pub fn add_prefix(headers: &mut HeaderMap, part: &str) {
    let whole = format!("{}{part}", prefix(headers));
    headers.remove(PREFIX);
    if let Ok(whole) = HeaderValue::from_str(&whole)
        && !whole.is_empty()
    {
        headers.insert(PREFIX, whole);
    }
}

/// What the client's paths begin with before those seen here do, as the doors on the way have said:
/// empty, or it begins with a slash and ends without one. Doors that do not write it whole add
/// theirs to a list, the outermost first. What has not the shape of a path is left out: with it, a
/// link would lead astray.
pub fn prefix(headers: &HeaderMap) -> String {
    let lines = headers.get_all(PREFIX).iter();
    let parts = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .map(|part| part.trim().trim_end_matches('/'));
    let whole: String = parts.filter(|part| is_prefix(part)).collect();
    if whole.len() <= LONGEST_PREFIX {
        whole
    } else {
        String::new()
    }
}

/// A path as the client wrote it.
pub fn asked_for(headers: &HeaderMap, path: &str) -> String {
    format!("{}{path}", prefix(headers))
}

pub(crate) fn is_prefix(part: &str) -> bool {
    part.starts_with('/')
        && !part.starts_with("//")
        && part.len() <= 2 * LONGEST_PREFIX
        && part
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"/-._~%".contains(&byte))
}

#[cfg(test)]
mod tests;

//! Who asked, and under which name, for those behind the door.
//!
//! `X-Forwarded-*` decide what links look like and what logs say, so they are believed only from
//! who may set them: a proxy on this machine. From a peer on a loopback address they are kept and
//! `X-Forwarded-For` is continued; from any other peer they are dropped and set anew. `Forwarded`
//! (RFC 7239) is treated alike: it is kept or dropped, never written. Of prefixes, which several doors
//! may have added to, one whole is made, so that all behind this door read the same.

use std::net::IpAddr;

use http::header::{FORWARDED, HOST};
use http::{HeaderMap, HeaderName, HeaderValue};

/// Who asked, through all doors: `client, proxy, …`.
pub const FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// The host, as the client wrote it.
pub const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
/// The port that the client used.
pub const PORT: HeaderName = HeaderName::from_static("x-forwarded-port");
/// `http` or `https`, as the client used it.
pub const PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
/// What the client's paths begin with, and those behind the door do not see.
pub const PREFIX: HeaderName = HeaderName::from_static("x-forwarded-prefix");

const ALL: [HeaderName; 6] = [FOR, FORWARDED_HOST, PORT, PROTO, PREFIX, FORWARDED];

/// Drops what a peer may not say, and what cannot be.
pub fn distrust(headers: &mut HeaderMap, peer: Option<IpAddr>) {
    // No peer: the request was made in this process.
    if peer.is_none_or(|peer| peer.to_canonical().is_loopback()) {
        if headers.contains_key(PREFIX) {
            add_prefix(headers, "");
        }
        return;
    }
    for name in &ALL {
        headers.remove(name);
    }
}

/// Tells the next hop who asked. `peer` is who is connected to this door.
pub fn add(headers: &mut HeaderMap, peer: Option<IpAddr>) {
    if let Some(peer) = peer {
        let before = headers.get(FOR).and_then(|value| value.to_str().ok());
        let peer = peer.to_canonical();
        let chain = before.map_or_else(|| peer.to_string(), |before| format!("{before}, {peer}"));
        if let Ok(chain) = HeaderValue::from_str(&chain) {
            headers.insert(FOR, chain);
        }
    }
    if !headers.contains_key(PROTO) {
        headers.insert(PROTO, HeaderValue::from_static("http"));
    }
    let Some(host) = headers.get(HOST).cloned() else {
        return;
    };
    // A host that a trusted proxy names comes with its own port, or with its scheme's.
    if !headers.contains_key(FORWARDED_HOST) {
        if !headers.contains_key(PORT)
            && let Some(port) = port_of(&host)
        {
            headers.insert(PORT, port);
        }
        headers.insert(FORWARDED_HOST, host);
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
    // As much as contexts believe.
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

const LONGEST_PREFIX: usize = 200;

fn is_prefix(part: &str) -> bool {
    part.starts_with('/')
        && !part.starts_with("//")
        && part
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"/-._~%".contains(&byte))
}

fn port_of(host: &HeaderValue) -> Option<HeaderValue> {
    let host = host.to_str().ok()?;
    let after_address = host.rsplit_once(']').map_or(host, |(_, rest)| rest);
    let port = after_address
        .rsplit_once(':')
        .map_or("80", |(_, port)| port);
    HeaderValue::from_str(port).ok()
}

#[cfg(test)]
mod tests;

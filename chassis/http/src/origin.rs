//! Under which address the client knows us: links follow the host and prefix that it used.

use std::fmt::Write as _;

use http::{HeaderMap, Uri, header};

/// The front of every link: scheme, host and prefix, from `Forwarded` (RFC 7239) or
/// `X-Forwarded-Proto`, `-Host`, `-Port` and `-Prefix`, or from the request itself.
///
/// A client can say what it likes here; it is repeated to that client only, and only when it has
/// the shape of what it claims to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin<'a> {
    scheme: &'a str,
    host: &'a str,
    port: Option<&'a str>,
    prefix: &'a str,
}

impl<'a> Origin<'a> {
    pub(crate) fn of(uri: &'a Uri, headers: &'a HeaderMap) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let first = |name: &str| text(name).map(|list| list.split(',').next().unwrap_or("").trim());
        let own = uri
            .authority()
            .map(http::uri::Authority::as_str)
            .or_else(|| headers.get(header::HOST).and_then(|h| h.to_str().ok()))
            .filter(|host| is_host(host))
            .unwrap_or("localhost");
        let mut origin = Self {
            scheme: "http",
            host: own,
            port: None,
            prefix: first("x-forwarded-prefix")
                .map(|prefix| prefix.trim_end_matches('/'))
                .filter(|prefix| is_prefix(prefix))
                .unwrap_or(""),
        };
        if let Some(forwarded) = first("forwarded") {
            origin.forwarded(forwarded);
            return origin;
        }
        if let Some(scheme) = first("x-forwarded-proto").filter(|s| is_scheme(s)) {
            origin.scheme = scheme;
        }
        if let Some(host) = first("x-forwarded-host").filter(|host| is_host(host)) {
            origin.host = host;
        }
        if let Some(port) = first("x-forwarded-port").filter(|port| is_port(port)) {
            let usual = matches!((origin.scheme, port), ("http", "80") | ("https", "443"));
            if !usual && !has_port(origin.host) {
                origin.port = Some(port);
            }
        }
        origin
    }

    fn forwarded(&mut self, element: &'a str) {
        for pair in element.split(';') {
            let Some((name, value)) = pair.split_once('=') else {
                continue;
            };
            let (name, value) = (name.trim(), value.trim().trim_matches('"'));
            if name.eq_ignore_ascii_case("proto") && is_scheme(value) {
                self.scheme = value;
            } else if name.eq_ignore_ascii_case("host") && is_host(value) {
                self.host = value;
            }
        }
    }

    /// What the client's paths begin with before ours do; empty, or it begins with a slash and ends
    /// without one.
    pub(crate) fn prefix(&self) -> &'a str {
        self.prefix
    }

    /// How much room [`Origin::write`] needs.
    pub(crate) fn len(&self) -> usize {
        let port = self.port.map_or(0, |port| port.len() + 1);
        self.scheme.len() + 3 + self.host.len() + port + self.prefix.len()
    }

    /// Appends it. What follows begins with a slash.
    pub(crate) fn write(&self, out: &mut String) {
        out.push_str(self.scheme);
        out.push_str("://");
        out.push_str(self.host);
        if let Some(port) = self.port {
            out.push(':');
            out.push_str(port);
        }
        out.push_str(self.prefix);
    }

    /// Appends the address of an item.
    pub(crate) fn write_item(&self, out: &mut String, collection: &str, id: storm::Id) {
        self.write(out);
        // Writing to a `String` cannot fail.
        let _ = write!(out, "/{collection}/{id}");
    }
}

/// The front of every link in the answer to a request, without a slash at its end: as contexts write
/// it, for doors that link by themselves.
pub fn front_of_links(uri: &Uri, headers: &HeaderMap) -> String {
    let mut front = String::new();
    Origin::of(uri, headers).write(&mut front);
    front
}

fn is_scheme(text: &str) -> bool {
    text == "http" || text == "https"
}

fn is_port(text: &str) -> bool {
    text.parse::<u16>().is_ok()
}

/// Loosely RFC 3986 §3.2.2 with a port: nothing that could break out of a link.
fn is_host(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 255
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-._~[]:".contains(&b))
}

fn has_port(host: &str) -> bool {
    host.rsplit(']')
        .next()
        .is_some_and(|rest| rest.contains(':'))
}

fn is_prefix(text: &str) -> bool {
    text.starts_with('/')
        && !text.starts_with("//")
        && text.len() <= 255
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"/-._~%".contains(&b))
}

#[cfg(test)]
mod tests;

//! Under which address the client knows us: links follow the host, scheme and prefix that it used.
//!
//! What wins over what: `docs/decisions/forwarded-headers.md`.

mod element;
mod host;

use std::fmt::Write as _;

use http::{HeaderMap, HeaderName, Uri, header};

use crate::forwarded;
use element::Element;
pub(crate) use host::Host;
use host::port_of;

/// The front of every link: scheme, host, port and prefix. What is said of them is repeated only when
/// it has the shape of what it claims to be; whoever may not say it has been
/// [silenced](forwarded::TrustedProxies) before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin<'a> {
    scheme: &'static str,
    /// Of a client that named no host (HTTP/1.0), nobody here can say how it knows us: its links begin
    /// with their path (RFC 3986 §4.2).
    host: Option<Host<'a>>,
    prefix: &'a str,
}

impl<'a> Origin<'a> {
    pub(crate) fn of(uri: &'a Uri, headers: &'a HeaderMap) -> Self {
        let by_proxy = Element::first(headers);
        let said = |name: HeaderName| first(headers, name);
        let scheme = by_proxy
            .proto
            .and_then(scheme_of)
            .or_else(|| said(forwarded::PROTO).and_then(scheme_of))
            .unwrap_or(HTTP);
        let port = || said(forwarded::PORT).and_then(port_of);
        let host = match by_proxy.host.and_then(Host::parse) {
            Some(host) => Some(host),
            None => match said(forwarded::HOST) {
                // How the gateway says that the client named none.
                Some("") => None,
                named => match named.and_then(Host::parse) {
                    Some(host) => Some(Host {
                        port: host.port.or_else(port),
                        ..host
                    }),
                    None => own_host(uri, headers).map(|host| Host {
                        port: port().or(host.port),
                        ..host
                    }),
                },
            },
        };
        let usual = if scheme == HTTP { 80 } else { 443 };
        Self {
            scheme,
            host: host.map(|host| Host {
                port: host.port.filter(|port| *port != usual),
                ..host
            }),
            prefix: first(headers, forwarded::PREFIX)
                .map(|prefix| prefix.trim_end_matches('/'))
                .filter(|prefix| forwarded::is_prefix(prefix))
                .unwrap_or(""),
        }
    }

    /// What the client's paths begin with before ours do; empty, or it begins with a slash and ends
    /// without one.
    pub(crate) fn prefix(&self) -> &'a str {
        self.prefix
    }

    /// `http` or `https`.
    pub(crate) fn scheme(&self) -> &'static str {
        self.scheme
    }

    /// The port that the client used, and `None` with a client that named no host.
    pub(crate) fn port(&self) -> Option<u16> {
        let usual = if self.scheme == HTTP { 80 } else { 443 };
        self.host.map(|host| host.port.unwrap_or(usual))
    }

    /// How much room [`Origin::write`] needs.
    pub(crate) fn len(&self) -> usize {
        let host = self.host.map_or(0, |host| {
            let digits = |port: u16| port.checked_ilog10().map_or(1, |log| log as usize + 1);
            let port = host.port.map_or(0, |port| digits(port) + 1);
            self.scheme.len() + 3 + host.name.len() + port
        });
        host + self.prefix.len()
    }

    /// Appends host and port, if there are any.
    pub(crate) fn write_host(&self, out: &mut String) {
        if let Some(host) = self.host {
            out.push_str(host.name);
            if let Some(port) = host.port {
                // Writing to a `String` cannot fail.
                let _ = write!(out, ":{port}");
            }
        }
    }

    /// Appends it. What follows begins with a slash.
    pub(crate) fn write(&self, out: &mut String) {
        self.write_front(out);
        out.push_str(self.prefix);
    }

    /// Scheme, host and port; empty if the client named no host.
    pub(crate) fn without_prefix(&self) -> String {
        let mut out = String::with_capacity(self.len());
        self.write_front(&mut out);
        out
    }

    fn write_front(&self, out: &mut String) {
        if self.host.is_some() {
            out.push_str(self.scheme);
            out.push_str("://");
            self.write_host(out);
        }
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
    let origin = Origin::of(uri, headers);
    let mut front = String::with_capacity(origin.len());
    origin.write(&mut front);
    front
}

/// As the request itself names it: the target before `Host` (RFC 9112 §3.2.2).
fn own_host<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<Host<'a>> {
    let of_target = uri.authority().map(http::uri::Authority::as_str);
    let host = of_target.or_else(|| headers.get(header::HOST)?.to_str().ok())?;
    Host::parse(host)
}

/// The first of a list, which the outermost proxy wrote: empty where the whole list is.
fn first(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    let list = headers.get(name)?.to_str().ok()?;
    let mut parts = list.split(',').map(str::trim);
    Some(parts.find(|part| !part.is_empty()).unwrap_or(""))
}

const HTTP: &str = "http";

fn scheme_of(text: &str) -> Option<&'static str> {
    [HTTP, "https"]
        .into_iter()
        .find(|scheme| text.eq_ignore_ascii_case(scheme))
}

#[cfg(test)]
mod tests;

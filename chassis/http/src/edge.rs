//! Before everybody who listens: who came by which address, and who may say so for others.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::uri::PathAndQuery;
use http::{HeaderValue, Method, Request, Uri, header};

use crate::forwarded::{self, TrustedProxies};
use crate::{Answering, Body, Endpoint};

/// Hands requests on as the endpoint behind it can take them: `Host` is the host that is asked, the
/// target is a path, and nothing is said of a proxy by who is none of [`TrustedProxies`].
pub struct Edge {
    trusted: TrustedProxies,
    behind: Arc<dyn Endpoint>,
    warned: AtomicBool,
}

impl Edge {
    /// Before this endpoint.
    pub fn new(trusted: TrustedProxies, behind: Arc<dyn Endpoint>) -> Arc<Self> {
        Arc::new(Self {
            trusted,
            behind,
            warned: AtomicBool::new(false),
        })
    }

    fn pass(&self, request: &mut Request<Body>) {
        take_host(request);
        if !forwarded::is_said(request.headers()) {
            return;
        }
        let peer = request.extensions().get::<SocketAddr>().copied();
        // No peer: the request was made in this process.
        if peer.is_none_or(|peer| self.trusted.contain(peer.ip())) {
            // Written whole, for all behind this door read one.
            if request.headers().contains_key(forwarded::PREFIX) {
                forwarded::add_prefix(request.headers_mut(), "");
            }
            return;
        }
        forwarded::drop_all(request.headers_mut());
        if !self.warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                peer = ?peer.map(|peer| peer.ip()),
                "sends `Forwarded` or `X-Forwarded-…` and is not believed, which is said only once; if it is a proxy or gateway of yours, name it in `trusted_proxies`, or links lead past it"
            );
        }
    }
}

impl Endpoint for Edge {
    fn handle(&self, mut request: Request<Body>) -> Answering<'_> {
        self.pass(&mut request);
        self.behind.handle(request)
    }
}

/// A whole address as the target: its host is what is asked, whatever `Host` says (RFC 9112 §3.2.2).
fn take_host(request: &mut Request<Body>) {
    let Some(authority) = request.uri().authority() else {
        return;
    };
    if request.method() == Method::CONNECT {
        return;
    }
    let Ok(host) = HeaderValue::from_str(authority.as_str()) else {
        return;
    };
    let path = request.uri().path_and_query().cloned();
    *request.uri_mut() = Uri::from(path.unwrap_or_else(|| PathAndQuery::from_static("/")));
    request.headers_mut().insert(header::HOST, host);
}

#[cfg(test)]
mod tests;

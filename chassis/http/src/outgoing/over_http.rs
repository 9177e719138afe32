//! Calls over HTTP, on connections that are kept.

use std::collections::BTreeMap;
use std::time::Duration;

use http::uri::{Authority, PathAndQuery, Scheme};
use http::{Request, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::{Exchange, Transport, Unreached};
use crate::Body;

/// An address that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the address of `{context}` is `{address}`; write it as http://HOST:PORT")]
pub struct AddressError {
    /// Whose address.
    pub context: String,
    /// What was given.
    pub address: String,
}

/// The contexts' addresses, and the connections to them.
pub struct OverHttp {
    client: Client<HttpConnector, Body>,
    addresses: BTreeMap<String, (Authority, String)>,
}

impl OverHttp {
    /// Addresses by context, e.g. `payment` and `http://payment:8080`; a path is put before that of
    /// each request.
    ///
    /// # Errors
    /// [`AddressError`] for the first that cannot be used.
    pub fn new<N: Into<String>, A: AsRef<str>>(
        addresses: impl IntoIterator<Item = (N, A)>,
    ) -> Result<Self, AddressError> {
        let mut known = BTreeMap::new();
        for (context, address) in addresses {
            let (context, address) = (context.into(), address.as_ref());
            let Some(place) = place(address) else {
                return Err(AddressError {
                    context,
                    address: address.to_owned(),
                });
            };
            known.insert(context, place);
        }
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        // The caller's own deadline is shorter; this one ends attempts that nobody waits for.
        connector.set_connect_timeout(Some(Duration::from_secs(5)));
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            // Shorter than our servers' patience with an idle connection, so that a request does
            // not meet one that is just being closed.
            .pool_idle_timeout(Duration::from_secs(5))
            .build(connector);
        Ok(Self {
            client,
            addresses: known,
        })
    }
}

fn place(address: &str) -> Option<(Authority, String)> {
    let uri: Uri = address.parse().ok()?;
    if uri.scheme() != Some(&Scheme::HTTP) || uri.query().is_some() {
        return None;
    }
    let prefix = uri.path().trim_end_matches('/').to_owned();
    Some((uri.authority()?.clone(), prefix))
}

impl Transport for OverHttp {
    fn carry(&self, to: &'static str, mut request: Request<Body>) -> Exchange<'_> {
        Box::pin(async move {
            let Some((authority, prefix)) = self.addresses.get(to) else {
                return Err(Unreached(format!("no address is configured for {to}")));
            };
            let unreached = |error: &dyn std::fmt::Display| Unreached(error.to_string());
            let path = request
                .uri()
                .path_and_query()
                .map_or("/", PathAndQuery::as_str);
            *request.uri_mut() = Uri::builder()
                .scheme(Scheme::HTTP)
                .authority(authority.clone())
                .path_and_query(format!("{prefix}{path}"))
                .build()
                .map_err(|error| unreached(&error))?;
            let response = self.client.request(request).await;
            let response = response.map_err(|error| unreached(&error))?;
            Ok(response.map(Body::from))
        })
    }
}

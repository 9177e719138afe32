//! The door of doors: several systems in one process, each under `/SYSTEM/…`.

mod accept;
mod own;
mod page;

use std::sync::Arc;

use http::uri::PathAndQuery;
use http::{Request, Response, Uri};
use http_api::{Answering, Body, Endpoint};

use crate::gateway::politely;
use crate::route::first_part;
use crate::{Gateway, forwarded};

/// Leads to the systems' gateways by the first part of the path. A single system is also found on
/// its bare paths; before several there is a page that lists them.
pub struct Front {
    systems: Vec<(String, Arc<Gateway>)>,
}

impl Front {
    /// Systems by name, in the order of the front page.
    pub fn new(systems: Vec<(String, Arc<Gateway>)>) -> Self {
        Self { systems }
    }

    async fn answer(&self, mut request: Request<Body>) -> Response<Body> {
        let path = request.uri().path();
        let only = match self.systems.as_slice() {
            [(_, only)] => Some(only),
            _ => None,
        };
        if let Some(only) = only
            && only.knows(path)
        {
            return only.answer(request).await;
        }
        let first = first_part(path);
        if let Some((name, gateway)) = self.systems.iter().find(|(name, _)| name == first)
            && let Some(bare) = without(request.uri(), name)
        {
            *request.uri_mut() = bare;
            forwarded::add_prefix(request.headers_mut(), &format!("/{name}"));
            return gateway.answer(request).await;
        }
        match only {
            Some(only) => only.answer(request).await,
            None => politely(request, |request| own::answer(self, request)).await,
        }
    }
}

impl Endpoint for Front {
    fn handle(&self, request: Request<Body>) -> Answering<'_> {
        Box::pin(self.answer(request))
    }
}

/// The same path and query without its first part.
fn without(uri: &Uri, first: &str) -> Option<Uri> {
    let whole = uri.path_and_query()?.as_str();
    let rest = whole.strip_prefix('/')?.strip_prefix(first)?;
    let rest = if rest.starts_with('/') {
        rest.to_owned()
    } else {
        format!("/{rest}")
    };
    rest.parse::<PathAndQuery>().ok().map(Uri::from)
}

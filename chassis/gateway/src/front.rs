//! The door of doors: several systems in one process, each under `/SYSTEM/…`.

use std::fmt::Write as _;
use std::sync::Arc;

use http::header::CONTENT_TYPE;
use http::uri::PathAndQuery;
use http::{HeaderValue, Request, Response, Uri};
use http_api::{Answering, Body, Endpoint, Language, Problem};

use crate::gateway::peer_of;
use crate::route::first_part;
use crate::{Gateway, forwarded};

/// Leads to the systems' gateways by the first part of the path. A single system is also found on
/// its bare paths.
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
        if let [(_, only)] = self.systems.as_slice()
            && only.knows(path)
        {
            return only.handle(request).await;
        }
        let first = first_part(path);
        if let Some((name, gateway)) = self.systems.iter().find(|(name, _)| name == first)
            && let Some(bare) = without(request.uri(), name)
        {
            let peer = peer_of(&request);
            forwarded::distrust(request.headers_mut(), peer);
            *request.uri_mut() = bare;
            forwarded::add_prefix(request.headers_mut(), &format!("/{name}"));
            return gateway.handle(request).await;
        }
        if path == "/" {
            return self.page();
        }
        Problem::not_found().answer(path, Language::of(request.headers()))
    }

    fn page(&self) -> Response<Body> {
        let mut items = String::new();
        for (name, _) in &self.systems {
            // Writing to a string cannot fail.
            let _ = write!(items, "<li><a href=\"/{name}/\">{name}</a></li>");
        }
        let html = format!(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>jumun</title><h1>jumun</h1><ul>{items}</ul></html>"
        );
        let mut response = Response::new(Body::full(html));
        response.headers_mut().insert(
            CONTENT_TYPE,
            HeaderValue::from_static("text/html;charset=UTF-8"),
        );
        response
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

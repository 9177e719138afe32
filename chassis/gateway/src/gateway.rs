//! One system's door.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::{HeaderName, HeaderValue, Request, Response};
use http_api::{Answering, Body, Endpoint, Language, Problem, head_first, trail};

use crate::own::health::Looks;
use crate::route::lets_in;
use crate::{Backend, cors, forwarded, own};

const REQUEST_ID: HeaderName = HeaderName::from_static(trail::REQUEST);

/// What a gateway answers with besides what is behind it.
pub struct Settings {
    /// The system's name.
    pub system: String,
    /// The version that `/actuator/info` tells.
    pub version: &'static str,
    /// Writes the metrics of those of its contexts that are in this process, for
    /// `/actuator/prometheus`.
    pub metrics: Arc<dyn Fn() -> String + Send + Sync>,
}

/// One door before all contexts of a system.
pub struct Gateway {
    pub(crate) settings: Settings,
    pub(crate) backends: Vec<Arc<Backend>>,
    pub(crate) looks: Looks,
    stopping: AtomicBool,
}

impl Gateway {
    /// When two contexts claim a path, the first wins.
    pub fn new(settings: Settings, backends: Vec<Backend>) -> Self {
        Self {
            settings,
            backends: backends.into_iter().map(Arc::new).collect(),
            looks: Looks::default(),
            stopping: AtomicBool::new(false),
        }
    }

    /// From now on readiness says no, so that nobody sends new requests; they are still answered.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// Whether this path leads to a context or to the gateway's own pages.
    pub(crate) fn knows(&self, path: &str) -> bool {
        own::has(path) || self.backend(path).is_some()
    }

    /// Their names, in the order of the story.
    pub(crate) fn contexts(&self) -> Vec<&str> {
        let backends = self.backends.iter();
        backends.map(|backend| backend.context.as_str()).collect()
    }

    /// The metrics of those of its contexts that are in this process.
    pub(crate) fn metrics(&self) -> String {
        (self.settings.metrics)()
    }

    fn backend(&self, path: &str) -> Option<&Arc<Backend>> {
        self.backends.iter().find(|backend| backend.owns(path))
    }

    pub(crate) async fn answer(&self, mut request: Request<Body>) -> Response<Body> {
        head_first::forget(request.headers_mut());
        politely(request, |request| self.route(request)).await
    }

    async fn route(&self, request: Request<Body>) -> Response<Body> {
        let path = request.uri().path();
        if let Some(backend) = self.backend(path)
            && lets_in(path)
        {
            return backend.answer(request).await;
        }
        if own::has(path) {
            return own::answer(self, request).await;
        }
        tracing::debug!(path, "no route");
        let asked_for = forwarded::asked_for(request.headers(), path);
        Problem::not_found().answer(&asked_for, Language::of(request.headers()))
    }
}

impl Endpoint for Gateway {
    fn handle(&self, request: Request<Body>) -> Answering<'_> {
        Box::pin(self.answer(request))
    }
}

/// What every answer of a door has: a request id, and what pages from elsewhere need.
pub(crate) async fn politely<F: Future<Output = Response<Body>>>(
    mut request: Request<Body>,
    answer: impl FnOnce(Request<Body>) -> F,
) -> Response<Body> {
    let id = request_id(&mut request);
    let origin = cors::foreign_origin(request.uri(), request.headers());
    if let Some(origin) = &origin
        && let Some(response) = cors::preflight(&request, origin)
    {
        return response;
    }
    let mut response = answer(request).await;
    let headers = response.headers_mut();
    if let Some(origin) = origin {
        cors::allow(headers, origin);
    }
    headers.entry(REQUEST_ID).or_insert(id);
    response
}

/// Who is connected; nobody when the request was made in this process.
pub(crate) fn peer_of(request: &Request<Body>) -> Option<IpAddr> {
    request.extensions().get::<SocketAddr>().map(SocketAddr::ip)
}

/// The client's own name for the request, or a new one, so that logs on both sides can be told.
fn request_id(request: &mut Request<Body>) -> HeaderValue {
    let made = || {
        // Hexadecimal digits are always a header's value.
        HeaderValue::try_from(trail::request_id()).unwrap_or(HeaderValue::from_static("0"))
    };
    request
        .headers_mut()
        .entry(REQUEST_ID)
        .or_insert_with(made)
        .clone()
}

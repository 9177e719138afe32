//! Whoever delivers what we hand over: answers as it is told to, and remembers what came.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use http::{HeaderMap, Request, Response, StatusCode};
use http_api::{Answering, Body, Endpoint, Limits, serve};
use serde_json::Value;
use tokio::net::TcpListener;

/// What it does with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Does {
    Answer(u16),
    /// Reads it, and says nothing.
    Hang,
}

pub(crate) struct Got {
    pub(crate) what: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
    pub(crate) did: Does,
}

impl Got {
    pub(crate) fn key(&self) -> String {
        self.headers["idempotency-key"].to_str().unwrap().to_owned()
    }
}

pub(crate) struct Provider {
    next: Box<dyn Fn() -> Does + Send + Sync>,
    got: Mutex<Vec<Got>>,
}

impl Provider {
    /// Does as `next` says, for each request.
    pub(crate) fn new(next: impl Fn() -> Does + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self {
            next: Box::new(next),
            got: Mutex::default(),
        })
    }

    pub(crate) fn always(does: Does) -> Arc<Self> {
        Self::new(move || does)
    }

    /// On a port of its own, for as long as the test lasts.
    pub(crate) async fn serve(self: &Arc<Self>) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let endpoint: Arc<dyn Endpoint> = Arc::clone(self) as _;
        let forever = std::future::pending();
        tokio::spawn(serve(listener, endpoint, Limits::default(), forever));
        address
    }

    pub(crate) fn look<T>(&self, look: impl FnOnce(&[Got]) -> T) -> T {
        look(&self.got.lock().unwrap())
    }

    pub(crate) fn requests(&self) -> usize {
        self.look(<[Got]>::len)
    }
}

impl Endpoint for Provider {
    fn handle(&self, request: Request<Body>) -> Answering<'_> {
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let bytes = body.whole(100_000).await.unwrap();
            let did = (self.next)();
            self.got.lock().unwrap().push(Got {
                what: format!("{} {}", parts.method, parts.uri),
                headers: parts.headers,
                body: serde_json::from_slice(&bytes).unwrap(),
                did,
            });
            let Does::Answer(status) = did else {
                return std::future::pending().await;
            };
            let mut response = Response::new(Body::full("no such\nrope \u{7}"));
            *response.status_mut() = StatusCode::from_u16(status).unwrap();
            response
        })
    }
}

//! Where requests come in, also while a store is waited for and nobody is there yet to answer them.

use std::sync::{Arc, OnceLock};

use http::header::CONTENT_TYPE;
use http::{HeaderValue, Request, Response, StatusCode};
use http_api::forwarded::TrustedProxies;
use http_api::{Answering, Body, Edge, Endpoint, LEAVING, Language, Leaving, Limits, Problem};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;

/// In seconds: as long as stores are waited for between two attempts at most.
const RETRY_AFTER: u32 = 5;

/// The doors of this process. Who knocks waits, until they [open](Entrance::opens).
#[derive(Clone, Debug, Default)]
pub struct Entrance {
    open: watch::Sender<bool>,
    trusted: TrustedProxies,
}

impl Entrance {
    /// Of a process that has these proxies before it.
    pub fn behind(trusted: TrustedProxies) -> Self {
        Self {
            trusted,
            ..Self::default()
        }
    }

    /// Requests are answered from now on: by whom a [`Door`] leads to, and before that by the door
    /// itself, which says that nothing is taken yet.
    pub fn opens(&self) {
        self.open.send_replace(true);
    }

    /// Another door.
    pub fn door(&self) -> Arc<Door> {
        Arc::new(Door {
            open: self.open.subscribe(),
            trusted: self.trusted.clone(),
            behind: OnceLock::new(),
        })
    }
}

/// A door, for one port or several.
pub struct Door {
    open: watch::Receiver<bool>,
    trusted: TrustedProxies,
    behind: OnceLock<Arc<Edge>>,
}

impl Door {
    /// From now on this is who answers, for good.
    pub fn leads_to(&self, endpoint: Arc<dyn Endpoint>) {
        // Whoever is there already stays.
        let _ = self.behind.set(Edge::new(self.trusted.clone(), endpoint));
    }

    /// Serves, once it is open, until `stop` is done; says how many connections were cut off.
    pub async fn serve(
        self: Arc<Self>,
        listener: TcpListener,
        limits: Limits,
        stop: impl Future<Output = ()>,
    ) -> usize {
        let mut open = self.open.clone();
        // Nobody left who could open it is the end of the process.
        let _ = open.wait_for(|open| *open).await;
        http_api::serve(listener, self, limits, stop).await
    }
}

impl Endpoint for Door {
    fn handle(&self, request: Request<Body>) -> Answering<'_> {
        match self.behind.get() {
            Some(endpoint) => endpoint.handle(request),
            None => Box::pin(async move { not_yet(&request) }),
        }
    }
}

/// It lives, and is not ready; whoever balances goes elsewhere.
fn not_yet(request: &Request<Body>) -> Response<Body> {
    let path = request.uri().path();
    let mut response = match path.split_once("/actuator/health") {
        Some((_, "/liveness")) => said(StatusCode::OK, &json!({"status": "UP"})),
        Some((_, "/readiness")) => {
            said(StatusCode::SERVICE_UNAVAILABLE, &json!({"status": "DOWN"}))
        }
        Some((_, "")) => said(
            StatusCode::SERVICE_UNAVAILABLE,
            &json!({
                "status": "DOWN",
                "components": {
                    "store": {"status": "DOWN"},
                    "livenessState": {"status": "UP"},
                    "readinessState": {"status": "DOWN"},
                },
                "groups": ["liveness", "readiness"],
            }),
        ),
        _ => nothing_done().answer(path, Language::of(request.headers())),
    };
    let headers = response.headers_mut();
    headers.insert(LEAVING, Leaving::NotTaken.value());
    response
}

fn said(status: StatusCode, body: &Value) -> Response<Body> {
    let mut response = Response::new(Body::full(body.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn nothing_done() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "store-unavailable",
        "We are starting, and wait for our records. Nothing was changed. Please try again shortly.",
    )
    .ko("시작하는 중이며 기록 저장소를 기다리고 있습니다. 아무것도 바뀌지 않았습니다. 잠시 후 다시 시도해 주세요.")
    .retry_after(RETRY_AFTER)
    .not_done()
}

#[cfg(test)]
mod tests;

//! What the tests play on.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use gateway::{Backend, Gateway, Remote, Settings, Upstream};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_api::forwarded::TrustedProxies;
use http_api::{Answering, Body, Edge, Endpoint, Limits, serve};
use serde_json::Value;
use tokio::net::TcpListener;

type Play = Box<dyn Fn(Request<Body>) -> Response<Body> + Send + Sync>;

/// A context that answers as it is told.
pub(crate) struct Toy(Play);

impl Endpoint for Toy {
    fn handle(&self, request: Request<Body>) -> Answering<'_> {
        let response = (self.0)(request);
        Box::pin(async move { response })
    }
}

pub(crate) fn toy(
    play: impl Fn(Request<Body>) -> Response<Body> + Send + Sync + 'static,
) -> Arc<dyn Endpoint> {
    Arc::new(Toy(Box::new(play)))
}

/// A context that repeats what it was asked: method, path with query, headers.
pub(crate) fn echo(name: &'static str) -> Arc<dyn Endpoint> {
    toy(move |request| {
        let headers: serde_json::Map<String, Value> = request
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().into()))
            .collect();
        let said = serde_json::json!({
            "context": name,
            "method": request.method().as_str(),
            "target": request.uri().path_and_query().unwrap().as_str(),
            "headers": headers,
        });
        Response::new(Body::full(said.to_string()))
    })
}

pub(crate) fn backend(context: &str, collections: &[&str], upstream: Upstream) -> Backend {
    Backend {
        context: context.to_owned(),
        collections: collections.iter().map(|&name| name.to_owned()).collect(),
        upstream,
    }
}

pub(crate) fn door(backends: Vec<Backend>) -> Gateway {
    door_of("teahouse", "# EOF\n", backends)
}

pub(crate) fn door_of(system: &str, metrics: &'static str, backends: Vec<Backend>) -> Gateway {
    let settings = Settings {
        system: system.to_owned(),
        version: "1.2.3",
        metrics: Arc::new(|| metrics.to_owned()),
    };
    Gateway::new(settings, backends)
}

/// A door with two contexts behind it, in process.
pub(crate) fn teahouse() -> Gateway {
    door(vec![
        backend("kitchen", &["kettles"], Upstream::Here(echo("kitchen"))),
        backend("table", &["cups", "kettles"], Upstream::Here(echo("table"))),
    ])
}

/// As it is served.
pub(crate) fn edge(behind: impl Endpoint + 'static) -> Arc<Edge> {
    Edge::new(TrustedProxies::default(), Arc::new(behind))
}

/// Serves until the test's runtime ends.
pub(crate) async fn listen(endpoint: Arc<dyn Endpoint>) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(
        listener,
        endpoint,
        Limits::default(),
        std::future::pending(),
    ));
    address
}

pub(crate) fn remote(address: SocketAddr, deadline: Duration) -> Upstream {
    let remote = Remote::new(&format!("http://{address}"), deadline).unwrap();
    Upstream::There(Arc::new(remote))
}

/// Longer than anything here takes, so that only a fault meets it.
pub(crate) const LONG: Duration = Duration::from_secs(20);

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

pub(crate) fn request(method: Method, path: &str, headers: &[(&str, &str)]) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    request = request.header("host", "shop.example:8088");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Body::Empty).unwrap()
}

pub(crate) async fn send(door: &dyn Endpoint, request: Request<Body>) -> Answer {
    let response = door.handle(request).await;
    let (parts, body) = response.into_parts();
    Answer {
        status: parts.status,
        headers: parts.headers,
        body: body.whole(1 << 20).await.unwrap().to_vec(),
    }
}

pub(crate) async fn get(door: &dyn Endpoint, path: &str) -> Answer {
    send(door, request(Method::GET, path, &[])).await
}

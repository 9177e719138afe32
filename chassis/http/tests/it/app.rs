//! A kitchen to send requests to: in process, or over TCP.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, Method, Request, StatusCode};
use http_api::{ApiSettings, Body, ContextApi, Endpoint, Limits, serve};
use runtime::{Outgoing, Recalled, Running, Settings};
use serde_json::Value;
use storm::Answer;
use storm::store::Opened;
use testkit::memory_store::MemoryStore;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::kettles;

pub(crate) type Headers<'a> = &'a [(&'a str, &'a str)];

pub(crate) const JSON: (&str, &str) = ("content-type", "application/json");
pub(crate) const ANY: (&str, &str) = ("accept", "*/*");

/// Nobody to ask.
struct Nobody;

impl Outgoing for Nobody {
    fn ask(
        &self,
        _: runtime::Asking,
    ) -> std::pin::Pin<Box<dyn Future<Output = Answer> + Send + '_>> {
        Box::pin(std::future::ready(Answer::Silence(storm::Silence::NotDone)))
    }
}

pub(crate) struct App {
    pub(crate) api: Arc<ContextApi>,
    pub(crate) store: MemoryStore,
}

pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text)
            .unwrap_or_else(|error| panic!("{error}: {} {:?}", self.status, self.text))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

impl App {
    pub(crate) fn new() -> Self {
        Self::with(ApiSettings::default())
    }

    pub(crate) fn with(settings: ApiSettings) -> Self {
        Self::on(MemoryStore::new(), settings)
    }

    /// On a store that is not new.
    pub(crate) fn on(store: MemoryStore, settings: ApiSettings) -> Self {
        let opened = store.open();
        Self::opened(store, opened, settings)
    }

    /// On a store that has been opened in its own way.
    pub(crate) fn opened(store: MemoryStore, opened: Opened, settings: ApiSettings) -> Self {
        let outgoing: Arc<dyn Outgoing> = match &settings.caller {
            Some(caller) => Arc::clone(caller) as _,
            None => Arc::new(Nobody),
        };
        let running = Running::start(
            kettles::context(),
            Recalled::read(opened).unwrap(),
            Settings::default(),
            outgoing,
        )
        .unwrap();
        running.listen_to(running.log());
        Self {
            api: ContextApi::new(running, settings),
            store,
        }
    }

    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: Headers<'_>,
        body: impl Into<bytes::Bytes>,
    ) -> Reply {
        send(self.api.as_ref(), method, path, headers, body).await
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send("GET", path, &[("host", "shop"), ANY], "").await
    }

    pub(crate) async fn post(&self, path: &str, body: &str) -> Reply {
        let headers = [("host", "shop"), ANY, JSON];
        self.send("POST", path, &headers, body.to_owned()).await
    }

    /// Buys one, and says its address.
    pub(crate) async fn buy(&self, name: &str, litres: i64) -> String {
        let body = format!(r#"{{"name":"{name}","litres":{litres}}}"#);
        let reply = self.post("/kettles", &body).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
        let location = reply.header("location").unwrap();
        location.strip_prefix("http://shop").unwrap().to_owned()
    }

    /// Waits until a read shows what is expected of it; events need a moment.
    pub(crate) async fn eventually(&self, path: &str, shows: impl Fn(&Reply) -> bool) -> Reply {
        let waiting = async {
            loop {
                let reply = self.get(path).await;
                if shows(&reply) {
                    return reply;
                }
                tokio::task::yield_now().await;
            }
        };
        let Ok(reply) = tokio::time::timeout(Duration::from_secs(10), waiting).await else {
            panic!("{path} shows {}", self.get(path).await.text)
        };
        reply
    }
}

pub(crate) async fn send(
    endpoint: &dyn Endpoint,
    method: &str,
    path: &str,
    headers: Headers<'_>,
    body: impl Into<bytes::Bytes>,
) -> Reply {
    let mut request = Request::builder()
        .method(Method::from_bytes(method.as_bytes()).unwrap())
        .uri(path);
    for (name, value) in headers {
        let value = http::HeaderValue::from_bytes(value.as_bytes()).unwrap();
        request = request.header(*name, value);
    }
    let request = request.body(Body::full(body)).unwrap();
    let (parts, body) = endpoint.handle(request).await.into_parts();
    let bytes = body.whole(100_000_000).await.unwrap();
    Reply {
        status: parts.status,
        headers: parts.headers,
        text: String::from_utf8(bytes.to_vec()).unwrap(),
    }
}

/// An endpoint on a port of its own.
pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    done: tokio::task::JoinHandle<usize>,
}

impl Served {
    pub(crate) async fn start(endpoint: Arc<dyn Endpoint>, limits: Limits) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let done = tokio::spawn(serve(listener, endpoint, limits, async {
            let _ = stopped.await;
        }));
        Self {
            address,
            stop: Some(stop),
            done,
        }
    }

    pub(crate) fn stop(&mut self) {
        drop(self.stop.take());
    }

    /// How many connections had to be cut off.
    pub(crate) async fn ended(self) -> usize {
        tokio::time::timeout(Duration::from_secs(10), self.done)
            .await
            .expect("the server stops in time")
            .unwrap()
    }
}

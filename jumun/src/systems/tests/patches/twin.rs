//! A context at work on a store in memory, with whoever it asks saying yes.

use std::sync::Arc;

use ::http::{Request, StatusCode};
use http_api::{ApiSettings, Body, ContextApi, Endpoint};
use runtime::{Asking, Outgoing, Recalled, Running, Settings};
use serde_json::{Map, Value};
use storm::store::Changes;
use storm::{Answer, System};
use testkit::memory_store::MemoryStore;

/// Whoever is asked says yes.
struct Yes;

impl Outgoing for Yes {
    fn ask(&self, _: Asking) -> std::pin::Pin<Box<dyn Future<Output = Answer> + Send + '_>> {
        Box::pin(std::future::ready(Answer::Yes(Value::Null)))
    }
}

/// One context at work.
pub(super) struct Twin {
    pub(super) running: Arc<Running>,
    api: Arc<ContextApi>,
    store: MemoryStore,
}

/// An answer, without what is different each time.
#[derive(Debug, PartialEq)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) etag: Option<String>,
    pub(super) is_replayed: bool,
    pub(super) body: Value,
}

impl Twin {
    pub(super) fn start(system: fn() -> System, context: &str, kept: &Changes) -> Self {
        let store = MemoryStore::new();
        store.open().writer.commit(kept).unwrap();
        let mut contexts = system().into_contexts().into_iter();
        let context = contexts.find(|known| known.name() == context).unwrap();
        let recalled = Recalled::read(store.open()).unwrap();
        let running = Running::start(context, recalled, Settings::default(), Arc::new(Yes));
        let running = running.unwrap();
        Self {
            api: ContextApi::new(Arc::clone(&running), ApiSettings::default()),
            running,
            store,
        }
    }

    pub(super) async fn send(
        &self,
        method: &str,
        path: &str,
        kind: &str,
        key: &str,
        body: &Value,
    ) -> Reply {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("accept", "*/*")
            .header("content-type", kind)
            .header("idempotency-key", key)
            .body(Body::full(body.to_string()))
            .unwrap();
        let (parts, body) = self.api.handle(request).await.into_parts();
        let bytes = body.whole(1_000_000).await.unwrap();
        let mut body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        if let Some(problem) = body.as_object_mut().filter(|b| b.contains_key("timestamp")) {
            problem.remove("timestamp");
        }
        let header = |name: &str| parts.headers.get(name).and_then(|v| v.to_str().ok());
        Reply {
            status: parts.status,
            etag: header("etag").map(str::to_owned),
            is_replayed: header("idempotent-replayed").is_some(),
            body,
        }
    }

    pub(super) async fn merge(&self, path: &str, key: &str, body: &Value) -> Reply {
        let kind = "application/merge-patch+json";
        self.send("PATCH", path, kind, key, body).await
    }

    pub(super) async fn patch(&self, path: &str, key: &str, body: &Value) -> Reply {
        let kind = "application/json-patch+json";
        self.send("PATCH", path, kind, key, body).await
    }

    /// The item's members, without its links.
    pub(super) async fn shown(&self, path: &str) -> Map<String, Value> {
        let reply = self.send("GET", path, "", "k", &Value::Null).await;
        match reply.body {
            Value::Object(mut shown) if reply.status == StatusCode::OK => {
                shown.remove("_links");
                shown
            }
            _ => Map::new(),
        }
    }

    /// What was told, as the log has it.
    pub(super) fn told(&self) -> Vec<(String, String)> {
        let events = self.store.open().reader.events_after(0, 1_000).unwrap();
        let told = events.into_iter();
        told.map(|stored| (stored.event.event_type, stored.event.data))
            .collect()
    }
}

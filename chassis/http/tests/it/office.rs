//! Someone who is asked, and someone who asks.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use http::{HeaderMap, Request, Response, StatusCode};
use http_api::{Answering, Body, Caller, CallerSettings, Endpoint, InProcess, OverHttp, Transport};
use runtime::{Asking, Trail};
use serde_json::{Value, json};
use storm::Method;
use tokio::sync::Notify;

/// Answers as it is told to, and remembers what it was asked.
pub(crate) struct Office {
    status: StatusCode,
    body: &'static str,
    /// Waited for before each answer, if there is one.
    pub(crate) gate: Option<Notify>,
    asked: AtomicUsize,
    pub(crate) last: Mutex<(String, HeaderMap, Value)>,
}

impl Office {
    pub(crate) fn answering(status: u16, body: &'static str) -> Arc<Self> {
        Arc::new(Self {
            status: StatusCode::from_u16(status).unwrap(),
            body,
            gate: None,
            asked: AtomicUsize::new(0),
            last: Mutex::default(),
        })
    }

    pub(crate) fn never() -> Arc<Self> {
        let office = Self {
            gate: Some(Notify::new()),
            ..Arc::into_inner(Self::answering(200, "{}")).unwrap()
        };
        Arc::new(office)
    }

    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Endpoint for Office {
    fn handle(&self, request: Request<Body>) -> Answering<'_> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let bytes = body.whole(10_000).await.unwrap();
            let what = format!("{} {}", parts.method, parts.uri.path());
            let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
            *self.last.lock().unwrap() = (what, parts.headers, body);
            if let Some(gate) = &self.gate {
                gate.notified().await;
            }
            let mut response = Response::new(Body::full(self.body));
            *response.status_mut() = self.status;
            response
        })
    }
}

pub(crate) fn in_process(office: &Arc<Office>) -> Arc<dyn Transport> {
    let transport = InProcess::new();
    transport.add("permits", &(Arc::clone(office) as Arc<dyn Endpoint>));
    Arc::new(transport)
}

pub(crate) fn over_http(address: impl std::fmt::Display) -> Arc<dyn Transport> {
    Arc::new(OverHttp::new([("permits", format!("http://{address}"))]).unwrap())
}

pub(crate) fn caller(transport: Arc<dyn Transport>) -> Arc<Caller> {
    Caller::new("kitchen", transport, CallerSettings::default())
}

pub(crate) fn question() -> Asking {
    Asking {
        from: "kitchen",
        to: "permits",
        name: "ask_for_a_permit",
        method: Method::Post,
        path: "/permits".to_owned(),
        body: json!({"name": "blue"}),
        wants_answer: true,
        trail: Trail {
            correlation: Some("story-1".to_owned()),
            causation: "r-1".to_owned(),
            trace: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned(),
        },
    }
}

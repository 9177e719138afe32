//! How the contexts are, taken together.

use http::{Method, Request, Response, StatusCode, Uri};
use http_api::Body;
use serde_json::{Map, Value, json};

use super::{ACTUATOR, OPERATORS, ask_all, page, read};
use crate::{Backend, Gateway};

/// `group` is empty, `/liveness` or `/readiness`.
pub(super) async fn answer(gateway: &Gateway, group: &'static str) -> Response<Body> {
    let reports = ask_all(
        gateway,
        |backend| async move { report(&backend, group).await },
    )
    .await;
    let mut worst = Status::Up;
    let mut components = Map::new();
    for ((status, report), backend) in reports.into_iter().zip(&gateway.backends) {
        worst = worst.max(status);
        components.insert(backend.context.clone(), report);
    }
    if gateway.is_stopping() && group != "/liveness" {
        worst = worst.max(Status::OutOfService);
    }
    let mut response = page(
        ACTUATOR,
        &json!({ "status": worst.as_str(), "components": components }),
    );
    if worst != Status::Up {
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    }
    response
}

/// From good to bad.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Status {
    Up,
    OutOfService,
    Down,
}

impl Status {
    fn as_str(self) -> &'static str {
        match self {
            Self::Up => "UP",
            Self::OutOfService => "OUT_OF_SERVICE",
            Self::Down => "DOWN",
        }
    }
}

async fn report(backend: &Backend, group: &str) -> (Status, Value) {
    let mut request = Request::new(Body::Empty);
    *request.method_mut() = Method::GET;
    let Ok(uri) = format!("/{OPERATORS}/health{group}").parse::<Uri>() else {
        return down("no such page");
    };
    *request.uri_mut() = uri;
    let (status, report) = match read(backend, request).await {
        Ok(read) => read,
        Err(reason) => return down(reason),
    };
    match report.get("status").and_then(Value::as_str) {
        Some("UP") if status.is_success() => (Status::Up, report),
        Some("OUT_OF_SERVICE") => (Status::OutOfService, report),
        Some("DOWN") => (Status::Down, report),
        _ => down(status.as_str()),
    }
}

fn down(reason: &str) -> (Status, Value) {
    let report = json!({ "status": Status::Down.as_str(), "details": { "error": reason } });
    (Status::Down, report)
}

//! How the contexts are, taken together.

use std::sync::Arc;

use http::{Method, Request, Response, StatusCode, Uri};
use http_api::Body;
use serde_json::{Map, Value, json};

use super::{OPERATORS, ask_all, read};
use crate::pages::{self, ACTUATOR};
use crate::remote::UNREACHABLE;
use crate::single_flight::SingleFlight;
use crate::{Backend, Gateway, Upstream};

/// How a system is.
pub(crate) struct Health {
    /// As the worst of its contexts.
    pub(crate) status: Status,
    /// How each context is, in the order of the story.
    pub(crate) contexts: Arc<Vec<Report>>,
}

/// How a context is.
pub(crate) struct Report {
    pub(crate) context: String,
    pub(crate) status: Status,
    /// What it tells of itself, or why it does not.
    pub(crate) told: Value,
}

/// A look at the contexts that is shared by all who wait for it, for each group of health.
#[derive(Default)]
pub(crate) struct Looks {
    all: SingleFlight<Vec<Report>>,
    liveness: SingleFlight<Vec<Report>>,
    readiness: SingleFlight<Vec<Report>>,
}

/// Which part of health is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    All,
    Liveness,
    Readiness,
}

impl Group {
    fn path(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Liveness => "/liveness",
            Self::Readiness => "/readiness",
        }
    }
}

/// Liveness and readiness are of this process and decide whether it is killed, or sent nothing: that a
/// context in another one is away is no reason for either.
pub(crate) async fn of(gateway: &Gateway, group: Group) -> Health {
    let look = match group {
        Group::All => &gateway.looks.all,
        Group::Liveness => &gateway.looks.liveness,
        Group::Readiness => &gateway.looks.readiness,
    };
    let contexts = look.join(reports(gateway, group)).await;
    let mut status = Status::worst(contexts.iter().map(|report| report.status));
    if gateway.is_stopping() && group != Group::Liveness {
        status = status.max(Status::OutOfService);
    }
    Health { status, contexts }
}

async fn reports(gateway: &Gateway, group: Group) -> Vec<Report> {
    let asked = ask_all(gateway, |backend| async move {
        match &backend.upstream {
            Upstream::There(_) if group != Group::All => None,
            _ => Some(report(&backend, group.path()).await),
        }
    });
    asked
        .await
        .into_iter()
        .filter_map(|(answer, backend)| {
            let (status, told) = answer.unwrap_or_else(|| Some(down("it broke off")))?;
            Some(Report {
                context: backend.context.clone(),
                status,
                told,
            })
        })
        .collect()
}

pub(super) async fn answer(gateway: &Gateway, group: Group) -> Response<Body> {
    let health = of(gateway, group).await;
    page(health.status, &health.json())
}

/// What monitors ask for: the status in the body and in the code.
pub(crate) fn page(status: Status, page: &Value) -> Response<Body> {
    let mut response = pages::json(ACTUATOR, page);
    if status != Status::Up {
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    }
    response
}

impl Health {
    /// When not even the door could say.
    pub(crate) fn unknown() -> Self {
        Self {
            status: Status::Down,
            contexts: Arc::default(),
        }
    }

    /// As the originals wrote it (`wire.md` §8), with the contexts as components.
    pub(crate) fn json(&self) -> Value {
        let reports = self.contexts.iter();
        let components: Map<String, Value> = reports
            .map(|report| (report.context.clone(), report.told.clone()))
            .collect();
        json!({ "status": self.status.as_str(), "components": components })
    }
}

/// From good to bad.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Status {
    Up,
    OutOfService,
    Down,
}

impl Status {
    /// All is well where nobody is.
    pub(crate) fn worst(all: impl Iterator<Item = Self>) -> Self {
        all.max().unwrap_or(Self::Up)
    }

    pub(crate) fn as_str(self) -> &'static str {
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
        _ if report.get("code").and_then(Value::as_str) == Some(UNREACHABLE) => {
            down("it cannot be reached")
        }
        _ => down(&format!("it answered {status}")),
    }
}

fn down(reason: &str) -> (Status, Value) {
    let report = json!({ "status": Status::Down.as_str(), "details": { "error": reason } });
    (Status::Down, report)
}

//! What the gateway answers by itself: the root, and the operators' pages.

pub(crate) mod health;
mod links;

use std::sync::Arc;
use std::time::Duration;

use http::uri::PathAndQuery;
use http::{Method, Request, Response, StatusCode, Uri};
use http_api::{Body, Language, Problem};
use serde_json::{Value, json};

use crate::pages::{self, ACTUATOR, HAL, OPEN_METRICS};
use crate::route::first_part;
use crate::together::together;
use crate::{Backend, Gateway, forwarded};
use health::Group;

/// The first part of the operators' paths.
pub(crate) const OPERATORS: &str = "actuator";

/// Whether a path is one of the gateway's own.
pub(crate) fn has(path: &str) -> bool {
    matches!(path, "/" | "/profile" | "/profile/") || first_part(path) == OPERATORS
}

/// A context that does not tell about itself within this is left out, or is down.
const PATIENCE: Duration = Duration::from_secs(2);
/// What a context tells about itself is a page at most.
const LARGEST: usize = 64 * 1024;

pub(crate) async fn answer(gateway: &Gateway, request: Request<Body>) -> Response<Body> {
    let path = request.uri().path().to_owned();
    if let Some(rest) = path.strip_prefix("/actuator/contexts/") {
        return of_context(gateway, rest, &path, request).await;
    }
    // The body of a read is nobody's.
    let (request, _) = request.into_parts();
    let refused = |problem: Problem| {
        let asked_for = forwarded::asked_for(&request.headers, &path);
        problem.answer(&asked_for, Language::of(&request.headers))
    };
    if let Err(problem) = pages::reads(&request.method) {
        return refused(problem);
    }
    let response = match path.as_str() {
        "/" => pages::json(HAL, &links::of_all(gateway, &request, "/").await),
        "/profile" | "/profile/" => {
            pages::json(HAL, &links::of_all(gateway, &request, "/profile").await)
        }
        "/actuator/health" => health::answer(gateway, Group::All).await,
        "/actuator/health/liveness" => health::answer(gateway, Group::Liveness).await,
        "/actuator/health/readiness" => health::answer(gateway, Group::Readiness).await,
        "/actuator/info" => pages::json(ACTUATOR, &info(gateway)),
        "/actuator/prometheus" => pages::text(OPEN_METRICS, gateway.metrics()),
        _ => refused(Problem::not_found()),
    };
    match request.method {
        Method::HEAD => pages::without_body(response),
        _ => response,
    }
}

/// `/actuator/contexts/order/…` is `/actuator/…` of the context `order`.
async fn of_context(
    gateway: &Gateway,
    rest: &str,
    path: &str,
    mut request: Request<Body>,
) -> Response<Body> {
    let (name, rest) = rest.split_once('/').unwrap_or((rest, ""));
    let backend: Option<&Arc<Backend>> = gateway.backends.iter().find(|b| b.context == name);
    let query = request
        .uri()
        .query()
        .map_or(String::new(), |query| format!("?{query}"));
    let there = format!("/{OPERATORS}/{rest}{query}").parse::<PathAndQuery>();
    let (Some(backend), Ok(there)) = (backend, there) else {
        let asked_for = forwarded::asked_for(request.headers(), path);
        return Problem::not_found().answer(&asked_for, Language::of(request.headers()));
    };
    *request.uri_mut() = Uri::from(there);
    forwarded::add_prefix(
        request.headers_mut(),
        &format!("/{OPERATORS}/contexts/{name}"),
    );
    backend.answer(request).await
}

fn info(gateway: &Gateway) -> Value {
    json!({
        "app": { "name": gateway.settings.system, "version": gateway.settings.version },
        "contexts": gateway.contexts(),
    })
}

/// Asks all contexts at once; answers in the order of the story, each with its context.
async fn ask_all<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
    gateway: &Gateway,
    ask: impl Fn(Arc<Backend>) -> F,
) -> Vec<(Option<T>, &Backend)> {
    let questions = gateway
        .backends
        .iter()
        .map(|backend| ask(Arc::clone(backend)));
    let answers = together(questions).await.into_iter();
    answers
        .zip(gateway.backends.iter().map(AsRef::as_ref))
        .collect()
}

/// A context's answer to a read, when there is one in time that is JSON and not too long.
async fn read(
    backend: &Backend,
    request: Request<Body>,
) -> Result<(StatusCode, Value), &'static str> {
    let answer = tokio::time::timeout(PATIENCE, async {
        let response = backend.answer(request).await;
        let status = response.status();
        (status, response.into_body().whole(LARGEST).await)
    });
    match answer.await {
        Ok((status, Ok(body))) => {
            Ok((status, serde_json::from_slice(&body).unwrap_or(Value::Null)))
        }
        Ok((_, Err(_))) => Err("its answer breaks off"),
        Err(_) => Err("no answer in time"),
    }
}

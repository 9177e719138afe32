//! What the gateway answers by itself: the root, and the operators' pages.

mod health;
mod links;

use std::sync::Arc;
use std::time::Duration;

use http::header::CONTENT_TYPE;
use http::uri::PathAndQuery;
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri};
use http_api::{Body, Language, Problem};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::route::first_part;
use crate::{Backend, Gateway, forwarded};

/// The first part of the operators' paths.
pub(crate) const OPERATORS: &str = "actuator";

/// What the originals' `/actuator` pages are (`wire.md` §8).
const ACTUATOR: HeaderValue =
    HeaderValue::from_static("application/vnd.spring-boot.actuator.v2+json;charset=UTF-8");
const HAL: HeaderValue = HeaderValue::from_static("application/hal+json;charset=UTF-8");
/// <https://prometheus.io/docs/specs/om/open_metrics_spec/>
const OPEN_METRICS: HeaderValue = HeaderValue::from_static(http_api::METRICS_TYPE);

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
    let language = Language::of(&request.headers);
    if !matches!(request.method, Method::GET | Method::HEAD) {
        return Problem::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method-not-allowed",
            "This address can only be read.",
        )
        .allow(HeaderValue::from_static("GET, HEAD"))
        .answer(&path, language);
    }
    match path.as_str() {
        "/" => page(HAL, &links::of_all(gateway, &request, "/").await),
        "/profile" | "/profile/" => page(HAL, &links::of_all(gateway, &request, "/profile").await),
        "/actuator/health" => health::answer(gateway, "").await,
        "/actuator/health/liveness" => health::answer(gateway, "/liveness").await,
        "/actuator/health/readiness" => health::answer(gateway, "/readiness").await,
        "/actuator/info" => page(ACTUATOR, &info(gateway)),
        "/actuator/prometheus" => text(OPEN_METRICS, (gateway.settings.metrics)()),
        _ => Problem::not_found().answer(&path, language),
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
        return Problem::not_found().answer(path, Language::of(request.headers()));
    };
    *request.uri_mut() = Uri::from(there);
    forwarded::add_prefix(
        request.headers_mut(),
        &format!("/{OPERATORS}/contexts/{name}"),
    );
    backend.answer(request).await
}

fn info(gateway: &Gateway) -> Value {
    let contexts: Vec<&str> = gateway
        .backends
        .iter()
        .map(|b| b.context.as_str())
        .collect();
    json!({
        "app": { "name": gateway.settings.system, "version": gateway.settings.version },
        "contexts": contexts,
    })
}

/// Asks all contexts at once; answers in the order of the story.
async fn ask_all<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
    gateway: &Gateway,
    ask: impl Fn(Arc<Backend>) -> F,
) -> Vec<T> {
    let mut asked = JoinSet::new();
    for (number, backend) in gateway.backends.iter().enumerate() {
        let answer = ask(Arc::clone(backend));
        asked.spawn(async move { (number, answer.await) });
    }
    let mut answers = asked.join_all().await;
    answers.sort_by_key(|(number, _)| *number);
    answers.into_iter().map(|(_, answer)| answer).collect()
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

fn page(content_type: HeaderValue, page: &Value) -> Response<Body> {
    text(content_type, page.to_string())
}

fn text(content_type: HeaderValue, text: String) -> Response<Body> {
    let mut response = Response::new(Body::full(text));
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

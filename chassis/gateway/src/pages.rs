//! What doors answer with by themselves.

use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderValue, Method, Response, StatusCode};
use http_api::{Body, Problem};
use serde_json::Value;

/// What the originals' `/actuator` pages are (`wire.md` §8).
pub(crate) const ACTUATOR: HeaderValue =
    HeaderValue::from_static("application/vnd.spring-boot.actuator.v2+json;charset=UTF-8");
pub(crate) const HAL: HeaderValue = HeaderValue::from_static("application/hal+json;charset=UTF-8");
pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json;charset=UTF-8");
pub(crate) const HTML: HeaderValue = HeaderValue::from_static("text/html;charset=UTF-8");
/// <https://prometheus.io/docs/specs/om/open_metrics_spec/>
pub(crate) const OPEN_METRICS: HeaderValue = HeaderValue::from_static(http_api::METRICS_TYPE);

/// Whether a method reads.
///
/// # Errors
/// 405 for one that does not.
pub(crate) fn reads(method: &Method) -> Result<(), Problem> {
    if matches!(*method, Method::GET | Method::HEAD) {
        return Ok(());
    }
    let problem = Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method-not-allowed",
        "This address can only be read.",
    )
    .ko("이 주소는 읽기만 할 수 있습니다.");
    Err(problem.allow(HeaderValue::from_static("GET, HEAD")))
}

pub(crate) fn json(content_type: HeaderValue, page: &Value) -> Response<Body> {
    text(content_type, page.to_string())
}

pub(crate) fn text(content_type: HeaderValue, text: String) -> Response<Body> {
    let mut response = Response::new(Body::full(text));
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

/// The answer to a `HEAD`: how long the body would be, and no body (RFC 9110 §9.3.2).
pub(crate) fn without_body(mut response: Response<Body>) -> Response<Body> {
    if let Body::Full(bytes) = std::mem::take(response.body_mut()) {
        let length = HeaderValue::from(bytes.len());
        response.headers_mut().insert(CONTENT_LENGTH, length);
    }
    response
}

//! Requests of pages from elsewhere, as the originals allowed them: `*` with credentials
//! (`wire.md` §7; <https://fetch.spec.whatwg.org/#http-cors-protocol>).
//!
//! Every page may ask, in its visitor's name. That is the originals' behaviour, kept for their
//! pages; nothing here is allowed by cookies or by address, so a page gains nothing by it.

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD,
    HOST, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, Method, Request, Response};
use http_api::Body;

const VARIES: &str = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers";

/// The origin of a page from elsewhere.
pub fn foreign_origin(headers: &HeaderMap) -> Option<HeaderValue> {
    let origin = headers.get(ORIGIN)?;
    let own = headers.get(HOST).is_some_and(|host| {
        let of_page = origin.as_bytes();
        let after_scheme = of_page.windows(3).position(|three| three == b"://");
        after_scheme.is_some_and(|at| of_page.get(at + 3..) == Some(host.as_bytes()))
    });
    (!own).then(|| origin.clone())
}

/// The answer to a preflight, when the request is one: what was asked for is allowed.
pub fn preflight(request: &Request<Body>, origin: &HeaderValue) -> Option<Response<Body>> {
    let wanted = request.headers();
    let method = wanted.get(ACCESS_CONTROL_REQUEST_METHOD)?;
    if request.method() != Method::OPTIONS {
        return None;
    }
    let mut response = Response::new(Body::Empty);
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, method.clone());
    if let Some(names) = wanted.get(ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
    }
    allow(headers, origin.clone());
    Some(response)
}

/// Lets the page read the answer.
pub fn allow(headers: &mut HeaderMap, origin: HeaderValue) {
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(
        ACCESS_CONTROL_ALLOW_CREDENTIALS,
        HeaderValue::from_static("true"),
    );
    headers.append(VARY, HeaderValue::from_static(VARIES));
}

//! Requests of pages from elsewhere, as the originals allowed them: `*` with credentials
//! (`wire.md` §7; <https://fetch.spec.whatwg.org/#http-cors-protocol>).
//!
//! Every page may ask, in its visitor's name. That is the originals' behaviour, kept for their
//! pages; nothing here is allowed by cookies or by address, so a page gains nothing by it.

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, Method, Request, Response, Uri};
use http_api::{Body, forwarded};

const VARIES: &str = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers";

/// What a page may read besides the few headers that every page may (fetch §2.2.2). `*` is none where
/// credentials are allowed.
const EXPOSED: &str = "Allow, Accept-Patch, ETag, Idempotent-Replayed, Link, Location, Retry-After, X-Correlation-Id, X-Request-Id";

/// The origin of a page from elsewhere: of another scheme, host or port than the client uses for us.
pub fn foreign_origin(uri: &Uri, headers: &HeaderMap) -> Option<HeaderValue> {
    let origin = headers.get(ORIGIN)?;
    let own = forwarded::origin(uri, headers);
    (origin.as_bytes() != own.as_bytes()).then(|| origin.clone())
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
    share(headers, origin.clone());
    Some(response)
}

/// Lets the page read the answer, and its headers.
pub fn allow(headers: &mut HeaderMap, origin: HeaderValue) {
    share(headers, origin);
    headers.insert(
        ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static(EXPOSED),
    );
}

fn share(headers: &mut HeaderMap, origin: HeaderValue) {
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(
        ACCESS_CONTROL_ALLOW_CREDENTIALS,
        HeaderValue::from_static("true"),
    );
    headers.append(VARY, HeaderValue::from_static(VARIES));
}

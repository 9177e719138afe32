//! How a gateway asks what a context says of a request's head, while its body has not come, or never
//! will: so the client is answered as it would be without a gateway, and nothing is carried out.
//!
//! It is asked by OPTIONS, which changes nothing whoever answers. One of ours answers as to the
//! request that is meant, up to where that one's body would be read; `2xx` says that the body decides.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, header};
use http_body::{Frame, SizeHint};

use crate::Body;
use crate::body::BodyError;

const METHOD: HeaderName = HeaderName::from_static("x-head-of");
const STATE: HeaderName = HeaderName::from_static("x-body-state");
const LENGTH: HeaderName = HeaderName::from_static("x-body-length");

/// What there is to say of a body that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Awaited {
    /// It is still to come, and has at least so many bytes.
    Coming(u64),
    /// It ended before it was complete, or what came is no body.
    CutOff,
    /// It took too long.
    TooSlow,
}

/// The request is about a head alone.
#[derive(Clone, Copy)]
struct HeadOnly;

/// Asks about this head.
pub fn ask(head: &Parts, body: Awaited) -> Request<Body> {
    let mut request = Request::new(Body::Empty);
    *request.uri_mut() = head.uri.clone();
    *request.extensions_mut() = head.extensions.clone();
    let headers = request.headers_mut();
    headers.clone_from(&head.headers);
    headers.remove(header::CONTENT_LENGTH);
    headers.remove(header::TRANSFER_ENCODING);
    if let Ok(method) = HeaderValue::from_str(head.method.as_str()) {
        headers.insert(METHOD, method);
    }
    let (state, length) = match body {
        Awaited::Coming(length) => ("coming", length),
        Awaited::CutOff => ("cut-off", 0),
        Awaited::TooSlow => ("too-slow", 0),
    };
    headers.insert(STATE, HeaderValue::from_static(state));
    headers.insert(LENGTH, HeaderValue::from(length));
    *request.method_mut() = Method::OPTIONS;
    request
}

/// Whoever is no gateway does not ask so.
pub fn forget(headers: &mut HeaderMap) {
    headers.remove(METHOD);
}

/// The request that is meant, if this one only asks about its head.
pub(crate) fn meant(mut request: Request<Body>) -> Request<Body> {
    if request.method() != Method::OPTIONS {
        return request;
    }
    let headers = request.headers();
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let method = match text(METHOD) {
        Some("POST") => Method::POST,
        Some("PUT") => Method::PUT,
        Some("PATCH") => Method::PATCH,
        _ => return request,
    };
    let length = text(LENGTH).and_then(|length| length.parse().ok());
    let error = match text(STATE) {
        Some("cut-off") => BodyError::CutOff("as the gateway says".to_owned()),
        Some("too-slow") => BodyError::TooSlow,
        _ => BodyError::Coming,
    };
    *request.method_mut() = method;
    *request.body_mut() = Body::Streamed(Box::pin(Absent {
        error: Some(error),
        length: length.unwrap_or(0),
    }));
    request.extensions_mut().insert(HeadOnly);
    request
}

/// Whether nothing but the head of a request is there.
pub(crate) fn is_alone(head: &Parts) -> bool {
    head.extensions.get::<HeadOnly>().is_some()
}

/// A body that fails as it is read.
struct Absent {
    error: Option<BodyError>,
    length: u64,
}

impl http_body::Body for Absent {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        Poll::Ready(self.error.take().map(Err))
    }

    fn size_hint(&self) -> SizeHint {
        let mut hint = SizeHint::new();
        hint.set_lower(self.length);
        hint
    }
}

#[cfg(test)]
mod tests;

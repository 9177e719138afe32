//! A client's requests, one after the other, and what is said to each.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::uri::Authority;
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri, Version, header};
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use tokio::sync::watch;

use super::activity::Activity;
use super::admission::Place;
use super::{Phase, closing};
use crate::body::BodyError;
use crate::origin::Host;
use crate::unread::Left;
use crate::{Body, Endpoint, LEAVING, Language, Leaving, Problem, target};

/// After so many seconds there may be a seat again.
const RETRY_AFTER: u32 = 1;

pub(super) struct Guest {
    pub(super) endpoint: Arc<dyn Endpoint>,
    pub(super) peer: SocketAddr,
    pub(super) place: Arc<Place>,
    pub(super) phase: watch::Receiver<Phase>,
}

impl Guest {
    pub(super) async fn answer(&self, request: Request<Incoming>) -> Response<Watched> {
        if !self.place.activity().ours() {
            // It has been cut off, and its task is about to end.
            std::future::pending::<()>().await;
        }
        let mut response = if self.place.is_seated() {
            self.served(request).await
        } else {
            self.standing(request).await
        };
        let leaving = match *self.phase.borrow() {
            Phase::Open => None,
            Phase::Leaving => Some(Leaving::Soon),
            Phase::Closing => Some(Leaving::Now),
        };
        if let Some(leaving) = leaving {
            response = leaves(response, leaving);
        }
        let activity = Arc::clone(self.place.activity());
        // Also where the request's body was waited for to the end.
        activity.ours();
        response.map(|body| Watched { body, activity })
    }

    /// Whoever has no seat waits for one; whether this process lives is told at once.
    async fn standing(&self, request: Request<Incoming>) -> Response<Body> {
        if asks_whether_it_lives(&request) {
            return closes(self.served(request).await);
        }
        let Some(waits) = self.place.may_wait() else {
            return self.refused(&request);
        };
        if asks_how_it_is(&request) {
            return closes(self.served(request).await);
        }
        if !self.gets_seat().await {
            return self.refused(&request);
        }
        drop(waits);
        self.served(request).await
    }

    /// At the end nobody comes after those who stand, so they are heard as they are.
    async fn gets_seat(&self) -> bool {
        let mut phase = self.phase.clone();
        tokio::select! {
            seated = self.place.takes_seat() => seated,
            () = closing(&mut phase) => true,
        }
    }

    fn refused(&self, request: &Request<Incoming>) -> Response<Body> {
        self.place.refused();
        let language = Language::of(request.headers());
        let response = no_seat().answer(asked_for(request.uri()), language);
        leaves(response, Leaving::NotTaken)
    }

    async fn served(&self, mut request: Request<Incoming>) -> Response<Body> {
        let left = Left::of(self.place.activity());
        let waits = request.headers().contains_key(header::EXPECT);
        let mut response = match check(&request) {
            Ok(()) => {
                request.extensions_mut().insert(self.peer);
                self.endpoint.handle(left.lends(request)).await
            }
            Err(problem) => {
                let language = Language::of(request.headers());
                let answer = problem.answer(asked_for(request.uri()), language);
                drop(left.lends(request));
                answer
            }
        };
        left.settle(waits, &mut response).await;
        response
    }
}

/// Nothing comes after this on its connection.
fn closes(mut response: Response<Body>) -> Response<Body> {
    let close = HeaderValue::from_static("close");
    response.headers_mut().insert(header::CONNECTION, close);
    response
}

/// Who asks should go elsewhere for now.
fn leaves(response: Response<Body>, leaving: Leaving) -> Response<Body> {
    let mut response = closes(response);
    let headers = response.headers_mut();
    headers.entry(LEAVING).or_insert(leaving.value());
    response
}

fn no_seat() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "too-many-connections",
        "Too many clients are connected right now. Nothing was changed. Please try again shortly.",
    )
    .ko("지금 연결된 클라이언트가 너무 많습니다. 아무것도 바뀌지 않았습니다. 잠시 후 다시 시도해 주세요.")
    .retry_after(RETRY_AFTER)
}

fn asks_whether_it_lives(request: &Request<Incoming>) -> bool {
    let path = request.uri().path();
    reads(request) && (path.ends_with("/actuator/health/liveness") || path.ends_with("/isHealthy"))
}

fn asks_how_it_is(request: &Request<Incoming>) -> bool {
    let path = request.uri().path();
    let health = path.ends_with("/actuator/health") || path.ends_with("/actuator/health/readiness");
    reads(request) && health
}

fn reads(request: &Request<Incoming>) -> bool {
    matches!(*request.method(), Method::GET | Method::HEAD)
}

/// What a request is for, to name it by: `CONNECT` has no path, and names a host.
fn asked_for(uri: &Uri) -> &str {
    match (uri.path(), uri.authority()) {
        ("", Some(host)) => host.as_str(),
        ("", None) => "*",
        (path, _) => path,
    }
}

/// What can be said of a request without knowing what it is for.
fn check(request: &Request<Incoming>) -> Result<(), Problem> {
    target::check(request.method(), request.uri())?;
    // RFC 9112 §3.2: exactly one, so that nobody on the way reads another.
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let (first, second) = (hosts.next(), hosts.next());
    let missing = first.is_none() && request.version() >= Version::HTTP_11;
    if missing || second.is_some() {
        return Err(Problem::bad_request(
            "bad-host",
            "A request must have exactly one Host header.",
        )
        .ko("요청에는 Host 헤더가 정확히 하나 있어야 합니다."));
    }
    // Whoever names no host leaves it empty.
    let of_header = first.map(|host| host.to_str().unwrap_or("?"));
    let of_target = request.uri().authority().map(Authority::as_str);
    let named = [of_header.filter(|host| !host.is_empty()), of_target];
    if named
        .into_iter()
        .flatten()
        .any(|host| Host::parse(host).is_none())
    {
        return Err(Problem::bad_request(
            "bad-host",
            "This is no host: write it as shop.example, shop.example:8088 or [2001:db8::7]:8088.",
        )
        .ko("호스트로 읽을 수 없습니다. shop.example, shop.example:8088 또는 [2001:db8::7]:8088처럼 적어 주세요."));
    }
    Ok(())
}

/// An answer's body. While it is made it is our turn; once it has been handed over, the client's.
pub(super) struct Watched {
    body: Body,
    activity: Arc<Activity>,
}

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        if frame.is_pending() {
            self.activity.ours();
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.activity.theirs();
    }
}

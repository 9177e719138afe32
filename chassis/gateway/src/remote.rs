//! A context in another process, over pooled connections.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::Duration;

use http::header::{
    CONNECTION, EXPECT, HOST, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRAILER,
    TRANSFER_ENCODING, UPGRADE,
};
use http::request::Parts;
use http::{HeaderMap, HeaderName, Request, Response, StatusCode, Version};
use http_api::head_first::{self, Awaited};
use http_api::{AnswerTimeout, Balanced, Body, Language, Problem, Upstreams, trail};
use http_body::Body as _;
use tokio::time::Instant;

use crate::gateway::peer_of;
use crate::receiving::{self, Fault, Received};
use crate::{forwarded, own};

/// A connection is made within this, or another address is tried.
const CONNECT: Duration = Duration::from_secs(1);

/// For a request's body, where nothing else is set.
const BODY_TIME: Duration = Duration::from_secs(10);

/// The code of the answer for a context that nobody answers for.
pub(crate) const UNREACHABLE: &str = "upstream-unreachable";

/// Of one connection, not of the message (RFC 9110 §7.6.1).
const OF_THE_HOP: [HeaderName; 9] = [
    CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// A base address that cannot be used.
#[derive(Debug)]
pub struct BadAddress {
    address: String,
}

impl std::fmt::Display for BadAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "`{}` is no base address; write it as http://payment:8087, several with commas between them",
            self.address
        )
    }
}

impl std::error::Error for BadAddress {}

/// A context in another process, or in several that are alike.
pub struct Remote {
    address: String,
    deadline: Duration,
    body_time: Duration,
    balanced: Balanced,
}

impl Remote {
    /// `address` is e.g. `http://payment:8087`; when its answer does not begin within `deadline`,
    /// the client gets 504.
    ///
    /// # Errors
    /// [`BadAddress`] when it is none of plain HTTP, or has a path.
    pub fn new(address: &str, deadline: Duration) -> Result<Self, BadAddress> {
        Self::of("upstream", address, deadline, &Upstreams::default())
    }

    /// The same for a context of that name, with its requests counted.
    ///
    /// # Errors
    /// [`BadAddress`] when an address is none of plain HTTP, or has a path.
    pub fn of(
        context: &str,
        address: &str,
        deadline: Duration,
        upstreams: &Upstreams,
    ) -> Result<Self, BadAddress> {
        let bad = || BadAddress {
            address: address.to_owned(),
        };
        let connect = CONNECT.min(deadline / 2);
        let balanced = Balanced::new(context, address, connect, upstreams).map_err(|_| bad())?;
        if balanced.has_path() {
            return Err(bad());
        }
        Ok(Self {
            address: address.to_owned(),
            deadline,
            body_time: BODY_TIME,
            balanced,
        })
    }

    /// A request for a collection waits so long at most for a context that is being restarted, if it
    /// surely was not sent. That time is not part of the deadline.
    #[must_use]
    pub fn waiting_up_to(self, max_wait: Duration) -> Self {
        Self {
            balanced: self.balanced.waiting_up_to(max_wait),
            ..self
        }
    }

    /// A client has so long for its request's body.
    #[must_use]
    pub fn body_within(self, body_time: Duration) -> Self {
        Self { body_time, ..self }
    }

    /// Hands the request on, and the answer back. A short body is taken in before; whatever is wrong
    /// with it is the client's fault, and the context says only what it says of the head.
    pub async fn answer(&self, request: Request<Body>) -> Response<Body> {
        if !receiving::has_body(request.method()) {
            let request = receiving::without_body(request);
            return self.pass_on(request, &Fault::default()).await;
        }
        if request.body().is_end_stream() {
            return self.pass_on(request, &Fault::default()).await;
        }
        let (mut head, body) = request.into_parts();
        let fault = Fault::default();
        let received = match self.receive(&mut head, body, &fault).await {
            Ok(received) => received,
            Err(refused) => return refused,
        };
        let request = Request::from_parts(head, received);
        self.pass_on(request, &fault).await
    }

    /// The body, to be sent; or the answer to a request that has none, or is refused by its head.
    async fn receive(
        &self,
        head: &mut Parts,
        body: Body,
        fault: &Fault,
    ) -> Result<Body, Response<Body>> {
        let deadline = Instant::now() + self.body_time;
        let announced = body.size_hint().lower();
        // Who waits to be told to go on is told as soon as its body is read.
        let waits = head.headers.remove(EXPECT).is_some();
        let long = announced > receiving::HELD;
        if waits || long {
            self.refusal(head, Awaited::Coming(announced)).await?;
        }
        if long {
            return Ok(receiving::streamed(VecDeque::new(), body, deadline, fault));
        }
        match receiving::receive(body, deadline, fault).await {
            Received::Body(body @ Body::Streamed(_)) => {
                let so_far = Awaited::Coming(body.size_hint().lower());
                self.refusal(head, so_far).await?;
                Ok(body)
            }
            Received::Body(body) => Ok(body),
            Received::Fault(fault) => {
                self.refusal(head, fault).await?;
                // A service that knows nothing of such questions has nothing against its head.
                let path = forwarded::asked_for(&head.headers, head.uri.path());
                Err(problem_of(fault).answer(&path, Language::of(&head.headers)))
            }
        }
    }

    /// What the context has against a head, if anything.
    async fn refusal(&self, head: &Parts, body: Awaited) -> Result<(), Response<Body>> {
        let question = head_first::ask(head, body);
        let answer = self.pass_on(question, &Fault::default()).await;
        if answer.status().is_success() {
            return Ok(());
        }
        Err(answer)
    }

    /// `fault` says what became of a body that streams.
    async fn pass_on(&self, mut request: Request<Body>, fault: &Fault) -> Response<Body> {
        let path = request.uri().path().to_owned();
        let language = Language::of(request.headers());
        let peer = peer_of(&request);
        let id = request.headers().get(trail::REQUEST).cloned();
        let correlation = request.headers().get(trail::CORRELATION).cloned();
        for_the_hop(&mut request, peer);
        let upstream = &self.address;
        let timeout = AnswerTimeout::new(self.deadline);
        let exchange = async {
            // Operators' pages tell at once that nobody is there.
            if own::has(&path) {
                self.balanced.send(request).await
            } else {
                self.balanced.send_when_up(request, &timeout).await
            }
        };
        match timeout.limit(exchange).await {
            Ok(Ok(mut response)) => {
                strip_hop(response.headers_mut());
                response
            }
            Ok(Err(error)) => {
                if let Some(fault) = fault.get() {
                    tracing::debug!(upstream, request = ?id, ?correlation, %error, ?fault, "the client's body broke off");
                    return problem_of(fault).answer(&path, language);
                }
                tracing::warn!(upstream, request = ?id, ?correlation, %error, "no answer");
                let problem = if error.is_sent() {
                    broken_off()
                } else {
                    unreachable()
                };
                problem.answer(&path, language)
            }
            Err(_) => {
                tracing::warn!(upstream, request = ?id, ?correlation, deadline = ?self.deadline, "no answer in time");
                timed_out().answer(&path, language)
            }
        }
    }
}

fn problem_of(fault: Awaited) -> Problem {
    match fault {
        Awaited::TooSlow => Problem::body_too_slow(),
        Awaited::CutOff | Awaited::Coming(_) => Problem::body_cut_off(),
    }
}

fn for_the_hop(request: &mut Request<Body>, peer: Option<IpAddr>) {
    *request.version_mut() = Version::HTTP_11;
    let uri = request.uri().clone();
    let headers = request.headers_mut();
    strip_hop(headers);
    forwarded::tell(&uri, headers, peer);
    headers.remove(HOST);
}

fn strip_hop(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named.iter().chain(&OF_THE_HOP) {
        headers.remove(name);
    }
}

fn unreachable() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        UNREACHABLE,
        "The service behind this address cannot be reached right now. Nothing has been changed. Please try again shortly.",
    )
    .ko("지금은 서비스에 연결할 수 없습니다. 바뀐 것은 없습니다. 잠시 후 다시 시도해 주세요.")
    .retry_after(5)
    .not_done()
}

fn broken_off() -> Problem {
    in_doubt(
        StatusCode::BAD_GATEWAY,
        "upstream-broke-off",
        "The service behind this address has gone away before it answered.",
        "서비스가 응답하기 전에 연결이 끊겼습니다.",
    )
}

fn timed_out() -> Problem {
    in_doubt(
        StatusCode::GATEWAY_TIMEOUT,
        "upstream-timeout",
        "The service behind this address did not answer in time.",
        "서비스가 제때 응답하지 않았습니다.",
    )
}

/// Somebody may have acted on it.
fn in_doubt(status: StatusCode, code: &'static str, why: &str, why_ko: &str) -> Problem {
    Problem::new(
        status,
        code,
        format!(
            "{why} What was asked may have been done. If you sent an Idempotency-Key, please try again shortly with the same key: that finds out, and never does it twice. Otherwise look at {{instance}} first."
        ),
    )
    .ko(format!(
        "{why_ko} 요청이 처리되었을 수도 있습니다. Idempotency-Key를 보냈다면 잠시 후 다시 같은 키로 요청해 주세요. 결과를 확인할 수 있고, 두 번 처리되지 않습니다. 그렇지 않다면 먼저 {{instance}}에서 확인해 주세요."
    ))
    .retry_after(5)
    .in_doubt()
}

//! Notices posted to an address.

mod answer;
mod guard;

use std::time::Duration;

use http::{HeaderMap, HeaderValue, Request, Response, header};
use http_api::{Body, BreakerSettings, trail};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use runtime::{NotSent, Notice, Notifier, Sending};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::{Url, for_sure, perhaps};
use guard::Guard;

/// When a webhook is left alone, unless it is said otherwise: attempts come one after the other and
/// ever more rarely, so few of them say enough. Each attempt that times out costs a notice, for
/// nobody knows whether it arrived; the breaker keeps the others.
fn patience() -> BreakerSettings {
    BreakerSettings {
        window: Duration::from_secs(60),
        volume: 5,
        failure_percent: 50,
        sleep: Duration::from_secs(10),
        ..BreakerSettings::default()
    }
}

/// Posts each notice to an address, as JSON, with an `Idempotency-Key`. A 2xx takes it.
pub struct Webhook {
    url: Url,
    deadline: Duration,
    guard: Guard,
}

impl Webhook {
    /// An attempt may take as long as `deadline`, connecting included.
    pub fn new(url: Url, deadline: Duration) -> Self {
        Self::guarded(url, deadline, patience())
    }

    /// With a breaker that opens otherwise.
    pub fn guarded(url: Url, deadline: Duration, breaker: BreakerSettings) -> Self {
        Self {
            url,
            deadline,
            guard: Guard::new(breaker),
        }
    }

    async fn post(&self, notice: &Notice) -> Result<(), NotSent> {
        let host = &self.url;
        let Some(attempt) = self.guard.enter(host) else {
            let because = self.guard.last_failure();
            return Err(for_sure(format!(
                "{host} is left alone for a while: {because}"
            )));
        };
        let outcome = self.exchange(notice).await;
        attempt.ended(&outcome);
        outcome
    }

    async fn exchange(&self, notice: &Notice) -> Result<(), NotSent> {
        let host = &self.url;
        // Dropped with whatever it still does.
        let mut connection = JoinSet::new();
        let mut begun = false;
        let carrying = self.carry(notice, &mut connection, &mut begun);
        let carried = tokio::time::timeout(self.deadline, carrying).await;
        match carried {
            Ok(response) => answer::read(host, response?).await,
            Err(_) if begun => Err(perhaps(format!(
                "{host} did not answer within {:?}",
                self.deadline
            ))),
            Err(_) => Err(for_sure(format!(
                "{host} could not be reached within {:?}",
                self.deadline
            ))),
        }
    }

    /// On a connection of its own: on one that is kept, it could not be told whether a notice
    /// arrived when the other side was just closing it.
    async fn carry(
        &self,
        notice: &Notice,
        connection: &mut JoinSet<()>,
        begun: &mut bool,
    ) -> Result<Response<Incoming>, NotSent> {
        let host = &self.url;
        let unreached = |error: &dyn std::fmt::Display| {
            for_sure(format!("{host} could not be reached: {error}"))
        };
        let stream = TcpStream::connect(self.url.place()).await;
        let stream = stream.map_err(|error| unreached(&error))?;
        let (mut sender, work) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| unreached(&error))?;
        connection.spawn(async move {
            // What goes wrong is told to who waits for the answer.
            let _ = work.await;
        });
        let request = self.request(notice)?;
        *begun = true;
        let response = sender.try_send_request(request).await;
        response.map_err(|mut failed| {
            let untouched = failed.take_message().is_some();
            let error = failed.into_error();
            if untouched {
                unreached(&error)
            } else {
                perhaps(format!("{host} broke off: {error}"))
            }
        })
    }

    fn request(&self, notice: &Notice) -> Result<Request<Body>, NotSent> {
        let request = Request::post(self.url.target())
            .header(header::HOST, self.url.to_string())
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::CONNECTION, "close")
            .header(
                header::USER_AGENT,
                concat!("jumun/", env!("CARGO_PKG_VERSION")),
            )
            .body(Body::full(notice.to_json().to_string()));
        let mut request = request.map_err(|error| for_sure(error.to_string()))?;
        add(request.headers_mut(), "idempotency-key", &notice.key());
        add(
            request.headers_mut(),
            trail::CORRELATION,
            &notice.correlation,
        );
        add(request.headers_mut(), trail::TRACEPARENT, &notice.trace);
        Ok(request)
    }
}

/// What is empty, or can be no header, is left out.
fn add(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value)
        && !value.is_empty()
    {
        headers.insert(name, value);
    }
}

impl Notifier for Webhook {
    fn name(&self) -> &'static str {
        "webhook"
    }

    fn send<'a>(&'a self, notice: &'a Notice) -> Sending<'a> {
        Box::pin(self.post(notice))
    }
}

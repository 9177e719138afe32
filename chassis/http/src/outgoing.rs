//! Awaited calls out: each with a deadline, behind a breaker and a bulkhead.

mod answer;
mod breaker;
mod in_process;
mod over_http;

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use http::{HeaderValue, Request, Response, header};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use runtime::{Asking, Outgoing};
use storm::Answer;
use tokio::sync::Semaphore;

pub use breaker::{Breaker, BreakerSettings, BreakerState, Pass};
pub use in_process::InProcess;
pub use over_http::OverHttp;

use crate::{Body, trail};

/// How calls are carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallerSettings {
    /// How long an answer may take, connecting included (`wire.md` §6).
    pub deadline: Duration,
    /// How many calls to one context may be under way; one more is answered with silence at once.
    pub at_once: usize,
    /// When a breaker opens.
    pub breaker: BreakerSettings,
}

impl Default for CallerSettings {
    fn default() -> Self {
        Self {
            deadline: Duration::from_millis(610),
            at_once: 256,
            breaker: BreakerSettings::default(),
        }
    }
}

/// Why nothing came back.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unreached(pub String);

/// An exchange on its way.
pub type Exchange<'a> =
    Pin<Box<dyn Future<Output = Result<Response<Body>, Unreached>> + Send + 'a>>;

/// Brings a request to a context and its answer back; knows no deadline. The request's address is
/// a path.
pub trait Transport: Send + Sync {
    /// Carries one request.
    fn carry(&self, to: &'static str, request: Request<Body>) -> Exchange<'_>;

    /// Shows its metrics, if it has any.
    fn register(&self, _: &mut Registry) {}
}

/// Who is called by whom.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Between {
    from: &'static str,
    to: &'static str,
}

/// A call's outcome.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Ended {
    from: &'static str,
    to: &'static str,
    outcome: &'static str,
}

/// One context that is called.
struct Callee {
    breaker: Mutex<Breaker>,
    slots: Semaphore,
    state: Gauge,
}

/// Carries one context's questions to others. Each context that is asked has a breaker and a
/// bulkhead of its own, so that a slow one does not take the others with it.
pub struct Caller {
    from: &'static str,
    transport: Arc<dyn Transport>,
    settings: CallerSettings,
    callees: RwLock<BTreeMap<&'static str, Arc<Callee>>>,
    states: Family<Between, Gauge>,
    calls: Family<Ended, Counter>,
}

impl Caller {
    /// For the context `from`.
    pub fn new(
        from: &'static str,
        transport: Arc<dyn Transport>,
        settings: CallerSettings,
    ) -> Arc<Self> {
        Arc::new(Self {
            from,
            transport,
            settings,
            callees: RwLock::default(),
            states: Family::default(),
            calls: Family::default(),
        })
    }

    /// How the breakers stand, by the context that is asked. Those never asked are not there.
    pub fn breakers(&self) -> Vec<(&'static str, BreakerState)> {
        let callees = self.callees.read().unwrap_or_else(PoisonError::into_inner);
        callees
            .iter()
            .map(|(to, callee)| (*to, callee.lock().state()))
            .collect()
    }

    /// Shows its metrics: `jumun_breaker_state` (0 closed, 1 half-open, 2 open), `jumun_calls`, and
    /// those of what carries its questions.
    pub fn register(&self, registry: &mut Registry) {
        let jumun = registry.sub_registry_with_prefix("jumun");
        jumun.register(
            "breaker_state",
            "Circuit breakers: 0 closed, 1 half-open, 2 open",
            self.states.clone(),
        );
        jumun.register("calls", "Awaited calls, by outcome", self.calls.clone());
        self.transport.register(registry);
    }

    fn callee(&self, to: &'static str) -> Arc<Callee> {
        let known = self.callees.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(callee) = known.get(to) {
            return Arc::clone(callee);
        }
        drop(known);
        let mut callees = self.callees.write().unwrap_or_else(PoisonError::into_inner);
        let between = Between {
            from: self.from,
            to,
        };
        let callee = callees.entry(to).or_insert_with(|| {
            Arc::new(Callee {
                breaker: Mutex::new(Breaker::new(self.settings.breaker, Instant::now())),
                slots: Semaphore::new(self.settings.at_once),
                state: self.states.get_or_create_owned(&between),
            })
        });
        Arc::clone(callee)
    }

    fn count(&self, to: &'static str, outcome: &'static str) {
        let ended = Ended {
            from: self.from,
            to,
            outcome,
        };
        self.calls.get_or_create(&ended).inc();
    }

    async fn carry(&self, asking: Asking) -> Answer {
        let to = asking.to;
        let callee = self.callee(to);
        let Some(pass) = callee.change(self.from, to, |breaker| breaker.enter(Instant::now()))
        else {
            self.count(to, "short-circuited");
            return Answer::Silence;
        };
        let mut call = Call {
            caller: self,
            callee: &callee,
            to,
            pass: Some(pass),
        };
        let Ok(_slot) = callee.slots.try_acquire() else {
            call.ended("rejected", false);
            return Answer::Silence;
        };
        let Some(request) = request(&asking) else {
            tracing::error!(from = self.from, to, path = %asking.path, "a question's path is none");
            call.ended("failed", false);
            return Answer::Silence;
        };
        let exchange = async {
            let response = self.transport.carry(to, request).await?;
            answer::read(to, response).await
        };
        match tokio::time::timeout(self.settings.deadline, exchange).await {
            Ok(Ok(Answer::Silence)) => {
                call.ended("failed", false);
                Answer::Silence
            }
            Ok(Ok(answer)) => {
                let outcome = if matches!(answer, Answer::Yes(_)) {
                    "yes"
                } else {
                    "no"
                };
                call.ended(outcome, true);
                answer
            }
            Ok(Err(error)) => {
                tracing::debug!(from = self.from, to, question = asking.name, %error, "no answer");
                call.ended("failed", false);
                Answer::Silence
            }
            Err(_) => {
                call.ended("timed-out", false);
                Answer::Silence
            }
        }
    }
}

impl Outgoing for Caller {
    fn ask(&self, asking: Asking) -> Pin<Box<dyn Future<Output = Answer> + Send + '_>> {
        Box::pin(self.carry(asking))
    }
}

impl Callee {
    fn lock(&self) -> std::sync::MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something to the breaker, and tells when it has changed its state.
    fn change<T>(&self, from: &str, to: &str, change: impl FnOnce(&mut Breaker) -> T) -> T {
        let mut breaker = self.lock();
        let before = breaker.state();
        let result = change(&mut breaker);
        let after = breaker.state();
        if before != after {
            self.state.set(match after {
                BreakerState::Closed => 0,
                BreakerState::HalfOpen => 1,
                BreakerState::Open => 2,
            });
            drop(breaker);
            match after {
                BreakerState::Open => {
                    tracing::warn!(from, to, "breaker open: calls are answered at once");
                }
                BreakerState::HalfOpen => tracing::info!(from, to, "breaker half-open: one trial"),
                BreakerState::Closed => tracing::info!(from, to, "breaker closed"),
            }
        }
        result
    }
}

/// A call under way. Dropped without an outcome (its own caller has gone), it frees the trial.
struct Call<'a> {
    caller: &'a Caller,
    callee: &'a Callee,
    to: &'static str,
    pass: Option<Pass>,
}

impl Call<'_> {
    fn ended(&mut self, outcome: &'static str, success: bool) {
        self.caller.count(self.to, outcome);
        if let Some(pass) = self.pass.take() {
            self.callee.change(self.caller.from, self.to, |breaker| {
                breaker.record(pass, success, Instant::now());
            });
        }
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        if let Some(pass) = self.pass.take() {
            self.caller.count(self.to, "abandoned");
            self.callee.change(self.caller.from, self.to, |breaker| {
                breaker.abandon(pass, Instant::now());
            });
        }
    }
}

/// The request that puts a question. `None` when its path is no path, a mistake in the system.
fn request(asking: &Asking) -> Option<Request<Body>> {
    const JSON: HeaderValue = HeaderValue::from_static("application/json");
    let body = match &asking.body {
        serde_json::Value::Null => Body::Empty,
        body => Body::full(serde_json::to_vec(body).ok()?),
    };
    let has_body = !matches!(body, Body::Empty);
    let mut request = Request::builder()
        .method(asking.method.as_str())
        .uri(asking.path.as_str())
        .body(body)
        .ok()?;
    let headers = request.headers_mut();
    // Without `Accept` a yes comes without a body (`wire.md` §2).
    if asking.wants_answer {
        headers.insert(header::ACCEPT, JSON);
    }
    if has_body {
        headers.insert(header::CONTENT_TYPE, JSON);
    }
    let trail = &asking.trail;
    let ids = [
        (trail::CORRELATION, trail.correlation.as_deref()),
        (trail::REQUEST, Some(trail.causation.as_str())),
        (trail::TRACEPARENT, Some(trail.trace.as_str())),
        (trail::ASKED_BY, Some(asking.from)),
    ];
    for (name, id) in ids {
        let id = id.filter(|id| !id.is_empty());
        if let Some(id) = id.and_then(|id| HeaderValue::from_str(id).ok()) {
            headers.insert(name, id);
        }
    }
    Some(request)
}

//! Awaited calls out: each with a deadline, behind a breaker and a bulkhead.

mod answer;
mod breaker;
mod circuit;
mod in_process;
mod over_http;

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use http::{HeaderValue, Request, Response, header};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use runtime::{Asking, Outgoing};
use storm::{Answer, Silence};

pub use breaker::{Breaker, BreakerSettings, BreakerState, Pass};
use circuit::Circuit;
pub use in_process::InProcess;
pub use over_http::OverHttp;

use crate::{AnswerTimeout, Body, trail};

/// How the calls of a question are carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallerSettings {
    /// How long an answer may take, connecting included (`wire.md` §6), but not a wait for a context
    /// that is being restarted.
    pub deadline: Duration,
    /// How many calls may be under way. One more waits.
    pub at_once: usize,
    /// How long a call may wait until one of them has ended, before its deadline begins; then it is
    /// rejected, which says nothing of the other side.
    pub wait: Duration,
    /// When a breaker opens.
    pub breaker: BreakerSettings,
}

impl Default for CallerSettings {
    fn default() -> Self {
        Self {
            deadline: Duration::from_millis(610),
            at_once: 256,
            wait: Duration::from_secs(2),
            breaker: BreakerSettings::default(),
        }
    }
}

/// Why nothing came back, and whether anything of the request went out.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub struct Unreached {
    reason: String,
    is_sent: bool,
}

impl Unreached {
    /// Nothing was sent: nobody can have acted on it.
    pub fn unsent(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            is_sent: false,
        }
    }

    /// It was sent, or a part of it: somebody may have acted on it.
    pub fn sent(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            is_sent: true,
        }
    }

    /// Whether somebody may have acted on the request.
    pub fn is_sent(&self) -> bool {
        self.is_sent
    }
}

/// An exchange on its way.
pub type Exchange<'a> =
    Pin<Box<dyn Future<Output = Result<Response<Body>, Unreached>> + Send + 'a>>;

/// Brings a request to a context and its answer back. The request's address is a path.
pub trait Transport: Send + Sync {
    /// Carries one request. The timeout ends the exchange; it is suspended while the request waits to
    /// be sent.
    fn carry<'a>(
        &'a self,
        to: &'static str,
        request: Request<Body>,
        timeout: &'a AnswerTimeout,
    ) -> Exchange<'a>;

    /// Shows its metrics, if it has any.
    fn register(&self, _: &mut Registry) {}
}

/// Who puts which question to whom.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Between {
    from: &'static str,
    to: &'static str,
    question: &'static str,
}

/// A call's outcome.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Ended {
    from: &'static str,
    to: &'static str,
    question: &'static str,
    outcome: &'static str,
}

/// The settings of questions that have some of their own, by the question's name.
pub type QuestionSettings = BTreeMap<&'static str, CallerSettings>;

/// Carries one context's questions to others. Each question has a breaker and a bulkhead of its own,
/// so that a slow context does not take the others with it.
pub struct Caller {
    from: &'static str,
    transport: Arc<dyn Transport>,
    settings: CallerSettings,
    of_questions: QuestionSettings,
    circuits: RwLock<BTreeMap<&'static str, Arc<Circuit>>>,
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
        Self::with(from, transport, settings, QuestionSettings::new())
    }

    /// The same, where some questions have settings of their own.
    pub fn with(
        from: &'static str,
        transport: Arc<dyn Transport>,
        settings: CallerSettings,
        of_questions: QuestionSettings,
    ) -> Arc<Self> {
        Arc::new(Self {
            from,
            transport,
            settings,
            of_questions,
            circuits: RwLock::default(),
            states: Family::default(),
            calls: Family::default(),
        })
    }

    /// How the breakers stand, by the context that is asked: of several questions to one, that of
    /// the worst. Those never asked are not there.
    pub fn breakers(&self) -> Vec<(&'static str, BreakerState)> {
        let circuits = self.circuits.read().unwrap_or_else(PoisonError::into_inner);
        let mut worst: BTreeMap<&'static str, BreakerState> = BTreeMap::new();
        for circuit in circuits.values() {
            let state = worst.entry(circuit.to).or_default();
            *state = circuit.state().max(*state);
        }
        worst.into_iter().collect()
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

    fn circuit(&self, name: &'static str, to: &'static str) -> Arc<Circuit> {
        let known = self.circuits.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(circuit) = known.get(name) {
            return Arc::clone(circuit);
        }
        drop(known);
        let mut circuits = self
            .circuits
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let circuit = circuits.entry(name).or_insert_with(|| {
            let settings = self.of_questions.get(name).copied();
            let between = Between {
                from: self.from,
                to,
                question: name,
            };
            let state = self.states.get_or_create_owned(&between);
            Arc::new(Circuit::new(
                name,
                to,
                settings.unwrap_or(self.settings),
                state,
            ))
        });
        Arc::clone(circuit)
    }

    fn count(&self, circuit: &Circuit, outcome: &'static str) {
        let ended = Ended {
            from: self.from,
            to: circuit.to,
            question: circuit.name,
            outcome,
        };
        self.calls.get_or_create(&ended).inc();
    }

    async fn carry(&self, asking: Asking) -> Answer {
        let to = asking.to;
        let circuit = self.circuit(asking.name, to);
        let mut call = match circuit.enter(self).await {
            Ok(call) => call,
            Err(not_out) => {
                self.count(&circuit, not_out.as_str());
                return Answer::Silence(circuit.nothing_done());
            }
        };
        let Some(request) = request(&asking) else {
            tracing::error!(from = self.from, to, path = %asking.path, "a question's path is none");
            call.ended("failed", false);
            return Answer::Silence(circuit.nothing_done());
        };
        let timeout = AnswerTimeout::new(circuit.settings.deadline);
        let exchange = async {
            let response = self.transport.carry(to, request, &timeout).await?;
            answer::read(to, response).await
        };
        let (answer, outcome) = match timeout.limit(exchange).await {
            Ok(Ok(answer)) => {
                let outcome = match &answer {
                    Answer::Yes(_) => "yes",
                    Answer::No(_) => "no",
                    Answer::Silence(_) => "failed",
                };
                (answer, outcome)
            }
            Ok(Err(error)) => {
                tracing::debug!(from = self.from, to, question = asking.name, %error, "no answer");
                (Answer::Silence(known(&error)), "failed")
            }
            // Whether it was still on its way there is not known.
            Err(_) => (Answer::Silence(Silence::InDoubt), "timed-out"),
        };
        call.ended(outcome, matches!(answer, Answer::Yes(_) | Answer::No(_)));
        match answer {
            Answer::Silence(Silence::NotDone) => Answer::Silence(circuit.nothing_done()),
            answer => answer,
        }
    }
}

fn known(error: &Unreached) -> Silence {
    if error.is_sent() {
        Silence::InDoubt
    } else {
        Silence::NotDone
    }
}

impl Outgoing for Caller {
    fn ask(&self, asking: Asking) -> Pin<Box<dyn Future<Output = Answer> + Send + '_>> {
        Box::pin(self.carry(asking))
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

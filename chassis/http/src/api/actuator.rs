//! How a context is, for probes and people (`wire.md` §8).

use std::sync::atomic::Ordering;

use http::{HeaderValue, Method, StatusCode};
use runtime::{NotifierHealth, Outbox};
use serde_json::{Value, json};

use super::{Answer, Call, ContextApi, json, status};
use crate::metrics::Route;
use crate::problem::broken;
use crate::{Body, METRICS_TYPE, Problem};

const JSON: HeaderValue = HeaderValue::from_static("application/json;charset=UTF-8");
const HEALTH: HeaderValue =
    HeaderValue::from_static("application/vnd.spring-boot.actuator.v2+json;charset=UTF-8");

impl ContextApi {
    pub(super) async fn actuator(
        &self,
        call: &Call<'_>,
        rest: &[&str],
        body: Body,
        route: &mut Route,
    ) -> Answer {
        let name = match rest {
            ["health", ..] => "actuator/health",
            ["info"] => "actuator/info",
            ["outbox"] => "actuator/outbox",
            ["prometheus"] => "actuator/prometheus",
            ["chaos"] => "actuator/chaos",
            ["dead-letters", ..] => "actuator/dead-letters",
            ["rebuild", ..] => "actuator/rebuild",
            _ => return Err(Problem::not_found()),
        };
        *route = Route::Operations(name);
        match rest {
            // Asks nobody: a store that is away does not come back because we are killed.
            ["health", "liveness"] => self.reads(call, || Ok(self.liveness())),
            ["health"] => {
                let store = self.finds_store().await;
                self.reads(call, || Ok(self.health(store)))
            }
            ["health", "readiness"] => {
                let store = self.finds_store().await;
                self.reads(call, || Ok(self.readiness(store)))
            }
            ["info"] => self.reads(call, || Ok(ok(&self.info()))),
            ["outbox"] => {
                let outbox = self.running.outbox().await?;
                self.reads(call, || Ok(ok(&told_so_far(&outbox))))
            }
            ["prometheus"] => self.reads(call, || {
                let kind = HeaderValue::from_static(METRICS_TYPE);
                let body = Body::full(self.metrics_text());
                Ok(json::response(StatusCode::OK, kind, body))
            }),
            ["chaos"] => self.turn_chaos(call, body).await,
            ["dead-letters" | "rebuild", ..] => self.operate(call, rest).await,
            _ => Err(Problem::not_found()),
        }
    }

    fn health(&self, store: bool) -> http::Response<Body> {
        let health = self.running.health();
        let ready = self.ready(store, health.stopping);
        let state = if self.is_ill() { "DOWN" } else { ready };
        let lag: serde_json::Map<String, Value> = health
            .lag
            .iter()
            .map(|lag| (lag.producer.to_string(), lag.events.into()))
            .collect();
        let breakers: serde_json::Map<String, Value> = self
            .settings
            .caller
            .iter()
            .flat_map(|caller| caller.breakers())
            .map(|(to, state)| (to.to_owned(), state.as_str().into()))
            .collect();
        let body = json!({
            "status": state,
            "components": {
                "store": {"status": up(store)},
                "bus": self.bus(lag),
                "breakers": {"status": "UP", "details": breakers},
                "notifiers": {"status": "UP", "details": notifiers(&health.notifiers)},
                "deadLetters": {"status": "UP", "details": {"count": health.dead_letters}},
                "livenessState": {"status": up(!self.is_ill())},
                "readinessState": {"status": ready},
            },
            "groups": ["liveness", "readiness"],
        });
        told(state, &body)
    }

    /// That the others are out of reach is no reason to send nobody here: commands are still taken.
    fn bus(&self, lag: serde_json::Map<String, Value>) -> Value {
        let (reaches, mut details) = match self.joined.get() {
            Some(joined) => joined.bus.health(),
            None => (true, serde_json::Map::new()),
        };
        details.insert("lag".to_owned(), lag.into());
        json!({"status": up(reaches), "details": details})
    }

    fn liveness(&self) -> http::Response<Body> {
        let state = if self.is_ill() { "DOWN" } else { "UP" };
        told(state, &json!({"status": state}))
    }

    fn readiness(&self, store: bool) -> http::Response<Body> {
        let state = self.ready(store, self.running.health().stopping);
        told(state, &json!({"status": state}))
    }

    /// Being behind, dead letters, open breakers and failing notifiers are no reason to send nobody
    /// here: the context does what it can.
    fn ready(&self, store: bool, stopping: bool) -> &'static str {
        let draining = self.draining.load(Ordering::Relaxed);
        match (store, stopping || draining) {
            (false, _) => "DOWN",
            (true, true) => "OUT_OF_SERVICE",
            (true, false) => "UP",
        }
    }

    /// Whether the store took the last commit, and answers now.
    async fn finds_store(&self) -> bool {
        self.running.health().store.is_ok() && self.probe.finds_store(&self.running).await
    }

    fn is_ill(&self) -> bool {
        self.settings.chaos.as_ref().is_some_and(|c| c.is_zombie())
    }

    fn info(&self) -> Value {
        json!({
            "system": self.settings.system,
            "context": self.running.context().name(),
            "version": self.settings.version,
            "collections": self.running.context().collections(),
            "tells": self.running.context().tells(),
            "listens": self.running.context().listens(),
        })
    }

    pub(super) fn is_healthy(&self) -> Answer {
        if self.is_ill() {
            let problem = Problem::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "zombie",
                // The original's own words (`wire.md` §8).
                "zombie.....",
            )
            .ko("상태가 정상이 아닙니다(zombie).");
            return Err(problem);
        }
        Ok(status(StatusCode::OK))
    }

    /// A GET that changes something, as an original had it (`wire.md` §8); only where faults are allowed.
    pub(super) fn make_zombie(&self) -> Answer {
        let chaos = self
            .settings
            .chaos
            .as_ref()
            .ok_or_else(Problem::not_found)?;
        chaos.make_zombie();
        Ok(status(StatusCode::OK))
    }

    async fn turn_chaos(&self, call: &Call<'_>, body: Body) -> Answer {
        let chaos = self
            .settings
            .chaos
            .as_ref()
            .ok_or_else(Problem::not_found)?;
        match call.parts.method {
            Method::GET => {}
            Method::PUT => {
                let wrong = |why: String| {
                    let korean = format!("요청을 읽을 수 없습니다: {why}");
                    Problem::bad_request("unreadable", why).ko(korean)
                };
                let whole = body.whole(self.settings.body_limit);
                let whole = tokio::time::timeout(self.settings.body_time, whole).await;
                let slow = |_| wrong("the body took too long to arrive".to_owned());
                let bytes = whole.map_err(slow)?;
                let bytes = bytes.map_err(|error| wrong(error.to_string()))?;
                let knobs = serde_json::from_slice(&bytes);
                let knobs = knobs.map_err(|error| wrong(error.to_string()))?;
                chaos.turn(&knobs).map_err(|why| wrong(why).field("slow"))?;
                tracing::info!(context = self.running.context().name(), ?knobs, "chaos");
            }
            _ => {
                let allow = HeaderValue::from_static("GET,PUT");
                return Err(super::not_allowed(allow));
            }
        }
        let knobs = serde_json::to_value(chaos.knobs());
        Ok(ok(&knobs.map_err(|_| broken("chaos"))?))
    }
}

fn up(up: bool) -> &'static str {
    if up { "UP" } else { "DOWN" }
}

/// For operators, and for contexts whose deadlines wait until they have heard all up to a moment:
/// `until` is in milliseconds since 1970.
fn told_so_far(outbox: &Outbox) -> Value {
    json!({
        "head": outbox.head,
        "published": outbox.published,
        "until": outbox.until,
    })
}

fn notifiers(all: &[NotifierHealth]) -> Value {
    let one = |notifier: &NotifierHealth| {
        let details = json!({
            "status": up(!notifier.failing),
            "waiting": notifier.waiting,
            "lastError": notifier.last_error,
        });
        (notifier.name.to_owned(), details)
    };
    all.iter().map(one).collect()
}

pub(super) fn ok(body: &Value) -> http::Response<Body> {
    json::response(StatusCode::OK, JSON, Body::full(body.to_string()))
}

fn told(state: &str, body: &Value) -> http::Response<Body> {
    let code = match state {
        "UP" => StatusCode::OK,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    };
    json::response(code, HEALTH, Body::full(body.to_string()))
}

//! A running context as HAL resources.

mod actuator;
mod commands;
mod finding;
mod front;
mod json;
mod operating;
mod paging;
mod probe;
mod reading;
mod rows;
mod shelf;
mod sorting;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use http::request::Parts;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use prometheus_client::registry::Registry;
use runtime::{Running, Trail};
use tokio::sync::Semaphore;

use crate::metrics::{HttpMetrics, Route};
use crate::origin::Origin;
use crate::{
    Answering, Body, Caller, Chaos, Endpoint, Language, Problem, head_first, target, trail,
};
use probe::Probe;
use shelf::Shelf;

/// What joins a context with those in other processes, as operators see it.
pub trait Bus: Send + Sync {
    /// Whether it reaches the others, and what there is to say about it, a JSON object.
    fn health(&self) -> (bool, serde_json::Map<String, serde_json::Value>);

    /// Shows its metrics.
    fn register(&self, registry: &mut Registry);
}

/// A bus, and its metrics.
struct Joined {
    bus: Arc<dyn Bus>,
    registry: Registry,
}

/// How a context meets the world.
#[derive(Clone)]
pub struct ApiSettings {
    /// The system's name, for `/actuator/info`.
    pub system: String,
    /// The version, for the same.
    pub version: String,
    /// Bytes that a request's body may have; more is 413.
    pub body_limit: usize,
    /// How long a request's body may take to arrive; then 408.
    pub body_time: Duration,
    /// Faults on demand; `None` where they are not allowed.
    pub chaos: Option<Arc<Chaos>>,
    /// Who shows this as a bearer token is an operator; `None` is nobody.
    pub admin_token: Option<String>,
    /// What carries the context's questions: its breakers are part of its health and metrics.
    pub caller: Option<Arc<Caller>>,
}

impl Default for ApiSettings {
    fn default() -> Self {
        Self {
            system: String::new(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            body_limit: 64 * 1024,
            body_time: Duration::from_secs(10),
            chaos: None,
            admin_token: None,
            caller: None,
        }
    }
}

/// A context's endpoint: commands in, representations out.
pub struct ContextApi {
    running: Arc<Running>,
    settings: ApiSettings,
    shelves: Vec<Arc<Shelf>>,
    registry: Registry,
    metrics: HttpMetrics,
    draining: AtomicBool,
    probe: Probe,
    joined: OnceLock<Joined>,
    /// Sorting reads a whole collection: few may do so at once.
    scans: Semaphore,
}

/// A request, taken apart.
struct Call<'a> {
    parts: &'a Parts,
    trail: Trail,
    origin: Origin<'a>,
}

impl Call<'_> {
    fn query(&self) -> &str {
        self.parts.uri.query().unwrap_or("")
    }
}

type Answer = Result<Response<Body>, Problem>;

impl ContextApi {
    /// Shows a context.
    pub fn new(running: Arc<Running>, settings: ApiSettings) -> Arc<Self> {
        let mut registry = registry(&settings.system);
        let metrics = HttpMetrics::new(running.context().name(), &mut registry);
        running.metrics().register(&mut registry);
        if let Some(caller) = &settings.caller {
            caller.register(&mut registry);
        }
        Arc::new(Self {
            shelves: shelf::of(running.context()),
            running,
            settings,
            registry,
            metrics,
            draining: AtomicBool::new(false),
            probe: Probe::default(),
            joined: OnceLock::new(),
            scans: Semaphore::new(sorting::AT_ONCE),
        })
    }

    /// The context.
    pub fn running(&self) -> &Arc<Running> {
        &self.running
    }

    /// The context is on a bus, which is shown from now on. The first one counts.
    pub fn joined(&self, bus: Arc<dyn Bus>) {
        let mut registry = registry(&self.settings.system);
        bus.register(&mut registry);
        // A context is on one bus.
        let _ = self.joined.set(Joined { bus, registry });
    }

    /// From now on it is not ready: whoever spreads requests should send them elsewhere. Those that
    /// still come are answered.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// All its metrics, as [`METRICS_TYPE`](crate::METRICS_TYPE). Those of several contexts are put
    /// together by [`merged`](crate::merged).
    pub fn metrics_text(&self) -> String {
        let mut text = String::new();
        // Writing to a `String` cannot fail.
        let _ = prometheus_client::encoding::text::encode(&mut text, &self.registry);
        let mut of_bus = String::new();
        if let Some(joined) = self.joined.get() {
            let _ = prometheus_client::encoding::text::encode(&mut of_bus, &joined.registry);
        }
        crate::merged([text, of_bus])
    }

    async fn answer(&self, request: Request<Body>) -> Response<Body> {
        let began = Instant::now();
        let (parts, body) = head_first::meant(request).into_parts();
        let mut route = Route::Unknown;
        let given = trail::incoming(&parts.headers);
        let (request_id, correlation, answer) = match given {
            Err(problem) => (trail::request_id(), None, Err(problem)),
            Ok(trail) => {
                let ids = (trail.causation.clone(), trail.correlation.clone());
                let call = Call {
                    parts: &parts,
                    trail,
                    origin: Origin::of(&parts.uri, &parts.headers),
                };
                let answer = self.dispatch(&call, body, &mut route).await;
                (ids.0, ids.1, answer)
            }
        };
        let path = parts.uri.path();
        let mut response = answer.unwrap_or_else(|problem| {
            // As the client wrote it: doors before us may have taken the front of it away.
            let asked_for = format!("{}{path}", Origin::of(&parts.uri, &parts.headers).prefix());
            problem.answer(&asked_for, Language::of(&parts.headers))
        });
        let took = began.elapsed();
        let status = response.status();
        self.metrics.answered(&parts.method, route, status, took);
        let headers = response.headers_mut();
        if let Some(correlation) = correlation.and_then(|id| HeaderValue::try_from(id).ok())
            && !headers.contains_key(trail::CORRELATION)
        {
            headers.insert(trail::CORRELATION, correlation);
        }
        tracing::debug!(
            context = self.running.context().name(),
            method = %parts.method,
            path,
            status = status.as_u16(),
            micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
            request = %request_id,
            correlation = headers.get(trail::CORRELATION).and_then(|c| c.to_str().ok()),
            "answered"
        );
        if let Ok(request_id) = HeaderValue::try_from(request_id) {
            headers.insert(trail::REQUEST, request_id);
        }
        response
    }

    async fn dispatch(&self, call: &Call<'_>, body: Body, route: &mut Route) -> Answer {
        const DEEPEST: usize = 6;
        let path = call.parts.uri.path();
        if path == "*" {
            return Ok(options("GET,HEAD,POST,PUT,PATCH,DELETE,OPTIONS", false));
        }
        let segments = target::segments(path)?;
        let mut names = [""; DEEPEST];
        let Some(names) = names.get_mut(..segments.len()) else {
            return Err(Problem::not_found());
        };
        for (name, segment) in names.iter_mut().zip(&segments) {
            *name = segment;
        }
        if head_first::is_alone(call.parts) && !self.reads_bodies_at(names) {
            return Err(Problem::body_decides());
        }
        if let ["actuator", rest @ ..] = &*names {
            return self.actuator(call, rest, body, route).await;
        }
        if self.settings.chaos.as_ref().is_some_and(|c| c.is_down()) {
            return Err(Problem::try_again("down-by-chaos", 5));
        }
        match &*names {
            [] => {
                *route = Route::Root;
                self.reads(call, || self.root(call))
            }
            ["profile", rest @ ..] => {
                *route = Route::Profile;
                self.reads(call, || self.profile(call, rest))
            }
            ["isHealthy"] => {
                *route = Route::Operations("isHealthy");
                self.reads(call, || self.is_healthy())
            }
            ["makeZombie"] => {
                *route = Route::Operations("makeZombie");
                self.make_zombie()
            }
            [collection, rest @ ..] => {
                let shelf = self.shelves.iter().find(|s| s.collection == *collection);
                match shelf {
                    Some(shelf) => self.resource(call, shelf, rest, body, route).await,
                    None => Err(Problem::not_found()),
                }
            }
        }
    }

    /// Whether nothing is carried out there without its body.
    fn reads_bodies_at(&self, names: &[&str]) -> bool {
        let first = names.first();
        first.is_some_and(|first| self.shelves.iter().any(|shelf| shelf.collection == *first))
    }

    /// What can only be read.
    #[allow(clippy::unused_self, reason = "reads as what the context allows")]
    fn reads(&self, call: &Call<'_>, read: impl FnOnce() -> Answer) -> Answer {
        match call.parts.method {
            Method::GET => read(),
            Method::HEAD => read().map(without_body),
            Method::OPTIONS => Ok(options("GET,HEAD,OPTIONS", false)),
            _ => Err(not_allowed(HeaderValue::from_static("GET,HEAD,OPTIONS"))),
        }
    }

    async fn resource(
        &self,
        call: &Call<'_>,
        shelf: &Arc<Shelf>,
        rest: &[&str],
        body: Body,
        route: &mut Route,
    ) -> Answer {
        match rest {
            [] => {
                *route = Route::Collection(shelf.collection);
                self.collection(call, shelf, body).await
            }
            ["search"] => {
                *route = Route::Search(shelf.collection);
                self.reads(call, || finding::finders(call, shelf))
            }
            ["search", finder] => {
                let finder = shelf.finder(finder)?;
                *route = Route::Finder(shelf.collection, finder);
                match call.parts.method {
                    Method::GET => self.find(call, shelf, finder).await,
                    Method::HEAD => self.find(call, shelf, finder).await.map(without_body),
                    _ => self.reads(call, || Err(Problem::not_found())),
                }
            }
            [action] if let Some(action) = shelf.action_by_key(action) => {
                *route = Route::Action(shelf.collection, action);
                self.action_by_key(call, shelf, action, body).await
            }
            [id] => {
                *route = Route::Item(shelf.collection);
                self.item(call, shelf, shelf.id(id)?, body).await
            }
            [id, action] => {
                let action = shelf.action(action)?;
                *route = Route::Action(shelf.collection, action);
                self.action(call, shelf, shelf.id(id)?, action, body).await
            }
            _ => Err(Problem::not_found()),
        }
    }
}

/// Contexts of different systems have the same names; the system's tells their metrics apart.
fn registry(system: &str) -> Registry {
    let label = (!system.is_empty()).then(|| ("system".into(), system.to_owned().into()));
    Registry::with_labels(label.into_iter())
}

impl Endpoint for ContextApi {
    fn handle(&self, request: Request<Body>) -> Answering<'_> {
        Box::pin(self.answer(request))
    }
}

fn status(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = status;
    response
}

/// The same head: a server leaves the body out by itself, a caller in process does not. How long
/// the body would be is part of the head (RFC 9110 §9.3.2).
fn without_body(mut response: Response<Body>) -> Response<Body> {
    let body = std::mem::take(response.body_mut());
    if let Some(length @ 1..) = http_body::Body::size_hint(&body).exact() {
        response
            .headers_mut()
            .insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    response
}

fn options(allow: &'static str, patch: bool) -> Response<Body> {
    allowing(HeaderValue::from_static(allow), patch)
}

fn allowing(allow: HeaderValue, patch: bool) -> Response<Body> {
    let mut response = Response::new(Body::Empty);
    response.headers_mut().insert(header::ALLOW, allow);
    if patch {
        let kinds = "application/merge-patch+json,application/json-patch+json,application/json";
        response
            .headers_mut()
            .insert("accept-patch", HeaderValue::from_static(kinds));
    }
    response
}

fn not_allowed(allow: HeaderValue) -> Problem {
    let shown = allow.to_str().unwrap_or_default().replace(',', ", ");
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method-not-allowed",
        format!("This method is not possible here; these are: {shown}."),
    )
    .ko(format!(
        "이 주소에서는 이 메서드를 사용할 수 없습니다. 사용할 수 있는 메서드: {shown}."
    ))
    .allow(allow)
}

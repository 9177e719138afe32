//! Requests to a context that has several addresses: each is used in turn, one that does not answer is
//! left out for a while, and what surely was not received goes to another.
//!
//! Awaited calls ([`OverHttp`](crate::OverHttp)) and the gateway share it. What may be sent twice, and
//! why not more: `docs/decisions/balancing.md`.

mod counted;
mod lookup;
mod names;
mod outage;
mod place;
mod roster;
mod trip;
mod twice;
mod waiting;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use http::request::Parts;
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderValue, Method, Request, Response, Uri, header};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::sync::watch;

use counted::Outcome;
pub use counted::Upstreams;
use names::{Names, OfSystem};
pub use place::AddressError;
use place::Place;
use roster::{At, Roster, Tried, Way};
use trip::Trip;
use twice::{Kept, Sent};

use crate::{AnswerTimeout, Body, Unreached};

/// Shorter than our servers' patience with an idle connection, and than the pause that a server in a
/// cluster takes before it closes its own: a request does not meet one that is just being closed.
const IDLE: Duration = Duration::from_secs(4);
/// Maximum attempts per request, regardless of address count.
const MAX_ATTEMPTS: usize = 16;

/// Who gives up is told by an idempotency key that a second request is the first.
const KEY: &str = "idempotency-key";

/// One context's addresses, how they stand, and the connections to them.
pub struct Balanced {
    shared: Arc<Shared>,
}

struct Shared {
    to: String,
    places: Vec<Place>,
    client: Client<HttpConnector, Sent>,
    /// Keeps no connections.
    prober: Client<HttpConnector, Sent>,
    roster: Mutex<Roster>,
    names: Arc<dyn Names>,
    /// When names were last asked for.
    looked: Mutex<Option<Instant>>,
    /// Held while names are asked for: once is enough for all who wait.
    looking: tokio::sync::Mutex<()>,
    /// Counts the ends of outages; who waits for one hears it.
    returned: watch::Sender<u64>,
    upstreams: Upstreams,
}

/// A request that has no answer, or one that says that it was not carried out.
struct Missed {
    unreached: Unreached,
    /// What was answered by a context that does not serve yet.
    not_taken: Option<Box<Response<Body>>>,
    /// Whether the request can be sent again later.
    again: bool,
}

impl Balanced {
    /// `address` is one base URL or several with commas between them; a host may be a name that has
    /// several addresses. `to` is whose addresses they are. A connection is made within `connect`,
    /// or the next address is tried.
    ///
    /// # Errors
    /// [`AddressError`] for the first that cannot be used.
    pub fn new(
        to: impl Into<String>,
        address: &str,
        connect: Duration,
        upstreams: &Upstreams,
    ) -> Result<Self, AddressError> {
        Self::knowing(to.into(), address, connect, upstreams, Arc::new(OfSystem))
    }

    fn knowing(
        to: String,
        address: &str,
        connect: Duration,
        upstreams: &Upstreams,
        names: Arc<dyn Names>,
    ) -> Result<Self, AddressError> {
        let places = place::all(&to, address)?;
        let mut roster = Roster::default();
        roster.are(&place::known(&places));
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(connect));
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .build(connector.clone());
        let prober = Client::builder(TokioExecutor::new())
            .pool_max_idle_per_host(0)
            .build(connector);
        let shared = Shared {
            to,
            places,
            client,
            prober,
            roster: Mutex::new(roster),
            names,
            looked: Mutex::new(None),
            looking: tokio::sync::Mutex::new(()),
            returned: watch::Sender::new(0),
            upstreams: upstreams.clone(),
        };
        let shared = Arc::new(shared);
        Ok(Self { shared })
    }

    /// How long a request [waits](Self::send_when_up) for a context that is being restarted; zero, as
    /// without this, is not at all.
    #[must_use]
    pub fn waiting_up_to(self, max_wait: Duration) -> Self {
        self.shared.roster().outage.set_max_wait(max_wait);
        self
    }

    /// Whether one of the addresses has a path.
    pub fn has_path(&self) -> bool {
        self.shared.places.iter().any(|p| !p.prefix.is_empty())
    }

    /// Sends a request whose address is a path, and returns the answer that begins. Dropped before
    /// that, it counts against the address that was asked.
    ///
    /// # Errors
    /// [`Unreached`] when nobody answered.
    pub async fn send(&self, request: Request<Body>) -> Result<Response<Body>, Unreached> {
        let (head, body) = request.into_parts();
        let (body, mut tried) = (Kept::new(body), Tried::default());
        let sent = self.shared.attempt(&head, &body, &mut tried);
        sent.await.or_else(Missed::said)
    }

    /// The same, but a request that nobody took waits until the context has been restarted, for so long
    /// as was [set](Self::waiting_up_to). That time is not counted by `answer`.
    ///
    /// # Errors
    /// As [`Balanced::send`].
    pub async fn send_when_up(
        &self,
        request: Request<Body>,
        answer: &AnswerTimeout,
    ) -> Result<Response<Body>, Unreached> {
        let shared = &self.shared;
        let (head, body) = request.into_parts();
        let body = Kept::new(body);
        let mut tried = Tried::default();
        let mut limit = None;
        let mut missed = Missed::not_asked(format!("{} is down", shared.to));
        loop {
            if !shared.is_restarting() {
                match shared.attempt(&head, &body, &mut tried).await {
                    Ok(response) => return Ok(response),
                    Err(now) => missed = now,
                }
            }
            if !missed.again || !shared.wait(&mut limit, answer).await {
                return missed.said();
            }
        }
    }
}

impl Missed {
    fn not_asked(reason: String) -> Self {
        Self {
            unreached: Unreached::unsent(reason),
            not_taken: None,
            again: true,
        }
    }

    fn said(self) -> Result<Response<Body>, Unreached> {
        self.not_taken
            .map(|response| *response)
            .ok_or(self.unreached)
    }
}

impl Shared {
    fn roster(&self) -> MutexGuard<'_, Roster> {
        self.roster.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a request to one address after another, until one takes it.
    async fn attempt(
        self: &Arc<Self>,
        head: &Parts,
        body: &Kept,
        tried: &mut Tried,
    ) -> Result<Response<Body>, Missed> {
        let unknown = |unreached: Unreached| Missed::not_asked(unreached.to_string());
        self.look_up_if_stale().await.map_err(unknown)?;
        tried.begins_anew();
        let repeatable = is_repeatable(head);
        let mut missed = Missed::not_asked(format!("no address of {} takes requests", self.to));
        for _ in 0..MAX_ATTEMPTS {
            let Some(way) = self.pick(tried).await else {
                break;
            };
            let at = way.at;
            let request = readdressed(head, self.place(at), at.socket, body.attempt());
            let request = request.map_err(unknown)?;
            let mut trip = Trip::begins(self, way);
            missed = match self.client.request(request).await {
                Ok(response) => match trip.answered(response) {
                    Ok(response) => return Ok(response),
                    Err(not_taken) => {
                        tried.refused(at);
                        Missed {
                            not_taken: Some(not_taken),
                            again: body.is_whole(),
                            ..Missed::not_asked(format!("{at}: it does not serve yet"))
                        }
                    }
                },
                Err(error) => {
                    let outcome = trip::outcome_of(&error);
                    trip.ended(outcome);
                    self.missed(
                        at,
                        &error,
                        outcome,
                        tried,
                        repeatable && body.is_whole(),
                        body,
                    )
                }
            };
            let Missed {
                unreached, again, ..
            } = &missed;
            tracing::debug!(to = self.to, address = %at.socket, again, %unreached, "no answer");
            if !missed.again {
                break;
            }
        }
        Err(missed)
    }

    /// What follows from a request that has no answer.
    fn missed(
        self: &Arc<Self>,
        at: At,
        error: &Error,
        outcome: Outcome,
        tried: &mut Tried,
        repeatable: bool,
        body: &Kept,
    ) -> Missed {
        let again = match outcome {
            Outcome::Refused => {
                self.look_up_again();
                tried.refused(at);
                body.is_whole()
            }
            Outcome::Unsent => body.is_whole(),
            _ => tried.broke(at) && repeatable,
        };
        let reason = format!("{at}: {}", said(error));
        let unreached = if tried.has_broken() {
            Unreached::sent(reason)
        } else {
            Unreached::unsent(reason)
        };
        Missed {
            unreached,
            not_taken: None,
            again,
        }
    }

    fn place(&self, at: At) -> Option<&Place> {
        self.places.get(at.place)
    }

    /// The next address to try. When those that are known have been tried, names are asked for others.
    async fn pick(self: &Arc<Self>, tried: &mut Tried) -> Option<Way> {
        let way = self.roster().pick(Instant::now(), tried);
        if way.is_some() || !self.has_names() || !tried.asks_names() {
            return way;
        }
        // What was known before is not enough, however fresh.
        let _ = self.look_up(Instant::now()).await;
        self.roster().pick(Instant::now(), tried)
    }
}

/// Whether a request may go out again though the first may have been received. Reads change nothing;
/// a key tells our contexts that the second is the first. A PUT or DELETE without one would have the
/// same effect twice, but not the same answer.
fn is_repeatable(head: &Parts) -> bool {
    matches!(head.method, Method::GET | Method::HEAD | Method::OPTIONS)
        || head.headers.contains_key(KEY)
}

fn readdressed(
    head: &Parts,
    place: Option<&Place>,
    socket: SocketAddr,
    body: Sent,
) -> Result<Request<Sent>, Unreached> {
    let place = place.ok_or_else(|| Unreached::unsent("an address that nobody has"))?;
    let unreached = |error: http::Error| Unreached::unsent(error.to_string());
    let path = head.uri.path_and_query();
    let path = path.map_or("/", PathAndQuery::as_str);
    let authority = Authority::try_from(socket.to_string());
    let uri = Uri::builder()
        .scheme(Scheme::HTTP)
        .authority(authority.map_err(|error| unreached(error.into()))?)
        .path_and_query(format!("{}{path}", place.prefix))
        .build()
        .map_err(unreached)?;
    let host = HeaderValue::from_str(place.authority.as_str());
    let mut head = head.clone();
    head.uri = uri;
    if let Ok(host) = host {
        head.headers.insert(header::HOST, host);
    }
    Ok(Request::from_parts(head, body))
}

/// The whole chain, for the outermost alone says little.
fn said(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        said.push_str(": ");
        said.push_str(&error.to_string());
        cause = error.source();
    }
    said
}

#[cfg(test)]
mod tests;

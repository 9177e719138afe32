//! Serves an endpoint on a port. Its edges are its arguments: the listener, and when to stop.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::uri::Authority;
use http::{HeaderName, HeaderValue, Request, Response, Uri, Version, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;

use crate::origin::Host;
use crate::unread::Left;
use crate::{Body, Endpoint, Language, Problem, target};

/// On every answer of a server that has been told to stop, or cannot serve yet: who asks should go
/// elsewhere for now. Of one hop.
pub const LEAVING: HeaderName = HeaderName::from_static("x-leaving");

/// At the end a connection is still read for so long: what was sent before the client could know.
const LAST_WORDS: Duration = Duration::from_millis(100);

/// As many headers hyper keeps where they cost no memory of their own.
const HEADERS: usize = 100;

/// What a server puts up with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How long a request's head may take to arrive, and a connection may stand idle between two.
    pub head_time: Duration,
    /// Bytes of a request's head; more is 431.
    pub head_size: usize,
    /// Headers of a request; more is 431.
    pub headers: usize,
    /// Connections at once; more wait in the listener's queue.
    pub connections: usize,
    /// After the stop: how long requests are still taken, for whoever has not heard of it yet. Each
    /// connection ends with its next answer.
    pub pause: Duration,
    /// After the pause: how long what is in flight may take.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head_time: Duration::from_secs(10),
            head_size: 32 * 1024,
            headers: HEADERS,
            connections: 10_000,
            pause: Duration::ZERO,
            grace: Duration::from_secs(8),
        }
    }
}

impl Limits {
    /// For who is asked through a gateway: what that one lets through is not refused here for the
    /// headers that it has added.
    #[must_use]
    pub fn behind_a_gateway(self) -> Self {
        Self {
            head_size: self.head_size + 4 * 1024,
            headers: self.headers + 20,
            ..self
        }
    }
}

/// How far the stop has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Open,
    /// Answers end their connections.
    Leaving,
    /// Nobody comes in any more; connections end where they stand idle.
    Closing,
}

/// Serves until `stop` is done; goes on for the pause, in which every answer ends its connection;
/// then takes no more connections, finishes what is in flight, and returns how many connections it
/// had to cut off because they took longer than the grace. Who is connected is told to the endpoint
/// as a request's extension, a [`SocketAddr`].
pub async fn serve(
    listener: TcpListener,
    endpoint: Arc<dyn Endpoint>,
    limits: Limits,
    stop: impl Future<Output = ()>,
) -> usize {
    let (phase, _) = watch::channel(Phase::Open);
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.head_time)
        .max_header_size(limits.head_size)
        .max_buf_size((2 * limits.head_size).max(64 * 1024));
    if limits.headers != HEADERS {
        http.max_headers(limits.headers);
    }
    let mut server = Server {
        http,
        endpoint,
        slots: Arc::new(Semaphore::new(limits.connections)),
        phase: phase.subscribe(),
        connections: JoinSet::new(),
    };
    server.take(&listener, stop).await;
    phase.send_replace(Phase::Leaving);
    let pause = tokio::time::sleep(limits.pause);
    server.take(&listener, pause).await;
    server.take_rest(listener);
    phase.send_replace(Phase::Closing);
    let connections = &mut server.connections;
    let ended = async { while connections.join_next().await.is_some() {} };
    let finished = tokio::time::timeout(limits.grace, ended).await;
    let cut = finished.map_or(connections.len(), |()| 0);
    connections.shutdown().await;
    cut
}

struct Server {
    http: http1::Builder,
    endpoint: Arc<dyn Endpoint>,
    slots: Arc<Semaphore>,
    phase: watch::Receiver<Phase>,
    connections: JoinSet<()>,
}

impl Server {
    /// Takes connections until then.
    async fn take(&mut self, listener: &TcpListener, until: impl Future<Output = ()>) {
        let mut until = std::pin::pin!(until);
        loop {
            let accepted = tokio::select! {
                () = &mut until => return,
                // Takes the ended ones out of the set.
                Some(_) = self.connections.join_next() => continue,
                accepted = accept(listener, &self.slots) => accepted,
            };
            match accepted {
                Ok((stream, peer, slot)) => self.converse(stream, peer, slot),
                Err(error) => {
                    // Out of file descriptors, mostly: connections must end before one can begin.
                    tracing::warn!(%error, "no connection can be taken");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
    }

    /// Takes those in that have connected and not been seen yet: closed with the listener, they
    /// would break off, and their clients not know whether they were heard.
    fn take_rest(&mut self, listener: TcpListener) {
        let Ok(listener) = listener.into_std() else {
            return;
        };
        // It does not block: it was tokio's.
        while let Ok((stream, peer)) = listener.accept() {
            let stream = stream.set_nonblocking(true).map(|()| stream);
            if let Ok(stream) = stream.and_then(TcpStream::from_std) {
                self.converse(stream, peer, None);
            }
        }
    }

    fn converse(
        &mut self,
        stream: TcpStream,
        peer: SocketAddr,
        slot: Option<OwnedSemaphorePermit>,
    ) {
        let endpoint = Arc::clone(&self.endpoint);
        let phase = self.phase.clone();
        let service = service_fn(move |request| {
            let (endpoint, phase) = (Arc::clone(&endpoint), phase.clone());
            async move {
                let mut response = answer(endpoint, peer, request).await;
                if *phase.borrow() != Phase::Open {
                    let headers = response.headers_mut();
                    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
                    headers.insert(LEAVING, HeaderValue::from_static("1"));
                }
                Ok::<_, Infallible>(response)
            }
        });
        let connection = self.http.serve_connection(TokioIo::new(stream), service);
        let mut phase = self.phase.clone();
        self.connections.spawn(async move {
            let mut connection = std::pin::pin!(connection);
            let ended = tokio::select! {
                ended = connection.as_mut() => ended,
                () = closing(&mut phase) => {
                    match tokio::time::timeout(LAST_WORDS, connection.as_mut()).await {
                        Ok(ended) => ended,
                        Err(_) => {
                            connection.as_mut().graceful_shutdown();
                            connection.await
                        }
                    }
                }
            };
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection ended early");
            }
            drop(slot);
        });
    }
}

async fn closing(phase: &mut watch::Receiver<Phase>) {
    // An error means that the server itself has gone.
    let _ = phase.wait_for(|phase| *phase == Phase::Closing).await;
}

async fn accept(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> std::io::Result<(TcpStream, SocketAddr, Option<OwnedSemaphorePermit>)> {
    let slot = Arc::clone(slots).acquire_owned().await.ok();
    let (stream, peer) = listener.accept().await?;
    // An answer is written at once, not held back for more to come.
    stream.set_nodelay(true)?;
    Ok((stream, peer, slot))
}

async fn answer(
    endpoint: Arc<dyn Endpoint>,
    peer: SocketAddr,
    mut request: Request<Incoming>,
) -> Response<Body> {
    let left = Left::default();
    let waits = request.headers().contains_key(header::EXPECT);
    let mut response = match check(&request) {
        Ok(()) => {
            request.extensions_mut().insert(peer);
            endpoint.handle(left.lends(request)).await
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

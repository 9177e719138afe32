//! Serves an endpoint on a port. Its edges are its arguments: the listener, and when to stop.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response, Uri, Version, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use crate::unread::Left;
use crate::{Body, Endpoint, Language, Problem, target};

/// What a server puts up with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How long a request's head may take to arrive, and a connection may stand idle between two.
    pub head_time: Duration,
    /// Bytes of a request's head; more is 431. (More than 100 headers are 431, too.)
    pub head_size: usize,
    /// Connections at once; more wait in the listener's queue.
    pub connections: usize,
    /// After the stop: how long what is in flight may take.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head_time: Duration::from_secs(10),
            head_size: 32 * 1024,
            connections: 10_000,
            grace: Duration::from_secs(8),
        }
    }
}

/// Serves until `stop` is done; then takes no more connections, finishes what is in flight, and
/// returns how many connections it had to cut off because they took longer than the grace. Who is
/// connected is told to the endpoint as a request's extension, a [`SocketAddr`].
pub async fn serve(
    listener: TcpListener,
    endpoint: Arc<dyn Endpoint>,
    limits: Limits,
    stop: impl Future<Output = ()>,
) -> usize {
    let graceful = GracefulShutdown::new();
    let slots = Arc::new(Semaphore::new(limits.connections));
    let mut connections = JoinSet::new();
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.head_time)
        .max_header_size(limits.head_size)
        .max_buf_size((2 * limits.head_size).max(64 * 1024));
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            // Takes the ended ones out of the set.
            Some(_) = connections.join_next() => continue,
            accepted = accept(&listener, &slots) => accepted,
        };
        let (stream, peer, slot) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, mostly: connections must end before one can begin.
                tracing::warn!(%error, "no connection can be taken");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let endpoint = Arc::clone(&endpoint);
        let service = service_fn(move |request| answer(Arc::clone(&endpoint), peer, request));
        let connection = graceful.watch(http.serve_connection(TokioIo::new(stream), service));
        connections.spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
            drop(slot);
        });
    }
    drop(listener);
    let finished = tokio::time::timeout(limits.grace, graceful.shutdown()).await;
    while connections.try_join_next().is_some() {}
    let cut = if finished.is_ok() {
        0
    } else {
        connections.len()
    };
    connections.shutdown().await;
    cut
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
) -> Result<Response<Body>, Infallible> {
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
    Ok(response)
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
        ));
    }
    Ok(())
}

//! Serves an endpoint on a port. Its edges are its arguments: the listener, and when to stop.

pub(crate) mod activity;
mod admission;
mod guest;
mod stream;

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::Endpoint;
use activity::Activity;
pub use admission::Connections;
use guest::Guest;
use stream::Stream;

/// At the end a connection is still read for so long: what was sent before the client could know.
const LAST_WORDS: Duration = Duration::from_millis(100);
/// And a client that keeps the server waiting for so long then is cut off.
const STALL_AT_END: Duration = Duration::from_millis(500);
/// No connection can be taken: the next attempt comes after this, for others have to end first.
const EXHAUSTED_PAUSE: Duration = Duration::from_millis(50);

/// Bytes of an answer that the kernel holds for a client at most (Linux allots twice as many, for its
/// own records). It wakes a writer when a third is free, so a client that takes a third of this in the
/// write timeout is served on.
#[cfg(unix)]
const SEND_BUFFER: usize = 128 * 1024;

/// As many headers hyper keeps where they cost no memory of their own.
const HEADERS: usize = 100;

/// What a server puts up with.
#[derive(Clone, Debug)]
pub struct Limits {
    /// How long a request's head may take to arrive, and a connection may stand idle between two.
    pub head_time: Duration,
    /// Bytes of a request's head; more is 431.
    pub head_size: usize,
    /// Headers of a request; more is 431.
    pub headers: usize,
    /// A client that takes no bytes of its answer for so long is cut off.
    pub write_time: Duration,
    /// Connections at once, together with all servers that hold a clone.
    pub connections: Connections,
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
            write_time: Duration::from_secs(10),
            connections: Connections::default(),
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
    #[cfg(unix)]
    if let Err(error) = rustix::net::sockopt::set_socket_send_buffer_size(&listener, SEND_BUFFER) {
        tracing::debug!(%error, "send buffers are as large as the system likes");
    }
    let mut server = Server {
        http,
        endpoint,
        write_time: limits.write_time,
        places: limits.connections,
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
    write_time: Duration,
    places: Connections,
    phase: watch::Receiver<Phase>,
    connections: JoinSet<()>,
}

impl Server {
    /// Takes connections until then.
    async fn take(&mut self, listener: &TcpListener, until: impl Future<Output = ()>) {
        let mut until = std::pin::pin!(until);
        // Who has connected, and has no place yet.
        let mut newcomer = None;
        loop {
            let (stream, peer) = tokio::select! {
                () = &mut until => return self.take_last(newcomer),
                // Takes the ended ones out of the set.
                Some(_) = self.connections.join_next() => continue,
                accepted = next(listener, &mut newcomer, &self.places) => match accepted {
                    Ok(accepted) => accepted,
                    Err(error) => {
                        self.cannot_accept(&error).await;
                        continue;
                    }
                },
            };
            newcomer = self.converse(stream, peer).err();
        }
    }

    /// Takes those in that have connected and not been seen yet: closed with the listener, they
    /// would break off, and their clients not know whether they were heard. As many as there is room
    /// for.
    fn take_rest(&mut self, listener: TcpListener) {
        let Ok(listener) = listener.into_std() else {
            return;
        };
        // It does not block: it was tokio's.
        while let Ok((stream, peer)) = listener.accept() {
            let stream = stream.set_nonblocking(true).map(|()| stream);
            if let Ok(stream) = stream.and_then(TcpStream::from_std)
                && self.converse(stream, peer).is_err()
            {
                return;
            }
        }
    }

    fn take_last(&mut self, newcomer: Option<(TcpStream, SocketAddr)>) {
        if let Some((stream, peer)) = newcomer {
            // One without a place is hung up on.
            let _ = self.converse(stream, peer);
        }
    }

    async fn cannot_accept(&self, error: &io::Error) {
        if matches!(
            error.kind(),
            io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
        ) {
            return;
        }
        // Out of file descriptors, mostly: connections must end before one can begin.
        self.places.exhausted(error);
        tokio::time::sleep(EXHAUSTED_PAUSE).await;
    }

    /// Serves a client; gives it back when there is no place for it.
    fn converse(
        &mut self,
        stream: TcpStream,
        peer: SocketAddr,
    ) -> Result<(), (TcpStream, SocketAddr)> {
        let Some(place) = self.places.admit(peer.ip()) else {
            return Err((stream, peer));
        };
        // An answer is written at once, not held back for more to come. Where that cannot be had it
        // is only slower.
        let _ = stream.set_nodelay(true);
        let place = Arc::new(place);
        let activity = Arc::clone(place.activity());
        let stream = Stream::new(stream, Arc::clone(&activity), self.write_time);
        let guest = Arc::new(Guest {
            endpoint: Arc::clone(&self.endpoint),
            peer,
            place: Arc::clone(&place),
            phase: self.phase.clone(),
        });
        let service = service_fn(move |request| {
            let guest = Arc::clone(&guest);
            async move { Ok::<_, Infallible>(guest.answer(request).await) }
        });
        let connection = self.http.serve_connection(TokioIo::new(stream), service);
        let mut phase = self.phase.clone();
        let of_connection = Arc::clone(&activity);
        let task = self.connections.spawn(async move {
            // Free only when the connection is closed: what stands later is dropped before.
            let _place = place;
            let mut connection = std::pin::pin!(connection);
            let ended = tokio::select! {
                ended = connection.as_mut() => ended,
                () = closing(&mut phase) => {
                    match tokio::time::timeout(LAST_WORDS, connection.as_mut()).await {
                        Ok(ended) => ended,
                        Err(_) => {
                            connection.as_mut().graceful_shutdown();
                            unless_stalled(connection.as_mut(), &of_connection).await
                        }
                    }
                }
            };
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection ended early");
            }
        });
        activity.is_carried_by(task);
        Ok(())
    }
}

/// The next who has connected; first the newcomer that had no place, once somebody may have left.
async fn next(
    listener: &TcpListener,
    newcomer: &mut Option<(TcpStream, SocketAddr)>,
    places: &Connections,
) -> io::Result<(TcpStream, SocketAddr)> {
    if newcomer.is_some() {
        places.freed().await;
    }
    match newcomer.take() {
        Some(waiting) => Ok(waiting),
        None => listener.accept().await,
    }
}

/// Until the connection ends, or its client keeps the server waiting.
async fn unless_stalled<C: Future<Output = hyper::Result<()>>>(
    mut connection: Pin<&mut C>,
    activity: &Activity,
) -> hyper::Result<()> {
    loop {
        match tokio::time::timeout(LAST_WORDS, connection.as_mut()).await {
            Ok(ended) => return ended,
            Err(_) if activity.is_stalled(STALL_AT_END) => {
                tracing::debug!("a client that kept the server waiting was cut off at the end");
                return Ok(());
            }
            Err(_) => {}
        }
    }
}

async fn closing(phase: &mut watch::Receiver<Phase>) {
    // An error means that the server itself has gone.
    let _ = phase.wait_for(|phase| *phase == Phase::Closing).await;
}

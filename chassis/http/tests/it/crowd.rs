//! More clients than can be served, and clients that keep the server waiting.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_api::{Answering, Body, BodyError, Connections, Endpoint, Limits};
use http_body::Frame;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;

use crate::app::Served;

const DEADLINE: Duration = Duration::from_secs(20);

/// `/endless` has an answer without an end, `/slow` one that comes when it is told to, and everything
/// else is answered at once.
#[derive(Default)]
struct Bar {
    begun: AtomicUsize,
    endless: Arc<AtomicUsize>,
    slow: AtomicUsize,
    told: Notify,
}

/// Bytes for as long as anybody takes them; counts itself.
struct Endless(Arc<AtomicUsize>);

impl http_body::Body for Endless {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let data = Bytes::from_static(&[b' '; 16 * 1024]);
        Poll::Ready(Some(Ok(Frame::data(data))))
    }
}

impl Drop for Endless {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Endpoint for Bar {
    fn handle(&self, request: Request<Body>) -> Answering<'_> {
        match request.uri().path() {
            "/endless" => {
                self.endless.fetch_add(1, Ordering::SeqCst);
                self.begun.fetch_add(1, Ordering::SeqCst);
                let body = Body::Streamed(Box::pin(Endless(Arc::clone(&self.endless))));
                Box::pin(async move { Response::new(body) })
            }
            "/slow" => {
                self.slow.fetch_add(1, Ordering::SeqCst);
                Box::pin(async {
                    self.told.notified().await;
                    Response::new(Body::full("done"))
                })
            }
            "/body" => Box::pin(async {
                let read = request.into_body().whole(1024).await.is_ok();
                Response::new(Body::full(if read { "read" } else { "broken" }))
            }),
            _ => Box::pin(async { Response::new(Body::full("done")) }),
        }
    }
}

async fn until(what: &str, is_so: impl Fn() -> bool) {
    let waiting = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let in_time = tokio::time::timeout(DEADLINE, waiting).await;
    assert!(in_time.is_ok(), "{what}");
}

async fn sends(served: &Served, bytes: &str) -> TcpStream {
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    stream.write_all(bytes.as_bytes()).await.unwrap();
    stream
}

async fn asks(served: &Served, path: &str) -> TcpStream {
    sends(served, &format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n")).await
}

/// What is there until the answer's body, or the end.
async fn answer(stream: &mut TcpStream) -> String {
    let mut answer = String::new();
    let reading = async {
        let mut chunk = [0; 4096];
        while let Ok(count @ 1..) = stream.read(&mut chunk).await {
            answer.push_str(std::str::from_utf8(&chunk[..count]).unwrap());
            if answer.ends_with("done") || answer.ends_with('}') {
                break;
            }
        }
    };
    let in_time = tokio::time::timeout(DEADLINE, reading).await;
    assert!(in_time.is_ok(), "no end after {answer}");
    answer
}

async fn get(served: &Served, path: &str) -> String {
    answer(&mut asks(served, path).await).await
}

fn seats(number: usize) -> Limits {
    Limits {
        connections: Connections::new(number, number),
        // Only what is tested ends them.
        head_time: Duration::from_secs(3_600),
        write_time: Duration::from_secs(3_600),
        ..Limits::default()
    }
}

#[tokio::test]
async fn a_client_that_does_not_read_its_answer_is_cut_off() {
    let bar = Arc::new(Bar::default());
    let limits = Limits {
        write_time: Duration::from_millis(50),
        ..Limits::default()
    };
    let served = Served::start(Arc::clone(&bar) as _, limits).await;
    let _deaf = asks(&served, "/endless").await;
    let endless = || bar.endless.load(Ordering::SeqCst);
    until("it is answered", || bar.begun.load(Ordering::SeqCst) == 1).await;
    until("its answer is given up", || endless() == 0).await;
    assert!(get(&served, "/").await.ends_with("done"));
}

#[tokio::test]
async fn who_keeps_the_server_waiting_gives_way_to_others() {
    let bar = Arc::new(Bar::default());
    let served = Served::start(Arc::clone(&bar) as _, seats(3)).await;
    let mut silent = Vec::new();
    for _ in 0..5 {
        silent.push(sends(&served, "GET / HTTP/1.1\r\nHost:").await);
        silent.push(asks(&served, "/endless").await);
        silent.push(
            sends(
                &served,
                "POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{",
            )
            .await,
        );
    }
    // Those who came before wait for a seat, too, and it may be asked to try again.
    let served_at_last = async { while !get(&served, "/").await.starts_with("HTTP/1.1 200") {} };
    let in_time = tokio::time::timeout(DEADLINE, served_at_last).await;
    assert!(in_time.is_ok(), "nobody gives way");
}

#[tokio::test]
async fn liveness_is_told_while_all_are_served_and_others_are_asked_to_try_again() {
    let bar = Arc::new(Bar::default());
    let served = Served::start(Arc::clone(&bar) as _, seats(2)).await;
    let mut busy = Vec::new();
    for _ in 0..2 {
        busy.push(asks(&served, "/slow").await);
    }
    until("they are served", || bar.slow.load(Ordering::SeqCst) == 2).await;
    // More than may stand, one after the other: some wait for a seat, and some say nothing.
    let mut more = Vec::new();
    for _ in 0..20 {
        more.push(asks(&served, "/").await);
        more.push(TcpStream::connect(served.address).await.unwrap());
    }
    for path in [
        "/actuator/health/liveness",
        "/shop/actuator/health/liveness",
        "/isHealthy",
    ] {
        let answer = get(&served, path).await;
        assert!(answer.ends_with("done"), "{answer}");
        assert!(answer.contains("connection: close"), "{answer}");
    }
    let refused = get(&served, "/").await;
    assert!(refused.starts_with("HTTP/1.1 503"), "{refused}");
    for said in [
        "\"too-many-connections\"",
        "retry-after: 1\r\n",
        "x-leaving: not-taken\r\n",
        "connection: close\r\n",
    ] {
        assert!(refused.contains(said), "{said}: {refused}");
    }
    bar.told.notify_waiters();
    for served in &mut busy {
        assert!(answer(served).await.ends_with("done"));
    }
    drop(busy);
    assert!(get(&served, "/").await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn one_address_cannot_take_all_seats() {
    let bar = Arc::new(Bar::default());
    let limits = Limits {
        connections: Connections::new(10, 2),
        ..seats(10)
    };
    let served = Served::start(Arc::clone(&bar) as _, limits).await;
    let mut clients = Vec::new();
    for _ in 0..4 {
        clients.push(asks(&served, "/slow").await);
    }
    // Two of them wait for a seat; one of them gets it when it is free, and all are answered.
    let refused = async {
        let mut refused = 0;
        for client in &mut clients[2..] {
            refused += usize::from(answer(client).await.starts_with("HTTP/1.1 503"));
        }
        refused
    };
    assert_eq!(refused.await, 2);
    assert_eq!(bar.slow.load(Ordering::SeqCst), 2);
    bar.told.notify_waiters();
}

#[tokio::test]
async fn servers_of_one_process_share_its_connections() {
    let bar = Arc::new(Bar::default());
    let limits = seats(2);
    let one = Served::start(Arc::clone(&bar) as _, limits.clone()).await;
    let other = Served::start(Arc::clone(&bar) as _, limits).await;
    let _busy = [asks(&one, "/slow").await, asks(&one, "/slow").await];
    until("they are served", || bar.slow.load(Ordering::SeqCst) == 2).await;
    assert!(get(&other, "/").await.starts_with("HTTP/1.1 503"));
    assert!(get(&other, "/isHealthy").await.starts_with("HTTP/1.1 200"));
    bar.told.notify_waiters();
}

#[tokio::test]
async fn clients_that_keep_the_server_waiting_do_not_hold_up_its_end() {
    let bar = Arc::new(Bar::default());
    let limits = Limits {
        // The test would not end.
        grace: Duration::from_secs(3_600),
        ..seats(100)
    };
    let mut served = Served::start(Arc::clone(&bar) as _, limits).await;
    let _silent = [
        asks(&served, "/endless").await,
        asks(&served, "/endless").await,
        sends(&served, "GET / HTTP/1.1\r\nHost:").await,
        sends(
            &served,
            "POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{",
        )
        .await,
        TcpStream::connect(served.address).await.unwrap(),
    ];
    let mut slow = asks(&served, "/slow").await;
    until("all are there", || {
        bar.slow.load(Ordering::SeqCst) == 1 && bar.endless.load(Ordering::SeqCst) == 2
    })
    .await;
    served.stop();
    until("those are cut off", || {
        bar.endless.load(Ordering::SeqCst) == 0
    })
    .await;
    // What is worked on is finished all the same.
    bar.told.notify_one();
    assert!(answer(&mut slow).await.ends_with("done"));
    assert_eq!(served.ended().await, 0);
}

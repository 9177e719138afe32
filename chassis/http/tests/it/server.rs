//! Over TCP: what clients do to connections, by accident or not.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http::{Request, Response};
use http_api::{Answering, ApiSettings, Body, Connections, Endpoint, Limits};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;

use crate::app::{App, Served};

const DEADLINE: Duration = Duration::from_secs(10);

async fn kitchen(limits: Limits) -> Served {
    let app = App::with(ApiSettings {
        body_time: Duration::from_millis(50),
        ..ApiSettings::default()
    });
    app.buy("blue", 2).await;
    Served::start(app.api, limits).await
}

/// Sends bytes and reads until the other side has closed.
async fn exchange(served: &Served, bytes: impl AsRef<[u8]>) -> String {
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    // A server that has made up its mind may close before it has read everything.
    let _ = stream.write_all(bytes.as_ref()).await;
    rest(&mut stream).await
}

async fn rest(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let read = async {
        let mut chunk = [0; 4096];
        while let Ok(count @ 1..) = stream.read(&mut chunk).await {
            answer.extend_from_slice(&chunk[..count]);
        }
    };
    tokio::time::timeout(DEADLINE, read)
        .await
        .expect("the server closes the connection");
    String::from_utf8_lossy(&answer).into_owned()
}

async fn until(stream: &mut TcpStream, end: &str) -> String {
    let mut answer = String::new();
    while !answer.ends_with(end) {
        let mut chunk = [0; 4096];
        let count = tokio::time::timeout(DEADLINE, stream.read(&mut chunk));
        let count = count.await.expect("the server answers").unwrap();
        assert!(count > 0, "closed after {answer}");
        answer.push_str(std::str::from_utf8(&chunk[..count]).unwrap());
    }
    answer
}

fn statuses(answer: &str) -> Vec<&str> {
    answer
        .split("HTTP/1.1 ")
        .skip(1)
        .map(|part| &part[..3])
        .collect()
}

const CLOSE: &str = "Host: shop\r\nConnection: close\r\n\r\n";

#[tokio::test]
async fn a_connection_is_kept_and_requests_may_be_sent_ahead() {
    let served = kitchen(Limits::default()).await;
    let get = "GET /kettles/1 HTTP/1.1\r\nHost: shop\r\n\r\n";
    let absent = "GET /kettles/2 HTTP/1.1\r\nHost: shop\r\n\r\n";
    let answer = exchange(
        &served,
        format!("{get}{absent}{get}GET / HTTP/1.1\r\n{CLOSE}"),
    )
    .await;
    assert_eq!(statuses(&answer), ["200", "404", "200", "200"]);
}

#[tokio::test]
async fn a_body_may_come_in_chunks() {
    let served = kitchen(Limits::default()).await;
    let head = "POST /kettles HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json\r\n";
    let body = "8\r\n{\"name\":\r\n10\r\n\"red\",\"litres\":1\r\n1\r\n}\r\n0\r\n\r\n";
    let answer = exchange(&served, format!("{head}{CLOSE}{body}")).await;
    assert_eq!(statuses(&answer), ["201"], "{answer}");
}

#[tokio::test]
async fn a_whole_address_and_a_star_are_understood() {
    let served = kitchen(Limits::default()).await;
    let whole = format!("GET http://door.kr/kettles/1 HTTP/1.1\r\n{CLOSE}");
    let answer = exchange(&served, whole).await;
    assert!(
        answer.contains("\"href\":\"http://door.kr/kettles/1\""),
        "{answer}"
    );
    let answer = exchange(&served, format!("OPTIONS * HTTP/1.1\r\n{CLOSE}")).await;
    assert_eq!(statuses(&answer), ["200"]);
    let answer = exchange(&served, "GET /kettles/1 HTTP/1.0\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.0 200"), "{answer}");
}

#[tokio::test]
async fn head_says_how_long_the_body_would_be_and_sends_none() {
    let served = kitchen(Limits::default()).await;
    let root = exchange(&served, format!("HEAD / HTTP/1.1\r\n{CLOSE}")).await;
    let whole = exchange(&served, format!("GET / HTTP/1.1\r\n{CLOSE}")).await;
    let length = |answer: &str| {
        let line = answer
            .lines()
            .find(|line| line.starts_with("content-length"));
        line.map(str::to_owned).unwrap()
    };
    assert_eq!(length(&root), length(&whole));
    assert!(root.ends_with("\r\n\r\n"), "{root}");
}

#[tokio::test]
async fn what_is_no_http_is_400() {
    let served = kitchen(Limits::default()).await;
    for request in [
        "nonsense\r\n\r\n",
        "GET\r\n\r\n",
        "GET /kettles\u{0}1 HTTP/1.1\r\nHost: shop\r\n\r\n",
        "GET /kettles HTTP/9.9\r\nHost: shop\r\n\r\n",
        "GET /kettles HTTP/1.1\r\nHost shop\r\n\r\n",
        "GET /kettles HTTP/1.1\r\nHost: shop\r\nContent-Length: -1\r\n\r\n",
        "GET /kettles HTTP/1.1\r\nHost: shop\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    ] {
        let answer = exchange(&served, request).await;
        assert_eq!(statuses(&answer), ["400"], "{request:?}: {answer}");
    }
}

#[tokio::test]
async fn a_request_has_exactly_one_host() {
    let served = kitchen(Limits::default()).await;
    for hosts in ["", "Host: a\r\nHost: b\r\n"] {
        let request = format!("GET / HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n");
        let answer = exchange(&served, request).await;
        assert_eq!(statuses(&answer), ["400"], "{answer}");
        assert!(answer.contains("bad-host"));
    }
    let answer = exchange(&served, format!("GET * HTTP/1.1\r\n{CLOSE}")).await;
    assert_eq!(statuses(&answer), ["400"], "{answer}");
}

#[tokio::test]
async fn a_host_that_is_none_is_400_and_one_that_is_empty_is_in_no_link() {
    let served = kitchen(Limits::default()).await;
    for host in [
        "..",
        "a:b:c",
        "shop:+80",
        "shop:0",
        "2001:db8::7",
        "a b",
        "u@shop",
        "\u{c0}",
    ] {
        let request = format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        let answer = exchange(&served, request).await;
        assert_eq!(statuses(&answer), ["400"], "{host}: {answer}");
        assert!(answer.contains("bad-host"), "{host}: {answer}");
    }
    let whole = format!("GET http://u:p@shop/ HTTP/1.1\r\n{CLOSE}");
    assert_eq!(statuses(&exchange(&served, whole).await), ["400"]);
    for unnamed in [
        "GET /kettles/1 HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n",
        "GET /kettles/1 HTTP/1.0\r\n\r\n",
    ] {
        let answer = exchange(&served, unnamed).await;
        assert!(answer.contains("\"href\":\"/kettles/1\""), "{answer}");
    }
}

#[tokio::test]
async fn nobody_gets_a_tunnel_however_it_is_asked_for() {
    let served = kitchen(Limits::default()).await;
    for target in ["shop:80", "/kettles/1", "http://shop/kettles/1"] {
        let request = format!("CONNECT {target} HTTP/1.1\r\n{CLOSE}");
        let answer = exchange(&served, request).await;
        assert_eq!(statuses(&answer), ["400"], "{target}: {answer}");
    }
}

#[tokio::test]
async fn who_is_behind_a_gateway_takes_more_headers_than_the_gateway() {
    let many = |count: usize| {
        let headers = "X-More: 1\r\n".repeat(count);
        // With Host and Connection.
        format!("GET /kettles/1 HTTP/1.1\r\n{headers}{CLOSE}")
    };
    let outside = kitchen(Limits::default()).await;
    assert_eq!(statuses(&exchange(&outside, many(98)).await), ["200"]);
    assert_eq!(statuses(&exchange(&outside, many(99)).await), ["431"]);
    let inside = kitchen(Limits::default().behind_a_gateway()).await;
    assert_eq!(statuses(&exchange(&inside, many(118)).await), ["200"]);
    assert_eq!(statuses(&exchange(&inside, many(119)).await), ["431"]);
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let served = kitchen(Limits::default()).await;
    let long = format!(
        "GET / HTTP/1.1\r\nX-Long: {}\r\n{CLOSE}",
        "x".repeat(40_000)
    );
    assert_eq!(statuses(&exchange(&served, long).await), ["431"]);
    let headers = "X-Many: y\r\n".repeat(200);
    let many = format!("GET / HTTP/1.1\r\n{headers}{CLOSE}");
    assert_eq!(statuses(&exchange(&served, many).await), ["431"]);
    let uri = format!("GET /{} HTTP/1.1\r\n{CLOSE}", "x".repeat(10_000));
    assert_eq!(statuses(&exchange(&served, uri).await), ["414"]);
}

#[tokio::test]
async fn a_body_that_nobody_reads_does_not_end_the_connection_if_it_is_there() {
    let served = kitchen(Limits::default()).await;
    let refused = "PUT /kettles HTTP/1.1\r\nHost: a\r\nContent-Length: 13\r\n\r\n{\"name\":\"red\"";
    let nowhere = "POST /nowhere HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n";
    let answer = exchange(
        &served,
        format!("{refused}{nowhere}GET / HTTP/1.1\r\n{CLOSE}"),
    )
    .await;
    assert_eq!(statuses(&answer), ["405", "404", "200"], "{answer}");
}

#[tokio::test]
async fn a_body_that_nobody_waits_for_ends_the_connection_and_the_client_is_told() {
    let served = kitchen(Limits::default()).await;
    for head in [
        "PUT /kettles HTTP/1.1\r\nHost: a\r\nContent-Length: 13\r\n\r\n",
        "PUT /kettles HTTP/1.1\r\nHost: a\r\nContent-Length: 13\r\nExpect: 100-continue\r\n\r\n",
        "PUT /kettles HTTP/1.1\r\nHost: a\r\nHost: b\r\nContent-Length: 13\r\n\r\n",
        "PUT /kettles HTTP/1.1\r\nHost: a\r\nContent-Length: 70000\r\n\r\n{",
    ] {
        let answer = exchange(&served, head).await;
        assert_eq!(statuses(&answer).len(), 1, "{answer}");
        assert!(answer.contains("\r\nconnection: close\r\n"), "{answer}");
    }
}

#[tokio::test]
async fn a_body_that_is_announced_too_large_is_not_waited_for() {
    let served = kitchen(Limits::default()).await;
    let request = format!(
        "POST /kettles HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 70000\r\n{CLOSE}"
    );
    assert_eq!(statuses(&exchange(&served, request).await), ["413"]);
}

#[tokio::test]
async fn a_body_that_does_not_come_is_408() {
    let served = kitchen(Limits::default()).await;
    let request = format!(
        "POST /kettles HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 10\r\n{CLOSE}{{"
    );
    let answer = exchange(&served, request).await;
    assert_eq!(statuses(&answer), ["408"], "{answer}");
}

#[tokio::test]
async fn a_body_that_breaks_off_changes_nothing() {
    let served = kitchen(Limits::default()).await;
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    let request = "POST /kettles HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{\"name\":\"red\"";
    stream.write_all(request.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    rest(&mut stream).await;
    let answer = exchange(&served, format!("GET /kettles HTTP/1.1\r\n{CLOSE}")).await;
    assert!(answer.contains("\"totalElements\":1"), "{answer}");
}

#[tokio::test]
async fn a_client_that_dawdles_over_its_head_is_cut_off() {
    let limits = Limits {
        head_time: Duration::from_millis(50),
        ..Limits::default()
    };
    let served = kitchen(limits).await;
    let answer = exchange(&served, "GET /kettles/1 HTTP/1.1\r\nHost:").await;
    assert!(!answer.contains("200"), "{answer}");
}

/// Answers when it is told to.
#[derive(Default)]
struct Gate {
    arrived: AtomicUsize,
    open: Notify,
}

impl Endpoint for Gate {
    fn handle(&self, _: Request<Body>) -> Answering<'_> {
        self.arrived.fetch_add(1, Ordering::SeqCst);
        Box::pin(async {
            self.open.notified().await;
            Response::new(Body::full("done"))
        })
    }
}

impl Gate {
    async fn has_let_in(&self, count: usize) {
        let waiting = async {
            while self.arrived.load(Ordering::SeqCst) < count {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(DEADLINE, waiting).await.unwrap();
    }
}

async fn knock(served: &Served) -> TcpStream {
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

#[tokio::test]
async fn what_is_in_flight_is_finished_before_it_stops() {
    let gate = Arc::new(Gate::default());
    let mut served = Served::start(Arc::clone(&gate) as _, Limits::default()).await;
    let mut idle = TcpStream::connect(served.address).await.unwrap();
    let mut stream = knock(&served).await;
    gate.has_let_in(1).await;
    served.stop();
    // It closes its listener first: then nobody can come in any more.
    let refused = async { while TcpStream::connect(served.address).await.is_ok() {} };
    tokio::time::timeout(DEADLINE, refused).await.unwrap();
    assert_eq!(rest(&mut idle).await, "");
    gate.open.notify_one();
    let answer = rest(&mut stream).await;
    assert!(answer.ends_with("done"), "{answer}");
    assert_eq!(served.ended().await, 0);
}

#[tokio::test]
async fn in_the_pause_requests_are_taken_and_each_answer_ends_its_connection() {
    let limits = Limits {
        pause: Duration::from_secs(3_600),
        ..Limits::default()
    };
    let mut served = kitchen(limits).await;
    let get = "GET /kettles/1 HTTP/1.1\r\nHost: shop\r\n\r\n";
    let mut known = TcpStream::connect(served.address).await.unwrap();
    known.write_all(get.as_bytes()).await.unwrap();
    let answer = until(&mut known, "}}}").await;
    assert!(!answer.contains("connection: close"), "{answer}");
    served.stop();
    let leaving = |answer: &str| {
        statuses(answer) == ["200"]
            && answer.contains("\r\nconnection: close\r\n")
            && answer.contains("\r\nx-leaving: 1\r\n")
    };
    // It has been told when a newcomer hears of it; until then, its connections stay open.
    let told = async {
        loop {
            let mut new = TcpStream::connect(served.address).await.unwrap();
            new.write_all(get.as_bytes()).await.unwrap();
            if leaving(&until(&mut new, "}}}").await) {
                return rest(&mut new).await;
            }
        }
    };
    let after = tokio::time::timeout(DEADLINE, told).await.unwrap();
    assert_eq!(after, "");
    known.write_all(get.as_bytes()).await.unwrap();
    let answer = rest(&mut known).await;
    assert!(leaving(&answer), "{answer}");
}

#[tokio::test]
async fn who_has_connected_before_the_door_closes_is_heard() {
    let gate = Arc::new(Gate::default());
    let limits = Limits {
        connections: Connections::new(1, 1),
        ..Limits::default()
    };
    let mut served = Served::start(Arc::clone(&gate) as _, limits).await;
    let mut first = knock(&served).await;
    gate.has_let_in(1).await;
    let mut waiting = knock(&served).await;
    served.stop();
    gate.has_let_in(2).await;
    gate.open.notify_one();
    let answer = rest(&mut first).await;
    assert!(answer.ends_with("done"), "{answer}");
    gate.open.notify_one();
    let answer = rest(&mut waiting).await;
    assert!(answer.ends_with("done"), "{answer}");
    assert_eq!(served.ended().await, 0);
}

#[tokio::test]
async fn what_takes_longer_than_the_grace_is_cut_off() {
    let gate = Arc::new(Gate::default());
    let limits = Limits {
        grace: Duration::from_millis(20),
        ..Limits::default()
    };
    let mut served = Served::start(Arc::clone(&gate) as _, limits).await;
    let mut stream = knock(&served).await;
    gate.has_let_in(1).await;
    served.stop();
    assert_eq!(rest(&mut stream).await, "");
    assert_eq!(served.ended().await, 1);
}

#[tokio::test]
async fn more_connections_than_there_may_be_wait_for_their_turn() {
    let gate = Arc::new(Gate::default());
    let limits = Limits {
        connections: Connections::new(1, 1),
        ..Limits::default()
    };
    let served = Served::start(Arc::clone(&gate) as _, limits).await;
    let mut first = knock(&served).await;
    gate.has_let_in(1).await;
    let mut second = knock(&served).await;
    gate.open.notify_one();
    until(&mut first, "done").await;
    assert_eq!(gate.arrived.load(Ordering::SeqCst), 1);
    drop(first);
    gate.has_let_in(2).await;
    gate.open.notify_one();
    until(&mut second, "done").await;
}

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gateway::{Gateway, Remote, Upstream};
use http::{Method, Request, Response, StatusCode};
use http_api::{Answering, Body, Endpoint};
use http_body_util::BodyExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use crate::stage::{LONG, backend, door, echo, edge, get, listen, remote, request, send, toy};

fn before(upstream: Upstream) -> Gateway {
    door(vec![backend("kitchen", &["kettles"], upstream)])
}

#[tokio::test]
async fn the_next_hop_learns_who_asked_and_gets_its_own_host() {
    let upstream = listen(echo("kitchen")).await;
    let door = before(remote(upstream, LONG));
    let mut sent = request(Method::GET, "/kettles/1?page=2", &[]);
    let peer = SocketAddr::from(([192, 0, 2, 7], 4711));
    sent.extensions_mut().insert(peer);
    let said = send(&door, sent).await.json();

    assert_eq!(said["target"], "/kettles/1?page=2");
    let headers = &said["headers"];
    assert_eq!(headers["host"], upstream.to_string());
    assert_eq!(headers["x-forwarded-host"], "shop.example:8088");
    assert_eq!(headers["x-forwarded-port"], "8088");
    assert_eq!(headers["x-forwarded-proto"], "http");
    assert_eq!(headers["x-forwarded-for"], "192.0.2.7");
}

#[tokio::test]
async fn what_a_stranger_forges_goes_no_further() {
    let door = edge(before(remote(listen(echo("kitchen")).await, LONG)));
    let forged = [
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-for", "10.0.0.1"),
    ];
    let mut sent = request(Method::GET, "/kettles", &forged);
    sent.extensions_mut()
        .insert(SocketAddr::from(([192, 0, 2, 7], 4711)));
    let headers = send(&*door, sent).await.json()["headers"].clone();
    assert_eq!(headers["x-forwarded-host"], "shop.example:8088");
    assert_eq!(headers["x-forwarded-for"], "192.0.2.7");
}

#[tokio::test]
async fn headers_of_one_connection_stay_on_it() {
    let upstream = listen(toy(|request| {
        let told = request.headers().contains_key("x-of-the-hop")
            || request.headers().contains_key("te")
            || request.headers().contains_key("proxy-authorization");
        let mut response = Response::new(Body::full(told.to_string()));
        let headers = response.headers_mut();
        headers.insert("connection", "x-secret".parse().unwrap());
        headers.insert("x-secret", "1".parse().unwrap());
        headers.insert("keep-alive", "timeout=5".parse().unwrap());
        headers.insert("x-kept", "1".parse().unwrap());
        response
    }))
    .await;
    let of_the_hop = [
        ("connection", "X-Of-The-Hop, close"),
        ("x-of-the-hop", "1"),
        ("te", "trailers"),
        ("proxy-authorization", "Basic eA=="),
    ];
    let sent = request(Method::GET, "/kettles", &of_the_hop);
    let answer = send(&before(remote(upstream, LONG)), sent).await;
    assert_eq!(answer.body, b"false");
    assert_eq!(answer.header("x-kept"), Some("1"));
    for gone in ["connection", "x-secret", "keep-alive"] {
        assert_eq!(answer.header(gone), None, "{gone}");
    }
}

#[tokio::test]
async fn nobody_there_is_503_and_an_invitation_to_try_again() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let nobody = listener.local_addr().unwrap();
    drop(listener);
    let answer = get(&before(remote(nobody, LONG)), "/kettles").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.header("retry-after").is_some());
    let body = answer.json();
    assert_eq!(body["code"], "upstream-unreachable");
    assert_eq!(body["error"], "Service Unavailable");
}

/// Takes connections and does this with each.
async fn broken<F: Future<Output = ()> + Send + 'static>(
    treat: impl Fn(TcpStream) -> F + Send + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(treat(stream));
        }
    });
    address
}

#[tokio::test]
async fn one_that_hangs_up_is_502() {
    let rude = broken(|mut stream| async move {
        let mut some = [0; 16];
        let _ = stream.read(&mut some).await;
    })
    .await;
    let answer = get(&before(remote(rude, LONG)), "/kettles").await;
    assert_eq!(answer.status, StatusCode::BAD_GATEWAY);
    assert_eq!(answer.json()["code"], "upstream-broke-off");
}

#[tokio::test]
async fn one_that_says_nothing_in_time_is_504() {
    let silent = broken(|stream| async move {
        std::future::pending::<()>().await;
        drop(stream);
    })
    .await;
    let deadline = Duration::from_millis(50);
    let answer = get(&before(remote(silent, deadline)), "/kettles").await;
    assert_eq!(answer.status, StatusCode::GATEWAY_TIMEOUT);
    let body = answer.json();
    assert_eq!(body["code"], "upstream-timeout");
    assert!(body["detail"].as_str().unwrap().contains("Idempotency-Key"));
}

#[tokio::test]
async fn a_503_passes_through_as_it_is() {
    let upstream = listen(toy(|_| {
        let mut response = Response::new(Body::full("busy"));
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        response
            .headers_mut()
            .insert("retry-after", "7".parse().unwrap());
        response
    }))
    .await;
    let answer = get(&before(remote(upstream, LONG)), "/kettles").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.header("retry-after"), Some("7"));
    assert_eq!(answer.body, b"busy");
}

#[tokio::test]
async fn connections_are_used_again() {
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&connections);
    let upstream = broken(move |mut stream| {
        counted.fetch_add(1, Ordering::SeqCst);
        async move {
            let mut some = [0; 4096];
            while stream.read(&mut some).await.is_ok_and(|read| read > 0) {
                let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
                stream.write_all(answer).await.unwrap();
            }
        }
    })
    .await;
    let door = before(remote(upstream, LONG));
    for _ in 0..10 {
        assert_eq!(get(&door, "/kettles").await.body, b"ok");
    }
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

/// A body whose pieces are sent when the test says so.
struct Pieces(mpsc::Receiver<&'static str>);

impl http_body::Body for Pieces {
    type Data = bytes::Bytes;
    type Error = http_api::BodyError;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Self::Data>, Self::Error>>> {
        self.0
            .poll_recv(cx)
            .map(|piece| piece.map(|piece| Ok(http_body::Frame::data(piece.into()))))
    }
}

/// Answers with the request's own body, piece by piece.
fn mirror() -> Arc<dyn Endpoint> {
    toy(|request| Response::new(request.into_body()))
}

#[tokio::test]
async fn long_bodies_stream_both_ways() {
    let door = before(remote(listen(mirror()).await, LONG));
    let (write, pieces) = mpsc::channel(1);
    let mut sent = request(Method::POST, "/kettles", &[]);
    *sent.body_mut() = Body::Streamed(Box::pin(Pieces(pieces)));
    let long: &'static str = "x".repeat(64 * 1024 + 1).leak();
    write.send(long).await.unwrap();
    let mut body = door.handle(sent).await.into_body();

    // The second piece is written only after the first has come back.
    let mut came = 0;
    let mut next = async || {
        let frame = tokio::time::timeout(LONG, body.frame()).await.unwrap();
        frame.map(|frame| frame.unwrap().into_data().unwrap())
    };
    while came < long.len() {
        came += next().await.unwrap().len();
    }
    write.send("second").await.unwrap();
    assert_eq!(next().await.unwrap(), "second");
    drop(write);
    assert_eq!(next().await, None);
}

/// A context that answers when it has read the body.
struct Reader;

impl Endpoint for Reader {
    fn handle(&self, request: Request<Body>) -> Answering<'_> {
        Box::pin(async move {
            let body = request.into_body().whole(1 << 20).await;
            Response::new(Body::full(body.unwrap_or_default()))
        })
    }
}

/// A context that notes the methods that it is asked with.
fn noting(methods: &Arc<Mutex<Vec<Method>>>) -> Arc<dyn Endpoint> {
    let methods = Arc::clone(methods);
    toy(move |request| {
        methods.lock().unwrap().push(request.method().clone());
        Response::new(Body::Empty)
    })
}

async fn over_tcp(door: Gateway, bytes: &[u8], ends: bool) -> String {
    let mut stream = TcpStream::connect(listen(Arc::new(door)).await)
        .await
        .unwrap();
    stream.write_all(bytes).await.unwrap();
    if ends {
        stream.shutdown().await.unwrap();
    }
    let mut answer = [0; 4096];
    let read = tokio::time::timeout(LONG, stream.read(&mut answer));
    let count = read.await.unwrap().unwrap();
    String::from_utf8_lossy(&answer[..count]).into_owned()
}

const CHUNKED: &str = "POST /kettles HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\n";

#[tokio::test]
async fn what_is_wrong_with_a_body_is_the_client_s_fault_and_nothing_is_carried_out() {
    let trailers = format!("0\r\n{}\r\n", "x: 1\r\n".repeat(2_000));
    let long = format!("10001\r\n{}\r\nxyz\r\n", "x".repeat(0x10001));
    for (body, ends) in [
        ("xyz\r\n", false),
        (&trailers, false),
        ("5\r\nab", true),
        (&long, false),
    ] {
        let methods = Arc::default();
        let door = before(remote(listen(noting(&methods)).await, LONG));
        let answer = over_tcp(door, format!("{CHUNKED}{body}").as_bytes(), ends).await;
        let start = &body[..body.len().min(20)];
        assert!(answer.starts_with("HTTP/1.1 400"), "{start}: {answer}");
        assert!(answer.contains("body-cut-off"), "{start}: {answer}");
        assert_eq!(methods.lock().unwrap()[0], Method::OPTIONS, "{start}");
    }
}

#[tokio::test]
async fn a_body_that_does_not_come_is_408_whether_it_is_held_or_streams() {
    let long = format!("10001\r\n{}\r\n", "x".repeat(0x10001));
    for body in ["5\r\nab", &long] {
        let upstream = listen(Arc::new(Reader)).await;
        let remote = Remote::new(&format!("http://{upstream}"), LONG).unwrap();
        let remote = remote.body_within(Duration::from_millis(100));
        let door = before(Upstream::There(Arc::new(remote)));
        let answer = over_tcp(door, format!("{CHUNKED}{body}").as_bytes(), false).await;
        assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    }
}

#[tokio::test]
async fn who_asks_first_whether_to_send_a_body_hears_what_the_context_says() {
    let refusing = toy(|_| {
        let mut response = Response::new(Body::Empty);
        *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
        response
    });
    let door = before(remote(listen(refusing).await, LONG));
    let asks =
        "POST /kettles HTTP/1.1\r\nHost: shop\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n";
    let answer = over_tcp(door, asks.as_bytes(), false).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    let door = before(remote(listen(mirror()).await, LONG));
    let answer = over_tcp(door, asks.as_bytes(), false).await;
    assert!(answer.starts_with("HTTP/1.1 100"), "{answer}");
}

#[tokio::test]
async fn a_body_that_means_nothing_goes_no_further() {
    let door = before(remote(listen(mirror()).await, LONG));
    for method in [Method::GET, Method::DELETE, Method::OPTIONS] {
        let mut sent = request(method, "/kettles/1", &[("content-length", "3")]);
        *sent.body_mut() = Body::full("abc");
        let answer = send(&door, sent).await;
        assert!(answer.body.is_empty(), "{answer:?}", answer = answer.status);
    }
}

#[tokio::test]
async fn a_client_of_the_real_door_sees_an_answer_cut_off_as_cut_off() {
    let rude = broken(|mut stream| async move {
        let mut some = [0; 4096];
        let _ = stream.read(&mut some).await;
        let half = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf";
        let _ = stream.write_all(half).await;
    })
    .await;
    let door = before(remote(rude, LONG));
    let response = door.handle(request(Method::GET, "/kettles", &[])).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert!(response.into_body().whole(100).await.is_err());
}

#[tokio::test]
async fn a_peer_on_a_real_connection_is_known() {
    let door = before(remote(listen(echo("kitchen")).await, LONG));
    let address = listen(Arc::new(door)).await;
    let through = Remote::new(&format!("http://{address}"), LONG).unwrap();
    let sent: Request<Body> = request(Method::GET, "/kettles", &[]);
    let response = through.answer(sent).await;
    let body = response.into_body().whole(1 << 16).await.unwrap();
    let said: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(said["headers"]["x-forwarded-for"], "127.0.0.1");
    assert_eq!(said["headers"]["x-forwarded-host"], "shop.example:8088");
}

#[test]
fn addresses_that_are_no_base_of_plain_http_are_refused() {
    for wrong in [
        "",
        "kitchen:7081",
        "https://kitchen",
        "http://kitchen/path",
        "http://kitchen?x",
    ] {
        let refused = Remote::new(wrong, LONG).err().expect(wrong).to_string();
        assert!(refused.contains("http://payment:8087"), "{refused}");
    }
    assert!(Remote::new("http://kitchen:7081/", LONG).is_ok());
}

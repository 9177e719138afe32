//! Over TCP, to servers that answer, refuse, break off, and leave.

use std::sync::atomic::{AtomicUsize, Ordering};

use prometheus_client::registry::Registry;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::names::Found;
use super::*;

const CONNECT: Duration = Duration::from_secs(1);
const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// Answers each request in the same way, and counts them. An empty answer hangs up.
struct Peer {
    address: SocketAddr,
    asked: Arc<AtomicUsize>,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Peer {
    async fn answering(answer: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (asked, heads) = (Arc::default(), Arc::default());
        let peer = Self {
            address,
            asked: Arc::clone(&asked),
            heads: Arc::clone(&heads),
        };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(talk(stream, answer, Arc::clone(&asked), Arc::clone(&heads)));
            }
        });
        peer
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

async fn talk(
    mut stream: TcpStream,
    answer: &str,
    asked: Arc<AtomicUsize>,
    heads: Arc<Mutex<Vec<String>>>,
) {
    let mut read = vec![0; 4096];
    while let Ok(count @ 1..) = stream.read(&mut read).await {
        asked.fetch_add(1, Ordering::SeqCst);
        let head = String::from_utf8_lossy(&read[..count]).into_owned();
        heads.lock().unwrap().push(head);
        if answer.is_empty() || stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// An address where nobody takes connections.
fn nobody() -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

fn list(addresses: &[SocketAddr]) -> String {
    let all: Vec<String> = addresses.iter().map(|a| format!("http://{a}")).collect();
    all.join(", ")
}

fn before(addresses: &[SocketAddr]) -> Balanced {
    Balanced::new("payment", &list(addresses), CONNECT, &Upstreams::default()).unwrap()
}

fn request(method: &str, body: &'static str) -> Request<Body> {
    let request = Request::builder().method(method).uri("/payments?of=7");
    request.body(Body::full(body)).unwrap()
}

fn with_key(body: &'static str) -> Request<Body> {
    let mut request = request("POST", body);
    let key = HeaderValue::from_static("k-1");
    request.headers_mut().insert(KEY, key);
    request
}

async fn said_by(response: Response<Body>) -> Vec<u8> {
    response.into_body().whole(100).await.unwrap().to_vec()
}

#[tokio::test]
async fn requests_are_spread_over_the_addresses() {
    let (one, two) = (Peer::answering(OK).await, Peer::answering(OK).await);
    let both = before(&[one.address, two.address]);
    for _ in 0..10 {
        let response = both.send(request("POST", "x")).await.unwrap();
        assert_eq!(said_by(response).await, b"ok");
    }
    assert_eq!((one.asked(), two.asked()), (5, 5));
    let head = one.heads.lock().unwrap()[0].clone();
    assert!(head.starts_with("POST /payments?of=7 "), "{head}");
    assert!(
        head.contains(&format!("host: {}\r\n", one.address)),
        "{head}"
    );
}

#[tokio::test]
async fn what_nobody_took_goes_to_another_whatever_it_is() {
    let there = Peer::answering(OK).await;
    let some = before(&[nobody(), nobody(), there.address]);
    for _ in 0..10 {
        some.send(request("POST", "once")).await.unwrap();
    }
    assert_eq!(there.asked(), 10);
    let heads = there.heads.lock().unwrap();
    assert!(heads.iter().all(|said| said.ends_with("once")), "{heads:?}");
}

#[tokio::test]
async fn when_nobody_is_there_the_last_one_is_named() {
    let alone = nobody();
    let unreached = before(&[alone]).send(request("GET", "")).await;
    let unreached = unreached.err().unwrap().to_string();
    assert!(unreached.contains(&alone.to_string()), "{unreached}");
}

#[tokio::test]
async fn a_command_that_may_have_been_received_is_not_sent_twice() {
    let (one, two) = (Peer::answering("").await, Peer::answering("").await);
    let both = before(&[one.address, two.address]);
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        let before = one.asked() + two.asked();
        assert!(both.send(request(method, "x")).await.is_err());
        assert_eq!(one.asked() + two.asked(), before + 1, "{method}");
    }
}

#[tokio::test]
async fn a_read_and_a_command_with_a_key_are_sent_to_another_when_the_answer_breaks_off() {
    for sent in [request("GET", ""), request("HEAD", ""), with_key("once")] {
        let (rude, kind) = (Peer::answering("").await, Peer::answering(OK).await);
        let both = before(&[rude.address, kind.address]);
        both.send(sent).await.unwrap();
        assert_eq!((rude.asked(), kind.asked()), (1, 1));
    }
    let rude = Peer::answering("").await;
    let alone = before(&[rude.address]);
    assert!(alone.send(with_key("once")).await.is_err());
    assert_eq!(rude.asked(), 2);
    assert!(rude.heads.lock().unwrap()[1].ends_with("once"));
}

/// How often one that never answers was asked, beside one that does, when each of these many requests
/// is given so long.
async fn silent_one_was_asked(patience: Duration, requests: usize) -> usize {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let good = Peer::answering(OK).await;
    let both = before(&[silent.local_addr().unwrap(), good.address]);
    for _ in 0..requests {
        // What comes of it is not the question.
        let _ = tokio::time::timeout(patience, both.send(request("POST", "x"))).await;
    }
    requests - good.asked()
}

#[tokio::test]
async fn a_client_that_hangs_up_at_once_says_nothing_of_whom_it_asked() {
    assert_eq!(silent_one_was_asked(trip::QUICK_HANGUP / 10, 12).await, 6);
}

#[tokio::test]
async fn one_that_is_given_up_again_and_again_is_left_out() {
    assert_eq!(
        silent_one_was_asked(trip::QUICK_HANGUP * 5 / 4, 12).await,
        3
    );
}

#[tokio::test]
async fn an_answer_that_says_no_is_an_answer() {
    let busy = "HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n";
    let (one, two) = (Peer::answering(busy).await, Peer::answering(busy).await);
    let both = before(&[one.address, two.address]);
    let response = both.send(request("GET", "")).await.unwrap();
    assert_eq!(response.status(), 503);
    assert_eq!(one.asked() + two.asked(), 1);
}

#[tokio::test]
async fn one_that_says_it_is_leaving_is_left_alone_and_nobody_else_hears_of_it() {
    let leaving =
        "HTTP/1.1 200 OK\r\nconnection: close\r\nx-leaving: 1\r\ncontent-length: 0\r\n\r\n";
    let (one, two) = (Peer::answering(leaving).await, Peer::answering(OK).await);
    let both = before(&[one.address, two.address]);
    for _ in 0..5 {
        let response = both.send(request("POST", "x")).await.unwrap();
        assert!(!response.headers().contains_key(crate::LEAVING));
    }
    assert_eq!((one.asked(), two.asked()), (1, 4));
}

/// Names whose addresses change.
#[derive(Default)]
struct Phonebook {
    sockets: Mutex<Vec<SocketAddr>>,
    asked: AtomicUsize,
}

impl Names for Phonebook {
    fn look_up<'a>(&'a self, host: &'a str, port: u16) -> Found<'a> {
        assert_eq!((host, port), ("payment.shop", 8087));
        self.asked.fetch_add(1, Ordering::SeqCst);
        let found = self.sockets.lock().unwrap().clone();
        Box::pin(std::future::ready(Ok(found)))
    }
}

impl Phonebook {
    fn says(&self, sockets: &[SocketAddr]) {
        *self.sockets.lock().unwrap() = sockets.to_vec();
    }
}

fn named(book: &Arc<Phonebook>) -> Balanced {
    let names: Arc<dyn Names> = Arc::clone(book) as _;
    let address = "http://payment.shop:8087";
    let upstreams = Upstreams::default();
    Balanced::knowing("payment".to_owned(), address, CONNECT, &upstreams, names).unwrap()
}

#[tokio::test]
async fn a_name_is_all_its_addresses_and_is_not_looked_up_for_each_request() {
    let (one, two) = (Peer::answering(OK).await, Peer::answering(OK).await);
    let book = Arc::new(Phonebook::default());
    book.says(&[one.address, two.address]);
    let payment = named(&book);
    for _ in 0..10 {
        payment.send(request("POST", "x")).await.unwrap();
    }
    assert_eq!((one.asked(), two.asked()), (5, 5));
    assert_eq!(book.asked.load(Ordering::SeqCst), 1);
    let head = one.heads.lock().unwrap()[0].clone();
    assert!(head.contains("host: payment.shop:8087\r\n"), "{head}");
}

#[tokio::test]
async fn a_name_is_looked_up_anew_when_nobody_is_where_it_was() {
    let (gone, there) = (nobody(), Peer::answering(OK).await);
    let book = Arc::new(Phonebook::default());
    book.says(&[gone]);
    let payment = named(&book);
    assert!(payment.send(request("POST", "x")).await.is_err());
    book.says(&[there.address]);
    payment.send(request("POST", "x")).await.unwrap();
    assert_eq!(there.asked(), 1);
}

#[tokio::test]
async fn a_name_without_an_address_is_told() {
    let payment = named(&Arc::default());
    let unreached = payment.send(request("GET", "")).await.err().unwrap();
    let unreached = unreached.to_string();
    assert!(unreached.contains("payment.shop"), "{unreached}");
}

#[tokio::test]
async fn a_name_that_is_forgotten_for_a_moment_is_still_where_it_was() {
    let there = Peer::answering(OK).await;
    let book = Arc::new(Phonebook::default());
    book.says(&[there.address]);
    let payment = named(&book);
    payment.send(request("POST", "x")).await.unwrap();
    book.says(&[]);
    payment.shared.look_up(Instant::now()).await.unwrap();
    payment.send(request("POST", "x")).await.unwrap();
    assert_eq!(there.asked(), 2);
}

#[tokio::test]
async fn each_address_is_counted_and_one_that_has_gone_is_forgotten() {
    let (gone, there) = (nobody(), Peer::answering(OK).await);
    let book = Arc::new(Phonebook::default());
    book.says(&[gone, there.address]);
    let payment = named(&book);
    for _ in 0..2 {
        payment.send(request("POST", "x")).await.unwrap();
    }
    let text = || {
        let mut registry = Registry::default();
        payment.shared.upstreams.register(&mut registry);
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
        text
    };
    let there = there.address;
    let counted = text();
    for line in [
        format!(r#"requests_total{{to="payment",address="{gone}",outcome="refused"}} 1"#),
        format!(r#"requests_total{{to="payment",address="{there}",outcome="answered"}} 2"#),
        format!(r#"left_out{{to="payment",address="{gone}"}} 1"#),
        format!(r#"left_out{{to="payment",address="{there}"}} 0"#),
    ] {
        let line = format!("jumun_upstream_{line}");
        assert!(counted.contains(&line), "{line} in {counted}");
    }
    book.says(&[there]);
    payment.shared.look_up(Instant::now()).await.unwrap();
    assert!(!text().contains(&gone.to_string()), "{}", text());
}

#[test]
fn addresses_that_are_none_are_refused_and_named() {
    let of = |list: &str| {
        let made = Balanced::new("payment", list, CONNECT, &Upstreams::default());
        made.map_err(|error| error.address)
    };
    for (list, wrong) in [
        ("", ""),
        ("payment:8087", "payment:8087"),
        ("http://a,", ""),
        ("http://a, https://b", "https://b"),
        ("http://a,http://b?c=d", "http://b?c=d"),
        ("http://u:p@a", "http://u:p@a"),
    ] {
        assert_eq!(of(list).err().as_deref(), Some(wrong), "{list}");
    }
    assert!(of("http://a:1/ , http://[::1]:2").is_ok());
    assert!(of("http://a/path").unwrap().has_path());
}

//! Over TCP, to contexts that go and come back.

use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::Response;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::super::{Balanced, Upstreams};
use super::*;
use crate::{Answering, Endpoint, Limits, Unreached, serve};

const CONNECT: Duration = Duration::from_secs(1);
/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(30);

/// Remembers what it was asked to do.
#[derive(Default)]
struct Ledger(Mutex<Vec<String>>);

impl Endpoint for Ledger {
    fn handle(&self, request: Request<Body>) -> Answering<'_> {
        Box::pin(async move {
            if request.uri().path() != PROBED {
                let body = request.into_body().whole(100).await.unwrap();
                let body = String::from_utf8(body.to_vec()).unwrap();
                self.0.lock().unwrap().push(body);
            }
            Response::new(Body::full("done"))
        })
    }
}

/// One that does not serve yet.
struct Starting(AtomicUsize);

impl Endpoint for Starting {
    fn handle(&self, _: Request<Body>) -> Answering<'_> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Box::pin(async {
            let mut response = Response::new(Body::full("starting"));
            *response.status_mut() = http::StatusCode::SERVICE_UNAVAILABLE;
            let leaving = Leaving::NotTaken.value();
            response.headers_mut().insert(crate::LEAVING, leaving);
            response
        })
    }
}

struct Served {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<usize>,
}

impl Served {
    async fn at(address: SocketAddr, endpoint: Arc<dyn Endpoint>) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let ended = tokio::spawn(serve(listener, endpoint, Limits::default(), async {
            let _ = stopped.await;
        }));
        Self {
            address,
            stop,
            ended,
        }
    }

    async fn stop(self) {
        self.stop.send(()).unwrap();
        self.ended.await.unwrap();
    }
}

fn nobody() -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

fn before(address: SocketAddr, max_wait: Duration) -> Arc<Balanced> {
    let address = format!("http://{address}");
    let made = Balanced::new("payment", &address, CONNECT, &Upstreams::default());
    Arc::new(made.unwrap().waiting_up_to(max_wait))
}

fn order(what: &str) -> Request<Body> {
    let request = Request::builder().method("POST").uri("/payments");
    request.body(Body::full(what.to_owned())).unwrap()
}

async fn send(payment: &Balanced, what: &str) -> Result<Response<Body>, Unreached> {
    let answer = AnswerTimeout::new(LONG);
    payment.send_when_up(order(what), &answer).await
}

async fn until_so_many_wait(payment: &Balanced, wanted: usize) {
    let waiting = async {
        while payment.shared.roster().outage.waiting() != wanted {
            sleep(Duration::from_millis(1)).await;
        }
    };
    timeout(LONG, waiting).await.expect("they wait");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_took_waits_for_the_restart_and_is_done_once() {
    let address = nobody();
    let payment = before(address, LONG);
    let waiting: Vec<_> = (0..20)
        .map(|number| {
            let payment = Arc::clone(&payment);
            tokio::spawn(async move { send(&payment, &number.to_string()).await })
        })
        .collect();
    until_so_many_wait(&payment, 20).await;
    let ledger = Arc::new(Ledger::default());
    let _served = Served::at(address, Arc::clone(&ledger) as _).await;
    for sent in waiting {
        assert_eq!(sent.await.unwrap().unwrap().status(), 200);
    }
    let mut done = ledger.0.lock().unwrap().clone();
    done.sort_by_key(|number| number.parse::<u32>().unwrap());
    let wanted: Vec<_> = (0..20).map(|number| number.to_string()).collect();
    assert_eq!(done, wanted);
    until_so_many_wait(&payment, 0).await;
}

#[tokio::test]
async fn what_was_refused_by_one_that_does_not_serve_yet_waits_with_its_body() {
    let starting = Arc::new(Starting(AtomicUsize::new(0)));
    let served = Served::at(nobody(), Arc::clone(&starting) as _).await;
    let address = served.address;
    let payment = before(address, LONG);
    let sent = {
        let payment = Arc::clone(&payment);
        tokio::spawn(async move { send(&payment, "once").await })
    };
    until_so_many_wait(&payment, 1).await;
    served.stop().await;
    let ledger = Arc::new(Ledger::default());
    let _served = Served::at(address, Arc::clone(&ledger) as _).await;
    assert_eq!(sent.await.unwrap().unwrap().status(), 200);
    assert_eq!(*ledger.0.lock().unwrap(), ["once"]);
}

#[tokio::test]
async fn one_that_never_serves_is_heard_in_the_end() {
    let starting = Arc::new(Starting(AtomicUsize::new(0)));
    let served = Served::at(nobody(), Arc::clone(&starting) as _).await;
    let payment = before(served.address, Duration::from_millis(50));
    let response = send(&payment, "once").await.unwrap();
    assert_eq!(response.status(), 503);
    assert!(!response.headers().contains_key(crate::LEAVING));
    assert_eq!(response.into_body().whole(100).await.unwrap(), "starting");
}

#[tokio::test]
async fn after_the_wait_it_is_told_that_nothing_was_sent_and_the_next_one_does_not_wait() {
    let payment = before(nobody(), Duration::from_millis(50));
    let unreached = send(&payment, "once").await.err().unwrap();
    assert!(!unreached.is_sent(), "{unreached}");
    assert!(!payment.shared.is_restarting());
    // Down for good: tried, and told at once, though it may wait for long.
    payment.shared.roster().outage.set_max_wait(LONG);
    {
        let mut roster = payment.shared.roster();
        roster.outage.ends(Instant::now());
        let long_ago = Instant::now().checked_sub(LONG).unwrap();
        roster.outage.waits(long_ago).unwrap();
        roster.outage.goes_on(Instant::now());
    }
    assert!(send(&payment, "twice").await.is_err());
    assert_eq!(payment.shared.roster().outage.waiting(), 1);
}

#[tokio::test]
async fn the_time_for_the_answer_does_not_run_while_it_waits() {
    let payment = before(nobody(), Duration::from_millis(200));
    let first = {
        let payment = Arc::clone(&payment);
        tokio::spawn(async move { send(&payment, "first").await })
    };
    until_so_many_wait(&payment, 1).await;
    // It is not even tried, and would be out of time long before the wait ends.
    let answer = AnswerTimeout::new(Duration::ZERO);
    let second = answer.limit(payment.send_when_up(order("second"), &answer));
    assert!(matches!(second.await, Ok(Err(_))), "not out of time");
    assert!(first.await.unwrap().is_err());
}

#[tokio::test]
async fn who_gives_up_waiting_is_not_counted_any_more() {
    let payment = before(nobody(), LONG);
    let hung_up = timeout(Duration::from_millis(20), send(&payment, "once")).await;
    assert!(hung_up.is_err());
    until_so_many_wait(&payment, 0).await;
}

/// Customers who order without a pause while the context is restarted again and again.
#[tokio::test(flavor = "multi_thread")]
async fn restarts_of_the_only_address_lose_and_double_nothing() {
    let ledger = Arc::new(Ledger::default());
    let mut served = Served::at(nobody(), Arc::clone(&ledger) as _).await;
    let address = served.address;
    let payment = before(address, LONG);
    let enough = Arc::new(AtomicUsize::new(0));
    let customers: Vec<_> = (0..8)
        .map(|customer| {
            let (payment, enough) = (Arc::clone(&payment), Arc::clone(&enough));
            tokio::spawn(async move {
                let mut turn = 0;
                while enough.load(Ordering::SeqCst) == 0 {
                    let what = format!("{customer}-{turn}");
                    let response = send(&payment, &what).await.unwrap();
                    assert_eq!(response.status(), 200, "{what}");
                    response.into_body().whole(100).await.unwrap();
                    turn += 1;
                }
                turn
            })
        })
        .collect();
    for _ in 0..5 {
        let before = ledger.0.lock().unwrap().len();
        let busy = async {
            while ledger.0.lock().unwrap().len() < before + 50 {
                sleep(Duration::from_millis(1)).await;
            }
        };
        timeout(LONG, busy).await.expect("they order");
        served.stop().await;
        served = Served::at(address, Arc::clone(&ledger) as _).await;
    }
    enough.store(1, Ordering::SeqCst);
    let mut ordered = 0;
    for customer in customers {
        ordered += customer.await.unwrap();
    }
    let mut done = ledger.0.lock().unwrap().clone();
    assert_eq!(done.len(), ordered);
    done.sort();
    done.dedup();
    assert_eq!(done.len(), ordered, "each once");
}

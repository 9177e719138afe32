//! A door before replicas that come and go.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gateway::{Gateway, Remote, Upstream};
use http::{Method, StatusCode};
use http_api::{Answering, Body, Endpoint, Limits, Upstreams, serve};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::stage::{LONG, backend, door, request, send};

/// What all replicas of a context write to: how often each order was taken.
#[derive(Default)]
struct Ledger {
    orders: Mutex<BTreeMap<String, usize>>,
}

/// Takes an order, and needs a moment for it, so that some are under way at any time.
struct Replica {
    ledger: Arc<Ledger>,
    taken: Arc<AtomicUsize>,
}

impl Endpoint for Replica {
    fn handle(&self, request: http::Request<Body>) -> Answering<'_> {
        Box::pin(async move {
            self.taken.fetch_add(1, Ordering::SeqCst);
            if request.method() == Method::POST {
                let order = request.into_body().whole(100).await.unwrap();
                let order = String::from_utf8(order.to_vec()).unwrap();
                let mut orders = self.ledger.orders.lock().unwrap();
                *orders.entry(order).or_default() += 1;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
            http::Response::new(Body::full("taken"))
        })
    }
}

/// One that can be stopped, and started again where it was.
struct Started {
    address: SocketAddr,
    taken: Arc<AtomicUsize>,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<usize>,
}

async fn start(address: SocketAddr, ledger: &Arc<Ledger>, pause: Duration) -> Started {
    let listener = TcpListener::bind(address).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let taken = Arc::default();
    let replica = Replica {
        ledger: Arc::clone(ledger),
        taken: Arc::clone(&taken),
    };
    let limits = Limits {
        pause,
        ..Limits::default()
    };
    let ended = tokio::spawn(serve(listener, Arc::new(replica), limits, async {
        let _ = stopped.await;
    }));
    Started {
        address,
        taken,
        stop,
        ended,
    }
}

/// Buys until it is told to stop, and looks each time. What it bought.
async fn customer(door: Arc<Gateway>, number: usize, enough: Arc<AtomicBool>) -> Vec<String> {
    let mut asked = Vec::new();
    for turn in 0.. {
        if enough.load(Ordering::SeqCst) {
            break;
        }
        let order = format!("{number}-{turn}");
        for method in [Method::POST, Method::GET] {
            let mut sent = request(method.clone(), "/kettles", &[]);
            if method == Method::POST {
                *sent.body_mut() = Body::full(order.clone());
            }
            let answer = send(door.as_ref(), sent).await;
            let said = String::from_utf8_lossy(&answer.body);
            assert_eq!(answer.status, StatusCode::OK, "{method} {order}: {said}");
        }
        asked.push(order);
    }
    asked
}

async fn eventually(what: &str, mut shows: impl FnMut() -> bool) {
    let waiting = async {
        while !shows() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    assert!(tokio::time::timeout(LONG, waiting).await.is_ok(), "{what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_that_are_stopped_and_started_one_after_the_other_lose_and_double_nothing() {
    let ledger = Arc::new(Ledger::default());
    let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
    let pause = Duration::from_millis(200);
    let mut replicas = vec![
        start(anywhere, &ledger, pause).await,
        start(anywhere, &ledger, pause).await,
    ];
    let addresses: Vec<String> = replicas
        .iter()
        .map(|r| format!("http://{}", r.address))
        .collect();
    let upstreams = Upstreams::default();
    let remote = Remote::of("kitchen", &addresses.join(","), LONG, &upstreams).unwrap();
    let remote = Upstream::There(Arc::new(remote));
    let door = Arc::new(door(vec![backend("kitchen", &["kettles"], remote)]));
    let enough = Arc::new(AtomicBool::new(false));
    let customers: Vec<_> = (0..16)
        .map(|number| {
            let bought = customer(Arc::clone(&door), number, Arc::clone(&enough));
            tokio::spawn(bought)
        })
        .collect();

    for round in 0..6 {
        let leaving = replicas.remove(0);
        let address = leaving.address;
        eventually("each is asked", || {
            let taken = leaving.taken.load(Ordering::SeqCst);
            taken > 20 || customers.iter().any(JoinHandle::is_finished)
        })
        .await;
        leaving.stop.send(()).unwrap();
        let cut = tokio::time::timeout(LONG, leaving.ended).await.unwrap();
        assert_eq!(cut.unwrap(), 0, "round {round}");
        replicas.push(start(address, &ledger, pause).await);
    }
    enough.store(true, Ordering::SeqCst);
    let mut bought = Vec::new();
    for customer in customers {
        bought.extend(customer.await.unwrap());
    }
    let orders = ledger.orders.lock().unwrap();
    let twice: Vec<_> = orders.iter().filter(|(_, times)| **times != 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
    assert_eq!(orders.len(), bought.len());
    assert!(bought.len() > 300, "only {} orders", bought.len());
    let counted = upstreams.text("teahouse");
    assert!(
        counted.contains(r#"outcome="leaving""#) && !counted.contains(r#"outcome="broken""#),
        "{counted}"
    );
}

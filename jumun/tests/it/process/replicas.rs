//! The door before replicas that are stopped and started again, one after the other.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http_api::{Answering, Body, Endpoint, Limits, serve};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::stage::{Process, Setup, jumun};
use crate::waiting::eventually;
use crate::wire::{Connection, Request};

/// A stand-in for a replica of `order`: all write down in one place what they took.
struct Replica {
    taken: Arc<AtomicUsize>,
    orders: Arc<Mutex<BTreeMap<String, usize>>>,
}

impl Endpoint for Replica {
    fn handle(&self, request: http::Request<Body>) -> Answering<'_> {
        Box::pin(async move {
            self.taken.fetch_add(1, Ordering::SeqCst);
            if request.method() == http::Method::POST {
                let order = request.into_body().whole(1_000).await.unwrap();
                let order = String::from_utf8(order.to_vec()).unwrap();
                *self.orders.lock().unwrap().entry(order).or_default() += 1;
            }
            http::Response::new(Body::full("{}"))
        })
    }
}

struct Running {
    address: SocketAddr,
    taken: Arc<AtomicUsize>,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<usize>,
}

fn start(
    runtime: &Runtime,
    address: SocketAddr,
    orders: &Arc<Mutex<BTreeMap<String, usize>>>,
) -> Running {
    let taken = Arc::default();
    let replica = Arc::new(Replica {
        taken: Arc::clone(&taken),
        orders: Arc::clone(orders),
    });
    let listener = runtime.block_on(TcpListener::bind(address)).unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let limits = Limits {
        pause: Duration::from_millis(200),
        ..Limits::default()
    };
    let ended = runtime.spawn(serve(listener, replica, limits, async {
        let _ = stopped.await;
    }));
    Running {
        address,
        taken,
        stop,
        ended,
    }
}

/// Orders and looks in turn until it is enough. Every answer must be a good one.
fn buys(door: SocketAddr, customer: usize, enough: &AtomicBool) -> usize {
    let mut connection = Connection::open(door).unwrap();
    let mut turn = 0;
    while !enough.load(Ordering::SeqCst) {
        let order = json!({"order": format!("{customer}-{turn}")});
        for request in [Request::post("/orders", &order), Request::get("/orders/1")] {
            connection.send(&request).unwrap().expect(200);
        }
        turn += 1;
    }
    turn
}

#[test]
fn no_order_is_lost_or_doubled_while_replicas_are_stopped_and_started_again() {
    let runtime = Runtime::new().unwrap();
    let orders = Arc::default();
    let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
    let mut replicas = vec![
        start(&runtime, anywhere, &orders),
        start(&runtime, anywhere, &orders),
    ];
    let [one, two] = [&replicas[0], &replicas[1]].map(|replica| replica.address);
    let list = format!("http://{one},http://{two}");
    let setup = Setup::of("fruitstore").set_in("order", "address", &list);
    let folder = tempfile::tempdir().unwrap();
    let mut door = jumun(&setup, folder.path());
    door.args(["gateway", "fruitstore", "--port", "0"]);
    let mut door = Process::start(&mut door).unwrap();
    let enough = AtomicBool::new(false);
    let bought: usize = std::thread::scope(|scope| {
        let customers: Vec<_> = (0..8)
            .map(|customer| {
                let (address, enough) = (door.address, &enough);
                scope.spawn(move || buys(address, customer, enough))
            })
            .collect();
        for _ in 0..6 {
            let leaving = replicas.remove(0);
            eventually("that each is asked", || {
                let taken = leaving.taken.load(Ordering::SeqCst);
                let failed = customers
                    .iter()
                    .any(std::thread::ScopedJoinHandle::is_finished);
                if taken > 20 || failed {
                    Ok(())
                } else {
                    Err(format!("{taken} requests"))
                }
            });
            leaving.stop.send(()).unwrap();
            assert_eq!(runtime.block_on(leaving.ended).unwrap(), 0);
            replicas.push(start(&runtime, leaving.address, &orders));
        }
        enough.store(true, Ordering::SeqCst);
        customers.into_iter().map(|c| c.join().unwrap()).sum()
    });
    let metrics = door.send(&Request::get("/actuator/prometheus")).text();
    for address in [one, two] {
        let answered = format!(
            r#"jumun_upstream_requests_total{{system="fruitstore",to="order",address="{address}",outcome="answered"}}"#
        );
        assert!(metrics.contains(&answered), "{metrics}");
    }
    let orders = orders.lock().unwrap();
    let doubled: Vec<_> = orders.iter().filter(|(_, times)| **times != 1).collect();
    assert!(doubled.is_empty(), "{doubled:?}");
    assert_eq!(orders.len(), bought);
    door.signal("TERM");
    door.ends_well();
}

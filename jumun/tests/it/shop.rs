//! A shop: the real binary, with a folder and a port of its own.

mod process;
mod ran;
mod setup;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::waiting::eventually;
use crate::wire::{Answer, Request};

pub(crate) use process::{Following, Process};
pub(crate) use ran::Ran;
pub(crate) use setup::{Setup, TOKEN, jumun};

/// A fruit shop, running or not.
pub(crate) struct Shop {
    setup: Setup,
    // Before the folder, so that it ends before its data goes.
    process: Option<Process>,
    folder: TempDir,
}

impl Shop {
    /// As a new user would.
    pub(crate) fn start() -> Self {
        Setup::new().start()
    }

    fn process(&self) -> &Process {
        self.process.as_ref().expect("it runs")
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.process().address
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process().pid()
    }

    /// The stores.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data").join("fruitstore")
    }

    /// All that is this test's own.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What the process has said since it was last started.
    pub(crate) fn said(&self) -> String {
        self.process().said()
    }

    /// `/orders` as an address.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address())
    }

    // Its process

    /// SIGKILL: no time for anything.
    pub(crate) fn kill(&mut self) {
        self.process.take().expect("it runs").kill();
    }

    /// SIGTERM; it must end in time, with exit code 0. What it said.
    pub(crate) fn terminate(&mut self) -> String {
        self.ask_to_stop();
        self.stopped()
    }

    /// SIGTERM, and no waiting.
    pub(crate) fn ask_to_stop(&self) {
        self.process().signal("TERM");
    }

    /// SIGINT, as Ctrl-C sends it.
    pub(crate) fn interrupt(&self) {
        self.process().signal("INT");
    }

    /// Waits for the end after [`Shop::ask_to_stop`].
    pub(crate) fn stopped(&mut self) -> String {
        self.process.take().expect("it runs").ends_well()
    }

    /// Waits for an end that is none of the good ones: exit code 1. What it said.
    pub(crate) fn ends_badly(&mut self) -> String {
        self.process.take().expect("it runs").ends_with(1)
    }

    /// Starts it on the same folder again.
    pub(crate) fn restart(&mut self) {
        self.try_restart().unwrap_or_else(|said| panic!("{said}"));
    }

    /// As [`Shop::restart`]; if it ends at once: what it said.
    pub(crate) fn try_restart(&mut self) -> Result<(), String> {
        assert!(self.process.is_none(), "it still runs");
        self.process = Some(Process::up(&self.setup, self.folder.path())?);
        Ok(())
    }

    /// Starts it, and kills it after `moment`, whether it has opened its door by then or not.
    pub(crate) fn start_and_kill(&mut self, moment: impl FnOnce()) {
        assert!(self.process.is_none(), "it still runs");
        let (mut child, _) = Process::spawn(&mut Process::command(&self.setup, self.folder.path()));
        moment();
        child.kill().expect("killed");
        child.wait().expect("ended");
    }

    /// From now on it is started like this.
    pub(crate) fn set_up_as(&mut self, setup: Setup) {
        self.setup = setup;
    }

    /// Runs another command on the same folder, whether the shop runs or not.
    pub(crate) fn command(&self, arguments: &[&str]) -> Ran {
        Ran::to_end(jumun(&self.setup, self.folder.path()).args(arguments))
    }

    // Requests

    /// Over a connection of its own.
    #[track_caller]
    pub(crate) fn send(&self, request: &Request) -> Answer {
        self.process().send(request)
    }

    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.send(&Request::get(path))
    }

    #[track_caller]
    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(&Request::post(path, body))
    }

    #[track_caller]
    pub(crate) fn put(&self, path: &str, body: &Value) -> Answer {
        self.send(&Request::new("PUT", path).json(body))
    }

    #[track_caller]
    pub(crate) fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send(&Request::new("PATCH", path).json(body))
    }

    #[track_caller]
    pub(crate) fn delete(&self, path: &str) -> Answer {
        self.send(&Request::new("DELETE", path))
    }

    // What happens in a fruit shop

    /// An order as the seed has it; its number.
    #[track_caller]
    pub(crate) fn place(&self) -> i64 {
        self.post("/orders", &apples()).expect(201).id()
    }

    /// An order's row, payment or delivery, if there is one.
    #[track_caller]
    pub(crate) fn of_order(&self, collection: &str, order: i64) -> Option<Value> {
        let answer = self.get(&format!(
            "/{collection}/search/findByOrderId?orderId={order}"
        ));
        if answer.status == 404 {
            return None;
        }
        Some(answer.expect(200).json()).filter(|found| found["orderId"] == order)
    }

    /// Waits until my page says this of an order: order, payment, delivery.
    #[track_caller]
    pub(crate) fn my_page_says(&self, order: i64, wanted: [&str; 3]) -> Value {
        let what = format!("my page of order {order} with {wanted:?}");
        eventually(&what, || {
            let row = self.of_order("myPages", order).ok_or("no row")?;
            let fields = ["orderStatus", "payStatus", "deliveryStatus"];
            let says = fields
                .iter()
                .zip(wanted)
                .all(|(field, status)| row[field] == status);
            if says { Ok(row) } else { Err(row.to_string()) }
        })
    }

    /// The delivery of an order, once it is there.
    #[track_caller]
    pub(crate) fn delivery_of(&self, order: i64) -> Value {
        eventually(&format!("the delivery of order {order}"), || {
            let delivery = self.of_order("deliveries", order);
            delivery.ok_or_else(|| "none yet".to_owned())
        })
    }

    /// Says that an order has been handed over.
    #[track_caller]
    pub(crate) fn complete(&self, delivery: &Value) -> Answer {
        let path = format!("/deliveries/{}", id_of(delivery));
        self.patch(&path, &json!({"deliveryStatus": "배송완료"}))
    }

    /// All items of a collection, in order of id.
    #[track_caller]
    pub(crate) fn all(&self, collection: &str) -> Vec<Value> {
        let mut items = Vec::new();
        for page in 0.. {
            let mut answer = self
                .get(&format!("/{collection}?size=1000&page={page}"))
                .expect(200)
                .json();
            let Value::Array(found) = answer["_embedded"][collection].take() else {
                panic!("no list of {collection}: {answer}");
            };
            items.extend(found);
            if answer["page"]["totalPages"]
                .as_u64()
                .is_none_or(|pages| page + 1 >= pages)
            {
                break;
            }
        }
        items
    }

    /// How many a collection has.
    #[track_caller]
    pub(crate) fn count(&self, collection: &str) -> u64 {
        let answer = self
            .get(&format!("/{collection}?size=1"))
            .expect(200)
            .json();
        answer["page"]["totalElements"].as_u64().expect("a count")
    }

    /// How many each collection has.
    #[track_caller]
    pub(crate) fn counts(&self) -> [u64; 4] {
        ["orders", "payments", "deliveries", "myPages"].map(|collection| self.count(collection))
    }

    /// Turns a context's faults on or off.
    #[track_caller]
    pub(crate) fn turn(&self, context: &str, knobs: &Value) {
        let path = format!("/actuator/contexts/{context}/chaos");
        self.put(&path, knobs).expect(200);
    }

    /// The sum of a metric's samples whose labels contain all of these.
    #[track_caller]
    pub(crate) fn metric(&self, name: &str, labels: &[&str]) -> f64 {
        let text = self.get("/actuator/prometheus").expect(200).text();
        text.lines()
            .filter_map(|line| {
                let (sample, value) = line.rsplit_once(' ')?;
                let (found, with) = sample.split_once('{').unwrap_or((sample, ""));
                let ours = found == name && labels.iter().all(|label| with.contains(label));
                ours.then(|| value.parse::<f64>().expect("a number"))
            })
            .sum()
    }

    /// Waits until every event has been taken in by all who listen, and none is held back.
    ///
    /// A consumer notices an event a moment after it was told, so one quiet look is not enough.
    #[track_caller]
    pub(crate) fn settle(&self) {
        const QUIET_LOOKS: u32 = 10;
        let (mut before, mut quiet) = (-1.0, 0);
        eventually("all events taken in", || {
            let health = self.get("/actuator/health").expect(200).json();
            let components = health["components"].as_object().ok_or("no contexts")?;
            let behind = components.values().any(|context| {
                let lag = context["components"]["bus"]["details"]["lag"].as_object();
                lag.is_some_and(|lag| lag.values().any(|events| events != 0))
            });
            let parked = self.metric("jumun_parked_events", &[]);
            let moved = self.metric("jumun_events_total", &[])
                + self.metric("jumun_received_events_total", &[]);
            let still = !behind && parked < 0.5 && (moved - before).abs() < 0.5;
            quiet = if still { quiet + 1 } else { 0 };
            before = moved;
            if quiet >= QUIET_LOOKS {
                return Ok(());
            }
            Err(format!(
                "{parked} parked, {moved} told or taken in; {health}"
            ))
        });
    }
}

/// The seed's order.
pub(crate) fn apples() -> Value {
    json!({
        "userId": 7181,
        "prodNm": "사과",
        "qty": 2,
        "price": 5000,
        "address": "경기도 성남시",
    })
}

/// The number at the end of an item's link to itself.
#[track_caller]
pub(crate) fn id_of(item: &Value) -> i64 {
    let href = item["_links"]["self"]["href"].as_str();
    let id = href.and_then(|href| href.rsplit('/').next()?.parse().ok());
    id.unwrap_or_else(|| panic!("no link to itself: {item}"))
}

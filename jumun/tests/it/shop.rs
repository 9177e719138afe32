//! A shop: the real binary, with a folder and a port of its own.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::waiting::{eventually, within};
use crate::wire::{Answer, Connection, Request};

/// Stopping may take so long, and no longer (design §6).
const STOPS_WITHIN: Duration = Duration::from_secs(10);

/// Who shows this is an operator.
pub(crate) const TOKEN: &str = "the-operator-of-the-tests";

/// How a shop is started.
#[derive(Clone, Debug, Default)]
pub(crate) struct Setup {
    flags: Vec<String>,
    variables: Vec<(String, String)>,
}

impl Setup {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Faults on purpose are allowed.
    pub(crate) fn chaos() -> Self {
        Self::new().flag("--chaos")
    }

    pub(crate) fn flag(mut self, flag: &str) -> Self {
        self.flags.push(flag.to_owned());
        self
    }

    /// A key as `jumun.toml` has it, e.g. `asks.deadline`.
    pub(crate) fn set(mut self, key: &str, value: &str) -> Self {
        let name = format!("JUMUN_{}", key.to_uppercase().replace('.', "__"));
        self.variables.push((name, value.to_owned()));
        self
    }

    pub(crate) fn start(self) -> Shop {
        let folder = TempDir::new().expect("a folder");
        let process = Process::up(&self, folder.path()).unwrap_or_else(|said| panic!("{said}"));
        Shop {
            setup: self,
            folder,
            process: Some(process),
        }
    }
}

/// What a process has said so far.
#[derive(Clone, Default)]
struct Said(Arc<Mutex<String>>);

impl Said {
    fn text(&self) -> String {
        self.0.lock().expect("no panic while writing").clone()
    }

    /// Takes down what comes, on a thread of its own.
    fn listen(&self, from: impl Read + Send + 'static) {
        let said = self.clone();
        std::thread::spawn(move || {
            let mut lines = BufReader::new(from);
            let mut line = Vec::new();
            while lines.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
                let mut said = said.0.lock().expect("no panic while writing");
                said.push_str(&String::from_utf8_lossy(&line));
                line.clear();
            }
        });
    }
}

/// A running shop's process.
struct Process {
    child: Child,
    address: SocketAddr,
    said: Said,
}

impl Process {
    /// Starts one, and waits until it says where its gateway is. If it ends instead: what it said.
    fn up(setup: &Setup, folder: &Path) -> Result<Self, String> {
        let (mut child, said) = Self::spawn(setup, folder);
        let address = eventually("the shop's address", || {
            // First, so that nothing which was said before the end is missed.
            let ended = child.try_wait().expect("its state");
            let text = said.text();
            let address = gateway(&text);
            match (address, ended) {
                (Some(address), _) => Ok(Ok(address)),
                (None, Some(status)) => Ok(Err(format!("ended with {status}: {text}"))),
                (None, None) => Err(text),
            }
        });
        address.map(|address| Self {
            child,
            address,
            said,
        })
    }

    fn spawn(setup: &Setup, folder: &Path) -> (Child, Said) {
        let mut child = jumun(setup, folder)
            .args(["up", "fruitstore", "--port", "0"])
            .args(&setup.flags)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let said = Said::default();
        said.listen(child.stdout.take().expect("piped"));
        said.listen(child.stderr.take().expect("piped"));
        (child, said)
    }
}

/// The first address in the line that begins with `gateway`.
fn gateway(text: &str) -> Option<SocketAddr> {
    // Only whole lines: the rest of one may still be on its way.
    let (whole, _) = text.rsplit_once('\n')?;
    let mut lines = whole.lines().map(str::trim_start);
    let line = lines.find(|line| line.starts_with("gateway"))?;
    let url = line.split_whitespace().find_map(|word| word.strip_prefix("http://"))?;
    url.trim_end_matches('/').parse().ok()
}

/// The binary, told where the data is, and nothing from outside the test.
pub(crate) fn jumun(setup: &Setup, folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jumun"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("JUMUN_")) {
        command.env_remove(name);
    }
    command
        .current_dir(folder)
        .env("JUMUN_DATA", folder.join("data"))
        .env("JUMUN_ADMIN_TOKEN", TOKEN)
        .env("RUST_BACKTRACE", "1")
        .envs(setup.variables.iter().map(|(name, value)| (name, value)));
    command
}

/// What a command did.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: ExitStatus,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// Runs it to its end, in time.
    pub(crate) fn to_end(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let (out, err) = (child.stdout.take().expect("piped"), child.stderr.take().expect("piped"));
        // Read while it runs: a full pipe would hold it up.
        let all = |mut from: Box<dyn Read + Send>| {
            std::thread::spawn(move || {
                let mut text = Vec::new();
                from.read_to_end(&mut text).expect("readable");
                String::from_utf8_lossy(&text).into_owned()
            })
        };
        let (out, err) = (all(Box::new(out)), all(Box::new(err)));
        let status = ended(&mut child, crate::waiting::PATIENCE, &format!("{command:?}"));
        Self {
            status,
            out: out.join().expect("read"),
            err: err.join().expect("read"),
        }
    }

    /// Its standard output, if it went well.
    #[track_caller]
    pub(crate) fn fine(self) -> String {
        assert!(self.status.success(), "{self:?}");
        self.out
    }

    /// Its standard error, if it did not.
    #[track_caller]
    pub(crate) fn failed(self) -> String {
        assert_eq!(self.status.code(), Some(1), "{self:?}");
        self.err
    }
}

/// Waits for a process to end; kills it and fails if it does not.
fn ended(child: &mut Child, deadline: Duration, what: &str) -> ExitStatus {
    let waited = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        within(deadline, &format!("the end of {what}"), || {
            let status = child.try_wait().map_err(|error| error.to_string())?;
            status.ok_or_else(|| "it runs".to_owned())
        })
    }));
    waited.unwrap_or_else(|panic| {
        let _ = child.kill();
        let _ = child.wait();
        std::panic::resume_unwind(panic)
    })
}

/// A fruit shop, running or not.
pub(crate) struct Shop {
    setup: Setup,
    folder: TempDir,
    process: Option<Process>,
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
        self.process().child.id()
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
        self.process().said.text()
    }

    /// `/orders` as an address.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address())
    }

    // Its process

    /// SIGKILL: no time for anything.
    pub(crate) fn kill(&mut self) {
        let mut process = self.process.take().expect("it runs");
        process.child.kill().expect("killed");
        process.child.wait().expect("ended");
    }

    /// SIGTERM; it must end in time, with exit code 0. What it said.
    pub(crate) fn terminate(&mut self) -> String {
        self.ask_to_stop();
        self.stopped()
    }

    /// SIGTERM, and no waiting.
    pub(crate) fn ask_to_stop(&self) {
        let kill = format!("kill -TERM {}", self.pid());
        let done = Command::new("sh").args(["-c", &kill]).status();
        assert!(done.expect("a shell").success());
    }

    /// Waits for the end after [`Shop::ask_to_stop`].
    pub(crate) fn stopped(&mut self) -> String {
        let mut process = self.process.take().expect("it runs");
        let status = ended(&mut process.child, STOPS_WITHIN, "the shop after SIGTERM");
        let said = process.said.text();
        assert!(status.success(), "{status}: {said}");
        said
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
        let (mut child, _) = Process::spawn(&self.setup, self.folder.path());
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
        let answer = Connection::open(self.address()).and_then(|mut c| c.send(request));
        answer.unwrap_or_else(|error| panic!("{request:?}: {error}"))
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

    /// An order's row, payment or delivery, where its key leads.
    #[track_caller]
    pub(crate) fn of_order(&self, collection: &str, order: i64) -> Option<Value> {
        let answer = self.get(&format!("/{collection}/search/findByOrderId?orderId={order}"));
        (answer.status != 404).then(|| answer.expect(200).json())
    }

    /// Waits until my page says this of an order: order, payment, delivery.
    #[track_caller]
    pub(crate) fn my_page_says(&self, order: i64, wanted: [&str; 3]) -> Value {
        let what = format!("my page of order {order} with {wanted:?}");
        eventually(&what, || {
            let row = self.of_order("myPages", order).ok_or("no row")?;
            let fields = ["orderStatus", "payStatus", "deliveryStatus"];
            let says = fields.iter().zip(wanted).all(|(field, status)| row[field] == status);
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
            if answer["page"]["totalPages"].as_u64().is_none_or(|pages| page + 1 >= pages) {
                break;
            }
        }
        items
    }

    /// How many a collection has.
    #[track_caller]
    pub(crate) fn count(&self, collection: &str) -> u64 {
        let answer = self.get(&format!("/{collection}?size=1")).expect(200).json();
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
    #[track_caller]
    pub(crate) fn settle(&self) {
        eventually("all events taken in", || {
            let health = self.get("/actuator/health").expect(200).json();
            let components = health["components"].as_object().ok_or("no contexts")?;
            let behind = components.values().any(|context| {
                let lag = context["components"]["bus"]["details"]["lag"].as_object();
                lag.is_some_and(|lag| lag.values().any(|events| events != 0))
            });
            let parked = self.metric("jumun_parked_events", &[]);
            if behind || parked > 0.0 {
                return Err(format!("{parked} parked; {health}"));
            }
            Ok(())
        });
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        let Some(mut process) = self.process.take() else {
            return;
        };
        // Either it has ended by itself, or it ends now.
        let _ = process.child.kill();
        let _ = process.child.wait();
        if std::thread::panicking() {
            eprintln!("the shop said:\n{}", process.said.text());
        }
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

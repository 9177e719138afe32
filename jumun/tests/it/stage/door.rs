//! What can be asked over HTTP.

use std::fmt::{Display, Write as _};
use std::net::SocketAddr;

use serde_json::Value;

use crate::waiting::eventually;
use crate::wire::{Answer, Connection, Request};

/// Where a system, or one of its contexts, is asked. Every request has a connection of its own.
#[derive(Clone, Debug)]
pub(crate) struct Door {
    address: SocketAddr,
    /// Before every path: empty, or `/SYSTEM`.
    prefix: String,
    /// The contexts behind it that are processes of their own, with metrics of their own.
    apart: Vec<&'static str>,
}

impl Door {
    pub(crate) fn at(address: SocketAddr) -> Self {
        Self {
            address,
            prefix: String::new(),
            apart: Vec::new(),
        }
    }

    /// These contexts are processes of their own.
    pub(super) fn in_processes(self, apart: Vec<&'static str>) -> Self {
        Self { apart, ..self }
    }

    /// One of several systems behind one address.
    pub(crate) fn under(address: SocketAddr, system: &str) -> Self {
        let prefix = format!("/{system}");
        Self {
            prefix,
            ..Self::at(address)
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// `/orders` as an address.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{}{path}", self.address, self.prefix)
    }

    /// Asks, and fails if there is no answer.
    #[track_caller]
    pub(crate) fn send(&self, request: &Request) -> Answer {
        let mut request = request.clone();
        request.path.insert_str(0, &self.prefix);
        let answer = Connection::open(self.address).and_then(|mut c| c.send(&request));
        answer.unwrap_or_else(|error| panic!("{request:?}: {error}"))
    }

    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.send(&Request::get(path))
    }

    /// As [`Door::get`]; who does not answer is no failure.
    pub(crate) fn try_get(&self, path: &str) -> std::io::Result<Answer> {
        let path = format!("{}{path}", self.prefix);
        Connection::open(self.address).and_then(|mut c| c.send(&Request::get(&path)))
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

    // Collections

    /// All items of a collection, in order of id, whether it has pages or not.
    #[track_caller]
    pub(crate) fn all(&self, collection: &str) -> Vec<Value> {
        let mut items = Vec::new();
        for page in 0.. {
            let path = format!("/{collection}?size=1000&page={page}");
            let answer = self.get(&path).expect(200).json();
            let pages = answer["page"]["totalPages"].as_u64();
            items.extend(embedded(collection, answer));
            if pages.is_none_or(|pages| page + 1 >= pages) {
                break;
            }
        }
        items
    }

    /// How many a collection has.
    #[track_caller]
    pub(crate) fn count(&self, collection: &str) -> u64 {
        let answer = self.get(&format!("/{collection}?size=1"));
        let answer = answer.expect(200).json();
        match answer["page"]["totalElements"].as_u64() {
            Some(count) => count,
            None => embedded(collection, answer).len() as u64,
        }
    }

    /// The one with this key, if there is one: `find("payments", "orderId", 7)` asks
    /// `/payments/search/findByOrderId?orderId=7`.
    #[track_caller]
    pub(crate) fn find(&self, collection: &str, key: &str, value: impl Display) -> Option<Value> {
        let answer = self.get(&finder(collection, key, &value));
        if answer.status == 404 {
            return None;
        }
        Some(answer.expect(200).json())
    }

    /// Those with this key, where the finder lists them.
    #[allow(dead_code, reason = "all finders of the fruit shop find one")]
    #[track_caller]
    pub(crate) fn list(&self, collection: &str, key: &str, value: impl Display) -> Vec<Value> {
        let answer = self.get(&finder(collection, key, &value));
        embedded(collection, answer.expect(200).json())
    }

    // Waiting

    /// Waits until the one with this key is there and has all these members; it.
    #[track_caller]
    pub(crate) fn shows(
        &self,
        collection: &str,
        key: &str,
        value: impl Display,
        wanted: &Value,
    ) -> Value {
        self.becomes(&finder(collection, key, &value), wanted)
    }

    /// Waits until what is at this path is there and has all these members; it.
    #[track_caller]
    pub(crate) fn becomes(&self, path: &str, wanted: &Value) -> Value {
        eventually(&format!("{wanted} at {path}"), || {
            let answer = self.get(path);
            if answer.status != 200 {
                return Err(answer.to_string());
            }
            let found = answer.json();
            if has(&found, wanted) {
                Ok(found)
            } else {
                Err(found.to_string())
            }
        })
    }

    /// Asks again and again until it is answered like this. For requests that may be carried out
    /// once only when they are answered so.
    #[track_caller]
    pub(crate) fn until(&self, request: &Request, status: u16) -> Answer {
        eventually(&format!("{status} to {request:?}"), || {
            let answer = self.send(request);
            if answer.status == status {
                Ok(answer)
            } else {
                Err(answer.to_string())
            }
        })
    }

    // Operating

    /// Turns a context's faults on or off, e.g. `{"down": true}`, `{"refuse": true}`,
    /// `{"slow": "300ms"}`; the setup must [allow](super::Setup::chaos) them.
    #[track_caller]
    pub(crate) fn turn(&self, context: &str, knobs: &Value) {
        let path = format!("/actuator/contexts/{context}/chaos");
        self.put(&path, knobs).expect(200);
    }

    /// The sum of a metric's samples whose labels contain all of these.
    #[track_caller]
    pub(crate) fn metric(&self, name: &str, labels: &[&str]) -> f64 {
        let apart = self.apart.iter();
        let pages = apart.map(|context| format!("/actuator/contexts/{context}/prometheus"));
        [String::from("/actuator/prometheus")]
            .into_iter()
            .chain(pages)
            .map(|page| sum(&self.get(&page).expect(200).text(), name, labels))
            .sum()
    }
}

/// The sum of a metric's samples on one page.
fn sum(page: &str, name: &str, labels: &[&str]) -> f64 {
    page.lines()
        .filter_map(|line| {
            let (sample, value) = line.rsplit_once(' ')?;
            let (found, with) = sample.split_once('{').unwrap_or((sample, ""));
            let ours = found == name && labels.iter().all(|label| with.contains(label));
            ours.then(|| value.parse::<f64>().expect("a number"))
        })
        .sum()
}

#[track_caller]
fn embedded(collection: &str, mut answer: Value) -> Vec<Value> {
    let Value::Array(found) = answer["_embedded"][collection].take() else {
        panic!("no list of {collection}: {answer}");
    };
    found
}

/// Whether `found` has all members of `wanted`, with these values.
fn has(found: &Value, wanted: &Value) -> bool {
    let mut members = wanted.as_object().expect("members").iter();
    members.all(|(name, value)| found.get(name) == Some(value))
}

fn finder(collection: &str, key: &str, value: &impl Display) -> String {
    let (first, rest) = key.split_at(1);
    let value = encoded(&value.to_string());
    format!(
        "/{collection}/search/findBy{}{rest}?{key}={value}",
        first.to_uppercase()
    )
}

/// As it must be in a query (RFC 3986 §2.1), e.g. a word in Korean.
fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").expect("a string takes it");
        }
    }
    out
}

/// The number at the end of an item's link to itself.
#[track_caller]
pub(crate) fn id_of(item: &Value) -> i64 {
    let href = item["_links"]["self"]["href"].as_str();
    let id = href.and_then(|href| href.rsplit('/').next()?.parse().ok());
    id.unwrap_or_else(|| panic!("no link to itself: {item}"))
}

//! Whatever is sent: a clear 4xx that says where, nothing changes, and the process lives (I8).

mod bodies;
mod heads;
mod raw;

use crate::fruitstore::Shop;
use crate::stage::Setup;
use crate::wire::{Answer, Connection, Request};

/// A request that is wrong, and what is said to it.
struct Bad {
    name: &'static str,
    /// As it goes over the wire.
    bytes: Vec<u8>,
    method: String,
    status: u16,
    /// Where the fault is, if a member or header has it.
    field: Option<&'static str>,
    said: Said,
    /// Nothing more comes after it, and the other side can see that.
    ends: bool,
}

/// How it is said.
#[derive(Clone, Copy, PartialEq)]
enum Said {
    /// As a problem that says where and what.
    Plainly,
    /// By the status alone: what came is no request, or its answer has no body.
    Briefly,
    /// By hanging up: what came is another protocol.
    NotAtAll,
}

impl Bad {
    fn request(name: &'static str, request: Request, status: u16) -> Self {
        let said = if request.method == "HEAD" {
            Said::Briefly
        } else {
            Said::Plainly
        };
        Self {
            name,
            bytes: request.written("shop"),
            method: request.method,
            status,
            field: None,
            said,
            ends: false,
        }
    }

    fn raw(name: &'static str, bytes: impl Into<Vec<u8>>, status: u16) -> Self {
        Self {
            name,
            bytes: bytes.into(),
            method: "GET".to_owned(),
            status,
            field: None,
            said: Said::Plainly,
            ends: false,
        }
    }

    fn at(self, field: &'static str) -> Self {
        Self {
            field: Some(field),
            ..self
        }
    }

    fn briefly(self) -> Self {
        Self {
            said: Said::Briefly,
            ..self
        }
    }

    fn by_hanging_up(self) -> Self {
        Self {
            said: Said::NotAtAll,
            ..self
        }
    }

    fn and_ends(self) -> Self {
        Self { ends: true, ..self }
    }

    /// What is wrong with the answer, if anything.
    fn wrong(&self, shop: &Shop) -> Option<String> {
        let mut connection = Connection::open(shop.address()).expect("the process lives");
        // It may hang up before it has read everything; what it says counts.
        let _ = connection.write(&self.bytes);
        if self.ends {
            let _ = connection.finish_writing();
        }
        match connection.read(&self.method) {
            Ok(answer) => self.wrong_with(&answer),
            Err(_) if self.said == Said::NotAtAll => None,
            Err(error) => Some(format!("{}: no answer ({error})", self.name)),
        }
    }

    fn wrong_with(&self, answer: &Answer) -> Option<String> {
        let wrong = |what: &str| Some(format!("{}: {what}: {answer}", self.name));
        if self.said == Said::NotAtAll {
            return wrong("answered");
        }
        if answer.status != self.status {
            return wrong(&format!("not {}", self.status));
        }
        if self.said == Said::Briefly {
            return None;
        }
        if answer.header("content-type") != Some("application/problem+json") {
            return wrong("no problem");
        }
        let problem = answer.json();
        let has = |member: &str| {
            problem[member]
                .as_str()
                .is_some_and(|text| !text.is_empty())
        };
        for member in [
            "type",
            "title",
            "detail",
            "code",
            "instance",
            "timestamp",
            "error",
            "message",
            "path",
        ] {
            if !has(member) {
                return wrong(&format!("no {member}"));
            }
        }
        if problem["status"] != self.status {
            return wrong("another status inside");
        }
        if let Some(field) = self.field
            && problem["field"] != field
        {
            return wrong(&format!("the fault is at {field}"));
        }
        None
    }
}

/// A shop in which there is one of everything, the delivery under way.
fn open() -> Shop {
    let shop = Setup::of("fruitstore")
        .set("header_timeout", "500ms")
        .set("request_timeout", "500ms")
        .shop();
    let order = shop.place();
    shop.my_page_says(order, ["주문신청", "결제승인", "배송시작"]);
    shop.settle();
    shop
}

/// Everything that can be seen.
fn everything(shop: &Shop) -> Vec<String> {
    let shown = ["orders", "payments", "deliveries", "myPages"].map(|collection| {
        shop.all(collection)
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    });
    let log = shop.command(&["events", "fruitstore", "--json"]).fine();
    shown.concat().into_iter().chain([log]).collect()
}

/// Sends them all, then looks whether anything has changed.
fn refuses_all(table: &[Bad]) {
    let shop = open();
    let before = everything(&shop);
    let wrong: Vec<String> = table.iter().filter_map(|bad| bad.wrong(&shop)).collect();
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        table.len(),
        wrong.join("\n")
    );
    shop.settle();
    assert_eq!(everything(&shop), before);
    let said = shop.said();
    assert!(!said.contains("panicked"), "{said}");
    // It lives, and goes on counting where it was.
    assert_eq!(shop.place(), 2);
}

#[test]
fn bodies_that_are_not_what_they_should_be() {
    refuses_all(&bodies::table());
}

#[test]
fn addresses_methods_and_headers_that_are_not_what_they_should_be() {
    refuses_all(&heads::table());
}

#[test]
fn bytes_that_are_no_request() {
    refuses_all(&raw::table());
}

#[test]
fn there_are_as_many_of_them_as_were_promised() {
    let all = bodies::table().len() + heads::table().len() + raw::table().len();
    assert!(all >= 60, "{all}");
}

#[test]
fn a_client_that_never_finishes_its_head_is_cut_off() {
    let shop = open();
    let mut slow = Connection::open(shop.address()).unwrap();
    slow.write(b"GET /orders HTTP/1.1\r\nHost: shop\r\nX-Slow: ")
        .unwrap();
    // Whether with a last word or without: it does not wait for ever.
    let said = slow.read_to_end().unwrap_or_default();
    assert!(
        said.is_empty() || said.starts_with(b"HTTP/1.1 408"),
        "{said:?}"
    );
    shop.get("/orders").expect(200);
}

#[test]
fn a_client_that_never_finishes_its_body_is_told_and_cut_off() {
    let shop = open();
    let mut slow = Connection::open(shop.address()).unwrap();
    let head = "POST /orders HTTP/1.1\r\nHost: shop\r\nAccept: */*\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{";
    slow.write(head.as_bytes()).unwrap();
    let answer = slow.read("POST").unwrap().expect(408);
    assert_eq!(answer.json()["code"], "body-too-slow");
    assert_eq!(shop.count("orders"), 1);
}

#[test]
fn many_slow_clients_keep_nobody_else_waiting() {
    let shop = Setup::of("fruitstore").shop();
    let slow: Vec<Connection> = (0..200)
        .map(|_| {
            let mut connection = Connection::open(shop.address()).unwrap();
            connection
                .write(b"POST /orders HTTP/1.1\r\nHost: shop\r\n")
                .unwrap();
            connection
        })
        .collect();
    shop.place();
    assert_eq!(slow.len(), 200);
}

#[test]
fn a_client_that_hangs_up_changes_nothing_it_did_not_finish() {
    let shop = open();
    for _ in 0..20 {
        let mut connection = Connection::open(shop.address()).unwrap();
        let head = "POST /orders HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{\"userId\":1,";
        connection.write(head.as_bytes()).unwrap();
    }
    shop.get("/orders").expect(200);
    assert_eq!(shop.count("orders"), 1);
}

#[test]
fn a_client_that_drips_is_cut_off_however_steadily_it_does() {
    let shop = open();
    for start in [
        "GET /orders HTTP/1.1\r\nHost: shop\r\nX-Slow: ",
        "POST /orders HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n",
    ] {
        let mut drip = Connection::open(shop.address()).unwrap();
        drip.write(start.as_bytes()).unwrap();
        crate::waiting::eventually("the end of the connection", || match drip.write(b"1") {
            Ok(()) => Err("it still listens".to_owned()),
            Err(_) => Ok(()),
        });
    }
    assert_eq!(shop.count("orders"), 1);
}

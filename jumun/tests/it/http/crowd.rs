//! More clients than the limit on open files allows, and clients that keep the shop waiting (I8).

use std::io::Write;
use std::net::TcpStream;

use serde_json::json;

use crate::fruitstore::Shop;
use crate::stage::{Process, Setup, jumun};
use crate::waiting::eventually;
use crate::wire::{Connection, Request};

/// Clients that connect, send this, and nothing more; nor do they read.
fn silent(shop: &Shop, count: usize, bytes: &[u8]) -> Vec<TcpStream> {
    let connect = |_| {
        let mut stream = TcpStream::connect(shop.address()).expect("somebody listens");
        stream.write_all(bytes).expect("it is taken");
        stream
    };
    (0..count).map(connect).collect()
}

/// Asks on a new connection, as someone who has just come, and again when told to try again.
fn is_served(shop: &Shop, request: &Request, status: u16) {
    eventually(&format!("{status} for a newcomer"), || {
        let answer = Connection::open(shop.address()).and_then(|mut new| new.send(request));
        match answer {
            Ok(answer) if answer.status == status => Ok(()),
            Ok(answer) => Err(answer.to_string()),
            Err(error) => Err(error.to_string()),
        }
    });
}

/// In one go: whoever probes does not try again.
fn lives(shop: &Shop) {
    let mut probe = Connection::open(shop.address()).expect("somebody listens");
    let answer = probe.send(&Request::get("/actuator/health/liveness"));
    answer.expect("an answer").expect(200);
}

#[test]
fn slow_heads_beyond_the_limit_on_open_files_keep_nobody_out_and_two_lines_tell_of_them() {
    let shop = Setup::of("fruitstore").open_files(64).shop();
    let order = crate::fruitstore::apples();
    let slow = silent(&shop, 100, b"GET /orders HTTP/1.1\r\nHost: shop\r\nX-");
    lives(&shop);
    is_served(&shop, &Request::post("/orders", &order), 201);
    lives(&shop);
    is_served(&shop, &Request::get("/orders"), 200);
    drop(slow);
    eventually("the end of it in the log", || {
        let said = shop.said();
        let lines = said.lines().filter(|line| line.contains("connections"));
        let lines: Vec<&str> = lines.collect();
        match lines.as_slice() {
            [.., last] if last.contains("connections are free again") => Ok(()),
            other => Err(other.join("\n")),
        }
    });
    let said = shop.said();
    let count = |what: &str| said.lines().filter(|line| line.contains(what)).count();
    assert_eq!(count("all connections are taken"), 1, "{said}");
    assert_eq!(count("connections are free again"), 1, "{said}");
    assert_eq!(count("no connection can be taken"), 0, "{said}");
}

#[test]
fn clients_that_never_read_are_cut_off_and_hold_up_neither_others_nor_the_end() {
    let mut shop = Setup::of("fruitstore")
        .open_files(128)
        .set("durability", "relaxed")
        .set("write_timeout", "1m")
        .shop();
    // As long as it may be, and more of them than the buffers between the two sides hold.
    let order = json!({"userId": 1, "qty": 1, "price": 1, "address": "가".repeat(500)});
    for _ in 0..400 {
        shop.post("/orders", &order).expect(201);
    }
    let request = b"GET /orders?size=400 HTTP/1.1\r\nHost: shop\r\nAccept: */*\r\n\r\n";
    let _deaf = silent(&shop, 130, request);
    lives(&shop);
    is_served(&shop, &Request::post("/orders", &order), 201);
    lives(&shop);
    // In order, and without the grace for what is worked on: nobody is said to have taken too long.
    let said = shop.terminate();
    assert!(!said.contains("took too long"), "{said}");
}

#[test]
fn a_limit_on_open_files_that_leaves_too_little_is_told() {
    let folder = tempfile::TempDir::new().unwrap();
    let setup = Setup::of("fruitstore")
        .open_files(128)
        .set("connections", "1000");
    let mut command = jumun(&setup, folder.path());
    command.args(["up", "fruitstore", "--port", "0"]);
    let shop = Process::start(&mut command).unwrap();
    shop.send(&Request::get("/orders")).expect(200);
    let said = shop.said();
    assert!(said.contains("ulimit -n"), "{said}");
}

//! The floor keeps what it answers: a yardstick that does not is none.

#![allow(
    clippy::unwrap_used,
    reason = "what a test's helpers cannot do, fails the test"
)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;

use rusqlite::Connection;

struct Floor {
    process: Child,
    address: String,
}

impl Floor {
    fn start(data: &Path) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_floor"))
            .arg("--data")
            .arg(data)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line.trim().strip_prefix("http://").unwrap().to_owned();
        Self { process, address }
    }

    fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Floor {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn post(address: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "POST /orders HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn count(data: &Path, file: &str, table: &str) -> i64 {
    Connection::open(data.join(file))
        .unwrap()
        .query_one(&format!("SELECT count(*) FROM {table}"), [], |row| {
            row.get(0)
        })
        .unwrap()
}

const ORDER: &str = r#"{"userId":"07181","prodNm":"수박","qty":5,"price":50000,"address":"성남"}"#;

#[test]
fn every_order_answered_201_is_in_both_files_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let mut floor = Floor::start(folder.path());
    thread::scope(|threads| {
        for _ in 0..8 {
            threads.spawn(|| {
                for _ in 0..10 {
                    let answer = post(&floor.address, ORDER);
                    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
                }
            });
        }
    });
    floor.kill();

    for (file, table) in [
        ("order.db", "rows"),
        ("order.db", "events"),
        ("payment.db", "rows"),
        ("payment.db", "events"),
    ] {
        assert_eq!(count(folder.path(), file, table), 80, "{table} of {file}");
    }
}

#[test]
fn a_number_is_not_given_twice_even_if_the_kill_came_between_the_two_commits() {
    let folder = tempfile::tempdir().unwrap();
    let mut floor = Floor::start(folder.path());
    post(&floor.address, ORDER);
    floor.kill();
    Connection::open(folder.path().join("payment.db"))
        .unwrap()
        .execute("INSERT INTO rows (id, state) VALUES (2, '{}')", [])
        .unwrap();

    let floor = Floor::start(folder.path());
    let answer = post(&floor.address, ORDER);
    let location = format!("location: http://{}/orders/3\r\n", floor.address);
    assert!(answer.contains(&location), "{answer}");
}

#[test]
fn what_is_no_order_is_refused_and_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let floor = Floor::start(folder.path());
    let answer = post(&floor.address, r#"{"orderId"="001", "prodNm"="수박"}"#);
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert_eq!(count(folder.path(), "payment.db", "rows"), 0);
}

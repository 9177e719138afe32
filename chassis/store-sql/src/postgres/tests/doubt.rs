//! Commits whose answer is lost.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::AtomicU8;

use super::*;

const NOTHING: u8 = 0;
const ANSWER: u8 = 1;
const QUESTION: u8 = 2;

/// The network between a store and its server.
struct Network {
    port: u16,
    loses: Arc<AtomicU8>,
}

impl Network {
    fn to(server: &Server) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let loses = Arc::new(AtomicU8::new(NOTHING));
        let (lost, address) = (Arc::clone(&loses), (server.host.clone(), server.port));
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let client = client.unwrap();
                let server = TcpStream::connect(&address).unwrap();
                let (from, to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                let questions = Arc::clone(&lost);
                std::thread::spawn(move || carry(from, to, QUESTION, &questions));
                let answers = Arc::clone(&lost);
                std::thread::spawn(move || carry(server, client, ANSWER, &answers));
            }
        });
        Self { port, loses }
    }

    /// The next of these is lost, and its connection with it.
    fn loses_the_next(&self, what: u8) {
        self.loses.store(what, Ordering::SeqCst);
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream, what: u8, loses: &AtomicU8) {
    let mut bytes = vec![0; 65_536];
    while let Ok(read @ 1..) = from.read(&mut bytes) {
        let lost = loses.compare_exchange(what, NOTHING, Ordering::SeqCst, Ordering::SeqCst);
        if lost.is_ok() {
            let _ = (to.shutdown(Shutdown::Both), from.shutdown(Shutdown::Write));
        } else if to.write_all(&bytes[..read]).is_err() {
            return;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}

/// What a commit came to whose question or answer was lost, and what the log then has.
fn commit_that_loses(what: u8) -> Option<(Result<i64, StoreError>, Vec<i64>)> {
    let schema = Schema::fresh()?;
    let network = Network::to(&schema.server);
    let mut server = schema.server.clone();
    server.port = network.port;
    let mut opened = open(&server, &schema.scope).unwrap();
    opened.writer.commit(&told(1)).unwrap();
    opened.writer.take_turn().unwrap();
    network.loses_the_next(what);
    let committed = opened.writer.commit(&told(2));
    assert_eq!(network.loses.load(Ordering::SeqCst), NOTHING);
    let log = ids(&*opened.reader);
    // And whatever it was, the next one works.
    let next = opened.writer.commit(&told(3)).unwrap();
    assert_eq!(next, i64::try_from(log.len()).unwrap() + 1);
    Some((committed, log))
}

#[test]
fn a_commit_whose_answer_is_lost_was_kept_and_is_said_to_be() {
    if let Some((committed, log)) = commit_that_loses(ANSWER) {
        assert_eq!(committed, Ok(2));
        assert_eq!(log, [1, 2]);
    }
}

#[test]
fn a_commit_that_never_arrives_was_not_kept_and_is_said_not_to_be() {
    if let Some((committed, log)) = commit_that_loses(QUESTION) {
        let error = committed.unwrap_err();
        assert!(!reason(&error).contains("not known"), "{error}");
        assert_eq!(log, [1]);
    }
}

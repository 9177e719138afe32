//! What goes over the network, and what is lost there.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::AtomicU8;

use storm::store::Wanted;

use super::*;

const NOTHING: u8 = 0;
const ANSWER: u8 = 1;
const QUESTION: u8 = 2;

/// The network between a store and its server.
struct Network {
    port: u16,
    loses: Arc<AtomicU8>,
    /// How often something went to the server.
    questions: Arc<AtomicU32>,
}

impl Network {
    fn to(server: &Server) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let loses = Arc::new(AtomicU8::new(NOTHING));
        let questions = Arc::new(AtomicU32::new(0));
        let (lost, asked) = (Arc::clone(&loses), Arc::clone(&questions));
        let address = (server.host.clone(), server.port);
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let client = client.unwrap();
                let server = TcpStream::connect(&address).unwrap();
                let (from, to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                let (loses, asked) = (Arc::clone(&lost), Arc::clone(&asked));
                std::thread::spawn(move || carry(from, to, QUESTION, &loses, &asked));
                let (loses, answered) = (Arc::clone(&lost), AtomicU32::new(0));
                std::thread::spawn(move || carry(server, client, ANSWER, &loses, &answered));
            }
        });
        Self {
            port,
            loses,
            questions,
        }
    }

    /// A server that is reached over it.
    fn before(&self, server: &Server) -> Server {
        Server {
            port: self.port,
            ..server.clone()
        }
    }

    /// How often the server was asked since the last time.
    fn trips(&self) -> u32 {
        self.questions.swap(0, Ordering::SeqCst)
    }

    /// The next of these is lost, and its connection with it.
    fn loses_the_next(&self, what: u8) {
        self.loses.store(what, Ordering::SeqCst);
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream, what: u8, loses: &AtomicU8, count: &AtomicU32) {
    let mut bytes = vec![0; 65_536];
    while let Ok(read @ 1..) = from.read(&mut bytes) {
        count.fetch_add(1, Ordering::SeqCst);
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
    let mut opened = open(&network.before(&schema.server), &schema.scope).unwrap();
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

#[test]
fn a_turn_a_load_and_a_commit_are_one_trip_to_the_server_each() {
    let Some(schema) = Schema::fresh() else {
        return;
    };
    let network = Network::to(&schema.server);
    let mut opened = open(&network.before(&schema.server), &schema.scope).unwrap();
    let wanted = Wanted {
        records: vec![("order".to_owned(), 1)],
        answers: vec!["POST /orders 7".to_owned()],
        ..Wanted::default()
    };
    let changes = |id| Changes {
        cursors: vec![("payment".to_owned(), id)],
        ids_reserved: Some(id),
        counted: vec![("order".to_owned(), 1)],
        ..told(id)
    };
    // The first time each statement is made known to the server.
    for id in 1..=2 {
        opened.writer.take_turn().unwrap();
        opened.writer.load(&wanted).unwrap();
        opened.writer.commit(&changes(id)).unwrap();
    }
    network.trips();
    opened.writer.take_turn().unwrap();
    assert_eq!(network.trips(), 1);
    opened.writer.load(&wanted).unwrap();
    assert_eq!(network.trips(), 1);
    opened.writer.commit(&changes(3)).unwrap();
    assert_eq!(network.trips(), 1);
    // Who commits without a turn takes one.
    opened.writer.commit(&changes(4)).unwrap();
    assert_eq!(network.trips(), 2);
}

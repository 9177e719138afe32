//! The whole library, its events delivered late, twice and in any order across producers.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::{Value, json};
use storm::{Id, Verb};
use testkit::{Hearsay, survives_rubbish};

const CONTEXTS: [&str; 4] = ["reservation", "delivery", "product", "mypage"];

/// What may happen next.
#[derive(Clone, Debug)]
enum Step {
    /// Of books that there are, and of one that there is not.
    Reserve {
        book: Id,
    },
    Cancel {
        choice: usize,
        way: usize,
    },
    Return {
        choice: usize,
    },
    /// The delivery says yes, and the reservation dies before it is committed.
    AskOnly {
        choice: usize,
    },
    Arrive {
        book: Id,
        copies: i32,
    },
    Count {
        book: Id,
        stock: i32,
    },
    /// The next event that a listener has not seen: which listener and producer, as chance wills.
    Deliver {
        choice: usize,
    },
    /// One that it has seen already, again.
    Redeliver {
        choice: usize,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let any = any::<usize>();
    prop_oneof![
        4 => (1..4_i64).prop_map(|book| Step::Reserve { book }),
        2 => (any, 0..3_usize).prop_map(|(choice, way)| Step::Cancel { choice, way }),
        2 => any.prop_map(|choice| Step::Return { choice }),
        1 => any.prop_map(|choice| Step::AskOnly { choice }),
        1 => (1..3_i64, 1..4).prop_map(|(book, copies)| Step::Arrive { book, copies }),
        1 => (1..3_i64, 0..4).prop_map(|(book, stock)| Step::Count { book, stock }),
        14 => any.prop_map(|choice| Step::Deliver { choice }),
        3 => any.prop_map(|choice| Step::Redeliver { choice }),
    ]
}

struct Library {
    world: Hearsay,
}

impl Library {
    fn open() -> Self {
        Self {
            world: Hearsay::of(crate::system()),
        }
    }

    /// Somebody asks for something. A no is as good an answer as a yes: what counts is what holds
    /// afterwards.
    fn ask(&mut self, verb: &Verb, collection: &str, id: Option<Id>, body: &Value) {
        let answer = self.world.request(collection, id, verb, body);
        drop(answer);
    }

    fn take(&mut self, step: &Step) {
        match *step {
            Step::Reserve { book } => {
                let body = json!({"productId": book, "statusCode": 1});
                self.ask(&Verb::Create, "reservations", None, &body);
            }
            Step::Cancel { choice, way } => {
                let id = self.one_of(choice);
                let (verb, number, body) = match way {
                    0 => (Verb::Remove, Some(id), Value::Null),
                    1 => (Verb::Change, Some(id), json!({"statusCode": 3})),
                    _ => (Verb::Create, None, json!({"id": id})),
                };
                self.ask(&verb, "reservations", number, &body);
            }
            Step::Return { choice } => {
                let id = self.one_of(choice);
                let body = json!({"statusCode": 4});
                self.ask(&Verb::Change, "deliveries", Some(id), &body);
            }
            Step::AskOnly { choice } => {
                let id = self.one_of(choice);
                let reservation = self.world.item("reservations", id);
                let book = reservation.map_or(json!(1), |shown| shown["productId"].clone());
                let body = json!({"orderId": id, "productId": book, "statusCode": 3});
                self.ask(&Verb::Create, "deliveries", None, &body);
            }
            Step::Arrive { book, copies } => {
                let body = json!({"id": book, "stock": copies});
                self.ask(&Verb::Create, "products", None, &body);
            }
            Step::Count { book, stock } => {
                let body = json!({"stock": stock});
                self.ask(&Verb::Change, "products", Some(book), &body);
            }
            // None is ever refused: nothing is parked.
            Step::Deliver { choice } => self.world.hear_one(choice).expect("an event is taken in"),
            Step::Redeliver { choice } => {
                self.world
                    .hear_again(choice)
                    .expect("a redelivery is no news");
            }
        }
    }

    /// The number of a reservation that there is, or of the next that there will be.
    fn one_of(&self, choice: usize) -> Id {
        let there_are = self.world.shown("reservations").len();
        Id::try_from(choice % (there_are + 1) + 1).expect("few of them")
    }
}

fn invariants_hold(library: &Library) {
    let world = &library.world;
    let reservations = world.shown("reservations");
    let pages = world.rows("myPages");
    assert_eq!(pages.len(), reservations.len(), "one page a reservation");
    for ((number, reservation), page) in (1..).zip(&reservations).zip(&pages) {
        let delivery = world.item("deliveries", number).expect("one delivery each");
        let loan = world.item("loans", number).expect("one loan each");
        let code = &reservation["statusCode"];
        assert_ne!(code, 1, "{number} is delivered, brought back or canceled");
        assert_eq!(
            code, &delivery["statusCode"],
            "I2: {number} is canceled on both sides"
        );
        assert_eq!(reservation["productId"], delivery["productId"]);
        assert_eq!(
            loan["ended"],
            code != 2,
            "{number}'s loan lasts as long as it"
        );
        assert_eq!(page["orderId"], number);
        assert_eq!(page["productId"], reservation["productId"]);
        assert_eq!(&page["statusCode"], code);
    }
}

/// I5: each copy that left did so once, for a delivery, and is there again once its rental is over.
fn stock_adds_up(library: &Library) {
    let mut stock = BTreeMap::new();
    let mut out: BTreeMap<i64, i64> = BTreeMap::new();
    let mut short = 0;
    for event in library.world.told_by("product") {
        let data: Value = serde_json::from_str(&event.data).expect("events are JSON");
        let number = |field: &str| data[field].as_i64().expect("a number");
        match event.event_type {
            "StockReceived" => *stock.entry(number("id")).or_insert(0) += number("copies"),
            "StockCounted" => {
                stock.insert(number("id"), number("stock"));
            }
            "CopyTaken" => {
                *stock.get_mut(&number("id")).expect("a book") -= 1;
                let before = out.insert(number("orderId"), number("id"));
                assert_eq!(before, None, "I5: {event:?} was taken twice");
            }
            "CopyPutBack" => {
                *stock.get_mut(&number("id")).expect("a book") += 1;
                let before = out.remove(&number("orderId"));
                assert_eq!(before, Some(number("id")), "I5: {event:?} was not taken");
            }
            "StockShort" => short += 1,
            "LoanAsked" | "CopyLent" | "LoanEnded" => continue,
            other => panic!("{other} is not product's"),
        }
        if event.event_type != "StockShort" {
            assert_eq!(stock[&number("id")], number("stock"), "I5: {event:?}");
            assert!(number("stock") >= 0, "I5: {event:?}");
        }
    }
    let world = &library.world;
    let lent = (1..)
        .zip(world.shown("loans"))
        .filter(|(_, loan)| loan["copies"] == 1);
    let lent: BTreeMap<_, _> = lent
        .map(|(number, loan)| (number, loan["productId"].as_i64().expect("a number")))
        .collect();
    assert_eq!(out, lent, "I5: what is out is lent");
    let asked = library.world.told_by("product");
    let asked = asked.iter().filter(|event| event.event_type == "LoanAsked");
    let taken = library.world.told_by("product");
    let taken = taken.iter().filter(|event| event.event_type == "CopyTaken");
    assert_eq!(asked.count(), taken.count() + short, "a shortage is told");
}

/// I4
fn happened_once(library: &Library) {
    let mut seen = BTreeSet::new();
    for event in library.world.spoken() {
        if matches!(event.event_type, "StockReceived" | "StockCounted") {
            continue;
        }
        let data: Value = serde_json::from_str(&event.data).expect("events are JSON");
        let about = match event.producer {
            "reservation" => format!("{} {}", data["id"], data["statusCode"]),
            _ => data["orderId"].to_string(),
        };
        let first = seen.insert((event.event_type, about));
        assert!(first, "I4: {event:?} happened twice");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_sent_and_however_events_arrive_the_invariants_hold(
        steps in prop::collection::vec(step(), 1..200),
        order in Just(CONTEXTS.to_vec()).prop_shuffle(),
    ) {
        let mut library = Library::open();
        for step in &steps {
            library.take(step);
        }
        assert_eq!(library.world.hear_all(), 0, "nothing is ever parked");
        invariants_hold(&library);
        stock_adds_up(&library);
        happened_once(&library);
        library.world.is_the_same_rebuilt("mypage", "myPages", &order);
    }
}

#[test]
fn whatever_is_sent_is_done_or_refused_with_a_reason() {
    for code in 1..=4 {
        survives_rubbish(
            crate::system,
            &json!({"id": 1, "orderId": 1, "productId": 1, "statusCode": code, "stock": 5}),
        );
    }
}

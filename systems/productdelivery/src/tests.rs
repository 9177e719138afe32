//! The whole system, its events delivered late, twice and in any order across producers.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::{Value, json};
use storm::{Id, Verb};
use testkit::{Hearsay, survives_rubbish};

const CONTEXTS: [&str; 5] = ["order", "product", "pay", "notice", "customercenter"];
const ITEMS: [&str; 3] = ["tv", "radio", "nobody keeps this"];

/// What may happen next.
#[derive(Clone, Debug)]
enum Step {
    Order {
        item: usize,
        quantity: i32,
    },
    Cancel {
        choice: usize,
    },
    Complete {
        choice: usize,
    },
    /// The order is closed, and the product team dies before it has written so down.
    CloseOnly {
        choice: usize,
    },
    Ship {
        choice: usize,
    },
    /// Goods come in, or are counted.
    Stock {
        item: usize,
        stock: i32,
    },
    /// Money is set aside, and the order dies before it is committed.
    AuthorizeOnly {
        order: Id,
    },
    /// A pay's time is up, whether or not its order has been heard of.
    Expire {
        choice: usize,
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
        3 => (0..ITEMS.len(), 1..9).prop_map(|(item, quantity)| Step::Order { item, quantity }),
        2 => any.prop_map(|choice| Step::Cancel { choice }),
        4 => any.prop_map(|choice| Step::Complete { choice }),
        1 => any.prop_map(|choice| Step::CloseOnly { choice }),
        1 => any.prop_map(|choice| Step::Ship { choice }),
        2 => (0..2_usize, 0..9).prop_map(|(item, stock)| Step::Stock { item, stock }),
        1 => (100..104_i64).prop_map(|order| Step::AuthorizeOnly { order }),
        1 => any.prop_map(|choice| Step::Expire { choice }),
        16 => any.prop_map(|choice| Step::Deliver { choice }),
        3 => any.prop_map(|choice| Step::Redeliver { choice }),
    ]
}

struct Company {
    world: Hearsay,
}

impl Company {
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
            Step::Order { item, quantity } => {
                let body = json!({"item": ITEMS[item], "orderQty": quantity, "price": 10});
                self.ask(&Verb::Create, "orders", None, &body);
            }
            Step::Cancel { choice } => {
                let order = self.one_of(choice);
                self.ask(&Verb::Remove, "orders", Some(order), &Value::Null);
            }
            Step::Complete { choice } => {
                let order = self.one_of(choice);
                let body = json!({"status": "Delivery Completed"});
                self.ask(&Verb::Change, "products", Some(order), &body);
            }
            Step::CloseOnly { choice } => {
                let order = self.one_of(choice);
                let product = self.world.item("products", order);
                // Only who has it underway asks.
                if product.is_some_and(|shown| shown["status"] == "Delivery Started") {
                    let closed = Verb::Act("delivered");
                    self.ask(&closed, "orders", Some(order), &Value::Null);
                }
            }
            Step::Ship { choice } => {
                let body = json!({"orderId": self.one_of(choice), "address": "서울"});
                self.ask(&Verb::Create, "products", None, &body);
            }
            Step::Stock { item, stock } => {
                let body = json!({"item": ITEMS[item], "stock": stock});
                self.ask(&Verb::Create, "inventories", None, &body);
            }
            Step::AuthorizeOnly { order } => {
                let body = json!({"orderId": order, "price": 1});
                self.ask(&Verb::Create, "pays", None, &body);
            }
            Step::Expire { choice } => {
                let pay = self.one_of(choice);
                let fired = self.world.fire("pays", pay, "capture");
                fired.expect("a deadline is never refused");
            }
            Step::Deliver { choice } => {
                // What is refused will be told again.
                let _ = self.world.hear_one(choice);
            }
            Step::Redeliver { choice } => {
                self.world
                    .hear_again(choice)
                    .expect("a redelivery is no news");
            }
        }
    }

    /// The number of an order that there is, or of the next that there will be.
    fn one_of(&self, choice: usize) -> Id {
        let there_are = self.world.shown("orders").len();
        Id::try_from(choice % (there_are + 1) + 1).expect("few of them")
    }

    /// Every event reaches everyone, and every pay that never saw its order expires.
    fn settle(&mut self) {
        self.world.hear_all();
        for order in 1..=104 {
            let fired = self.world.fire("pays", order, "capture");
            fired.expect("a deadline is never refused");
        }
    }
}

fn invariants_hold(company: &Company) {
    let world = &company.world;
    let orders = world.shown("orders");
    let pages = world.rows("myPages");
    assert_eq!(pages.len(), orders.len(), "one page an order");
    for ((number, order), page) in (1..).zip(&orders).zip(&pages) {
        let pay = world.item("pays", number).expect("I1: a pay an order");
        let product = world
            .item("products", number)
            .expect("one product an order");
        let way = &product["status"];
        if order["status"] == "Order Canceled" {
            assert_eq!(pay["status"], "PayCanceled", "I2: {number} is refunded");
            assert_eq!(way, "Delivery Canceled", "I2: {number} is not delivered");
        } else {
            assert_eq!(
                pay["status"],
                Value::Null,
                "I1: {number} stands and is paid"
            );
            assert_eq!(way, &order["status"], "order {number} knows its delivery");
        }
        assert_eq!(page["status"], order["status"]);
        assert_eq!(page["quantity"], order["orderQty"]);
    }
    for stranded in 100..104 {
        if let Some(pay) = world.item("pays", stranded) {
            assert_eq!(
                pay["status"], "PayCanceled",
                "I1: no capture without an order"
            );
        }
    }
}

/// I5: what was there, less what is there, is what was taken; taken and missing are what was
/// delivered.
fn stock_adds_up(company: &Company) {
    let (mut left, mut gone, mut delivered) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for event in company.world.told_by("product") {
        let data: Value = serde_json::from_str(&event.data).expect("events are JSON");
        let number = |field: &str| data[field].as_i64().expect("a number");
        let of = |field: &str| data[field].as_str().expect("a name").to_owned();
        match event.event_type {
            "InventoryAdded" | "InventoryCounted" => {
                left.insert(of("item"), number("stock"));
            }
            "StockDecreased" => {
                let stock = left.get_mut(&of("item")).expect("it was added");
                *stock -= number("quantity");
                assert_eq!(*stock, number("stock"), "I5: {event:?}");
                assert!(*stock >= 0, "I5: {event:?}");
                *gone.entry(number("orderId")).or_insert(0) += number("quantity");
            }
            "StockShort" => *gone.entry(number("orderId")).or_insert(0) += number("missing"),
            "DeliveryCompleted" => {
                delivered.insert(number("orderId"), number("orderQty"));
            }
            "DeliveryStarted" | "DeliveryAddressed" | "DeliveryCanceled" => {}
            other => panic!("{other} is not product's"),
        }
    }
    assert_eq!(gone, delivered, "I5: each delivery took its own, once");
    for goods in company.world.shown("inventories") {
        let item = goods["item"].as_str().expect("a name");
        assert_eq!(
            goods["stock"].as_i64(),
            left.get(item).copied(),
            "I5: {item}"
        );
    }
}

/// I4: nothing happens twice, and each change is told by one notice.
fn happened_once(company: &Company) {
    let mut seen = BTreeSet::new();
    let mut told = BTreeSet::new();
    for event in company.world.spoken() {
        let data: Value = serde_json::from_str(&event.data).expect("events are JSON");
        let about = match event.producer {
            "order" => data["id"].to_string(),
            _ => data["orderId"].to_string(),
        };
        if event.event_type == "NoticeSent" {
            let change = data["change"].as_str().expect("a name").to_owned();
            assert!(told.insert((change, about)), "I4: {event:?} was told twice");
            continue;
        }
        let may_repeat = [
            "PayAuthorized",
            "PayVoided",
            "InventoryAdded",
            "InventoryCounted",
        ];
        let first = seen.insert((event.event_type.to_owned(), about));
        assert!(
            first || may_repeat.contains(&event.event_type),
            "I4: {event:?} happened twice"
        );
    }
    let worth_telling = [
        "Ordered",
        "OrderCanceled",
        "DeliveryStarted",
        "DeliveryCompleted",
        "StockShort",
    ];
    seen.retain(|(change, _)| worth_telling.contains(&change.as_str()));
    assert_eq!(told, seen, "each change is told");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_sent_and_however_events_arrive_the_invariants_hold(
        steps in prop::collection::vec(step(), 1..200),
        order in Just(CONTEXTS.to_vec()).prop_shuffle(),
    ) {
        let mut company = Company::open();
        for step in &steps {
            company.take(step);
        }
        company.settle();
        company.settle();
        invariants_hold(&company);
        stock_adds_up(&company);
        happened_once(&company);
        company.world.is_the_same_rebuilt("customercenter", "myPages", &order);
    }
}

#[test]
fn whatever_is_sent_is_done_or_refused_with_a_reason() {
    survives_rubbish(
        crate::system,
        &json!({
            "orderId": 1, "item": "tv", "orderQty": 2, "quantity": 2, "status": "Delivery Completed",
            "price": 1000.0, "address": "서울", "stock": 5,
        }),
    );
    survives_rubbish(
        crate::system,
        &json!({"orderId": 1, "item": "tv", "orderQty": 2, "status": "0", "price": 1000, "stock": 5}),
    );
}

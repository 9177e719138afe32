//! The whole shop, its events delivered late, twice and in any order across producers.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};
use storm::{Id, Verb};
use testkit::Hearsay;

/// What may happen next.
#[derive(Clone, Debug)]
enum Step {
    Place {
        price: i32,
    },
    Cancel {
        choice: usize,
    },
    Complete {
        choice: usize,
    },
    /// Money is set aside, and the order dies before it is committed.
    AuthorizeOnly {
        order: Id,
    },
    /// A payment's time is up, whether or not its order has been heard of.
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
    prop_oneof![
        2 => (0..10_000).prop_map(|price| Step::Place { price }),
        3 => any::<usize>().prop_map(|choice| Step::Cancel { choice }),
        3 => any::<usize>().prop_map(|choice| Step::Complete { choice }),
        1 => (100..104_i64).prop_map(|order| Step::AuthorizeOnly { order }),
        1 => any::<usize>().prop_map(|choice| Step::Expire { choice }),
        12 => any::<usize>().prop_map(|choice| Step::Deliver { choice }),
        3 => any::<usize>().prop_map(|choice| Step::Redeliver { choice }),
    ]
}

struct Shop {
    world: Hearsay,
}

const CONTEXTS: [&str; 4] = ["order", "payment", "delivery", "mypage"];

impl Shop {
    fn open() -> Self {
        Self {
            world: Hearsay::of(crate::system()),
        }
    }

    fn take(&mut self, step: &Step) {
        let place = |price| json!({"userId": 7, "qty": 1, "price": price, "address": "서울"});
        let refused = match *step {
            Step::Place { price } => self
                .world
                .request("orders", None, &Verb::Create, &place(price))
                .is_err(),
            Step::Cancel { choice } => {
                let order = self.one_of("orders", choice);
                let canceled =
                    self.world
                        .request("orders", Some(order), &Verb::Remove, &Value::Null);
                canceled.is_err()
            }
            Step::Complete { choice } => {
                let delivery = self.one_of("deliveries", choice);
                let done = json!({"deliveryStatus": "배송완료"});
                self.world
                    .request("deliveries", Some(delivery), &Verb::Change, &done)
                    .is_err()
            }
            Step::AuthorizeOnly { order } => {
                let body = json!({"orderId": order, "userId": 7, "price": 1});
                self.world
                    .request("payments", None, &Verb::Create, &body)
                    .is_err()
            }
            Step::Expire { choice } => {
                let payment = self.one_of("payments", choice);
                self.world.fire("payments", payment, "capture").is_err()
            }
            Step::Deliver { choice } => self.world.hear_one(choice).is_err(),
            Step::Redeliver { choice } => self.world.hear_again(choice).is_err(),
        };
        // A no is as good an answer as a yes here: what counts is what holds afterwards.
        let _ = refused;
    }

    /// The number of one that there is, or of the next that there will be.
    fn one_of(&self, collection: &str, choice: usize) -> Id {
        let there_are = self.world.shown(collection).len();
        Id::try_from(choice % (there_are + 1) + 1).expect("few of them")
    }

    /// Every event reaches everyone, and every payment that never saw its order expires.
    fn settle(&mut self) {
        self.world.hear_all();
        for payment in 1..=self.world.shown("payments").len() {
            let payment = Id::try_from(payment).expect("few payments");
            self.world
                .fire("payments", payment, "capture")
                .expect("a deadline is never refused");
        }
    }
}

fn of_order(rows: &[Value], order: u64) -> Vec<&Value> {
    rows.iter().filter(|row| row["orderId"] == order).collect()
}

fn invariants_hold(shop: &Shop) {
    let orders = shop.world.shown("orders");
    let payments = shop.world.shown("payments");
    let deliveries = shop.world.shown("deliveries");
    let pages = shop.world.rows("myPages");
    assert_eq!(pages.len(), orders.len(), "one page an order");
    for (number, order) in (1_u64..).zip(&orders) {
        let paid = of_order(&payments, number);
        let delivered = of_order(&deliveries, number);
        let page = of_order(&pages, number);
        assert_eq!(paid.len(), 1, "I1: one payment for order {number}");
        assert_eq!(page.len(), 1, "one page for order {number}");
        assert_eq!(delivered.len(), 1, "one delivery for order {number}");
        let (pay, way) = (&paid[0]["payStatus"], &delivered[0]["deliveryStatus"]);
        if order["orderStatus"] == "주문신청" {
            assert_eq!(pay, "결제승인", "I1: order {number} stands and is paid");
            assert!(
                way == "배송시작" || way == "배송완료",
                "order {number} is on its way"
            );
        } else {
            assert_eq!(pay, "결제취소", "I2: order {number} is refunded");
            assert_eq!(way, "배송취소", "I2: order {number} is not delivered");
        }
        assert_eq!(&page[0]["orderStatus"], &order["orderStatus"]);
        assert_eq!(
            (&page[0]["payStatus"], &page[0]["deliveryStatus"]),
            (pay, way)
        );
    }
    for payment in &payments {
        let order = payment["orderId"].as_u64().expect("a number");
        let stands = order <= orders.len() as u64;
        assert!(
            stands || payment["payStatus"] == "결제취소",
            "I1: no capture without an order"
        );
    }
}

fn happened_once(shop: &Shop) {
    let mut seen = BTreeSet::new();
    for event in shop.world.spoken() {
        let data: Value = serde_json::from_str(&event.data).expect("events are JSON");
        let about = data["orderId"].to_string();
        let again = event.event_type == "PaymentAuthorized" || event.event_type == "PaymentVoided";
        let first = seen.insert((event.event_type, about));
        assert!(first || again, "I4: {event:?} happened twice");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_sent_and_however_events_arrive_the_invariants_hold(
        steps in prop::collection::vec(step(), 1..80),
        order in Just(CONTEXTS.to_vec()).prop_shuffle(),
    ) {
        let mut shop = Shop::open();
        for step in &steps {
            shop.take(step);
        }
        shop.settle();
        shop.settle();
        invariants_hold(&shop);
        happened_once(&shop);
        shop.world.is_the_same_rebuilt("mypage", "myPages", &order);
    }
}

#[test]
fn whatever_is_sent_is_done_or_refused_with_a_reason() {
    testkit::survives_rubbish(
        crate::system,
        &json!({
            "userId": 1, "prodNm": "사과", "qty": 2, "price": 1000, "address": "서울", "orderId": 1,
            "payStatus": "결제승인", "orderStatus": "주문신청", "deliveryStatus": "배송완료",
        }),
    );
}

//! The whole of it, its events delivered late, twice and in any order across producers.

mod invariants;
mod kitchen;

use proptest::prelude::*;
use storm::Id;

use self::kitchen::{CONTEXTS, Kitchen};

/// What may happen next.
#[derive(Clone, Debug)]
enum Step {
    Order {
        customer: Id,
        food: Id,
        qty: i32,
    },
    Cancel {
        choice: usize,
    },
    /// Somebody asks delivery directly, as order would and dies then.
    CancelDelivery {
        choice: usize,
    },
    Complete {
        choice: usize,
    },
    /// Stock is held, and perhaps money set aside, and the order dies before it is committed.
    OrderDies {
        order: Id,
        food: Id,
        qty: i32,
        pays: bool,
    },
    /// An order that is not placed gives back what it held, or what it is about to hold.
    GiveBack {
        order: Id,
        food: Id,
        qty: i32,
    },
    /// A manager counts the stock anew.
    Restock {
        food: Id,
        stock: i32,
    },
    Remove {
        food: Id,
    },
    Withdraw {
        customer: Id,
    },
    /// The time is up for what was held, whether or not its order has been heard of.
    ExpireStock {
        choice: usize,
    },
    ExpirePayment {
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
    let food = || 1..=4_i64;
    let qty = || 1..=12_i32;
    let choice = any::<usize>;
    prop_oneof![
        8 => (1..=3_i64, food(), qty())
            .prop_map(|(customer, food, qty)| Step::Order { customer, food, qty }),
        4 => choice().prop_map(|choice| Step::Cancel { choice }),
        1 => choice().prop_map(|choice| Step::CancelDelivery { choice }),
        3 => choice().prop_map(|choice| Step::Complete { choice }),
        1 => (100..104_i64, food(), qty(), any::<bool>())
            .prop_map(|(order, food, qty, pays)| Step::OrderDies { order, food, qty, pays }),
        1 => (100..104_i64, food(), qty())
            .prop_map(|(order, food, qty)| Step::GiveBack { order, food, qty }),
        1 => (food(), 0..30).prop_map(|(food, stock)| Step::Restock { food, stock }),
        1 => (3..=4_i64).prop_map(|food| Step::Remove { food }),
        1 => (2..=3_i64).prop_map(|customer| Step::Withdraw { customer }),
        3 => choice().prop_map(|choice| Step::ExpireStock { choice }),
        1 => choice().prop_map(|choice| Step::ExpirePayment { choice }),
        24 => choice().prop_map(|choice| Step::Deliver { choice }),
        4 => choice().prop_map(|choice| Step::Redeliver { choice }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_sent_and_however_events_arrive_the_invariants_hold(
        steps in prop::collection::vec(step(), 1..100),
        order in Just(CONTEXTS.to_vec()).prop_shuffle(),
    ) {
        let mut kitchen = Kitchen::open();
        for step in &steps {
            kitchen.take(step);
            invariants::stock_adds_up(&kitchen);
        }
        kitchen.settle();
        invariants::stock_adds_up(&kitchen);
        invariants::orders_payments_and_deliveries_agree(&kitchen);
        invariants::happened_once(&kitchen);
        invariants::rebuilt_is_the_same(&mut kitchen, &order);
    }
}

#[test]
fn a_shortage_that_is_told_after_the_delivery_changes_nothing_for_the_customer() {
    let mut kitchen = Kitchen::open();
    let (customer, food, qty) = (1, 1, 30);
    kitchen.take(&Step::Order {
        customer,
        food,
        qty,
    });
    // The stock has gone back and been sold before the catalogue hears of the order.
    kitchen.take(&Step::ExpireStock { choice: 0 });
    kitchen.take(&Step::Restock { food, stock: 29 });
    kitchen.world.hears("payment", "order");
    kitchen.world.hears("delivery", "payment");
    kitchen.take(&Step::Complete { choice: 0 });
    kitchen.world.hears("foodcatalog", "order");
    let row = kitchen.world.shown("stockReservations")[0]["status"].take();
    assert_eq!(row, "Out of Stock");
    kitchen.settle();
    assert_eq!(
        kitchen.world.shown("orders")[0]["status"],
        "Delivery Completed"
    );
    invariants::stock_adds_up(&kitchen);
    invariants::orders_payments_and_deliveries_agree(&kitchen);
    invariants::happened_once(&kitchen);
}

#[test]
fn whatever_is_sent_is_done_or_refused_with_a_reason() {
    testkit::survives_rubbish(
        crate::system,
        &serde_json::json!({
            "name": "김밥", "phone": "010-1111-1111", "address": "서울", "age": 30, "stock": 5,
            "price": 1000.0, "qty": 1, "foodcaltalogid": 1, "foodcatalogid": 1, "customerid": 1,
            "orderid": 1, "orderId": 1, "amout": 1000, "status": "Delivery Completed",
        }),
    );
}

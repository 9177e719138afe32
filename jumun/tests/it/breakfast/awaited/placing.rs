//! Order asks customer, foodcatalog and payment, before it places.

use serde_json::{Value, json};

use super::{apart, nothing_is_set_aside, turn, well};
use crate::breakfast::{CANCELED, UNDERWAY, lay, order, stands};
use crate::stage::{Door, Setup};
use crate::waiting::eventually;

/// Faults of the called side of which a caller hears nothing.
fn slow() -> Value {
    json!({"slow": "700ms"})
}

fn down() -> Value {
    json!({"down": true})
}

/// Does it, and never says so.
fn mute() -> Value {
    json!({"mute": true})
}

/// Says no, says nothing, and is well again.
#[track_caller]
fn no_order_without(context: &str, silences: &[Value]) {
    let apart = apart();
    turn(&apart, context, &json!({"refuse": true}));
    let no = apart.send(&order(20)).expect(409);
    assert_eq!(no.json()["code"], "refused-by-chaos");
    turn(&apart, context, &well());
    for silence in silences {
        turn(&apart, context, silence);
        let busy = apart.send(&order(20)).expect(503);
        assert!(busy.header("retry-after").is_some(), "{busy}");
        turn(&apart, context, &well());
    }
    nothing_is_set_aside(&apart);
    let number = apart.until(&order(20), 201).id();
    stands(&apart, number, UNDERWAY);
    apart.settle();
    assert_eq!((apart.told("Paid"), apart.told("Shipped")), (1, 1));
}

#[test]
fn no_order_without_its_customer() {
    // It is only read: there is nothing that it could do and not tell.
    no_order_without("customer", &[slow(), down()]);
}

#[test]
fn no_order_without_its_food() {
    no_order_without("foodcatalog", &[slow(), down(), mute()]);
}

#[test]
fn no_order_without_its_payment() {
    no_order_without("payment", &[slow(), down(), mute()]);
}

/// Dies with what it was asked for on its disk, and comes back.
#[track_caller]
fn gives_back_what_it_died_with(context: &str) {
    let mut apart = apart();
    turn(&apart, context, &json!({"die": true}));
    apart.send(&order(20)).expect(503);
    apart.get("/orders").expect(200);
    apart.kill(context);
    apart.start(context);
    nothing_is_set_aside(&apart);
    let number = apart.until(&order(20), 201).id();
    stands(&apart, number, UNDERWAY);
}

#[test]
fn a_catalogue_that_dies_with_the_stock_held_gives_it_back() {
    gives_back_what_it_died_with("foodcatalog");
}

#[test]
fn a_payment_that_dies_with_the_money_set_aside_gives_it_back() {
    gives_back_what_it_died_with("payment");
}

#[test]
fn an_order_that_dies_after_its_commit_stands() {
    let mut apart = apart();
    turn(&apart, "order", &json!({"die": true}));
    let keyed = order(20).header("Idempotency-Key", "lee-1");
    // The door cannot know whether it was placed.
    apart.send(&keyed).expect(502);
    apart.kill("order");
    apart.start("order");
    let placed = apart.until(&keyed, 201);
    assert_eq!(placed.header("idempotent-replayed"), Some("true"));
    stands(&apart, placed.id(), UNDERWAY);
    apart.settle();
    assert_eq!((apart.count("orders"), apart.told("Paid")), (1, 1));
    assert_eq!(apart.get("/foodCatalogs/1").expect(200).json()["stock"], 80);
}

#[test]
fn an_order_that_stood_still_until_all_was_given_back_is_canceled() {
    let apart = Setup::of("breakfast")
        .chaos()
        .set("asks.deadline", "10s")
        .set_in("foodcatalog", "deadlines.ordered", "200ms")
        .set_in("payment", "deadlines.capture", "300ms")
        .set_in("payment", "chaos.slow", "1500ms")
        .start_apart();
    lay(&apart);
    let door = Door::clone(&apart);
    let placing = std::thread::spawn(move || door.send(&order(20)));
    let first = |collection: &str, wanted: &str| {
        eventually(&format!("{collection} with {wanted}"), || {
            match apart.all(collection).first() {
                Some(item) if item["status"] == wanted => Ok(()),
                item => Err(format!("{item:?}")),
            }
        });
    };
    eventually("the stock set aside", || {
        match apart.count("stockReservations") {
            0 => Err("none".to_owned()),
            _ => Ok(()),
        }
    });
    // Payment says yes to somebody who hears it only when both have given up.
    apart.freeze("order");
    first("pays", "Order Canceled-payment");
    first("stockReservations", "Released");
    apart.thaw("order");
    let number = placing.join().expect("an answer").expect(201).id();
    stands(&apart, number, CANCELED);
    apart.settle();
    for (event, times) in [
        ("Ordered", 1),
        ("Paid", 0),
        ("Cancelled", 1),
        ("OrderCancelled", 1),
    ] {
        assert_eq!(apart.told(event), times, "{event}");
    }
    assert_eq!(
        apart.get("/foodCatalogs/1").expect(200).json()["stock"],
        100
    );
    assert_eq!(apart.count("mileages"), 0);
    apart.has_no_dead_letters();
}

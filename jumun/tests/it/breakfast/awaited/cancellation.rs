//! Order asks delivery before it cancels; delivery asks order whether there is such an order.

use serde_json::json;

use super::{apart, turn, was_canceled_once, well};
use crate::breakfast::{CANCELED, UNDERWAY, cancel, how, order, stands};
use crate::stage::Apart;

/// An order that is on its way.
#[track_caller]
fn underway(apart: &Apart) -> i64 {
    let number = apart.send(&order(20)).expect(201).id();
    stands(apart, number, UNDERWAY);
    number
}

#[test]
fn a_delivery_that_says_no_keeps_the_order_standing() {
    let apart = apart();
    let number = underway(&apart);
    turn(&apart, "delivery", &json!({"refuse": true}));
    apart.send(&cancel(number)).expect(409);
    turn(&apart, "delivery", &well());
    apart.settle();
    assert_eq!(how(&apart, number), UNDERWAY);
    apart.send(&cancel(number)).expect(204);
    stands(&apart, number, CANCELED);
    was_canceled_once(&apart, number);
}

#[test]
fn a_delivery_that_is_down_keeps_the_order_standing() {
    let mut apart = apart();
    let number = underway(&apart);
    apart.kill("delivery");
    let busy = apart.send(&cancel(number)).expect(503);
    assert!(busy.header("retry-after").is_some(), "{busy}");
    apart.start("delivery");
    apart.settle();
    assert_eq!(how(&apart, number), UNDERWAY);
    apart.until(&cancel(number), 204);
    stands(&apart, number, CANCELED);
    was_canceled_once(&apart, number);
}

#[test]
fn a_delivery_that_stops_and_never_says_so_cancels_the_order_all_the_same() {
    let apart = apart();
    let number = underway(&apart);
    turn(&apart, "delivery", &json!({"mute": true}));
    apart.send(&cancel(number)).expect(503);
    // Its event cancels the order.
    stands(&apart, number, CANCELED);
    turn(&apart, "delivery", &well());
    apart.until(&cancel(number), 204);
    was_canceled_once(&apart, number);
}

#[test]
fn a_delivery_that_is_too_slow_agrees_with_the_order_whether_it_has_stopped_or_not() {
    let apart = apart();
    let number = underway(&apart);
    turn(&apart, "delivery", &json!({"slow": "700ms"}));
    apart.send(&cancel(number)).expect(503);
    turn(&apart, "delivery", &well());
    apart.settle();
    let how = how(&apart, number);
    assert!(how == UNDERWAY || how == CANCELED, "{how:?}");
    apart.until(&cancel(number), 204);
    stands(&apart, number, CANCELED);
    was_canceled_once(&apart, number);
}

#[test]
fn a_delivery_that_dies_after_it_has_stopped_cancels_the_order_when_it_is_back() {
    let mut apart = apart();
    let number = underway(&apart);
    turn(&apart, "delivery", &json!({"die": true}));
    apart.send(&cancel(number)).expect(503);
    apart.kill("delivery");
    apart.start("delivery");
    stands(&apart, number, CANCELED);
    was_canceled_once(&apart, number);
}

#[test]
fn an_order_that_dies_after_it_was_canceled_is_canceled() {
    let mut apart = apart();
    let number = underway(&apart);
    turn(&apart, "order", &json!({"die": true}));
    apart.send(&cancel(number)).expect(502);
    apart.kill("order");
    apart.start("order");
    stands(&apart, number, CANCELED);
    was_canceled_once(&apart, number);
}

#[test]
fn while_order_is_away_delivery_cancels_nothing() {
    let mut apart = apart();
    let number = underway(&apart);
    let asked = json!({"orderId": number, "status": "Cancelled"});
    turn(&apart, "order", &json!({"refuse": true}));
    apart.post("/cancellations", &asked).expect(409);
    apart.kill("order");
    apart.post("/cancellations", &asked).expect(503);
    assert_eq!(apart.count("cancellations"), 0);
    apart.start("order");
    turn(&apart, "order", &json!({"slow": "700ms"}));
    apart.post("/cancellations", &asked).expect(503);
    turn(&apart, "order", &well());
    apart.settle();
    assert_eq!(how(&apart, number), UNDERWAY);
}

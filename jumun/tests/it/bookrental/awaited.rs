//! The awaited call: reservation asks delivery to cancel. The called side says no, is slow past the
//! deadline, is down, hangs, or dies after it has committed and before it answers; or the caller dies:
//! then both sides are in line within seconds.

use serde_json::{Value, json};

use crate::bookrental::{CANCELED, DELIVERED, Library, RETURNED};
use crate::stage::{Apart, Door, Setup};
use crate::wire::Request;

fn setup() -> Setup {
    Setup::of_library().chaos().set("asks.sleep", "200ms")
}

/// Turns the faults of a context that is a process of its own.
fn turn(library: &Apart, context: &str, knobs: &Value) {
    let door = library.context(context);
    door.put("/actuator/chaos", knobs).expect(200);
}

/// A delivered book, of one copy that there was.
fn delivered(library: &Door) -> i64 {
    let book = library.take_in(1);
    let reservation = library.reserve();
    library.stands_at(reservation, DELIVERED);
    library.has(book, 0);
    reservation
}

fn nothing_has_happened(library: &Door, reservation: i64) {
    library.stands_at(reservation, DELIVERED);
    assert_eq!(library.stock(1), 0);
}

fn is_canceled_once(library: &Door, reservation: i64) {
    library.stands_at(reservation, CANCELED);
    library.has(1, 1);
    library.cancel(reservation).expect(204);
    assert_eq!(library.stock(1), 1);
}

#[test]
fn a_delivery_that_says_no_leaves_everything_as_it_is() {
    let library = setup().start();
    let reservation = delivered(&library);
    library.turn("delivery", &json!({"refuse": true}));
    let refused = library.cancel(reservation).expect(409);
    assert_eq!(refused.json()["code"], "refused-by-chaos");
    library.turn("delivery", &json!({"refuse": false}));
    nothing_has_happened(&library, reservation);
    library.cancel(reservation).expect(204);
    is_canceled_once(&library, reservation);
}

#[test]
fn a_delivery_that_has_its_book_back_says_no() {
    let library = setup().start();
    let reservation = delivered(&library);
    library.bring_back(reservation).expect(200);
    // At once, perhaps before the reservation has heard of it: the delivery itself says no.
    let refused = library.cancel(reservation).expect(409);
    assert_eq!(refused.json()["code"], "book-returned");
    library.stands_at(reservation, RETURNED);
    library.settle();
    assert_eq!(library.told("Canceled"), 0);
}

#[test]
fn a_delivery_that_is_slow_past_the_deadline_cancels_when_it_is_asked_again() {
    let library = setup().set("asks.deadline", "150ms").start();
    let reservation = delivered(&library);
    library.turn("delivery", &json!({"slow": "400ms"}));
    let refused = library.cancel(reservation).expect(503);
    assert!(refused.header("retry-after").is_some(), "{refused}");
    library.turn("delivery", &json!({"slow": ""}));
    library.cancel(reservation).expect(204);
    is_canceled_once(&library, reservation);
}

#[test]
fn a_delivery_that_is_down_leaves_everything_as_it_is() {
    let library = setup().start();
    let reservation = delivered(&library);
    library.turn("delivery", &json!({"down": true}));
    library.cancel(reservation).expect(503);
    library.turn("delivery", &json!({"down": false}));
    nothing_has_happened(&library, reservation);
    assert_eq!(library.told("Canceled"), 0);
    library.cancel(reservation).expect(204);
    is_canceled_once(&library, reservation);
}

#[test]
fn a_delivery_that_cancels_and_never_answers_brings_the_reservation_in_line() {
    let library = setup().start();
    let reservation = delivered(&library);
    library.turn("delivery", &json!({"mute": true}));
    library.cancel(reservation).expect(503);
    library.turn("delivery", &json!({"mute": false}));
    is_canceled_once(&library, reservation);
    library.settle();
    assert_eq!(library.told("Canceled"), 1);
}

#[test]
fn a_delivery_that_hangs_cancels_late_or_not_at_all_and_both_sides_agree() {
    let library = setup().start_apart();
    let reservation = delivered(&library);
    library.freeze("delivery");
    library.cancel(reservation).expect(503);
    library.thaw("delivery");
    let cancel = Request::new("DELETE", &format!("/reservations/{reservation}"));
    library.until(&cancel, 204);
    is_canceled_once(&library, reservation);
    library.settle();
    assert_eq!(library.told("Canceled"), 1);
    assert_eq!(library.told("CopyPutBack"), 1);
}

#[test]
fn a_delivery_that_dies_between_commit_and_answer_brings_the_reservation_in_line() {
    let mut library = setup().start_apart();
    let reservation = delivered(&library);
    turn(&library, "delivery", &json!({"die": true}));
    library.cancel(reservation).expect(503);
    library.kill("delivery");
    library.start("delivery");
    is_canceled_once(&library, reservation);
    library.settle();
    assert_eq!(library.told("Canceled"), 1);
    assert_eq!(library.told("DeliveryCanceled"), 1);
    library.has_no_dead_letters();
}

#[test]
fn a_reservation_that_dies_between_commit_and_answer_is_canceled() {
    let mut library = setup().start_apart();
    let reservation = delivered(&library);
    turn(&library, "reservation", &json!({"die": true}));
    library.cancel(reservation).expect(502);
    library.kill("reservation");
    library.start("reservation");
    is_canceled_once(&library, reservation);
    library.settle();
    assert_eq!(library.told("Canceled"), 1);
}

#[test]
fn a_reservation_that_dies_after_the_yes_is_canceled_by_its_delivery() {
    let mut library = setup().start_apart();
    let reservation = delivered(&library);
    library.kill("reservation");
    // What it had asked when it died.
    let asked = json!({"id": 1, "orderId": reservation, "productId": 1, "statusCode": 3});
    let delivery = library.context("delivery");
    let yes = delivery.post("/deliveries", &asked).expect(201);
    assert_eq!(yes.id(), reservation);
    delivery.post("/deliveries", &asked).expect(201);
    library.start("reservation");
    is_canceled_once(&library, reservation);
    library.settle();
    assert_eq!(library.told("DeliveryCanceled"), 1);
}

#[test]
fn a_cancel_that_comes_before_the_reservation_stays_and_it_is_never_delivered() {
    let library = setup().start();
    let book = library.take_in(1);
    let asked = json!({"id": 1, "orderId": 1, "productId": book, "statusCode": 3});
    library.post("/deliveries", &asked).expect(201);
    let reservation = library.reserve();
    library.stands_at(reservation, CANCELED);
    library.settle();
    assert_eq!(library.told("Delivered"), 0);
    assert_eq!(library.stock(book), 1);
    library.has_no_dead_letters();
}

#[test]
fn nobody_makes_a_delivery_out_of_nothing() {
    let library = setup().start();
    let deliver = json!({"orderId": 1, "productId": 1, "statusCode": 2});
    let refused = library.post("/deliveries", &deliver).expect(422).json();
    assert_eq!(refused["field"], "statusCode");
    let nobody = json!({"orderId": 0, "productId": 1, "statusCode": 3});
    library.post("/deliveries", &nobody).expect(422);
    // A number that no delivery can have, either.
    let endless = json!({"orderId": i64::MAX, "productId": 1, "statusCode": 3});
    let refused = library.post("/deliveries", &endless).expect(422).json();
    assert_eq!(refused["code"], "number-out-of-range");
    assert_eq!(library.count("deliveries"), 0);
    library.stands_at(library.reserve(), DELIVERED);
}

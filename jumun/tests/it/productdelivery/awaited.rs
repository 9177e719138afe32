//! The two awaited calls: order asks pay, product asks order. The called side says no, is slow past
//! the deadline, is down, hangs, or dies after it has committed and before it answers: then both
//! sides are in line within seconds.

use serde_json::{Value, json};

use crate::productdelivery::{COMPLETED, Company, STARTED, order};
use crate::stage::{Apart, Door, Setup};
use crate::waiting::eventually;
use crate::wire::Request;

fn setup() -> Setup {
    Setup::of_company()
        .chaos()
        .set("asks.sleep", "200ms")
        .set_in("pay", "deadlines.capture", "300ms")
}

/// Turns the faults of a context that is a process of its own.
fn turn(company: &Apart, context: &str, knobs: &Value) {
    let door = company.context(context);
    door.put("/actuator/chaos", knobs).expect(200);
}

/// Waits until no pay stands, and everybody can order again.
fn nothing_is_paid_and_orders_are_taken_again(company: &Door, collections: &[&str]) {
    eventually("no pay that waits for an order", || {
        let pays = company.all("pays");
        let given_back = pays.iter().all(|pay| pay["status"] == "PayCanceled");
        if given_back {
            Ok(())
        } else {
            Err(format!("{pays:?}"))
        }
    });
    for collection in collections {
        assert_eq!(company.count(collection), 0, "{collection}: half done");
    }
    let placed = company.until(&order(), 201).id();
    company.customer_sees(placed, STARTED);
    company.pay_is(placed, "0");
}

const NOTHING: [&str; 3] = ["orders", "products", "myPages"];

#[test]
fn a_pay_that_says_no_leaves_nothing() {
    let company = setup().start();
    company.turn("pay", &json!({"refuse": true}));
    let refused = company.send(&order()).expect(409).json();
    assert_eq!(refused["code"], "refused-by-chaos");
    company.turn("pay", &json!({"refuse": false}));
    nothing_is_paid_and_orders_are_taken_again(&company, &NOTHING);
}

#[test]
fn a_pay_that_is_slow_past_the_deadline_leaves_nothing() {
    let company = setup().set("asks.deadline", "150ms").start();
    company.turn("pay", &json!({"slow": "400ms"}));
    let refused = company.send(&order()).expect(503);
    assert!(refused.header("retry-after").is_some(), "{refused}");
    company.turn("pay", &json!({"slow": ""}));
    nothing_is_paid_and_orders_are_taken_again(&company, &NOTHING);
}

#[test]
fn a_pay_that_is_down_leaves_nothing() {
    let company = setup().start();
    company.turn("pay", &json!({"down": true}));
    company.send(&order()).expect(503);
    company.turn("pay", &json!({"down": false}));
    nothing_is_paid_and_orders_are_taken_again(&company, &NOTHING);
}

#[test]
fn a_pay_that_commits_and_never_answers_gives_back_what_it_set_aside() {
    let company = setup().start();
    company.turn("pay", &json!({"mute": true}));
    company.send(&order()).expect(503);
    company.turn("pay", &json!({"mute": false}));
    assert_eq!(company.told("PayAuthorized"), 1);
    nothing_is_paid_and_orders_are_taken_again(&company, &NOTHING);
}

#[test]
fn a_pay_that_dies_between_commit_and_answer_gives_back_what_it_set_aside() {
    let mut company = setup().start_apart();
    turn(&company, "pay", &json!({"die": true}));
    company.send(&order()).expect(503);
    company.kill("pay");
    company.start("pay");
    assert_eq!(company.told("PayAuthorized"), 1);
    nothing_is_paid_and_orders_are_taken_again(&company, &NOTHING);
    assert_eq!(company.told("PayVoided"), 1);
    company.has_no_dead_letters();
}

#[test]
fn an_order_that_dies_between_commit_and_answer_stands_and_is_paid() {
    let mut company = setup().start_apart();
    turn(&company, "order", &json!({"die": true}));
    company.send(&order()).expect(502);
    company.kill("order");
    company.start("order");
    company.customer_sees(1, STARTED);
    company.pay_is(1, "0");
    company.settle();
    assert_eq!(company.count("orders"), 1);
    assert_eq!(company.told("PayApproved"), 1);
    assert_eq!(company.told("PayVoided"), 0);
}

/// A delivery that is under way, of three of ten televisions.
fn underway(company: &Door) -> i64 {
    company.keep("tv", 10);
    let order = company.place();
    company.customer_sees(order, STARTED);
    order
}

fn is_delivered_once(company: &Door, order: i64) {
    company.delivery_is(order, COMPLETED);
    company.customer_sees(order, COMPLETED);
    company.complete(order).expect(200);
    assert_eq!(company.stock("tv"), 7);
    let refused = company.cancel(order).expect(409).json();
    assert_eq!(refused["code"], "order-delivered");
}

#[test]
fn an_order_that_says_no_is_not_delivered() {
    let company = setup().start();
    let order = underway(&company);
    company.turn("order", &json!({"refuse": true}));
    company.complete(order).expect(409);
    company.delivery_is(order, STARTED);
    assert_eq!(company.stock("tv"), 10);
    company.turn("order", &json!({"refuse": false}));
    company.complete(order).expect(200);
    is_delivered_once(&company, order);
}

#[test]
fn an_order_that_is_down_is_not_delivered_until_it_is_back() {
    let company = setup().start();
    let order = underway(&company);
    company.turn("order", &json!({"down": true}));
    company.complete(order).expect(503);
    assert_eq!(company.stock("tv"), 10);
    company.turn("order", &json!({"down": false}));
    company.complete(order).expect(200);
    is_delivered_once(&company, order);
}

#[test]
fn an_order_that_closes_and_never_answers_is_delivered_all_the_same() {
    let company = setup().start();
    let order = underway(&company);
    company.turn("order", &json!({"mute": true}));
    company.complete(order).expect(503);
    company.turn("order", &json!({"mute": false}));
    is_delivered_once(&company, order);
}

#[test]
fn an_order_that_is_slow_past_the_deadline_is_delivered_when_it_is_asked_again() {
    let company = setup().set("asks.deadline", "150ms").start();
    let order = underway(&company);
    company.turn("order", &json!({"slow": "400ms"}));
    company.complete(order).expect(503);
    company.turn("order", &json!({"slow": ""}));
    company.complete(order).expect(200);
    is_delivered_once(&company, order);
}

#[test]
fn an_order_that_hangs_closes_late_or_not_at_all_and_both_sides_agree() {
    let company = setup().start_apart();
    let order = underway(&company);
    company.freeze("order");
    company.complete(order).expect(503);
    company.thaw("order");
    let complete = Request::new("PATCH", &format!("/products/{order}"));
    company.until(&complete.json(&json!({"status": COMPLETED})), 200);
    is_delivered_once(&company, order);
    company.settle();
    assert_eq!(company.told("StockDecreased"), 1);
}

#[test]
fn an_order_that_dies_between_closing_and_answering_is_delivered_when_it_is_back() {
    let mut company = setup().start_apart();
    let order = underway(&company);
    turn(&company, "order", &json!({"die": true}));
    company.complete(order).expect(503);
    company.kill("order");
    company.start("order");
    is_delivered_once(&company, order);
    company.settle();
    assert_eq!(company.told("DeliveryCompleted"), 1);
    assert_eq!(company.told("StockDecreased"), 1);
    company.has_no_dead_letters();
}

#[test]
fn a_product_that_dies_between_commit_and_answer_has_delivered_once() {
    let mut company = setup().start_apart();
    let order = underway(&company);
    turn(&company, "product", &json!({"die": true}));
    company.complete(order).expect(502);
    company.kill("product");
    company.start("product");
    is_delivered_once(&company, order);
    company.settle();
    assert_eq!(company.told("StockDecreased"), 1);
}

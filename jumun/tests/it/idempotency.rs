//! `Idempotency-Key`: asking again is not ordering again.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::fruitstore::{Shop, apples};
use crate::stage::Setup;
use crate::wire::{Answer, Request};

fn keyed(key: &str, body: &Value) -> Request {
    Request::post("/orders", body).header("Idempotency-Key", key)
}

fn told_before(answer: &Answer) -> bool {
    answer.header("idempotent-replayed") == Some("true")
}

#[test]
fn the_same_key_and_body_are_answered_the_same_and_order_once() {
    let shop = Shop::start();
    let first = shop.send(&keyed("a", &apples())).expect(201);
    let again = shop.send(&keyed("a", &apples())).expect(201);
    assert!(
        !told_before(&first) && told_before(&again),
        "{first} {again}"
    );
    assert_eq!(first.id(), again.id());
    assert_eq!(first.json(), again.json());
    assert_eq!(first.header("etag"), again.header("etag"));
    let other = shop.send(&keyed("b", &apples())).expect(201);
    assert_ne!(first.id(), other.id());
    shop.settle();
    assert_eq!(shop.counts(), [2, 2, 2, 2]);
}

#[test]
fn eight_at_once_with_one_key_order_once() {
    let shop = Shop::start();
    for round in 0..10 {
        let request = keyed(&format!("round-{round}"), &apples());
        let answers: Vec<Answer> = std::thread::scope(|scope| {
            let asking: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| shop.send(&request)))
                .collect();
            asking
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .collect()
        });
        let ids: BTreeSet<i64> = answers
            .into_iter()
            .map(|answer| answer.expect(201).id())
            .collect();
        assert_eq!(ids.len(), 1, "{ids:?}");
    }
    assert_eq!(shop.count("orders"), 10);
}

#[test]
fn of_eight_at_once_all_payments_but_the_orders_own_are_given_back() {
    let shop = Setup::of("fruitstore")
        .set("systems.fruitstore.payment.deadlines.capture", "500ms")
        .shop();
    let request = keyed("once", &apples());
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| shop.send(&request).expect(201));
        }
    });
    crate::waiting::eventually("no payment that waits for an order", || {
        let payments = shop.all("payments");
        match payments
            .iter()
            .filter(|p| p["payStatus"] == "결제요청")
            .count()
        {
            0 => Ok(()),
            left => Err(format!("{left} wait")),
        }
    });
    shop.settle();
    let payments = shop.all("payments");
    let approved: Vec<_> = payments
        .iter()
        .filter(|p| p["payStatus"] == "결제승인")
        .collect();
    assert_eq!(approved.len(), 1, "{payments:?}");
    let order = approved[0]["orderId"].as_i64().unwrap();
    assert_eq!(
        shop.get(&format!("/orders/{order}")).expect(200).json()["orderStatus"],
        "주문신청"
    );
    assert_eq!(shop.count("orders"), 1);
    assert_eq!(shop.count("deliveries"), 1);
}

#[test]
fn a_key_is_remembered_after_a_kill() {
    let mut shop = Shop::start();
    let first = shop.send(&keyed("a", &apples())).expect(201);
    shop.kill();
    shop.restart();
    let again = shop.send(&keyed("a", &apples())).expect(201);
    assert!(told_before(&again), "{again}");
    assert_eq!(again.id(), first.id());
    assert_eq!(shop.count("orders"), 1);
}

#[test]
fn the_same_key_with_another_body_is_refused() {
    let shop = Shop::start();
    let first = shop.send(&keyed("a", &apples())).expect(201);
    let mut more = apples();
    more["qty"] = json!(3);
    let refused = shop.send(&keyed("a", &more)).expect(422);
    assert_eq!(refused.json()["code"], "idempotency-key-reused");
    let again = shop.send(&keyed("a", &apples())).expect(201);
    assert_eq!(again.id(), first.id());
    assert_eq!(shop.count("orders"), 1);
}

#[test]
fn a_key_whose_request_was_refused_can_be_used_again() {
    let shop = Setup::of("fruitstore").chaos().shop();
    shop.turn("payment", &json!({"down": true}));
    shop.send(&keyed("a", &apples())).expect(503);
    shop.turn("payment", &json!({"down": false}));
    shop.send(&keyed("a", &apples())).expect(201);
    assert_eq!(shop.count("orders"), 1);
}

#[test]
fn the_answer_is_the_one_of_then_even_after_a_cancel() {
    let shop = Shop::start();
    let first = shop.send(&keyed("a", &apples())).expect(201);
    shop.delete(&format!("/orders/{}", first.id())).expect(204);
    let again = shop.send(&keyed("a", &apples())).expect(201);
    assert_eq!(again.json()["orderStatus"], "주문신청");
    assert_eq!(shop.count("orders"), 1);
}

#[test]
fn a_key_belongs_to_one_path() {
    let shop = Shop::start();
    shop.send(&keyed("a", &apples())).expect(201);
    let ask = json!({"orderId": 900, "userId": 1, "price": 5});
    let payment = Request::post("/payments", &ask).header("Idempotency-Key", "a");
    let paid = shop.send(&payment).expect(201);
    assert!(!told_before(&paid), "{paid}");
    assert_eq!(paid.json()["orderId"], 900);
}

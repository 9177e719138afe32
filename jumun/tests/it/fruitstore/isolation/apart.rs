//! Contexts as processes of their own: gone, frozen, and back.

use serde_json::{Value, json};

use crate::fruitstore::apples;
use crate::stage::{Apart, Door, Setup, id_of};
use crate::waiting::eventually;
use crate::wire::Request;

/// A shop whose breaker does not stay open for long.
fn shop() -> Apart {
    Setup::of("fruitstore")
        .set("asks.sleep", "200ms")
        .start_apart()
}

fn order() -> Request {
    Request::post("/orders", &apples())
}

fn place(door: &Door) -> i64 {
    door.send(&order()).expect(201).id()
}

/// What an order's row, payment or delivery comes to say.
fn stands(shop: &Apart, collection: &str, order: i64, wanted: &Value) -> Value {
    shop.shows(collection, "orderId", order, wanted)
}

#[test]
fn a_context_and_a_door_of_their_own_serve_over_http() {
    let mut shop = Apart::without("fruitstore", &["delivery", "mypage"]);
    let placed = shop.send(&order()).expect(201);
    let number = placed.id();
    let location = shop.url(&format!("/orders/{number}"));
    assert_eq!(placed.header("location"), Some(location.as_str()));
    stands(&shop, "payments", number, &json!({"payStatus": "결제승인"}));
    // What delivery asks order is answered by order itself, and not through the gateway.
    let delivered = Request::new("PUT", &format!("/orders/{number}/delivered"));
    shop.send(&delivered).expect(404);
    shop.context("order").send(&delivered).expect(200);
    // One process gone, the other is still there.
    shop.kill("order");
    let gone = shop.get("/orders").expect(503);
    assert!(gone.header("retry-after").is_some(), "{gone}");
    shop.get("/payments").expect(200);
}

#[test]
fn a_payment_whose_process_is_gone_refuses_orders_until_it_is_back() {
    let mut shop = shop();
    place(&shop);
    shop.kill("payment");
    let refused = shop.send(&order()).expect(503);
    assert!(refused.header("retry-after").is_some(), "{refused}");
    shop.get("/orders/1").expect(200);
    shop.start("payment");
    shop.until(&order(), 201);
    assert_eq!(shop.count("orders"), 2, "nothing half done");
    shop.settle();
    assert_eq!(shop.told("PaymentApproved"), 2);
}

#[test]
fn a_payment_that_hangs_refuses_orders_in_time_and_gives_back_what_it_authorizes_late() {
    let shop = Setup::of("fruitstore")
        .set("asks.sleep", "200ms")
        .set_in("payment", "deadlines.capture", "300ms")
        .start_apart_without(&["delivery", "mypage"]);
    shop.freeze("payment");
    shop.send(&order()).expect(503);
    shop.thaw("payment");
    assert_eq!(shop.count("orders"), 0, "nothing half done");
    // What reached it while it hung is carried out now, or never; it ends given back.
    eventually("no authorization that waits for an order", || {
        let payments = shop.all("payments");
        if payments.iter().any(|p| p["payStatus"] != "결제취소") {
            Err(format!("{payments:?}"))
        } else {
            Ok(())
        }
    });
}

#[test]
fn a_payment_that_dies_between_its_commit_and_its_answer_gives_back_what_it_has_authorized() {
    let mut shop = Setup::of("fruitstore")
        .set("asks.deadline", "10s")
        .set_in("payment", "deadlines.capture", "1s")
        .tapped("payment")
        .start_apart();
    shop.tap("payment").swallow(true);
    shop.send(&order()).expect(503);
    shop.kill("payment");
    assert_eq!(shop.tap("payment").swallowed(), 1);
    shop.tap("payment").swallow(false);
    assert_eq!(shop.count("orders"), 0, "nothing half done");
    assert_eq!(shop.told("PaymentAuthorized"), 1, "it has done its half");
    shop.start("payment");
    let voided = json!({"payStatus": "결제취소"});
    shop.becomes("/payments/1", &voided);
    let placed = shop.until(&order(), 201).id();
    stands(&shop, "myPages", placed, &json!({"payStatus": "결제승인"}));
    shop.settle();
    assert_eq!(shop.count("orders"), 1);
    assert_eq!(shop.told("PaymentApproved"), 1);
    assert_eq!(shop.told("PaymentVoided"), 1);
}

#[test]
fn an_order_that_dies_between_closing_and_saying_so_is_delivered_all_the_same() {
    let mut shop = Setup::of("fruitstore")
        .set("asks.deadline", "10s")
        .tapped("order")
        .start_apart();
    let number = shop.context("order").send(&order()).expect(201).id();
    let started = json!({"deliveryStatus": "배송시작"});
    let delivery = id_of(&stands(&shop, "deliveries", number, &started));
    shop.tap("order").swallow(true);
    let completed = json!({"deliveryStatus": "배송완료"});
    let path = format!("/deliveries/{delivery}");
    shop.patch(&path, &completed).expect(503);
    shop.kill("order");
    shop.tap("order").swallow(false);
    assert_eq!(shop.told("OrderDelivered"), 1);
    // The echo of the call: delivery hears what it was not answered.
    shop.becomes(&path, &completed);
    stands(&shop, "myPages", number, &completed);
    shop.start("order");
    let refused = shop.delete(&format!("/orders/{number}")).expect(409);
    assert_eq!(refused.json()["code"], "order-delivered");
}

#[test]
fn a_door_before_a_context_that_hangs_says_so_in_time() {
    let shop = Setup::of("fruitstore")
        .set("upstream_timeout", "200ms")
        .start_apart_without(&["order", "delivery", "mypage"]);
    shop.get("/payments").expect(200);
    shop.freeze("payment");
    let late = shop.get("/payments").expect(504);
    assert_eq!(
        late.header("content-type"),
        Some("application/problem+json")
    );
    shop.thaw("payment");
    shop.until(&Request::get("/payments"), 200);
}

#[test]
fn with_delivery_and_mypage_gone_orders_are_taken_and_paid_and_both_catch_up() {
    let mut shop = shop();
    let before = place(&shop);
    let underway = json!({"payStatus": "결제승인", "deliveryStatus": "배송시작"});
    stands(&shop, "myPages", before, &underway);
    shop.kill("delivery");
    shop.kill("mypage");
    shop.get("/deliveries").expect(503);
    let (kept, canceled) = (place(&shop), place(&shop));
    stands(&shop, "payments", kept, &json!({"payStatus": "결제승인"}));
    shop.delete(&format!("/orders/{canceled}")).expect(204);
    let refunded = json!({"payStatus": "결제취소"});
    stands(&shop, "payments", canceled, &refunded);
    shop.start("delivery");
    shop.start("mypage");
    let stopped = json!({"payStatus": "결제취소", "deliveryStatus": "배송취소"});
    for collection in ["deliveries", "myPages"] {
        stands(&shop, collection, kept, &underway);
        stands(&shop, collection, canceled, &stopped);
    }
    // Nothing happened twice.
    shop.settle();
    for collection in ["orders", "payments", "deliveries", "myPages"] {
        assert_eq!(shop.count(collection), 3, "{collection}");
    }
    assert_eq!(shop.told("PaymentCanceled"), 1);
    shop.has_no_dead_letters();
    shop.are_all_the_same_rebuilt();
}

#[test]
fn with_payment_gone_orders_can_be_canceled_and_are_refunded_when_it_is_back() {
    let mut shop = shop();
    let order = place(&shop);
    stands(
        &shop,
        "myPages",
        order,
        &json!({"deliveryStatus": "배송시작"}),
    );
    shop.kill("payment");
    shop.post("/orders", &apples()).expect(503);
    shop.delete(&format!("/orders/{order}")).expect(204);
    stands(&shop, "myPages", order, &json!({"orderStatus": "주문취소"}));
    shop.start("payment");
    let stopped = json!({"payStatus": "결제취소", "deliveryStatus": "배송취소"});
    stands(&shop, "myPages", order, &stopped);
}

#[test]
fn with_order_gone_what_was_ordered_goes_on_and_is_handed_over_when_it_is_back() {
    let mut shop = Apart::of("fruitstore");
    let order = place(&shop);
    shop.kill("order");
    let started = json!({"deliveryStatus": "배송시작"});
    stands(&shop, "myPages", order, &started);
    let delivery = id_of(&stands(&shop, "deliveries", order, &started));
    let completed = json!({"deliveryStatus": "배송완료"});
    let complete = Request::new("PATCH", &format!("/deliveries/{delivery}")).json(&completed);
    shop.send(&complete).expect(503);
    shop.start("order");
    shop.until(&complete, 200);
    stands(&shop, "myPages", order, &completed);
}

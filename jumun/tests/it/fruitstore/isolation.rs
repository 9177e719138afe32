//! One context down: the others do what they promised (I7).
//!
//! In one process a context is down when its faults say so (`--chaos`): it then answers nobody, as
//! if its process were gone. Processes that are really gone are in [`apart`].

mod apart;

use serde_json::json;

use crate::fruitstore::apples;
use crate::stage::Setup;
use crate::wire::Request;

const UNDERWAY: [&str; 3] = ["주문신청", "결제승인", "배송시작"];
const CANCELED: [&str; 3] = ["주문취소", "결제취소", "배송취소"];

#[test]
fn with_payment_down_orders_are_refused_at_once_and_everything_else_works() {
    let shop = Setup::of("fruitstore")
        .chaos()
        .set("asks.sleep", "200ms")
        .shop();
    let (kept, canceled, delivered) = (shop.place(), shop.place(), shop.place());
    for order in [kept, canceled, delivered] {
        shop.my_page_says(order, UNDERWAY);
    }
    let before = shop.counts();
    shop.turn("payment", &json!({"down": true}));

    let refused = shop.post("/orders", &apples()).expect(503);
    assert!(refused.header("retry-after").is_some(), "{refused}");
    shop.get("/payments").expect(503);
    // Nothing that was there is lost, and nothing that needs no payment is refused.
    assert_eq!(
        shop.get(&format!("/orders/{kept}")).expect(200).json()["orderStatus"],
        "주문신청"
    );
    shop.delete(&format!("/orders/{canceled}")).expect(204);
    shop.complete(&shop.delivery_of(delivered)).expect(200);
    assert_eq!(shop.count("orders"), before[0], "nothing half done");
    let health = shop.get("/actuator/health/liveness");
    assert_eq!(health.status, 200, "{health}");

    shop.turn("payment", &json!({"down": false}));
    shop.my_page_says(canceled, CANCELED);
    let order = crate::waiting::eventually("an order", || {
        let answer = shop.post("/orders", &apples());
        if answer.status == 201 {
            Ok(answer.id())
        } else {
            Err(answer.to_string())
        }
    });
    shop.my_page_says(order, UNDERWAY);
    shop.settle();
    assert_eq!(shop.counts(), before.map(|count| count + 1));
}

#[test]
fn with_order_down_deliveries_wait_and_nothing_is_handed_over_unasked() {
    let shop = Setup::of("fruitstore")
        .chaos()
        .set("asks.sleep", "200ms")
        .shop();
    let order = shop.place();
    let delivery = shop.delivery_of(order);
    shop.turn("order", &json!({"down": true}));
    shop.complete(&delivery).expect(503);
    assert_eq!(shop.delivery_of(order)["deliveryStatus"], "배송시작");
    shop.get("/payments").expect(200);
    shop.get("/myPages").expect(200);
    shop.turn("order", &json!({"down": false}));
    shop.complete(&delivery).expect(200);
}

#[test]
fn a_slow_payment_does_not_hold_up_those_who_only_look() {
    let shop = Setup::of("fruitstore")
        .chaos()
        .set("asks.deadline", "10s")
        .shop();
    let order = shop.place();
    shop.turn("payment", &json!({"slow": "2000ms"}));
    let mut looked = 0;
    std::thread::scope(|scope| {
        let placing = scope.spawn(|| shop.place());
        crate::waiting::eventually("the order", || {
            shop.get(&format!("/orders/{order}")).expect(200);
            shop.get("/myPages").expect(200);
            if placing.is_finished() {
                return Ok(());
            }
            looked += 1;
            Err("it waits for payment".to_owned())
        });
        assert_ne!(placing.join().unwrap(), order);
    });
    assert!(looked > 0, "nobody could look while an order waited");
}

#[test]
fn faults_on_purpose_need_to_be_allowed() {
    let shop = Setup::of("fruitstore")
        .set("systems.fruitstore.payment.chaos.refuse", "true")
        .shop();
    shop.place();
    let turn = Request::new("PUT", "/actuator/contexts/payment/chaos").json(&json!({"down": true}));
    shop.send(&turn).expect(404);
    shop.get("/payments").expect(200);
    crate::waiting::eventually("the greeting's word on it", || {
        let said = shop.said();
        if said.contains("counts only with --chaos") {
            Ok(())
        } else {
            Err(said)
        }
    });
}

//! Versions: `ETag`, `If-Match`, `If-None-Match`.

use serde_json::json;

use crate::fruitstore::{Shop, apples};
use crate::stage::id_of;
use crate::wire::Request;

#[test]
fn who_has_the_current_version_is_not_sent_it_again() {
    let shop = Shop::start();
    shop.place();
    let tag = shop
        .get("/orders/1")
        .expect(200)
        .header("etag")
        .unwrap()
        .to_owned();
    let again = Request::get("/orders/1").header("If-None-Match", &tag);
    let unchanged = shop.send(&again).expect(304);
    assert!(unchanged.body.is_empty());
    assert_eq!(unchanged.header("etag"), Some(tag.as_str()));
    shop.delete("/orders/1").expect(204);
    let changed = shop.send(&again).expect(200);
    assert_ne!(changed.header("etag"), Some(tag.as_str()));
}

#[test]
fn nobody_overwrites_what_he_has_not_seen() {
    let shop = Shop::start();
    let tag = shop
        .post("/orders", &apples())
        .expect(201)
        .header("etag")
        .unwrap()
        .to_owned();
    let cancel = |tag: &str| Request::new("DELETE", "/orders/1").header("If-Match", tag);
    for wrong in ["\"4711\"", "\"\"", "W/\"1\"", "nonsense"] {
        let refused = shop.send(&cancel(wrong)).expect(412);
        assert_eq!(refused.json()["code"], "changed-meanwhile");
    }
    assert_eq!(shop.get("/orders/1").json()["orderStatus"], "주문신청");
    shop.send(&cancel(&tag)).expect(204);
    shop.send(&cancel("*")).expect(204);
}

#[test]
fn a_change_that_is_refused_is_not_done_by_whom_it_would_have_asked() {
    let shop = Shop::start();
    let order = shop.place();
    let delivery = shop.delivery_of(order);
    let stale = Request::new("PATCH", &format!("/deliveries/{}", id_of(&delivery)))
        .header("If-Match", "\"4711\"")
        .json(&json!({"deliveryStatus": "배송완료"}));
    shop.send(&stale).expect(412);
    shop.settle();
    assert_eq!(shop.delivery_of(order)["deliveryStatus"], "배송시작");
    // It is not even closed: it can still be canceled.
    shop.delete(&format!("/orders/{order}")).expect(204);
}

#[test]
fn a_change_is_not_refused_because_its_own_echo_was_faster() {
    let shop = Shop::start();
    for _ in 0..40 {
        let delivery = shop.delivery_of(shop.place());
        let path = format!("/deliveries/{}", id_of(&delivery));
        let tag = shop
            .get(&path)
            .expect(200)
            .header("etag")
            .unwrap()
            .to_owned();
        // Delivery asks order, whose event completes the delivery: perhaps before the answer does.
        let complete = Request::new("PATCH", &path)
            .header("If-Match", &tag)
            .json(&json!({"deliveryStatus": "배송완료"}));
        let completed = shop.send(&complete).expect(200);
        assert_eq!(completed.json()["deliveryStatus"], "배송완료");
    }
}

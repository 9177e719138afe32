//! The fruit shop: timestamps as text, and `me`.

use serde_json::{Value, json};

use super::{Beside, headers, record};
use crate::fruitstore::apples;
use crate::stage::Apart;
use crate::wire::Request;

fn place(ours: &Apart) -> i64 {
    ours.post("/orders", &apples()).expect(201).id()
}

fn started(order: i64) -> String {
    // At the end of December their year is the next one.
    format!(
        r#"{{"eventType":"DeliveryStarted","timestamp":"20221226203304","deliveryId":{order},"orderId":{order},"userId":7181,"prodId":null,"qty":2,"address":"경기도 성남시","orderStatus":null,"payStatus":"결제승인","deliveryStatus":"배송시작","me":true}}"#
    )
}

fn delivery_canceled(order: i64) -> String {
    format!(
        r#"{{"eventType":"DeliveryCanceled","timestamp":"20210224014034","deliveryId":{order},"orderId":{order},"userId":7181,"prodId":null,"qty":null,"address":null,"orderStatus":"주문취소","payStatus":"결제취소","deliveryStatus":"배송취소","me":true}}"#
    )
}

fn approved(order: i64) -> String {
    format!(
        r#"{{"eventType":"PaymentApproved","timestamp":"20210224014034","payId":{order}6,"orderId":{order},"userId":7181,"qty":2,"price":5000,"address":"경기도 성남시","orderStatus":null,"payStatus":"결제","me":true}}"#
    )
}

fn payment_canceled(order: i64) -> String {
    format!(
        r#"{{"eventType":"PaymentCanceled","timestamp":"20210224014034","payId":{order}6,"orderId":{order},"userId":7181,"price":5000,"payStatus":"취소","me":true}}"#
    )
}

fn placed(order: i64) -> String {
    format!(
        r#"{{"eventType":"OrderPlaced","timestamp":"20210224014034","orderId":{order},"userId":7181,"prodNm":null,"qty":2,"price":5000,"address":"경기도 성남시","orderStatus":"ordered","me":true}}"#
    )
}

fn order_canceled(order: i64) -> String {
    format!(
        r#"{{"eventType":"OrderCanceled","timestamp":"20210224014034","orderId":{order},"userId":7181,"prodNm":"사과","qty":2,"price":5000,"address":"경기도 성남시","orderStatus":"주문취소","me":true}}"#
    )
}

/// What Java reads of one of ours, besides what was waited for.
fn is_in_the_old_format(told: &Value) {
    let read = &told["read"];
    assert_eq!(read["me"], true, "{told}");
    let timestamp = read["timestamp"].as_str().unwrap();
    assert!(
        timestamp.len() == 14 && timestamp.bytes().all(|b| b.is_ascii_digit()),
        "{told}"
    );
    assert_eq!(told["seen"].get("type"), None, "{told}");
}

#[test]
fn a_java_delivery_delivers_for_our_shop_until_ours_takes_its_place() {
    let Some(mut shop) = Beside::start("fruitstore", "delivery") else {
        return;
    };
    let variants = headers("DeliveryStarted");
    for headers in &variants {
        let order = place(&shop.ours);
        let told = shop.java_hears(
            "PaymentApproved",
            &json!({"orderId": order, "userId": 7181, "price": 5000.0, "payStatus": "결제승인"}),
        );
        is_in_the_old_format(&told);
        assert!(told["read"]["payId"].is_i64(), "{told}");
        let delivery = record(&started(order), headers);
        // Their deliveries are at least once.
        shop.java.tells(&[delivery.clone(), delivery]);
        let underway = json!({"orderStatus": "주문신청", "payStatus": "결제승인", "deliveryStatus": "배송시작"});
        shop.shows("myPages", order, &underway);
    }
    shop.ours.delete("/orders/1").expect(204);
    shop.java_hears("OrderCanceled", &json!({"orderId": 1}));
    shop.java_hears(
        "PaymentCanceled",
        &json!({"orderId": 1, "payStatus": "결제취소"}),
    );
    shop.java
        .tells(&[record(&delivery_canceled(1), &json!({}))]);
    let canceled =
        json!({"orderStatus": "주문취소", "payStatus": "결제취소", "deliveryStatus": "배송취소"});
    shop.shows("myPages", 1, &canceled);
    assert_eq!(shop.ours.count("myPages"), variants.len() as u64);

    let before = i64::try_from(variants.len()).unwrap();
    let (mut ours, seat) = shop.replaced(|ours| {
        assert_eq!(place(ours), before + 1);
    });
    let underway = json!({"deliveryStatus": "배송시작"});
    ours.shows("deliveries", "orderId", before + 1, &underway);
    let after = place(&ours);
    ours.shows("deliveries", "orderId", after, &underway);
    ours.shows("myPages", "orderId", after, &underway);
    // What Java had heard is not ours to hear again: with one partition, all came in order.
    assert_eq!(ours.count("deliveries"), 2);
    ours.has_no_dead_letters();

    // And back: Java goes on where ours stopped.
    ours.terminate("delivery");
    let back = place(&ours);
    let mut java = seat.java();
    let told = java.hears("a payment", |told| {
        told["read"]["eventType"] == "PaymentApproved"
    });
    assert_eq!(told["read"]["orderId"], back, "{told}");
}

#[test]
fn a_java_payment_is_paid_for_our_orders() {
    let Some(mut shop) = Beside::start("fruitstore", "payment") else {
        return;
    };
    let desk = shop.java_says_yes();
    for headers in &headers("PaymentApproved") {
        let order = place(&shop.ours);
        let asked = desk.posted().pop().unwrap();
        assert_eq!(asked.path, "/payments");
        for (member, value) in [
            ("orderId", json!(order)),
            ("userId", json!(7181)),
            ("price", json!(5000)),
            ("payStatus", json!("결제요청")),
        ] {
            assert_eq!(asked.body[member], value, "{asked:?}");
        }
        let told = shop.java_hears(
            "OrderPlaced",
            &json!({"orderId": order, "userId": 7181, "prodNm": "사과", "qty": 2, "price": 5000.0, "orderStatus": "주문신청"}),
        );
        is_in_the_old_format(&told);
        let approval = record(&approved(order), headers);
        shop.java.tells(&[approval.clone(), approval]);
        let paid = json!({"payId": format!("{order}6").parse::<i64>().unwrap(), "payStatus": "결제승인", "deliveryStatus": "배송시작"});
        shop.shows("myPages", order, &paid);
    }
    shop.ours.delete("/orders/2").expect(204);
    shop.java_hears(
        "OrderCanceled",
        &json!({"orderId": 2, "orderStatus": "주문취소"}),
    );
    shop.java.tells(&[record(&payment_canceled(2), &json!({}))]);
    shop.shows("deliveries", 2, &json!({"deliveryStatus": "배송취소"}));
    shop.java_hears(
        "DeliveryCanceled",
        &json!({"orderId": 2, "deliveryStatus": "배송취소"}),
    );
    shop.shows("myPages", 2, &json!({"payStatus": "결제취소"}));
    assert_eq!(
        shop.ours.count("deliveries"),
        6,
        "each has been started once"
    );
    shop.has_no_dead_letters();
}

#[test]
fn a_java_order_is_paid_and_delivered_by_ours() {
    let Some(mut shop) = Beside::start("fruitstore", "order") else {
        return;
    };
    let feign = |order: i64| {
        let body = json!({
            "payId": null, "orderId": order, "userId": 7181, "prodId": null, "qty": null, "price": 5000,
            "orderStatus": null, "payStatus": "결제요청",
        });
        Request::post("/payments", &body)
    };
    let payment = shop.ours.context("payment");
    for (order, headers) in (1..).zip(&headers("OrderPlaced")) {
        payment.send(&feign(order)).expect(201);
        let told = record(&placed(order), headers);
        shop.java.tells(&[told.clone(), told]);
        let underway = json!({"payStatus": "결제승인", "deliveryStatus": "배송시작"});
        shop.shows("myPages", order, &underway);
        shop.java_hears(
            "PaymentApproved",
            &json!({"orderId": order, "price": 5000.0, "payStatus": "결제승인"}),
        );
    }
    shop.java.tells(&[record(&order_canceled(3), &json!({}))]);
    let canceled =
        json!({"orderStatus": "주문취소", "payStatus": "결제취소", "deliveryStatus": "배송취소"});
    shop.shows("myPages", 3, &canceled);
    shop.java_hears(
        "PaymentCanceled",
        &json!({"orderId": 3, "payStatus": "결제취소"}),
    );
    for collection in ["payments", "deliveries", "myPages"] {
        assert_eq!(shop.ours.count(collection), 6, "{collection}");
    }
    shop.has_no_dead_letters();
}

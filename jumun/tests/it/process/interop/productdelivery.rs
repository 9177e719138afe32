//! Product delivery: timestamps as numbers, the header `type`, and no `me`.

use serde_json::{Value, json};

use super::{Beside, has, headers, record};
use crate::stage::Apart;
use crate::wire::Request;

fn place(ours: &Apart) -> i64 {
    let tv = json!({"item": "TV", "orderQty": 3, "status": "0", "price": 1000});
    ours.post("/orders", &tv).expect(201).id()
}

/// An event that they write, with these fields.
fn told(event_type: &str, fields: &str) -> String {
    format!(r#"{{"eventType":"{event_type}","timestamp":1667796276000,{fields}}}"#)
}

/// What Java reads of one of ours, besides what was waited for.
fn is_in_the_new_format(told: &Value) {
    // Their handlers are only called where the header is equal to the event's name.
    assert_eq!(told["seen"]["type"], told["read"]["eventType"], "{told}");
    let value: Value = serde_json::from_str(told["value"].as_str().unwrap()).unwrap();
    assert!(value["timestamp"].is_i64(), "{told}");
    assert_eq!(value.get("me"), None, "{told}");
}

#[test]
fn a_java_product_team_ships_what_is_ordered_from_ours_until_ours_takes_its_place() {
    let Some(mut company) = Beside::start("productdelivery", "product") else {
        return;
    };
    let variants = headers("DeliveryStarted");
    // Their address is a number.
    let addresses = ["null", "17", "\"서울\""].iter().cycle();
    for (headers, address) in variants.iter().zip(addresses) {
        let order = place(&company.ours);
        let approved = json!({"orderId": order, "price": 1000.0, "status": "0"});
        is_in_the_new_format(&company.java_hears("PayApproved", &approved));
        let fields = format!(r#""id":{order},"orderId":{order},"address":{address}"#);
        let delivery = record(&told("DeliveryStarted", &fields), headers);
        // Their deliveries are at least once.
        company.java.tells(&[delivery.clone(), delivery]);
        let started = json!({"status": "Delivery Started"});
        company.ours.becomes(&format!("/orders/{order}"), &started);
        let row = json!({"item": "TV", "quantity": 3, "status": "Delivery Started"});
        company.shows("myPages", order, &row);
    }
    // Of each order and of each start.
    has(&company.ours, "notices", 12);
    company.ours.delete("/orders/1").expect(204);
    is_in_the_new_format(&company.java_hears("PayCanceled", &json!({"orderId": 1})));

    let (ours, _seat) = company.replaced(|ours| {
        place(ours);
    });
    let started = json!({"status": "Delivery Started", "itemcd": "TV", "orderQty": 3});
    ours.becomes("/products/7", &started);
    let after = place(&ours);
    ours.becomes(&format!("/products/{after}"), &started);
    // What Java had heard is not ours to hear again: with one partition, all came in order.
    assert_eq!(ours.count("products"), 2);
    ours.has_no_dead_letters();
}

#[test]
fn a_java_pay_is_paid_for_our_orders() {
    let Some(mut company) = Beside::start("productdelivery", "pay") else {
        return;
    };
    let desk = company.java_says_yes();
    for headers in &headers("PayApproved") {
        let order = place(&company.ours);
        let asked = desk.posted().pop().unwrap();
        assert_eq!(asked.path, "/pays");
        assert_eq!(
            asked.body,
            json!({"orderId": order, "price": 1000.0, "status": "0"})
        );
        let ordered = json!({"id": order, "quantity": 3, "price": 1000.0, "status": "0"});
        is_in_the_new_format(&company.java_hears("Ordered", &ordered));
        let fields = format!(r#""id":9{order},"orderId":{order},"price":1000.0,"status":null"#);
        let approval = record(&told("PayApproved", &fields), headers);
        company.java.tells(&[approval.clone(), approval]);
        let started = json!({"orderId": order, "status": "Delivery Started"});
        company
            .ours
            .becomes(&format!("/products/{order}"), &started);
        company.shows("myPages", order, &json!({"status": "Delivery Started"}));
    }
    company.ours.delete("/orders/2").expect(204);
    company.java_hears("OrderCanceled", &json!({"id": 2, "orderQty": 3}));
    let fields = r#""id":92,"orderId":2,"price":null,"status":null"#;
    let canceled = record(&told("PayCanceled", fields), &json!({}));
    company.java.tells(&[canceled]);
    let stopped = json!({"status": "Delivery Canceled"});
    company.ours.becomes("/products/2", &stopped);
    company.shows("myPages", 2, &json!({"status": "Order Canceled"}));
    assert_eq!(company.ours.count("products"), 6);
    company.has_no_dead_letters();
}

#[test]
fn a_java_order_is_paid_and_shipped_by_ours() {
    let Some(mut company) = Beside::start("productdelivery", "order") else {
        return;
    };
    let pay = company.ours.context("pay");
    for (order, headers) in (12..).zip(&headers("Ordered")) {
        let feign = json!({"id": null, "orderId": order, "price": 1000.0, "status": "0"});
        pay.send(&Request::post("/pays", &feign)).expect(201);
        let fields =
            format!(r#""id":{order},"item":"TV","quantity":null,"status":"0","price":1000"#);
        let ordered = record(&told("Ordered", &fields), headers);
        company.java.tells(&[ordered.clone(), ordered]);
        let approved = json!({"orderId": order, "price": 1000.0});
        is_in_the_new_format(&company.java_hears("PayApproved", &approved));
        is_in_the_new_format(&company.java_hears("DeliveryStarted", &json!({"orderId": order})));
        let row = json!({"item": "TV", "status": "Delivery Started"});
        company.shows("myPages", order, &row);
    }
    // Their price is null where it does not fit.
    let fields = r#""id":13,"item":"TV","orderQty":3,"status":"0","price":null"#;
    let canceled = record(&told("OrderCanceled", fields), &json!({}));
    company.java.tells(&[canceled]);
    company.java_hears("PayCanceled", &json!({"orderId": 13, "price": 1000.0}));
    let stopped = json!({"status": "Delivery Canceled"});
    company.ours.becomes("/products/13", &stopped);
    company.shows("myPages", 13, &json!({"status": "Order Canceled"}));
    for collection in ["pays", "products", "myPages"] {
        assert_eq!(company.ours.count(collection), 6, "{collection}");
    }
    company.has_no_dead_letters();
}

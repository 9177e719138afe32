//! The command lines that stand in the seed, in its order, as they stand there but for the host.

use serde_json::{Value, json};

use crate::productdelivery::{Company, STARTED};
use crate::stage::{Apart, Setup, Siege};
use crate::wire::Answer;

/// What the seed shows of an answer, and its links.
#[track_caller]
fn shows(answer: &Answer, item: &str, href: &str, fields: &Value) {
    let body = answer.json();
    for (field, value) in fields.as_object().unwrap() {
        assert_eq!(&body[field], value, "{field} of {answer}");
    }
    let links = json!({"self": {"href": href}, item: {"href": href}});
    assert_eq!(body["_links"], links, "{answer}");
}

// 1. 비동기식 호출(Pub/Sub): notice is down, and hears everything when it is back.

#[test]
fn the_lines_with_the_notice_service_down_succeed_and_it_catches_up() {
    let mut company = Apart::without("productdelivery", &["notice"]);
    let order = company.context("order");
    for (number, item) in [(1, "TV-Pub/Sub#1"), (2, "TV-Pub/Sub#2")] {
        let line = format!(
            "$ http POST localhost:8081/orders item={item} orderQty=1 price=10 status=0 #Success"
        );
        let placed = order.types(&line).expect(201);
        let href = order.url(&format!("/orders/{number}"));
        assert_eq!(placed.header("location"), Some(href.as_str()));
        assert_eq!(
            placed.header("content-type"),
            Some("application/json;charset=UTF-8")
        );
        let shown = json!({"item": item, "orderQty": 1, "price": 10.0, "status": "0"});
        shows(&placed, "order", &href, &shown);
    }
    company.start("notice");
    company.settle();
    for number in [1, 2] {
        assert_eq!(company.notices(number), ["DeliveryStarted", "Ordered"]);
    }
}

// 2. CQRS: with the product team away the row is as the seed shows it; then the delivery goes on.

#[test]
fn the_line_that_orders_by_quantity_makes_a_row_for_the_customer() {
    let mut company = Apart::without("productdelivery", &["product", "notice"]);
    let order = company.context("order");
    let line =
        r#"http POST localhost:8081/orders item="CQR111" quantity=111 status="st1" price=111"#;
    let placed = order.types(line).expect(201);
    let shown = json!({"item": "CQR111", "price": 111.0, "quantity": 111, "status": "st1"});
    shows(&placed, "order", &order.url("/orders/1"), &shown);
    company.settle();
    let pages = company.context("customercenter");
    let seen = pages.types("http :8085/myPages").expect(200).json();
    let href = pages.url("/myPages/1");
    let row = json!({
        "item": "CQR111",
        "status": "st1",
        "quantity": 111,
        "_links": {"self": {"href": href}, "myPage": {"href": href}},
    });
    assert_eq!(seen["_embedded"]["myPages"], json!([row]));
    company.start("product");
    company.customer_sees(1, STARTED);
}

// 4. 동기식 호출(Request/Response)

#[test]
fn the_lines_of_the_awaited_call_order_and_look_at_the_pay() {
    let company = Setup::of_company().start();
    let line = "http POST  localhost:8081/orders item=tv orderQty=3 status=0 price=1000";
    let placed = company.types(line).expect(201);
    let shown = json!({"item": "tv", "orderQty": 3, "price": 1000.0, "status": "0"});
    shows(&placed, "order", &company.url("/orders/1"), &shown);
    assert!(placed.text().contains("1000.0"), "{placed}");
    let pay = company.types("http GET  localhost:8083/pays/1").expect(200);
    assert_eq!(
        pay.header("content-type"),
        Some("application/hal+json;charset=UTF-8")
    );
    let shown = json!({"orderId": 1, "price": 1000.0, "status": "0"});
    shows(&pay, "pay", &company.url("/pays/1"), &shown);
}

#[test]
fn the_line_that_orders_without_pay_fails_and_succeeds_when_it_is_back() {
    let mut company = Setup::of_company()
        .set("asks.sleep", "200ms")
        .start_apart_without(&["pay"]);
    let line = "http POST localhost:8081/orders item=TV orderQty=2 price=100";
    company.types(&format!("{line}   #Fail")).expect(503);
    assert_eq!(company.count("orders"), 0);
    company.start("pay");
    let placed = crate::waiting::eventually("the order", || {
        let answer = company.types(&format!("{line}   #Success"));
        match answer.status {
            201 => Ok(answer),
            _ => Err(answer.to_string()),
        }
    });
    assert_eq!(placed.json()["status"], Value::Null);
    assert_eq!(company.count("orders"), 1);
    let order = placed.id();
    company.becomes(&format!("/pays/{order}"), &json!({"price": 100.0}));
    company.customer_sees(order, STARTED);
}

// 6. Gateway

#[test]
fn the_lines_through_service_and_gateway_port_order_the_same() {
    let company = Apart::of("productdelivery");
    let service = company.context("order");
    let line =
        "$ http POST localhost:8081/orders item=TV-ServicePort orderQty=2 price=100 status=0";
    let placed = service.types(line).expect(201);
    let shown = json!({"item": "TV-ServicePort", "orderQty": 2, "price": 100.0, "status": "0"});
    shows(&placed, "order", &service.url("/orders/1"), &shown);
    let line =
        "$ http POST localhost:8088/orders item=TV-GatewayPort orderQty=2 price=100 status=0";
    let placed = company.types(line).expect(201);
    let shown = json!({"item": "TV-GatewayPort", "orderQty": 2, "price": 100.0, "status": "0"});
    shows(&placed, "order", &company.url("/orders/2"), &shown);
}

// 8. Autoscale, 9. Zero-downtime deploy

#[test]
fn the_siege_lines_look_at_the_orders() {
    let company = Setup::of_company().start();
    company.place();
    let (successful, failed) = (30, 0);
    for line in [
        "siege -c20 -t40S -v http://order:8080/orders",
        "siege -c1 -t60S -v http://order:8080/orders --delay=1S",
    ] {
        assert_eq!(company.sieges(line), Siege { successful, failed });
    }
}

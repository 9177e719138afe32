//! What is sent, and what is wanted back.

use serde_json::json;

use crate::fruitstore::{Shop, apples};
use crate::wire::{Connection, Request};

#[test]
fn who_takes_anything_gets_hal_and_who_wants_json_gets_json() {
    let shop = Shop::start();
    shop.place();
    let kind = |accept: &str| {
        let answer = shop
            .send(&Request::get("/orders/1").header("Accept", accept))
            .expect(200);
        answer.header("content-type").unwrap().to_owned()
    };
    let (hal, json) = (
        "application/hal+json;charset=UTF-8",
        "application/json;charset=UTF-8",
    );
    assert_eq!(kind("*/*"), hal);
    assert_eq!(kind("application/json"), json);
    assert_eq!(kind("application/json, */*;q=0.5"), json);
    assert_eq!(kind("application/hal+json, application/json;q=0.9"), hal);
    assert_eq!(kind("text/html,application/xhtml+xml,*/*;q=0.8"), hal);
    let refused = shop
        .send(&Request::get("/orders/1").header("Accept", "text/html"))
        .expect(406);
    assert_eq!(
        refused.header("content-type"),
        Some("application/problem+json")
    );
}

#[test]
fn who_accepts_nothing_is_answered_without_a_body() {
    let shop = Shop::start();
    let mut connection = Connection::open(shop.address()).unwrap();
    let body = apples().to_string();
    let request = format!(
        "POST /orders HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    connection.write(request.as_bytes()).unwrap();
    let answer = connection.read("POST").unwrap().expect(201);
    assert!(answer.body.is_empty(), "{answer}");
    assert_eq!(answer.header("location"), Some("http://shop/orders/1"));
}

#[test]
fn a_body_in_chunks_is_a_body() {
    let shop = Shop::start();
    let mut connection = Connection::open(shop.address()).unwrap();
    let body = apples().to_string();
    let (start, end) = body.as_bytes().split_at(30);
    let head = "POST /orders HTTP/1.1\r\nHost: shop\r\nAccept: */*\r\nContent-Type: application/json;charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n";
    connection.write(head.as_bytes()).unwrap();
    for part in [start, end, &[]] {
        let mut chunk = format!("{:x}\r\n", part.len()).into_bytes();
        chunk.extend_from_slice(part);
        chunk.extend_from_slice(b"\r\n");
        connection.write(&chunk).unwrap();
    }
    let order = connection.read("POST").unwrap().expect(201);
    assert_eq!(order.json()["prodNm"], "사과");
    // The connection goes on.
    connection
        .send(&Request::get("/orders/1"))
        .unwrap()
        .expect(200);
}

#[test]
fn a_body_may_be_as_large_as_the_limit() {
    let shop = Shop::start();
    let order = apples().to_string();
    let body = format!("{order}{}", " ".repeat(64 * 1024 - order.len()));
    let request = Request::new("POST", "/orders").body("application/json", body);
    shop.send(&request).expect(201);
}

#[test]
fn what_nobody_knows_is_left_out_and_numbers_may_be_texts() {
    let shop = Shop::start();
    shop.place();
    let body = json!({
        "orderId": 1,
        "_links": {"self": {"href": "http://elsewhere/orders/1"}},
        "unknown": {"deep": [1, 2, 3]},
        "userId": "0007",
        "prodNm": 5,
        "qty": "3",
        "price": 4000.0,
        "address": "서울",
        "orderStatus": "주문취소",
    });
    let placed = shop.post("/orders", &body).expect(201);
    assert_eq!(placed.id(), 2);
    let mut order = placed.json();
    order["_links"].take();
    let wanted = json!({
        "userId": 7, "prodNm": "5", "qty": 3, "price": 4000, "address": "서울",
        "orderStatus": "주문신청", "_links": null,
    });
    assert_eq!(order, wanted);
}

#[test]
fn requests_may_come_one_after_the_other_without_waiting() {
    let shop = Shop::start();
    shop.place();
    let mut connection = Connection::open(shop.address()).unwrap();
    let one = Request::get("/orders/1").written("shop");
    let other = Request::get("/orders/2").written("shop");
    connection
        .write(&[one.clone(), other, one].concat())
        .unwrap();
    for status in [200, 404, 200] {
        connection.read("GET").unwrap().expect(status);
    }
}

#[test]
fn old_clients_and_proxies_are_understood() {
    let shop = Shop::start();
    shop.place();
    let asked = |text: &str| {
        let mut connection = Connection::open(shop.address()).unwrap();
        connection.write(text.as_bytes()).unwrap();
        let item = connection.read("GET").unwrap().expect(200).json();
        item["_links"]["self"]["href"].as_str().unwrap().to_owned()
    };
    let href = asked("GET /orders/1 HTTP/1.0\r\n\r\n");
    assert!(href.ends_with("/orders/1"), "{href}");
    let href = asked("GET http://fruit.example/orders/1 HTTP/1.1\r\nHost: elsewhere\r\n\r\n");
    assert_eq!(href, "http://fruit.example/orders/1");
}

#[test]
fn a_range_is_not_looked_at_and_everything_is_sent() {
    let shop = Shop::start();
    shop.place();
    let whole = shop.get("/orders/1").expect(200);
    for range in ["bytes=0-1", "bytes=-5", "bytes=9-1", "pages=1", ""] {
        let answer = shop
            .send(&Request::get("/orders/1").header("Range", range))
            .expect(200);
        assert_eq!(answer.body, whole.body, "{range}");
    }
}

#[test]
fn an_expectation_that_nobody_knows_keeps_no_order_from_being_placed() {
    let shop = Shop::start();
    shop.send(&Request::post("/orders", &apples()).header("Expect", "magic"))
        .expect(201);
}

//! Whose story a request is part of.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::fruitstore::{Shop, apples};
use crate::wire::Request;

#[test]
fn a_correlation_id_goes_all_the_way_and_comes_back() {
    let shop = Shop::start();
    let request = Request::post("/orders", &apples())
        .header("X-Correlation-Id", "order-of-kim")
        .header("X-Request-Id", "request-1");
    let placed = shop.send(&request).expect(201);
    assert_eq!(placed.header("x-correlation-id"), Some("order-of-kim"));
    assert_eq!(placed.header("x-request-id"), Some("request-1"));
    shop.my_page_says(1, ["주문신청", "결제승인", "배송시작"]);
    for path in ["/orders/1", "/payments/1", "/deliveries/1"] {
        let answer = shop.get(path).expect(200);
        assert_eq!(
            answer.header("x-correlation-id"),
            Some("order-of-kim"),
            "{path}"
        );
    }
    let log = shop
        .command(&["events", "fruitstore", "--correlation", "order-of-kim"])
        .fine();
    assert_eq!(log.lines().count(), 4, "{log}");
}

#[test]
fn without_one_each_order_has_a_correlation_id_of_its_own() {
    let shop = Shop::start();
    let ids: BTreeSet<String> = (0..3)
        .map(|_| {
            let placed = shop.post("/orders", &apples()).expect(201);
            placed
                .header("x-correlation-id")
                .expect("one is made")
                .to_owned()
        })
        .collect();
    assert_eq!(ids.len(), 3, "{ids:?}");
}

#[test]
fn a_trace_is_passed_on_and_a_broken_one_is_begun_anew() {
    let shop = Shop::start();
    let traced = |traceparent: &str| {
        let request = Request::post("/orders", &apples()).header("traceparent", traceparent);
        let order = shop.send(&request).expect(201).id();
        let log = shop
            .command(&["events", "fruitstore", "--context", "order", "--json"])
            .fine();
        let mut events = log
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        let event = events
            .find(|event| event["id"] == order)
            .expect("its event");
        event["trace"].as_str().unwrap().to_owned()
    };
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let passed_on = traced(&format!("00-{trace}-00f067aa0ba902b7-01"));
    assert!(
        passed_on.starts_with(&format!("00-{trace}-")),
        "{passed_on}"
    );
    assert!(
        passed_on.ends_with("-01") && !passed_on.contains("00f067aa0ba902b7"),
        "{passed_on}"
    );
    for broken in [
        "nonsense",
        "00-0-0-0",
        &format!("ff-{trace}-00f067aa0ba902b7-01"),
    ] {
        let anew = traced(broken);
        assert_eq!(anew.len(), 55, "{anew}");
        assert!(!anew.contains(trace), "{anew}");
    }
}

#[test]
fn two_orders_of_one_story_do_not_disturb_each_other() {
    let shop = Shop::start();
    let place = Request::post("/orders", &apples()).header("X-Correlation-Id", "one-basket");
    let first = shop.send(&place).expect(201).id();
    let second = shop.send(&place).expect(201).id();
    shop.delete(&format!("/orders/{first}")).expect(204);
    shop.my_page_says(first, ["주문취소", "결제취소", "배송취소"]);
    shop.my_page_says(second, ["주문신청", "결제승인", "배송시작"]);
}

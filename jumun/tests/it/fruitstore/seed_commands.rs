//! The command lines that stand in the seed, as they stand there but for the host.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::fruitstore::{Shop, apples};
use crate::stage::{Siege, id_of};
use crate::wire::Request;

const ORDER: &str = r#"http order:8080/orders orderId="2" userId="7181" prodNm="사과" qty=2 price=5000  address="경기도 성남시" orderStatus="주문신청""#;
const SIEGE_WITH_EQUALS_SIGNS: &str = r#"siege -v -c100 -t90S -r10 --content-type "application/json" 'http://order:8080/orders POST {"orderId"="001", "prodNm"="수박"}'"#;
const SIEGE: &str = r#"siege -v -c100 -t30S -r10 --content-type "application/json" 'http://order:8080/orders POST {"orderId":"005", "userId":"07181", "qty":5, "price":50000, "address":"경기도 성남시", "orderStatus":"주문신청됨"}'"#;

#[test]
fn the_http_line_places_an_order() {
    let shop = Shop::start();
    let answer = shop.types(ORDER).expect(201);
    let kind = "application/json;charset=UTF-8";
    assert_eq!(answer.header("content-type"), Some(kind));
    let location = shop.url("/orders/1");
    assert_eq!(answer.header("location"), Some(location.as_str()));
    // The `orderId` that came along is not taken over.
    assert_eq!(shop.count("orders"), 1);
    let mut order = shop.get("/orders/1").expect(200).json();
    assert_eq!(order, answer.json());
    order.as_object_mut().unwrap().remove("_links");
    let mut wanted = apples();
    wanted["orderStatus"] = json!("주문신청");
    assert_eq!(order, wanted);
}

#[test]
fn the_first_siege_line_is_not_json_and_is_told_where() {
    let shop = Shop::start();
    assert_eq!(shop.sieges(SIEGE_WITH_EQUALS_SIGNS).successful, 0);
    let body = r#"{"orderId"="001", "prodNm"="수박"}"#;
    let request = Request::new("POST", "/orders").body("application/json", body);
    let problem = shop.send(&request).expect(400).json();
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("line 1 column 11"), "{detail}");
    assert_eq!(shop.counts(), [0, 0, 0, 0]);
}

#[test]
fn the_second_siege_line_places_a_new_order_every_time_and_pays_for_each() {
    let shop = Shop::start();
    let (successful, failed) = (30, 0);
    assert_eq!(shop.sieges(SIEGE), Siege { successful, failed });
    let orders: BTreeSet<i64> = shop.all("orders").iter().map(id_of).collect();
    assert_eq!(orders.len(), 30);
    shop.settle();
    let payments = shop.all("payments");
    let paid: BTreeSet<i64> = payments
        .iter()
        .map(|p| p["orderId"].as_i64().unwrap())
        .collect();
    assert_eq!(paid, orders);
    assert_eq!(payments.len(), 30);
    assert!(
        payments
            .iter()
            .all(|p| p["payStatus"] == "결제승인" && p["price"] == 50_000)
    );
    let order = shop.get("/orders/5").expect(200).json();
    assert_eq!(order["userId"], 7181);
    assert_eq!(order["qty"], 5);
    assert_eq!(order["prodNm"], Value::Null);
    assert_eq!(order["orderStatus"], "주문신청");
}

// http http://order:8080/orders/107, http payment:8080/payments/17, http delivery:8080/deliveries/38

#[test]
fn the_lines_that_look_show_the_fields_of_the_originals_in_their_order() {
    let shop = Shop::start();
    let order = shop.place();
    shop.delivery_of(order);
    shop.settle();
    let items = [
        (
            "orders",
            "order",
            "userId prodNm qty price address orderStatus",
        ),
        (
            "payments",
            "payment",
            "orderId userId prodId qty price orderStatus payStatus",
        ),
        (
            "deliveries",
            "delivery",
            "orderId userId prodId qty address orderStatus payStatus deliveryStatus",
        ),
    ];
    for (collection, item, fields) in items {
        let path = format!("/{collection}/1");
        let answer = shop.types(&format!("http http://{item}:8080{path}"));
        let kind = "application/hal+json;charset=UTF-8";
        assert_eq!(answer.header("content-type"), Some(kind));
        let shown = answer.expect(200).json();
        let mut names: Vec<&str> = shown
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        assert_eq!(names.pop(), Some("_links"));
        assert_eq!(names.join(" "), fields);
        let links = json!({
            "self": {"href": shop.url(&path)},
            item: {"href": shop.url(&path)},
        });
        assert_eq!(shown["_links"], links);
    }
}

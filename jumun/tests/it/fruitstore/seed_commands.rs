//! The command lines that stand in the seed, as they stand there but for the host.
//!
//! Where `http` (httpie) or `siege` is installed, the program itself is run; where it is not, the
//! same bytes are sent by hand, and the test says so.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::{Value, json};

use crate::fruitstore::{Shop, apples};
use crate::stage::{Ran, id_of};
use crate::wire::Request;

const SIEGE_BODY: &str = r#"{"orderId":"005", "userId":"07181", "qty":5, "price":50000, "address":"경기도 성남시", "orderStatus":"주문신청됨"}"#;
const SIEGE_BODY_WITH_EQUALS_SIGNS: &str = r#"{"orderId"="001", "prodNm"="수박"}"#;

fn installed(program: &str) -> bool {
    let found = Command::new(program).arg("--version").output().is_ok();
    if !found {
        println!("{program} is not installed: its requests are sent by hand");
    }
    found
}

/// Runs httpie with its whole conversation printed, in the shop's own folder.
fn http(shop: &Shop, arguments: &[&str]) -> String {
    let mut command = Command::new("http");
    command
        .args(["--ignore-stdin", "--print=hb", "--pretty=none"])
        .args(arguments)
        .env("HOME", shop.folder())
        .env("HTTPIE_CONFIG_DIR", shop.folder())
        .env("NO_PROXY", "*")
        .env("PYTHONUTF8", "1");
    Ran::to_end(&mut command).fine()
}

/// Ten users, each three times. (The seed's hundred users for ninety seconds are a load test.)
fn siege(shop: &Shop, body: &str) -> Value {
    let mut command = Command::new("siege");
    command
        .args([
            "-b",
            "-q",
            "-j",
            "-c10",
            "-r3",
            "--content-type",
            "application/json",
        ])
        .arg(format!("{} POST {body}", shop.url("/orders")))
        .env("HOME", shop.folder());
    let out = Ran::to_end(&mut command).fine();
    let stats = out
        .find('{')
        .and_then(|at| serde_json::from_str(&out[at..]).ok());
    stats.unwrap_or_else(|| panic!("no statistics: {out}"))
}

// http order:8080/orders orderId="2" userId="7181" prodNm="사과" qty=2 price=5000
//      address="경기도 성남시" orderStatus="주문신청"

#[test]
fn the_http_line_places_an_order() {
    let shop = Shop::start();
    if installed("http") {
        let url = shop.url("/orders");
        let arguments = [
            &url,
            "orderId=2",
            "userId=7181",
            "prodNm=사과",
            "qty=2",
            "price=5000",
            "address=경기도 성남시",
            "orderStatus=주문신청",
        ];
        let out = http(&shop, &arguments);
        assert!(out.starts_with("HTTP/1.1 201 Created"), "{out}");
        assert!(out.contains("application/json;charset=UTF-8"), "{out}");
        assert!(out.contains(&shop.url("/orders/1")), "{out}");
    } else {
        let form = r#"{"orderId": "2", "userId": "7181", "prodNm": "사과", "qty": "2", "price": "5000", "address": "경기도 성남시", "orderStatus": "주문신청"}"#;
        let request = Request::new("POST", "/orders")
            .header("Accept", "application/json, */*;q=0.5")
            .body("application/json", form);
        let answer = shop.send(&request).expect(201);
        assert_eq!(
            answer.header("content-type"),
            Some("application/json;charset=UTF-8")
        );
    }
    // The `orderId` that came along is not taken over.
    assert_eq!(shop.count("orders"), 1);
    let mut order = shop.get("/orders/1").expect(200).json();
    order.as_object_mut().unwrap().remove("_links");
    let mut wanted = apples();
    wanted["orderStatus"] = json!("주문신청");
    assert_eq!(order, wanted);
}

// siege -v -c100 -t90S -r10 --content-type "application/json"
//       'http://order:8080/orders POST {"orderId"="001", "prodNm"="수박"}'

#[test]
fn the_first_siege_line_is_not_json_and_is_told_where() {
    let shop = Shop::start();
    if installed("siege") {
        let stats = siege(&shop, SIEGE_BODY_WITH_EQUALS_SIGNS);
        assert_eq!(stats["successful_transactions"], 0, "{stats}");
    }
    let request =
        Request::new("POST", "/orders").body("application/json", SIEGE_BODY_WITH_EQUALS_SIGNS);
    let problem = shop.send(&request).expect(400).json();
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("line 1 column 11"), "{detail}");
    assert_eq!(shop.counts(), [0, 0, 0, 0]);
}

// siege -v -c100 -t30S -r10 --content-type "application/json" 'http://order:8080/orders POST
//       {"orderId":"005", "userId":"07181", "qty":5, "price":50000, "address":"경기도 성남시",
//        "orderStatus":"주문신청됨"}'

#[test]
fn the_second_siege_line_places_a_new_order_every_time_and_pays_for_each() {
    let shop = Shop::start();
    if installed("siege") {
        let stats = siege(&shop, SIEGE_BODY);
        assert_eq!(stats["successful_transactions"], 30, "{stats}");
        assert_eq!(stats["failed_transactions"], 0, "{stats}");
    } else {
        let request = Request::new("POST", "/orders").body("application/json", SIEGE_BODY);
        for _ in 0..30 {
            shop.send(&request).expect(201);
        }
    }
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
        let shown: Value = if installed("http") {
            let out = http(&shop, &[&shop.url(&path)]);
            assert!(out.starts_with("HTTP/1.1 200 OK"), "{out}");
            assert!(out.contains("application/hal+json;charset=UTF-8"), "{out}");
            let (_, body) = out.split_once('{').unwrap();
            serde_json::from_str(&format!("{{{body}")).unwrap()
        } else {
            shop.get(&path).expect(200).json()
        };
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

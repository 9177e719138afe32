//! The command lines that stand in the seed, in its order, as they stand there but for the host.

use serde_json::{Value, json};

use super::{Table, UNDERWAY, stands};
use crate::stage::{Setup, Siege, Stage};
use crate::wire::Answer;

const LEE: &str = "http POST http://gateway:8080/customers name=lee phone=010 address=seoul age=29";
const KIM: &str = "http POST http://gateway:8080/customers name=kim phone=011 address=busan age=35";
const PIZZA: &str = "# http POST http://gateway:8080/foodCatalogs name=pizza stock=100 price=1000";
const MEAT: &str = "$ http POST http://gateway:8080/foodCatalogs name=meat stock=100 price=2000";
const ORDER: &str = "http POST http://gateway:8080/orders qty=20 foodcaltalogid=1 customerid=1";
const LATER: &str = "# http POST http://gateway:8080/orders qty=35 foodcaltalogid=2 customerid=2";
const SIEGE: &str = r#"siege -c100 -t60S -r10 -v --content-type "application/json" 'http://gateway:8080/orders POST {"qty": 50, "foodcaltalogid":1 , "customerid":2 }'"#;
const SIEGE_ORDERS: &str = "siege -c100 -t60S -v 'http://order:8080/orders'";

/// The seed's prompt is `#`.
fn types(stage: &Stage, line: &str) -> Answer {
    stage.types(line.trim_start_matches("# "))
}

/// What is shown, without its links, and what they are called.
fn shown(answer: &Answer) -> (Value, Vec<String>) {
    let mut item = answer.json();
    let links = item.as_object_mut().unwrap().remove("_links").unwrap();
    let names = links.as_object().unwrap().keys().cloned().collect();
    (item, names)
}

/// The names of its members, in their order.
fn fields(item: &Value) -> String {
    let names: Vec<&str> = item
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    names.join(" ")
}

#[test]
fn the_lines_of_the_seed_do_in_order_what_its_text_says() {
    let stage = Stage::of("breakfast");
    let kind = Some("application/json;charset=UTF-8");
    // 고객 생성
    for (line, number) in [(LEE, 1), (KIM, 2)] {
        assert_eq!(types(&stage, line).expect(201).id(), number);
    }
    let lee = stage.get("/customers/1").expect(200);
    let (lee, _) = shown(&lee);
    assert_eq!(
        lee,
        json!({"name": "lee", "phone": "010", "address": "seoul", "age": 29})
    );
    assert_eq!(fields(&lee), "name phone address age");

    // FoodCatalog 정보 생성
    for (line, number, name, price) in [(PIZZA, 1, "pizza", "1000.0"), (MEAT, 2, "meat", "2000.0")]
    {
        let answer = types(&stage, line).expect(201);
        assert_eq!(answer.header("content-type"), kind);
        let location = stage.url(&format!("/foodCatalogs/{number}"));
        assert_eq!(answer.header("location"), Some(&*location));
        let (food, mut links) = shown(&answer);
        assert_eq!(food["name"], name);
        assert_eq!(food["price"].to_string(), price);
        assert_eq!(food["stock"], 100);
        assert_eq!(fields(&food), "stock name price");
        links.sort();
        assert_eq!(links, ["foodCatalog", "self"]);
    }

    // 주문 생성
    let (placed, _) = shown(&types(&stage, ORDER).expect(201));
    let wanted = json!({"qty": 20, "status": null, "foodcaltalogid": 1, "customerid": 1});
    assert_eq!(placed, wanted);
    assert_eq!(fields(&placed), "qty status foodcaltalogid customerid");
    stands(&stage, 1, UNDERWAY);
    stage.settle();

    // Message 전송 확인 결과
    let ordered = json!({"id": 1, "qty": 20, "status": null, "foodcaltalogid": 1, "customerid": 1});
    assert_eq!(told(&stage, "Ordered"), [ordered]);
    assert_eq!(
        told(&stage, "Shipped"),
        [json!({"id": 1, "status": "Delivery Start", "orderId": 1})]
    );

    // Delivery 확인 결과
    let answer = types(&stage, "# http http://gateway:8080/deliveries").expect(200);
    let hal = Some("application/hal+json;charset=UTF-8");
    assert_eq!(answer.header("content-type"), hal);
    let delivery = &answer.json()["_embedded"]["deliveries"][0];
    assert_eq!(fields(delivery), "orderId status _links");
    assert_eq!(delivery["orderId"], 1);
    assert_eq!(delivery["status"], "Ordered");
    let href = stage.url("/deliveries/1");
    assert_eq!(delivery["_links"]["delivery"]["href"], href.as_str());

    // MyOrder 조회 (CQRS)
    let answer = types(&stage, "# http http://gateway:8080/myOrders").expect(200);
    let mut orders = answer.json();
    assert!(orders.get("page").is_none(), "{answer}");
    let mut row = orders["_embedded"]["myOrders"][0].take();
    assert!(row["_links"]["myOrder"]["href"].is_string(), "{row}");
    row.as_object_mut().unwrap().remove("_links");
    assert_eq!(
        row,
        json!({
            "orderid": 1, "foodcatlogid": 1, "qty": 20, "deliveryid": 1,
            "status": "Delivery Start", "customerid": 1,
        })
    );
    assert_eq!(
        fields(&row),
        "orderid foodcatlogid qty deliveryid status customerid"
    );

    // 주문 취소
    types(&stage, "# http DELETE http://gateway:8080/orders/1").expect(204);
    stands(&stage, 1, super::CANCELED);
    stage.settle();
    let canceled = json!({"id": 1, "status": "Cancelled-delivery", "orderId": 1});
    assert_eq!(told(&stage, "DeliveryCanceled"), [canceled]);
    let canceled = json!({
        "id": 1, "qty": 20, "status": "Order Canceled", "foodcaltalogid": 1, "customerid": 1,
    });
    assert_eq!(told(&stage, "OrderCancelled"), [canceled]);
    let refunded = json!({
        "id": 1, "amout": 20, "status": "Order Canceled-payment", "orderid": 1,
    });
    assert_eq!(told(&stage, "Cancelled"), [refunded]);
}

/// The data of all events with this name, without what every event has.
fn told(stage: &Stage, name: &str) -> Vec<Value> {
    let mut events = stage.events();
    let told = events.iter_mut().filter(|event| event["type"] == name);
    told.map(|event| event["data"].take()).collect()
}

// 모든 서비스 정상 기동

#[test]
fn the_lines_that_look_find_every_collection_of_the_seed() {
    let table = Table::start();
    for collection in [
        "orders",
        "deliveries",
        "customers",
        "myOrders",
        "pays",
        "foodCatalogs",
        "foodCatalogViews",
    ] {
        let answer = types(&table, &format!("http http://gateway:8080/{collection}"));
        let list = answer.expect(200).json()["_embedded"][collection].take();
        assert!(list.is_array(), "{collection}");
    }
}

// 장애 격리

#[test]
fn the_order_of_the_isolation_chapter_is_taken_without_delivery_and_shipped_with_it() {
    let mut stage = Setup::of("breakfast").start_apart_without(&["delivery"]);
    super::lay(&stage);
    let placed = stage.types(LATER.trim_start_matches("# ")).expect(201);
    let number = placed.id();
    let (placed, _) = shown(&placed);
    let wanted = json!({"qty": 35, "status": null, "foodcaltalogid": 2, "customerid": 2});
    assert_eq!(placed, wanted);
    stage.start("delivery");
    stands(&stage, number, UNDERWAY);
    stage.settle();
    assert_eq!(stage.told("Shipped"), 1);
}

// Circuit Breaker 점검: 부하발생

#[test]
fn the_siege_orders_until_the_pizzas_are_gone_and_no_further() {
    let table = Table::start();
    // Two times fifty are a hundred; a no is no failure of the server's to siege.
    assert_eq!(table.sieges(SIEGE).successful, 2);
    assert_eq!(table.stock(1), 0);
    table.settle();
    assert_eq!(table.told("Paid"), 2);
    let food = json!({"stock": 10_000});
    table.patch("/foodCatalogs/1", &food).expect(200);
    let (successful, failed) = (30, 0);
    assert_eq!(table.sieges(SIEGE), Siege { successful, failed });
    assert_eq!(table.stock(1), 10_000 - 30 * 50);
    assert_eq!(table.count("orders"), 32);
}

// Autoscale 점검, Readiness Probe 점검: Siege실행

#[test]
fn the_siege_that_looks_finds_everything_available() {
    let table = Table::start();
    let (successful, failed) = (30, 0);
    assert_eq!(table.sieges(SIEGE_ORDERS), Siege { successful, failed });
}

// Liveness Probe 점검

#[test]
fn a_zombie_says_that_it_is_ill() {
    let stage = Setup::of("breakfast")
        .chaos()
        .start_apart_without(&["delivery", "mileage"]);
    let order = stage.context("order");
    order.types("http http://order:8080/isHealthy").expect(200);
    order.types("http http://order:8080/makeZombie").expect(200);
    let ill = order.types("http http://order:8080/isHealthy").expect(500);
    assert_eq!(ill.json()["message"], "zombie.....");
    assert_eq!(ill.json()["path"], "/isHealthy");
}

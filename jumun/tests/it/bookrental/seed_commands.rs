//! The command lines that stand in the seed, in its order, as they stand there but for the host.

use serde_json::json;

use crate::bookrental::{CANCELED, DELIVERED, Library, RESERVED};
use crate::stage::{Setup, Siege, Stage};

const RESERVE: &str = "http localhost:8081/reservations productId=1 statusCode=1";
const CANCEL: &str = "http http://localhost:8081/reservations id=1 #Success";
const LOOK: &str = "http http://localhost:8082/deliveries/1";

fn library() -> Stage {
    Setup::of_library()
        .chaos()
        .set("asks.sleep", "200ms")
        .start()
}

// 적용 후 REST API 의 테스트

#[test]
fn the_lines_that_test_the_api_reserve_take_in_and_look() {
    let library = library();
    let reserved = library.types(RESERVE).expect(201);
    let href = library.url("/reservations/1");
    assert_eq!(reserved.header("location"), Some(href.as_str()));
    let wanted = json!({
        "productId": 1,
        "statusCode": RESERVED,
        "_links": {"self": {"href": href}, "reservation": {"href": href}},
    });
    assert_eq!(reserved.json(), wanted);

    let line = "http localhost:8083/products id=1 stock=10";
    let arrived = library.types(line).expect(201);
    let href = library.url("/products/1");
    let wanted = json!({
        "stock": 10,
        "_links": {"self": {"href": href}, "product": {"href": href}},
    });
    assert_eq!(arrived.json(), wanted);

    library.stands_at(1, DELIVERED);
    let pages = library.types("http localhost:8084/myPages").expect(200);
    let href = library.url("/myPages/1");
    let row = json!({
        "orderId": 1,
        "productId": 1,
        "deliveryId": 1,
        "statusCode": DELIVERED,
        "_links": {"self": {"href": href}, "myPage": {"href": href}},
    });
    assert_eq!(pages.json()["_embedded"]["myPages"], json!([row]));
}

// delivery 상태값 변경: http http://localhost:8082/deliveries/1 shows `statusCode` 3.
// (The seed's `productId` is null there, because the original lost it.)

#[test]
fn the_lines_of_the_awaited_call_cancel_and_show_the_delivery_canceled() {
    let library = library();
    library.types(RESERVE).expect(201);
    let canceled = library.types(CANCEL).expect(201);
    assert_eq!(canceled.id(), 1);
    assert_eq!(canceled.json()["statusCode"], CANCELED);
    let href = library.url("/deliveries/1");
    let wanted = json!({
        "orderId": 1,
        "productId": 1,
        "statusCode": CANCELED,
        "_links": {"self": {"href": href}, "delivery": {"href": href}},
    });
    assert_eq!(library.types(LOOK).expect(200).json(), wanted);
    library.settle();
    assert_eq!(library.told("Canceled"), 1);
    assert_eq!(library.count("reservations"), 1);
}

// 동기호출 서비스 중지시: what fails is the cancel, and nothing has happened; the originals logged
// `Canceled` twice. The seed's line under "예약 실패" reserves, and its answer is that of a cancel:
// to reserve must be possible without deliveries (장애격리 1).

#[test]
fn the_lines_with_the_delivery_stopped_fail_without_a_trace_and_succeed_when_it_runs_again() {
    let library = library();
    library.types(RESERVE).expect(201);
    library.stands_at(1, DELIVERED);
    library.turn("delivery", &json!({"down": true}));
    let refused = library.types(CANCEL).expect(503);
    assert!(refused.header("retry-after").is_some(), "{refused}");
    let problem = refused.json();
    assert_eq!(problem["path"], "/reservations");
    assert_eq!(problem["status"], 503);
    let reservation = library.get("/reservations/1").expect(200).json();
    assert_eq!(reservation["statusCode"], DELIVERED);
    assert_eq!(library.told("Canceled"), 0);
    library.types(&format!("{RESERVE} #Fail")).expect(201);

    library.turn("delivery", &json!({"down": false}));
    crate::waiting::eventually("the cancel", || {
        let answer = library.types(CANCEL);
        match answer.status {
            201 => Ok(()),
            _ => Err(answer.to_string()),
        }
    });
    library.stands_at(1, CANCELED);
    library.stands_at(2, DELIVERED);
    assert_eq!(library.told("Canceled"), 1);
}

// 부하 테스트

#[test]
fn the_siege_line_reserves_every_time_and_each_is_delivered() {
    let library = library();
    let line = r#"siege -c255 -t3600S -r10 --content-type "application/json" 'http://localhost:8081/reservations POST {"productId": 1, "statusCode": 1}'"#;
    let book = library.take_in(20);
    let (successful, failed) = (30, 0);
    assert_eq!(library.sieges(line), Siege { successful, failed });
    library.settle();
    for collection in ["reservations", "deliveries", "myPages"] {
        let items = library.all(collection);
        assert_eq!(items.len(), 30, "{collection}");
        assert!(items.iter().all(|item| item["statusCode"] == DELIVERED));
    }
    assert_eq!(library.stock(book), 0);
    assert_eq!(library.told("StockShort"), 10);
}

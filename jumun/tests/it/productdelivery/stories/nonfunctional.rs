//! 비기능적 요구사항: how the company does it.

use serde_json::json;
use story::story;

use crate::productdelivery::{COMPLETED, Company, STARTED, order};
use crate::stage::{Setup, Shape};
use crate::waiting::eventually;

// 트랜잭션: 결제가 되지 않은 주문건은 아예 거래가 성립되지 않아야 한다. (Sync 호출)

#[story]
fn nonfunctional_1_an_order_that_is_not_paid_does_not_come_into_being(shape: Shape) {
    let company = Setup::of_company().shape(shape).chaos().start();
    company.turn("pay", &json!({"refuse": true}));
    company.send(&order()).expect(409);
    company.turn("pay", &json!({"refuse": false, "down": true}));
    company.send(&order()).expect(503);
    company.turn("pay", &json!({"down": false}));
    company.settle();
    for collection in ["orders", "pays", "products", "notices", "myPages"] {
        assert_eq!(company.count(collection), 0, "{collection}");
    }
    assert_eq!(company.told("Ordered"), 0);
    let placed = company.until(&order(), 201).id();
    company.customer_sees(placed, STARTED);
}

// 장애격리: 결제시스템이 과중되면 사용자를 잠시동안 받지 않고 결제를 잠시후에 하도록 유도한다
// (Circuit breaker, fallback)

#[story]
fn nonfunctional_2_an_overloaded_pay_sends_customers_away_for_a_while_and_takes_them_again(
    shape: Shape,
) {
    let company = Setup::of_company()
        .shape(shape)
        .chaos()
        .set("asks.deadline", "50ms")
        .set("asks.at_least", "5")
        .set("asks.sleep", "300ms")
        .set_in("pay", "chaos.slow", "200ms")
        .start();
    let at_once = || {
        let labels = [r#"from="order""#, "short-circuited"];
        company.metric("jumun_calls_total", &labels)
    };
    eventually("the breaker to answer by itself", || {
        let refused = company.send(&order()).expect(503);
        assert!(refused.header("retry-after").is_some(), "{refused}");
        let korean = refused.json()["detail_ko"].take();
        assert!(korean.as_str().unwrap().contains("잠시 후"), "{refused}");
        if at_once() > 0.0 {
            Ok(())
        } else {
            Err("it asks".to_owned())
        }
    });
    assert_eq!(company.count("orders"), 0, "nothing half done");
    company.turn("pay", &json!({"slow": ""}));
    let placed = company.until(&order(), 201).id();
    company.customer_sees(placed, STARTED);
    assert_eq!(company.count("orders"), 1);
}

// 성능: 고객이 자주 상점관리에서 확인할 수 있는 배달상태를 주문시스템(프론트엔드)에서 확인할 수 있어야
// 한다 (CQRS)

#[story]
fn nonfunctional_3_how_the_delivery_stands_is_seen_without_asking_the_product_team(shape: Shape) {
    let company = Setup::of_company().shape(shape).chaos().start();
    let order = company.place();
    company.delivery_is(order, STARTED);
    company.complete(order).expect(200);
    company.customer_sees(order, COMPLETED);
    for context in ["order", "product", "pay", "notice"] {
        company.turn(context, &json!({"down": true}));
    }
    let row = company.find("myPages", "orderId", order).expect("a row");
    assert_eq!(row["status"], COMPLETED);
    assert_eq!(company.count("myPages"), 1);
}

// 성능: 배달상태가 바뀔때마다 카톡 등으로 알림을 줄 수 있어야 한다 (Event driven)

#[story]
fn nonfunctional_4_notices_follow_the_events_and_hold_nobody_up(shape: Shape) {
    let company = Setup::of_company().shape(shape).chaos().start();
    company.turn("notice", &json!({"down": true}));
    let order = company.place();
    company.delivery_is(order, STARTED);
    company.complete(order).expect(200);
    company.customer_sees(order, COMPLETED);
    company.turn("notice", &json!({"down": false}));
    company.settle();
    assert!(company.notices(order).len() >= 3);
    assert_eq!(company.told("NoticeSent"), company.notices(order).len());
}

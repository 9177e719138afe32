//! 비기능적 요구 사항: how the shop does it.

use serde_json::json;
use story::story;

use super::{CANCELED, DELIVERED, UNDERWAY};
use crate::fruitstore::{Shop, apples};
use crate::stage::{Setup, Shape, id_of};
use crate::waiting::eventually;
use crate::wire::{Answer, Request};

// 비기능적 요구 사항, 트랜잭션: 고객은 결제가 완료되어야 배송 서비스 이용이 가능하다. (Sync)

#[story]
fn transaction_the_delivery_can_only_be_used_once_the_payment_is_complete(shape: Shape) {
    let shop = Shop::start_in(shape);
    let orders: Vec<i64> = (0..10).map(|_| shop.place()).collect();
    for order in orders {
        // Whenever there is a delivery, its payment has been approved before.
        let delivery = shop.delivery_of(order);
        assert_eq!(delivery["payStatus"], "결제승인");
        let payment = shop.of_order("payments", order).expect("a payment");
        assert_eq!(payment["payStatus"], "결제승인");
    }
}

#[story]
fn transaction_a_payment_that_takes_too_long_leaves_nothing_half_done(shape: Shape) {
    let shop = Setup::of("fruitstore")
        .shape(shape)
        .chaos()
        .set("asks.deadline", "100ms")
        .set("systems.fruitstore.payment.chaos.slow", "300ms")
        .set("systems.fruitstore.payment.deadlines.capture", "1s")
        .shop();
    let answer = shop.post("/orders", &apples());
    comes_back_shortly(&answer.expect(503));
    assert_eq!(shop.count("orders"), 0);
    shop.turn("payment", &json!({"slow": ""}));
    shop.my_page_says(shop.place(), UNDERWAY);
    // If payment did authorize what nobody waited for any more, it takes it back.
    eventually("one approved payment and none that is left over", || {
        let payments = shop.all("payments");
        let left: Vec<_> = payments
            .iter()
            .filter(|p| p["payStatus"] == "결제요청")
            .collect();
        let approved = payments
            .iter()
            .filter(|p| p["payStatus"] == "결제승인")
            .count();
        if left.is_empty() && approved == 1 {
            return Ok(());
        }
        Err(format!("{payments:?}"))
    });
    assert_eq!(shop.count("orders"), 1);
    assert_eq!(shop.count("deliveries"), 1);
}

#[story]
fn transaction_a_payment_whose_order_never_comes_is_given_back(shape: Shape) {
    let shop = Setup::of("fruitstore")
        .shape(shape)
        .set("systems.fruitstore.payment.deadlines.capture", "200ms")
        .shop();
    // As order asks it, and then dies.
    let ask = json!({"orderId": 77, "userId": 1, "price": 5000, "payStatus": "결제요청"});
    let payment = shop.post("/payments", &ask).expect(201);
    assert_eq!(payment.json()["payStatus"], "결제요청");
    eventually("the void", || {
        let payment = shop.of_order("payments", 77).expect("a payment");
        if payment["payStatus"] == "결제취소" {
            Ok(())
        } else {
            Err(payment.to_string())
        }
    });
    shop.settle();
    assert_eq!(shop.counts(), [0, 1, 0, 0]);
}

#[story]
fn transaction_a_deadline_outlives_the_process(shape: Shape) {
    let mut shop = Setup::of("fruitstore")
        .shape(shape)
        .set("systems.fruitstore.payment.deadlines.capture", "1s")
        .shop();
    let ask = json!({"orderId": 77, "userId": 1, "price": 5000});
    shop.post("/payments", &ask).expect(201);
    shop.kill();
    shop.restart();
    eventually("the void", || {
        let payment = shop.of_order("payments", 77).expect("a payment");
        if payment["payStatus"] == "결제취소" {
            Ok(())
        } else {
            Err(payment.to_string())
        }
    });
}

// 장애격리: 과일 주문 서비스는 24시간 이용이 가능하다 (Async 호출-event-driven)

#[story]
fn fault_isolation_fruit_can_be_ordered_24_hours_whoever_else_is_away(shape: Shape) {
    let shop = Setup::of("fruitstore").shape(shape).chaos().shop();
    shop.turn("delivery", &json!({"down": true}));
    shop.turn("mypage", &json!({"down": true}));
    shop.get("/deliveries").expect(503);
    shop.get("/myPages").expect(503);
    let order = shop.place();
    shop.get(&format!("/orders/{order}")).expect(200);
    let other = shop.place();
    shop.delete(&format!("/orders/{other}")).expect(204);
    shop.turn("delivery", &json!({"down": false}));
    shop.turn("mypage", &json!({"down": false}));
    shop.my_page_says(order, UNDERWAY);
    shop.my_page_says(other, CANCELED);
}

// 장애격리: 결제 서비스가 과중되면 잠시 후에 하도록 유도한다. (Circuit breaker, fallback)

#[story]
fn fault_isolation_an_overloaded_payment_invites_to_come_back_shortly(shape: Shape) {
    let shop = Setup::of("fruitstore")
        .shape(shape)
        .chaos()
        .set("asks.deadline", "50ms")
        .set("asks.at_least", "5")
        .set("asks.sleep", "300ms")
        .set("systems.fruitstore.payment.chaos.slow", "200ms")
        .shop();
    // Each waits its deadline, then invites to come back; enough of them open the breaker.
    for _ in 0..5 {
        comes_back_shortly(&shop.post("/orders", &apples()).expect(503));
    }
    let opened = eventually("the breaker to answer by itself", || {
        comes_back_shortly(&shop.post("/orders", &apples()).expect(503));
        let at_once = shop.metric("jumun_calls_total", &[r#"from="order""#, "short-circuited"]);
        if at_once > 0.0 {
            Ok(at_once)
        } else {
            Err("it asks".to_owned())
        }
    });
    assert!(opened >= 1.0);
    // Nothing of all this is left half done.
    assert_eq!(shop.count("orders"), 0);
    // Payment recovers: one trial after the sleep closes the breaker.
    shop.turn("payment", &json!({"slow": ""}));
    let order = eventually("an order that is taken again", || {
        let answer = shop.post("/orders", &apples());
        if answer.status == 201 {
            Ok(answer.id())
        } else {
            Err(answer.to_string())
        }
    });
    assert!(
        shop.metric("jumun_breaker_state", &[r#"to="payment""#])
            .abs()
            < 0.5,
        "it is closed"
    );
    shop.my_page_says(order, UNDERWAY);
    assert_eq!(shop.count("orders"), 1);
}

#[story]
fn fault_isolation_an_open_breaker_leaves_the_overloaded_payment_alone(shape: Shape) {
    let shop = Setup::of("fruitstore").shape(shape).chaos().shop();
    shop.turn("payment", &json!({"down": true}));
    let asked = || {
        let outcomes = ["failed", "timed-out", "yes", "no"];
        outcomes
            .map(|o| {
                shop.metric(
                    "jumun_calls_total",
                    &[r#"from="order""#, &format!(r#""{o}""#)],
                )
            })
            .iter()
            .sum::<f64>()
    };
    // The originals' number: it opens at twenty calls, not before.
    for _ in 0..20 {
        comes_back_shortly(&shop.post("/orders", &apples()).expect(503));
    }
    assert_eq!(asked().to_string(), "20");
    for _ in 0..10 {
        comes_back_shortly(&shop.post("/orders", &apples()).expect(503));
    }
    assert_eq!(
        asked().to_string(),
        "20",
        "nobody asks an overloaded payment"
    );
    let health = shop.get("/actuator/health").expect(200).json();
    let breakers = &health["components"]["order"]["components"]["breakers"]["details"];
    assert_eq!(breakers["payment"], "open", "{health}");
}

/// 503, when to come back, and an invitation in the customer's language.
#[track_caller]
fn comes_back_shortly(answer: &Answer) {
    let seconds = answer
        .header("retry-after")
        .and_then(|s| s.parse::<u32>().ok());
    assert!(seconds.is_some_and(|s| (1..=60).contains(&s)), "{answer}");
    let problem = answer.json();
    // Asked and not answered at first, then not asked any more.
    let codes = ["unanswered", "try-again-shortly"];
    assert!(
        codes.iter().any(|code| problem["code"] == *code),
        "{problem}"
    );
    assert!(
        problem["detail"]
            .as_str()
            .unwrap()
            .contains("try again shortly"),
        "{answer}"
    );
}

#[story]
fn fault_isolation_the_invitation_speaks_the_customers_language(shape: Shape) {
    let shop = Setup::of("fruitstore").shape(shape).chaos().shop();
    shop.turn("payment", &json!({"down": true}));
    let ask = Request::post("/orders", &apples());
    let korean = shop
        .send(&ask.clone().header("Accept-Language", "ko"))
        .expect(503);
    assert!(
        korean.json()["detail"]
            .as_str()
            .unwrap()
            .contains("잠시 후 다시"),
        "{korean}"
    );
    assert_eq!(korean.header("content-language"), Some("ko"));
    let english = shop
        .send(&ask.header("Accept-Language", "en-GB, ko;q=0.5"))
        .expect(503);
    assert!(
        english.json()["detail"]
            .as_str()
            .unwrap()
            .contains("try again"),
        "{english}"
    );
    // The originals' members are there for the originals' pages.
    let problem = english.json();
    assert_eq!(problem["status"], 503);
    assert_eq!(problem["error"], "Service Unavailable");
    assert_eq!(problem["path"], "/orders");
    assert_eq!(problem["message"], problem["detail"]);
}

// 성능: 고객이 주문한 내역의 진행현황을 확인할 수 있다. (CQRS)

#[story]
fn performance_the_customer_can_see_how_everything_ordered_proceeds(shape: Shape) {
    let shop = Shop::start_in(shape);
    let (first, second, third) = (shop.place(), shop.place(), shop.place());
    shop.delete(&format!("/orders/{second}")).expect(204);
    shop.complete(&shop.delivery_of(third)).expect(200);
    shop.my_page_says(first, UNDERWAY);
    shop.my_page_says(second, CANCELED);
    shop.my_page_says(third, DELIVERED);
    // One row an order, in one place; the three contexts are not asked.
    let rows = shop.all("myPages");
    let orders: Vec<_> = rows
        .iter()
        .map(|row| row["orderId"].as_i64().unwrap())
        .collect();
    assert_eq!(orders.len(), 3);
    assert!(
        [first, second, third]
            .iter()
            .all(|order| orders.contains(order))
    );
}

#[story]
fn performance_my_page_can_be_seen_while_orders_and_payments_cannot(shape: Shape) {
    let shop = Setup::of("fruitstore").shape(shape).chaos().shop();
    let order = shop.place();
    shop.my_page_says(order, UNDERWAY);
    shop.turn("order", &json!({"down": true}));
    shop.turn("payment", &json!({"down": true}));
    shop.turn("delivery", &json!({"down": true}));
    shop.get("/orders").expect(503);
    shop.my_page_says(order, UNDERWAY);
}

// 성능: 주문/결제상태가 바뀔 때 마다 MyPage에서 상태를 확인할 수 있다. (Event Driven)

#[story]
fn performance_my_page_shows_each_change_of_order_and_payment(shape: Shape) {
    let shop = Shop::start_in(shape);
    let order = shop.place();
    let row = shop.my_page_says(order, UNDERWAY);
    let path = format!("/myPages/{}", id_of(&row));
    let before = shop.get(&path).expect(200);
    shop.delete(&format!("/orders/{order}")).expect(204);
    shop.my_page_says(order, CANCELED);
    let after = shop.get(&path).expect(200);
    assert_ne!(before.header("etag"), after.header("etag"));
    assert_eq!(id_of(&before.json()), id_of(&after.json()));
    // My page only shows; nobody can write to it.
    shop.post("/myPages", &json!({"orderId": 1})).expect(405);
    shop.delete(&path).expect(405);
}

#[story]
fn transaction_a_stranger_who_pays_for_orders_to_come_holds_up_none_of_them_for_long(shape: Shape) {
    let shop = Shop::start_in(shape);
    for order in 1..=3 {
        let ask = json!({"orderId": order, "userId": 666, "price": 1});
        shop.post("/payments", &ask).expect(201);
    }
    // Each such number is spent on a refusal; the next is a new one.
    let order = eventually("an order", || {
        let answer = shop.post("/orders", &apples());
        if answer.status == 201 {
            Ok(answer.id())
        } else {
            Err(answer.to_string())
        }
    });
    shop.my_page_says(order, UNDERWAY);
    assert_eq!(shop.count("orders"), 1);
}

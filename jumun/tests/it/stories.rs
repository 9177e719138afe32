//! The seed's requirements, one test or more for each line, named as the line says it.

use serde_json::{Value, json};

use crate::shop::{Setup, Shop, apples, id_of};
use crate::waiting::eventually;
use crate::wire::{Answer, Request};

const CANCELED: [&str; 3] = ["주문취소", "결제취소", "배송취소"];
const UNDERWAY: [&str; 3] = ["주문신청", "결제승인", "배송시작"];

// 기능적 요구 사항 1: 고객이 과일을 주문한다.

#[test]
fn functional_1_a_customer_orders_fruit() {
    let shop = Shop::start();
    let answer = shop.post("/orders", &apples()).expect(201);
    let url = shop.url("/orders/1");
    assert_eq!(answer.header("location"), Some(url.as_str()));
    let order = shop.get("/orders/1").expect(200).json();
    assert_eq!(order, answer.json());
    for (field, value) in apples().as_object().unwrap() {
        assert_eq!(&order[field], value, "{field}");
    }
    assert_eq!(order["orderStatus"], "주문신청");
}

#[test]
fn functional_1_an_order_may_leave_its_fruit_unnamed_but_not_its_address() {
    let shop = Shop::start();
    let mut order = apples();
    order["prodNm"] = Value::Null;
    shop.post("/orders", &order).expect(201);
    order["address"] = json!("");
    let refused = shop.post("/orders", &order);
    assert!((400..500).contains(&refused.status), "{refused}");
    assert_eq!(refused.json()["field"], "address");
    assert_eq!(shop.count("orders"), 1);
}

// 기능적 요구 사항 2: 고객이 결제한다.

#[test]
fn functional_2_a_customer_pays() {
    let shop = Shop::start();
    let order = shop.place();
    // Authorized before the order was answered: there is never an order without its payment (I1).
    let payment = shop.of_order("payments", order).expect("a payment");
    assert_eq!(payment["price"], 5000);
    assert_eq!(payment["userId"], 7181);
    let paid = eventually("the payment's approval", || {
        let payment = shop.get(&format!("/payments/{}", id_of(&payment))).expect(200).json();
        match payment["payStatus"].as_str() {
            Some("결제승인") => Ok(payment),
            _ => Err(payment.to_string()),
        }
    });
    assert_eq!(paid["orderStatus"], "주문신청");
    assert_eq!(paid["qty"], 2);
    assert_eq!(shop.count("payments"), 1);
}

#[test]
fn functional_2_an_order_is_paid_for_once_however_often_payment_is_asked() {
    let shop = Shop::start();
    let order = shop.place();
    let ask = json!({"orderId": order, "userId": 7181, "qty": 2, "price": 5000, "payStatus": "결제요청"});
    let first = shop.post("/payments", &ask).expect(201).id();
    assert_eq!(shop.post("/payments", &ask).expect(201).id(), first);
    let mut other = ask;
    other["price"] = json!(1);
    let refused = shop.post("/payments", &other).expect(409);
    assert_eq!(refused.json()["code"], "payment-differs");
    assert_eq!(shop.count("payments"), 1);
    shop.my_page_says(order, UNDERWAY);
    let payment = shop.of_order("payments", order).expect("a payment");
    assert_eq!(payment["price"], 5000);
}

// 기능적 요구 사항 3: 결제가 되면 배송이 시작된다.

#[test]
fn functional_3_when_the_payment_is_made_the_delivery_starts() {
    let shop = Shop::start();
    let order = shop.place();
    let delivery = shop.delivery_of(order);
    assert_eq!(delivery["deliveryStatus"], "배송시작");
    assert_eq!(delivery["payStatus"], "결제승인");
    assert_eq!(delivery["userId"], 7181);
    assert_eq!(delivery["qty"], 2);
    assert_eq!(delivery["address"], "경기도 성남시");
    shop.settle();
    assert_eq!(shop.counts(), [1, 1, 1, 1]);
}

// 기능적 요구 사항 4: 고객이 주문현황을 조회한다.

#[test]
fn functional_4_the_customer_looks_up_how_the_order_stands() {
    let shop = Shop::start();
    let order = shop.place();
    let row = shop.my_page_says(order, UNDERWAY);
    assert_eq!(row["userId"], 7181);
    assert_eq!(row["prodNm"], "사과");
    assert_eq!(row["qty"], 2);
    assert_eq!(row["price"], 5000);
    let payment = shop.of_order("payments", order).expect("a payment");
    assert_eq!(row["payId"], id_of(&payment));
    let shown = shop.get(&format!("/myPages/{}", id_of(&row))).expect(200).json();
    assert_eq!(shown, row);
}

// 기능적 요구 사항 5: 결제가 성공시 배송이 가능하다.

#[test]
fn functional_5_delivery_is_possible_when_the_payment_succeeds() {
    let shop = Shop::start();
    let order = shop.place();
    let delivery = shop.delivery_of(order);
    let completed = shop.complete(&delivery).expect(200).json();
    assert_eq!(completed["deliveryStatus"], "배송완료");
    shop.my_page_says(order, ["주문신청", "결제승인", "배송완료"]);
    // Said again, it is no news.
    shop.complete(&delivery).expect(200);
}

#[test]
fn functional_5_a_payment_that_is_refused_leaves_no_order_and_no_delivery() {
    let shop = Setup::chaos().start();
    shop.turn("payment", &json!({"refuse": true}));
    let refused = shop.post("/orders", &apples()).expect(409);
    assert_eq!(refused.json()["code"], "refused-by-chaos");
    shop.settle();
    assert_eq!(shop.counts(), [0, 0, 0, 0]);
    shop.turn("payment", &json!({"refuse": false}));
    shop.my_page_says(shop.place(), UNDERWAY);
}

#[test]
fn functional_5_a_delivery_cannot_be_completed_twice_over_or_called_back_by_a_courier() {
    let shop = Shop::start();
    let delivery = shop.delivery_of(shop.place());
    let path = format!("/deliveries/{}", id_of(&delivery));
    for status in ["배송취소", "배송시작"] {
        let refused = shop.patch(&path, &json!({"deliveryStatus": status})).expect(422);
        assert_eq!(refused.json()["field"], "deliveryStatus");
    }
    assert_eq!(shop.get(&path).json()["deliveryStatus"], "배송시작");
}

// 기능적 요구 사항 6: 고객이 주문을 취소할 수 있다.

#[test]
fn functional_6_the_customer_can_cancel_the_order() {
    let shop = Shop::start();
    let order = shop.place();
    let path = format!("/orders/{order}");
    shop.delete(&path).expect(204);
    let canceled = shop.get(&path).expect(200).json();
    assert_eq!(canceled["orderStatus"], "주문취소");
    assert_eq!(canceled["prodNm"], "사과");
    // Said again, it is no news.
    shop.delete(&path).expect(204);
    shop.my_page_says(order, CANCELED);
    shop.delete("/orders/4711").expect(404);
}

#[test]
fn functional_6_what_has_been_delivered_cannot_be_canceled() {
    let shop = Shop::start();
    let order = shop.place();
    shop.complete(&shop.delivery_of(order)).expect(200);
    let path = format!("/orders/{order}");
    let refused = shop.delete(&path).expect(409);
    assert_eq!(refused.json()["code"], "order-delivered");
    let in_korean = Request::new("DELETE", &path).header("Accept-Language", "ko-KR,ko;q=0.9");
    let refused = shop.send(&in_korean).expect(409);
    assert_eq!(refused.json()["detail"], "이미 배송이 완료된 주문은 취소할 수 없습니다.");
    shop.settle();
    shop.my_page_says(order, ["주문신청", "결제승인", "배송완료"]);
}

#[test]
fn functional_6_what_has_been_canceled_cannot_be_delivered() {
    let shop = Shop::start();
    let order = shop.place();
    let delivery = shop.delivery_of(order);
    shop.delete(&format!("/orders/{order}")).expect(204);
    // At once, perhaps before the delivery has heard of it: the order itself says no.
    let refused = shop.complete(&delivery).expect(409);
    let code = refused.json()["code"].clone();
    assert!(code == "order-canceled" || code == "delivery-canceled", "{code}");
    shop.my_page_says(order, CANCELED);
    let refused = shop.complete(&delivery).expect(409);
    assert_eq!(refused.json()["code"], "delivery-canceled");
}

// 기능적 요구 사항 7: 고객이 주문을 취소하면 결제도 취소된다.

#[test]
fn functional_7_when_the_customer_cancels_the_order_the_payment_is_canceled_too() {
    let shop = Shop::start();
    let order = shop.place();
    shop.my_page_says(order, UNDERWAY);
    shop.delete(&format!("/orders/{order}")).expect(204);
    shop.my_page_says(order, CANCELED);
    let payment = shop.of_order("payments", order).expect("a payment");
    assert_eq!(payment["payStatus"], "결제취소");
    let delivery = shop.of_order("deliveries", order).expect("a delivery");
    assert_eq!(delivery["deliveryStatus"], "배송취소");
    assert_eq!(delivery["payStatus"], "결제취소");
    // Refunded once.
    shop.settle();
    let canceled = shop.command(&["events", "fruitstore", "--type", "PaymentCanceled", "--json"]).fine();
    assert_eq!(canceled.lines().count(), 1, "{canceled}");
}

#[test]
fn functional_7_a_cancel_that_overtakes_the_approval_still_ends_canceled_and_refunded() {
    let shop = Shop::start();
    let mut connection = crate::wire::Connection::open(shop.address()).unwrap();
    let orders: Vec<i64> = (0..40)
        .map(|_| {
            let placed = connection.send(&Request::post("/orders", &apples())).unwrap();
            let order = placed.expect(201).id();
            let cancel = Request::new("DELETE", &format!("/orders/{order}"));
            connection.send(&cancel).unwrap().expect(204);
            order
        })
        .collect();
    for order in orders {
        shop.my_page_says(order, CANCELED);
    }
    shop.settle();
    let approved_after_the_end = shop
        .all("payments")
        .into_iter()
        .filter(|payment| payment["payStatus"] != "결제취소")
        .count();
    assert_eq!(approved_after_the_end, 0);
    let undelivered = shop.all("deliveries");
    assert_eq!(undelivered.len(), 40);
    assert!(undelivered.iter().all(|d| d["deliveryStatus"] == "배송취소"), "{undelivered:?}");
}

// 비기능적 요구 사항, 트랜잭션: 고객은 결제가 완료되어야 배송 서비스 이용이 가능하다. (Sync)

#[test]
fn transaction_the_delivery_can_only_be_used_once_the_payment_is_complete() {
    let shop = Shop::start();
    let orders: Vec<i64> = (0..10).map(|_| shop.place()).collect();
    for order in orders {
        // Whenever there is a delivery, its payment has been approved before.
        let delivery = shop.delivery_of(order);
        assert_eq!(delivery["payStatus"], "결제승인");
        let payment = shop.of_order("payments", order).expect("a payment");
        assert_eq!(payment["payStatus"], "결제승인");
    }
}

#[test]
fn transaction_a_payment_that_takes_too_long_leaves_nothing_half_done() {
    let shop = Setup::chaos()
        .set("asks.deadline", "100ms")
        .set("systems.fruitstore.payment.chaos.slow", "300ms")
        .set("systems.fruitstore.payment.deadlines.capture", "1s")
        .start();
    let answer = shop.post("/orders", &apples());
    comes_back_shortly(&answer.expect(503));
    assert_eq!(shop.count("orders"), 0);
    shop.turn("payment", &json!({"slow": ""}));
    shop.my_page_says(shop.place(), UNDERWAY);
    // If payment did authorize what nobody waited for any more, it takes it back.
    eventually("one approved payment and none that is left over", || {
        let payments = shop.all("payments");
        let left: Vec<_> = payments.iter().filter(|p| p["payStatus"] == "결제요청").collect();
        let approved = payments.iter().filter(|p| p["payStatus"] == "결제승인").count();
        if left.is_empty() && approved == 1 {
            return Ok(());
        }
        Err(format!("{payments:?}"))
    });
    assert_eq!(shop.count("orders"), 1);
    assert_eq!(shop.count("deliveries"), 1);
}

#[test]
fn transaction_a_payment_whose_order_never_comes_is_given_back() {
    let shop = Setup::new()
        .set("systems.fruitstore.payment.deadlines.capture", "200ms")
        .start();
    // As order asks it, and then dies.
    let ask = json!({"orderId": 77, "userId": 1, "price": 5000, "payStatus": "결제요청"});
    let payment = shop.post("/payments", &ask).expect(201);
    assert_eq!(payment.json()["payStatus"], "결제요청");
    eventually("the void", || {
        let payment = shop.of_order("payments", 77).expect("a payment");
        if payment["payStatus"] == "결제취소" { Ok(()) } else { Err(payment.to_string()) }
    });
    shop.settle();
    assert_eq!(shop.counts(), [0, 1, 0, 0]);
}

#[test]
fn transaction_a_deadline_outlives_the_process() {
    let mut shop = Setup::new()
        .set("systems.fruitstore.payment.deadlines.capture", "1s")
        .start();
    let ask = json!({"orderId": 77, "userId": 1, "price": 5000});
    shop.post("/payments", &ask).expect(201);
    shop.kill();
    shop.restart();
    eventually("the void", || {
        let payment = shop.of_order("payments", 77).expect("a payment");
        if payment["payStatus"] == "결제취소" { Ok(()) } else { Err(payment.to_string()) }
    });
}

// 장애격리: 과일 주문 서비스는 24시간 이용이 가능하다 (Async 호출-event-driven)

#[test]
fn fault_isolation_fruit_can_be_ordered_24_hours_whoever_else_is_away() {
    let shop = Setup::chaos().start();
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

#[test]
fn fault_isolation_an_overloaded_payment_invites_to_come_back_shortly() {
    let shop = Setup::chaos()
        .set("asks.deadline", "50ms")
        .set("asks.at_least", "5")
        .set("asks.sleep", "300ms")
        .set("systems.fruitstore.payment.chaos.slow", "200ms")
        .start();
    // Each waits its deadline, then invites to come back; enough of them open the breaker.
    for _ in 0..5 {
        comes_back_shortly(&shop.post("/orders", &apples()).expect(503));
    }
    let opened = eventually("the breaker to answer by itself", || {
        comes_back_shortly(&shop.post("/orders", &apples()).expect(503));
        let at_once = shop.metric("jumun_calls_total", &[r#"from="order""#, "short-circuited"]);
        if at_once > 0.0 { Ok(at_once) } else { Err("it asks".to_owned()) }
    });
    assert!(opened >= 1.0);
    // Nothing of all this is left half done.
    assert_eq!(shop.count("orders"), 0);
    // Payment recovers: one trial after the sleep closes the breaker.
    shop.turn("payment", &json!({"slow": ""}));
    let order = eventually("an order that is taken again", || {
        let answer = shop.post("/orders", &apples());
        if answer.status == 201 { Ok(answer.id()) } else { Err(answer.to_string()) }
    });
    assert!(shop.metric("jumun_breaker_state", &[r#"to="payment""#]).abs() < 0.5, "it is closed");
    shop.my_page_says(order, UNDERWAY);
    assert_eq!(shop.count("orders"), 1);
}

#[test]
fn fault_isolation_an_open_breaker_leaves_the_overloaded_payment_alone() {
    let shop = Setup::chaos().start();
    shop.turn("payment", &json!({"down": true}));
    let asked = || {
        let outcomes = ["failed", "timed-out", "yes", "no"];
        outcomes.map(|o| shop.metric("jumun_calls_total", &[r#"from="order""#, &format!(r#""{o}""#)])).iter().sum::<f64>()
    };
    // The originals' number: it opens at twenty calls, not before.
    for _ in 0..20 {
        comes_back_shortly(&shop.post("/orders", &apples()).expect(503));
    }
    assert_eq!(asked().to_string(), "20");
    for _ in 0..10 {
        comes_back_shortly(&shop.post("/orders", &apples()).expect(503));
    }
    assert_eq!(asked().to_string(), "20", "nobody asks an overloaded payment");
    let health = shop.get("/actuator/health").expect(200).json();
    let breakers = &health["components"]["order"]["components"]["breakers"]["details"];
    assert_eq!(breakers["payment"], "open", "{health}");
}

/// 503, when to come back, and an invitation in the customer's language.
#[track_caller]
fn comes_back_shortly(answer: &Answer) {
    let seconds = answer.header("retry-after").and_then(|s| s.parse::<u32>().ok());
    assert!(seconds.is_some_and(|s| (1..=60).contains(&s)), "{answer}");
    let problem = answer.json();
    assert_eq!(problem["code"], "try-again-shortly");
    assert!(problem["detail"].as_str().unwrap().contains("try again shortly"), "{answer}");
}

#[test]
fn fault_isolation_the_invitation_speaks_the_customers_language() {
    let shop = Setup::chaos().start();
    shop.turn("payment", &json!({"down": true}));
    let ask = Request::post("/orders", &apples());
    let korean = shop.send(&ask.clone().header("Accept-Language", "ko")).expect(503);
    assert!(korean.json()["detail"].as_str().unwrap().contains("잠시 후 다시"), "{korean}");
    assert_eq!(korean.header("content-language"), Some("ko"));
    let english = shop.send(&ask.header("Accept-Language", "en-GB, ko;q=0.5")).expect(503);
    assert!(english.json()["detail"].as_str().unwrap().contains("try again"), "{english}");
    // The originals' members are there for the originals' pages.
    let problem = english.json();
    assert_eq!(problem["status"], 503);
    assert_eq!(problem["error"], "Service Unavailable");
    assert_eq!(problem["path"], "/orders");
    assert_eq!(problem["message"], problem["detail"]);
}

// 성능: 고객이 주문한 내역의 진행현황을 확인할 수 있다. (CQRS)

#[test]
fn performance_the_customer_can_see_how_everything_ordered_proceeds() {
    let shop = Shop::start();
    let (first, second, third) = (shop.place(), shop.place(), shop.place());
    shop.delete(&format!("/orders/{second}")).expect(204);
    shop.complete(&shop.delivery_of(third)).expect(200);
    shop.my_page_says(first, UNDERWAY);
    shop.my_page_says(second, CANCELED);
    shop.my_page_says(third, ["주문신청", "결제승인", "배송완료"]);
    // One row an order, in one place; the three contexts are not asked.
    let rows = shop.all("myPages");
    let orders: Vec<_> = rows.iter().map(|row| row["orderId"].as_i64().unwrap()).collect();
    assert_eq!(orders.len(), 3);
    assert!([first, second, third].iter().all(|order| orders.contains(order)));
}

#[test]
fn performance_my_page_can_be_seen_while_orders_and_payments_cannot() {
    let shop = Setup::chaos().start();
    let order = shop.place();
    shop.my_page_says(order, UNDERWAY);
    shop.turn("order", &json!({"down": true}));
    shop.turn("payment", &json!({"down": true}));
    shop.turn("delivery", &json!({"down": true}));
    shop.get("/orders").expect(503);
    shop.my_page_says(order, UNDERWAY);
}

// 성능: 주문/결제상태가 바뀔 때 마다 MyPage에서 상태를 확인할 수 있다. (Event Driven)

#[test]
fn performance_my_page_shows_each_change_of_order_and_payment() {
    let shop = Shop::start();
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

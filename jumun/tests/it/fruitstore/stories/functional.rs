//! 기능적 요구 사항: what the shop does.

use serde_json::{Value, json};
use story::story;

use super::{CANCELED, DELIVERED, UNDERWAY};
use crate::fruitstore::{Shop, apples};
use crate::stage::{Setup, Shape, id_of};
use crate::waiting::eventually;
use crate::wire::{Connection, Request};

// 기능적 요구 사항 1: 고객이 과일을 주문한다.

#[story]
fn functional_1_a_customer_orders_fruit(shape: Shape) {
    let shop = Shop::start_in(shape);
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

#[story]
fn functional_1_an_order_may_leave_its_fruit_unnamed_but_not_its_address(shape: Shape) {
    let shop = Shop::start_in(shape);
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

#[story]
fn functional_2_a_customer_pays(shape: Shape) {
    let shop = Shop::start_in(shape);
    let order = shop.place();
    // Authorized before the order was answered: there is never an order without its payment (I1).
    let payment = shop.of_order("payments", order).expect("a payment");
    assert_eq!(payment["price"], 5000);
    assert_eq!(payment["userId"], 7181);
    let paid = eventually("the payment's approval", || {
        let payment = shop
            .get(&format!("/payments/{}", id_of(&payment)))
            .expect(200)
            .json();
        match payment["payStatus"].as_str() {
            Some("결제승인") => Ok(payment),
            _ => Err(payment.to_string()),
        }
    });
    assert_eq!(paid["orderStatus"], "주문신청");
    assert_eq!(paid["qty"], 2);
    assert_eq!(shop.count("payments"), 1);
}

#[story]
fn functional_2_an_order_is_paid_for_once_however_often_payment_is_asked(shape: Shape) {
    let shop = Shop::start_in(shape);
    let order = shop.place();
    let ask =
        json!({"orderId": order, "userId": 7181, "qty": 2, "price": 5000, "payStatus": "결제요청"});
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

#[story]
fn functional_3_when_the_payment_is_made_the_delivery_starts(shape: Shape) {
    let shop = Shop::start_in(shape);
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

#[story]
fn functional_4_the_customer_looks_up_how_the_order_stands(shape: Shape) {
    let shop = Shop::start_in(shape);
    let order = shop.place();
    let row = shop.my_page_says(order, UNDERWAY);
    assert_eq!(row["userId"], 7181);
    assert_eq!(row["prodNm"], "사과");
    assert_eq!(row["qty"], 2);
    assert_eq!(row["price"], 5000);
    let payment = shop.of_order("payments", order).expect("a payment");
    assert_eq!(row["payId"], id_of(&payment));
    let shown = shop
        .get(&format!("/myPages/{}", id_of(&row)))
        .expect(200)
        .json();
    assert_eq!(shown, row);
}

// 기능적 요구 사항 5: 결제가 성공시 배송이 가능하다.

#[story]
fn functional_5_delivery_is_possible_when_the_payment_succeeds(shape: Shape) {
    let shop = Shop::start_in(shape);
    let order = shop.place();
    let delivery = shop.delivery_of(order);
    let completed = shop.complete(&delivery).expect(200).json();
    assert_eq!(completed["deliveryStatus"], "배송완료");
    shop.my_page_says(order, DELIVERED);
    // Said again, it is no news.
    shop.complete(&delivery).expect(200);
}

#[story]
fn functional_5_a_payment_that_is_refused_leaves_no_order_and_no_delivery(shape: Shape) {
    let shop = Setup::of("fruitstore").shape(shape).chaos().shop();
    shop.turn("payment", &json!({"refuse": true}));
    let refused = shop.post("/orders", &apples()).expect(409);
    assert_eq!(refused.json()["code"], "refused-by-chaos");
    shop.settle();
    assert_eq!(shop.counts(), [0, 0, 0, 0]);
    shop.turn("payment", &json!({"refuse": false}));
    shop.my_page_says(shop.place(), UNDERWAY);
}

#[story]
fn functional_5_a_delivery_cannot_be_completed_twice_over_or_called_back_by_a_courier(
    shape: Shape,
) {
    let shop = Shop::start_in(shape);
    let delivery = shop.delivery_of(shop.place());
    let path = format!("/deliveries/{}", id_of(&delivery));
    for status in ["배송취소", "배송시작"] {
        let refused = shop
            .patch(&path, &json!({"deliveryStatus": status}))
            .expect(422);
        assert_eq!(refused.json()["field"], "deliveryStatus");
    }
    assert_eq!(shop.get(&path).json()["deliveryStatus"], "배송시작");
}

// 기능적 요구 사항 6: 고객이 주문을 취소할 수 있다.

#[story]
fn functional_6_the_customer_can_cancel_the_order(shape: Shape) {
    let shop = Shop::start_in(shape);
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

#[story]
fn functional_6_what_has_been_delivered_cannot_be_canceled(shape: Shape) {
    let shop = Shop::start_in(shape);
    let order = shop.place();
    shop.complete(&shop.delivery_of(order)).expect(200);
    let path = format!("/orders/{order}");
    let refused = shop.delete(&path).expect(409);
    assert_eq!(refused.json()["code"], "order-delivered");
    let in_korean = Request::new("DELETE", &path).header("Accept-Language", "ko-KR,ko;q=0.9");
    let refused = shop.send(&in_korean).expect(409);
    assert_eq!(
        refused.json()["detail"],
        "이미 배송이 완료된 주문은 취소할 수 없습니다."
    );
    shop.settle();
    shop.my_page_says(order, DELIVERED);
}

#[story]
fn functional_6_what_has_been_canceled_cannot_be_delivered(shape: Shape) {
    let shop = Shop::start_in(shape);
    let order = shop.place();
    let delivery = shop.delivery_of(order);
    shop.delete(&format!("/orders/{order}")).expect(204);
    // At once, perhaps before the delivery has heard of it: the order itself says no.
    let refused = shop.complete(&delivery).expect(409);
    let code = refused.json()["code"].clone();
    assert!(
        code == "order-canceled" || code == "delivery-canceled",
        "{code}"
    );
    shop.my_page_says(order, CANCELED);
    let refused = shop.complete(&delivery).expect(409);
    assert_eq!(refused.json()["code"], "delivery-canceled");
}

// 기능적 요구 사항 7: 고객이 주문을 취소하면 결제도 취소된다.

#[story]
fn functional_7_when_the_customer_cancels_the_order_the_payment_is_canceled_too(shape: Shape) {
    let shop = Shop::start_in(shape);
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
    let canceled = shop
        .command(&[
            "events",
            "fruitstore",
            "--type",
            "PaymentCanceled",
            "--json",
        ])
        .fine();
    assert_eq!(canceled.lines().count(), 1, "{canceled}");
}

#[story]
fn functional_7_a_cancel_that_overtakes_the_approval_still_ends_canceled_and_refunded(
    shape: Shape,
) {
    let shop = Shop::start_in(shape);
    let mut connection = Connection::open(shop.address()).unwrap();
    let orders: Vec<i64> = (0..40)
        .map(|_| {
            let placed = connection
                .send(&Request::post("/orders", &apples()))
                .unwrap();
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
    assert!(
        undelivered
            .iter()
            .all(|d| d["deliveryStatus"] == "배송취소"),
        "{undelivered:?}"
    );
}

#[story]
fn functional_1_the_largest_order_of_all_does_not_overflow(shape: Shape) {
    let shop = Shop::start_in(shape);
    let mut order = apples();
    order["qty"] = json!(10_000);
    order["price"] = json!(i32::MAX);
    order["userId"] = json!(i64::MAX);
    let order = shop.post("/orders", &order).expect(201).id();
    let row = shop.my_page_says(order, UNDERWAY);
    assert_eq!(row["price"], i32::MAX);
    assert_eq!(row["userId"], i64::MAX);
    let payment = shop.of_order("payments", order).expect("a payment");
    assert_eq!(payment["price"], i32::MAX);
}

#[story]
fn functional_6_of_a_cancel_and_a_handover_at_once_exactly_one_wins(shape: Shape) {
    let shop = Shop::start_in(shape);
    let orders: Vec<i64> = (0..20).map(|_| shop.place()).collect();
    for order in orders {
        let delivery = shop.delivery_of(order);
        let (canceled, completed) = std::thread::scope(|scope| {
            let cancel = scope.spawn(|| shop.delete(&format!("/orders/{order}")).status);
            let complete = scope.spawn(|| shop.complete(&delivery).status);
            (cancel.join().unwrap(), complete.join().unwrap())
        });
        match (canceled, completed) {
            (204, 409) => shop.my_page_says(order, CANCELED),
            (409, 200) => shop.my_page_says(order, DELIVERED),
            both => panic!("order {order}: {both:?}"),
        };
    }
    let dead = shop
        .command(&["dead-letters", "fruitstore", "list", "--all"])
        .fine();
    assert!(dead.starts_with("no "), "{dead}");
}

//! 기능적 요구사항: what the company does.

use serde_json::{Value, json};
use story::story;

use crate::productdelivery::{CANCELED, COMPLETED, Company, STARTED, order, tvs};
use crate::stage::{Setup, Shape, Stage};
use crate::wire::{Connection, Request};

fn company(shape: Shape) -> Stage {
    Setup::of_company().shape(shape).start()
}

// 1. 고객이 상품을 선택하여 주문한다

#[story]
fn functional_1_a_customer_orders_an_item(shape: Shape) {
    let company = company(shape);
    let answer = company.send(&order()).expect(201);
    assert_eq!(answer.id(), 1);
    let placed = answer.json();
    for (field, value) in [
        ("item", json!("tv")),
        ("orderQty", json!(3)),
        ("quantity", json!(3)),
        ("status", json!("0")),
        ("price", json!(1000.0)),
    ] {
        assert_eq!(placed[field], value, "{field}");
    }
    assert!(answer.text().contains("1000.0"), "{answer}");
}

#[story]
fn functional_1_the_quantity_may_be_called_by_either_name_and_is_shown_under_both(shape: Shape) {
    let company = company(shape);
    let body = json!({"item": "CQR111", "quantity": "111", "status": "st1", "price": "111"});
    let placed = company.post("/orders", &body).expect(201).json();
    assert_eq!(placed["quantity"], 111);
    assert_eq!(placed["orderQty"], 111);
    let both = json!({"item": "tv", "quantity": 1, "orderQty": 2, "price": 1});
    let refused = company.post("/orders", &both).expect(422).json();
    assert_eq!(refused["code"], "two-quantities");
    let none = json!({"item": "tv", "price": 1});
    let refused = company.post("/orders", &none).expect(422).json();
    assert_eq!(refused["field"], "orderQty");
    assert_eq!(company.count("orders"), 1);
}

// 2. 고객이 결제한다

#[story]
fn functional_2_a_customer_pays_once_however_often_it_is_asked(shape: Shape) {
    let company = company(shape);
    let order = company.place();
    // It is there as soon as the order is: there is never an order without it (I1).
    let pay = company.get(&format!("/pays/{order}")).expect(200).json();
    assert_eq!(pay["orderId"], order);
    assert_eq!(pay["price"], 1000.0);
    assert_eq!(pay["status"], "0");
    let again = json!({"orderId": order, "price": 1000, "status": "0"});
    assert_eq!(company.post("/pays", &again).expect(201).id(), order);
    let other = json!({"orderId": order, "price": 1, "status": "0"});
    let refused = company.post("/pays", &other).expect(409).json();
    assert_eq!(refused["code"], "pay-differs");
    company.settle();
    assert_eq!(company.count("pays"), 1);
    assert_eq!(company.told("PayApproved"), 1);
}

// 3. 주문이 되면 주문 내역이 상품팀에게 전달된다

#[story]
fn functional_3_the_product_team_has_what_was_ordered(shape: Shape) {
    let company = company(shape);
    let order = company.place();
    let product = company.delivery_is(order, STARTED);
    for (field, value) in [
        ("orderId", json!(order)),
        ("totalQuantity", json!(3)),
        ("itemcd", json!("tv")),
        ("orderQty", json!(3)),
    ] {
        assert_eq!(product[field], value, "{field}");
    }
}

// 4. 상품팀이 주문 내역을 확인하여 배송 출발한다

#[story]
fn functional_4_the_team_ships_and_says_where_to(shape: Shape) {
    let company = company(shape);
    let order = company.place();
    company.customer_sees(order, STARTED);
    let shipped = json!({"orderId": order, "address": "서울"});
    let product = company.post("/products", &shipped).expect(201);
    assert_eq!(product.id(), order);
    assert_eq!(product.json()["address"], "서울");
    // Said again, it is no news.
    assert_eq!(company.post("/products", &shipped).expect(201).id(), order);
    company.settle();
    assert_eq!(company.count("products"), 1);
    assert_eq!(company.told("DeliveryStarted"), 1);
    assert_eq!(company.told("DeliveryAddressed"), 1);
    let path = format!("/products/{order}");
    let change = |body: Value| company.patch(&path, &body);
    change(json!({"status": STARTED})).expect(200);
    let moved = change(json!({"address": "부산"})).expect(200).json();
    assert_eq!(moved["address"], "부산");
    for wrong in [json!({}), json!({"status": "Delivery Canceled"})] {
        change(wrong).expect(422);
    }
    company.delivery_is(order, STARTED);
}

#[story]
fn functional_4_what_is_not_paid_is_not_shipped(shape: Shape) {
    let company = company(shape);
    let unknown = json!({"orderId": 77, "address": "서울"});
    let refused = company.post("/products", &unknown).expect(409).json();
    assert_eq!(refused["code"], "order-not-paid");
    assert_eq!(company.count("products"), 0);
}

// 5. 고객이 주문을 취소할 수 있다

#[story]
fn functional_5_the_customer_can_cancel_and_is_refunded_once(shape: Shape) {
    let company = company(shape);
    let order = company.place();
    company.cancel(order).expect(204);
    let canceled = company.get(&format!("/orders/{order}")).expect(200).json();
    assert_eq!(canceled["status"], CANCELED);
    assert_eq!(canceled["item"], "tv");
    // Said again, it is no news.
    company.cancel(order).expect(204);
    company.pay_is(order, "PayCanceled");
    company.customer_sees(order, CANCELED);
    company.settle();
    assert_eq!(company.told("OrderCanceled"), 1);
    assert_eq!(company.told("PayCanceled"), 1);
    company.cancel(4711).expect(404);
}

#[story]
fn functional_5_an_order_that_stands_has_told_nobody_that_it_is_canceled(shape: Shape) {
    let company = company(shape);
    company.customer_sees(company.place(), STARTED);
    company.settle();
    assert_eq!(company.told("OrderCanceled"), 0);
    assert_eq!(company.told("PayCanceled"), 0);
}

#[story]
fn functional_5_what_has_been_delivered_cannot_be_canceled(shape: Shape) {
    let company = company(shape);
    let order = company.place();
    company.delivery_is(order, STARTED);
    company.complete(order).expect(200);
    let cancel = Request::new("DELETE", &format!("/orders/{order}"));
    let refused = company.send(&cancel).expect(409).json();
    assert_eq!(refused["code"], "order-delivered");
    let in_korean = cancel.header("Accept-Language", "ko-KR,ko;q=0.9");
    let refused = company.send(&in_korean).expect(409).json();
    let told = "이미 배송이 완료된 주문은 취소할 수 없습니다.";
    assert_eq!(refused["detail"], told);
    company.settle();
    company.customer_sees(order, COMPLETED);
    company.pay_is(order, "0");
}

// 6. 주문이 취소되면 배송이 취소된다

#[story]
fn functional_6_when_the_order_is_canceled_the_delivery_is_too(shape: Shape) {
    let company = company(shape);
    let order = company.place();
    company.delivery_is(order, STARTED);
    company.cancel(order).expect(204);
    company.delivery_is(order, "Delivery Canceled");
    let refused = company.complete(order).expect(409).json();
    assert_eq!(refused["code"], "delivery-canceled");
    let shipped = json!({"orderId": order, "address": "서울"});
    company.post("/products", &shipped).expect(409);
}

#[story]
fn functional_6_a_cancel_that_overtakes_the_approval_still_ends_refunded_and_undelivered(
    shape: Shape,
) {
    let company = company(shape);
    let mut connection = Connection::open(company.address()).unwrap();
    let orders: Vec<i64> = (0..30)
        .map(|_| {
            let order = connection.send(&order()).unwrap().expect(201).id();
            let cancel = Request::new("DELETE", &format!("/orders/{order}"));
            connection.send(&cancel).unwrap().expect(204);
            order
        })
        .collect();
    for order in orders {
        company.pay_is(order, "PayCanceled");
        company.delivery_is(order, "Delivery Canceled");
        company.customer_sees(order, CANCELED);
    }
    company.settle();
    company.has_no_dead_letters();
}

#[story]
fn functional_6_of_a_cancel_and_a_handover_at_once_exactly_one_wins(shape: Shape) {
    let company = company(shape);
    company.keep("tv", 1000);
    let orders: Vec<i64> = (0..20).map(|_| company.place()).collect();
    let mut delivered = 0;
    for order in orders {
        company.delivery_is(order, STARTED);
        let (canceled, completed) = std::thread::scope(|scope| {
            let cancel = scope.spawn(|| company.cancel(order).status);
            let complete = scope.spawn(|| company.complete(order).status);
            (cancel.join().unwrap(), complete.join().unwrap())
        });
        match (canceled, completed) {
            (204, 409) => company.customer_sees(order, CANCELED),
            (409, 200) => {
                delivered += 1;
                company.customer_sees(order, COMPLETED)
            }
            both => panic!("order {order}: {both:?}"),
        };
    }
    company.settle();
    assert_eq!(company.stock("tv"), 1000 - 3 * delivered);
    company.has_no_dead_letters();
}

// 7. 고객이 주문상태를 중간중간 조회한다

#[story]
fn functional_7_the_customer_looks_up_how_the_order_stands_all_along(shape: Shape) {
    let company = company(shape);
    let order = company.place();
    let row = company.customer_sees(order, STARTED);
    assert_eq!(row["item"], "tv");
    assert_eq!(row["quantity"], 3);
    company.complete(order).expect(200);
    company.customer_sees(order, COMPLETED);
    let page = company.get(&format!("/myPages/{order}")).expect(200).json();
    assert_eq!(page["status"], COMPLETED);
}

// 8. 주문상태가 바뀔 때 마다 카톡으로 알림을 보낸다

#[story]
fn functional_8_every_change_is_told_once(shape: Shape) {
    let company = company(shape);
    company.keep("tv", 4);
    let (kept, canceled) = (company.place(), company.place());
    company.delivery_is(kept, STARTED);
    company.delivery_is(canceled, STARTED);
    company.cancel(canceled).expect(204);
    company.complete(kept).expect(200);
    company.settle();
    assert_eq!(
        company.notices(kept),
        ["DeliveryCompleted", "DeliveryStarted", "Ordered"]
    );
    assert_eq!(
        company.notices(canceled),
        ["DeliveryStarted", "OrderCanceled", "Ordered"]
    );
    let told = company.list("notices", "orderId", kept);
    let ordered = told.iter().find(|notice| notice["change"] == "Ordered");
    let text = "주문 1번(tv 3개)이 접수되었습니다.";
    let ordered = ordered.expect("it was told");
    assert_eq!(ordered["text"], text);
    assert_eq!(ordered["to"], "customer of order 1");
}

// 9. 배송이 완료되면 상품의 재고량이 감소한다.

#[story]
fn functional_9_stock_decreases_when_the_delivery_is_completed_and_not_before(shape: Shape) {
    let company = company(shape);
    company.keep("tv", 10);
    let order = company.place();
    company.delivery_is(order, STARTED);
    company.settle();
    assert_eq!(company.stock("tv"), 10);
    company.complete(order).expect(200);
    assert_eq!(company.stock("tv"), 7);
    // Completed again, it takes nothing again.
    company.complete(order).expect(200);
    company.settle();
    assert_eq!(company.stock("tv"), 7);
}

#[story]
fn functional_9_stock_never_goes_below_zero_and_what_is_missing_is_told(shape: Shape) {
    let company = company(shape);
    company.keep("tv", 2);
    let orders = [company.place(), company.place()];
    for order in orders {
        company.delivery_is(order, STARTED);
        company.complete(order).expect(200);
    }
    assert_eq!(company.stock("tv"), 0);
    company.settle();
    let short: Vec<Value> = company
        .events()
        .into_iter()
        .filter(|event| event["type"] == "StockShort")
        .map(|mut event| event["data"].take())
        .collect();
    let of = |order: i64, missing: i32| json!({"orderId": order, "item": "tv", "wanted": 3, "missing": missing});
    assert_eq!(short, [of(orders[0], 1), of(orders[1], 3)]);
    for order in orders {
        let told = company.notices(order);
        assert!(told.contains(&"StockShort".to_owned()), "{told:?}");
    }
}

#[story]
fn functional_9_an_item_that_nobody_keeps_can_be_delivered_and_is_missing(shape: Shape) {
    let company = company(shape);
    let order = company.place();
    company.delivery_is(order, STARTED);
    company.complete(order).expect(200);
    company.customer_sees(order, COMPLETED);
    company.settle();
    assert_eq!(company.told("StockShort"), 1);
    assert_eq!(company.count("inventories"), 0);
    company.has_no_dead_letters();
}

#[story]
fn functional_9_an_item_is_kept_once_and_counted_as_often_as_one_likes(shape: Shape) {
    let company = company(shape);
    company.keep("tv", 10);
    let again = json!({"item": "tv", "stock": 5});
    let refused = company.post("/inventories", &again).expect(409).json();
    assert_eq!(refused["code"], "inventory-exists");
    let counted = company.patch("/inventories/1", &json!({"stock": 4}));
    assert_eq!(counted.expect(200).json()["stock"], 4);
    company
        .patch("/inventories/1", &json!({"stock": -1}))
        .expect(422);
    assert_eq!(company.stock("tv"), 4);
    // Products have their orders' numbers, whatever else the team numbers.
    let order = company.place();
    assert_eq!(company.delivery_is(order, STARTED)["orderId"], order);
}

#[story]
fn functional_9_many_completions_at_once_take_exactly_what_they_delivered(shape: Shape) {
    let company = company(shape);
    company.keep("tv", 40);
    let orders: Vec<i64> = (0..16)
        .map(|_| company.post("/orders", &tvs(3)).expect(201).id())
        .collect();
    for order in &orders {
        company.delivery_is(*order, STARTED);
    }
    std::thread::scope(|scope| {
        for order in &orders {
            let company = &company;
            scope.spawn(move || company.complete(*order).expect(200));
        }
    });
    assert_eq!(company.stock("tv"), 0, "16 times 3 is more than 40");
    company.settle();
    let (mut taken, mut missing) = (0, 0);
    for event in company.events() {
        match event["type"].as_str() {
            Some("StockDecreased") => taken += event["data"]["quantity"].as_i64().unwrap(),
            Some("StockShort") => missing += event["data"]["missing"].as_i64().unwrap(),
            _ => {}
        }
    }
    assert_eq!((taken, missing), (40, 8));
}

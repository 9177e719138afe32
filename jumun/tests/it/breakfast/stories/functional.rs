//! 기능적 요구사항: what breakfast does.

use serde_json::{Value, json};
use story::story;

use crate::breakfast::{CANCELED, DELIVERED, Table, UNDERWAY, cancel, how, meal, stands};
use crate::stage::{Shape, id_of};
use crate::waiting::eventually;
use crate::wire::Request;

// 1. 고객이 회원가입을 하고 정보 수정 및 탈퇴를 한다

#[story]
fn functional_1_a_customer_signs_up_changes_and_withdraws(shape: Shape) {
    let table = Table::start_in(shape);
    let choi = json!({"name": "choi", "phone": "012", "address": "jeju", "age": 41});
    let path = format!(
        "/customers/{}",
        table.post("/customers", &choi).expect(201).id()
    );
    let moved = table
        .patch(&path, &json!({"address": "incheon"}))
        .expect(200)
        .json();
    assert_eq!(moved["address"], "incheon");
    assert_eq!(moved["phone"], "012", "what is not sent stays");
    let bare = table
        .put(&path, &json!({"name": "choi"}))
        .expect(200)
        .json();
    assert_eq!(
        bare["phone"],
        Value::Null,
        "what is left out of the whole is gone"
    );
    table.delete(&path).expect(204);
    table.get(&path).expect(404);
    table.patch(&path, &json!({"age": 42})).expect(404);
    table.delete(&path).expect(404);
    assert_eq!(table.count("customers"), 2);
    for (event, times) in [("Registerd", 3), ("Updated", 2), ("Withdrawed", 1)] {
        assert_eq!(table.told(event), times, "{event}");
    }
}

#[story]
fn functional_1_what_no_customer_could_mean_is_refused_with_its_field(shape: Shape) {
    let table = Table::start_in(shape);
    for (body, status, field) in [
        (json!({"phone": "010"}), 400, "name"),
        (json!({"name": "  "}), 422, "name"),
        (json!({"name": "lee", "age": -1}), 422, "age"),
        (json!({"name": "lee", "age": "old"}), 400, "age"),
        (json!({"name": "x".repeat(101)}), 422, "name"),
    ] {
        let refused = table.post("/customers", &body).expect(status);
        assert_eq!(refused.json()["field"], field, "{refused}");
    }
    assert_eq!(table.count("customers"), 2);
}

// 2. 매니져가 음식을 카탈로그에 등록하고 재고등 정보 수정 및 삭제를 한다.

#[story]
fn functional_2_a_manager_registers_changes_and_removes_food(shape: Shape) {
    let table = Table::start_in(shape);
    let salad = json!({"name": "salad", "stock": 5, "price": 700.5});
    let path = format!(
        "/foodCatalogs/{}",
        table.post("/foodCatalogs", &salad).expect(201).id()
    );
    assert_eq!(
        path, "/foodCatalogs/3",
        "food 1 and 2 are not counted twice by their view"
    );
    let more = table.patch(&path, &json!({"stock": 8})).expect(200).json();
    assert_eq!((&more["stock"], &more["price"]), (&json!(8), &json!(700.5)));
    let cheaper = json!({"name": "salad", "stock": 8, "price": 600});
    assert_eq!(
        table.put(&path, &cheaper).expect(200).json()["price"],
        600.0
    );
    table.delete(&path).expect(204);
    table.get(&path).expect(404);
    table.delete(&path).expect(404);
    for (body, field) in [
        (json!({"stock": -1}), "stock"),
        (json!({"price": -1}), "price"),
        (json!({"name": ""}), "name"),
    ] {
        let refused = table.patch("/foodCatalogs/1", &body).expect(422);
        assert_eq!(refused.json()["field"], field, "{refused}");
    }
    assert_eq!(table.stock(1), 100);
    for (event, times) in [
        ("CatalogRegistered", 3),
        ("CatalogUpdated", 2),
        ("CatalogDeleted", 1),
    ] {
        assert_eq!(table.told(event), times, "{event}");
    }
}

// 3. 카탈로그에 등록된 음식정보는 별도의 카탈로그 조회 (프론트엔드) 에서 확인할수 있어야 한다.

#[story]
fn functional_3_the_food_of_the_catalogue_is_seen_in_its_own_view(shape: Shape) {
    let table = Table::start_in(shape);
    let pizza = json!({"stock": 100, "name": "pizza", "price": 1000.0});
    let row = table.becomes("/foodCatalogViews/1", &pizza);
    assert_eq!(id_of(&row), 1, "a row is numbered as its food");
    table
        .patch("/foodCatalogs/1", &json!({"price": 1200}))
        .expect(200);
    table.becomes("/foodCatalogViews/1", &json!({"price": 1200.0}));
    let path = "/foodCatalogViews/search/findByfoodcatalogid?foodcatalogid=1";
    let mut found = table.get(path).expect(200).json();
    let found = found["_embedded"]["foodCatalogViews"].take();
    assert_eq!(found.as_array().unwrap().len(), 1, "{found}");
    assert_eq!(found[0]["price"], 1200.0);
    table.delete("/foodCatalogs/1").expect(204);
    eventually("that pizza is off the menu", || {
        match table.get("/foodCatalogViews/1").status {
            404 => Ok(()),
            status => Err(status.to_string()),
        }
    });
    let rows = table.all("foodCatalogViews");
    assert_eq!(rows.len(), 1, "{rows:?}");
    table.post("/foodCatalogViews", &pizza).expect(405);
    table.is_the_same_rebuilt("foodcatalog", "foodCatalogViews");
}

// 4. 고객이 음식을 주문하고, 주문을 생성할때는 고객정보와 음식 카탈로그 정보가 있어야 한다.

#[story]
fn functional_4_an_order_needs_a_customer_and_food(shape: Shape) {
    let table = Table::start_in(shape);
    table.delete("/customers/2").expect(204);
    table.delete("/foodCatalogs/2").expect(204);
    for (field, code) in [
        ("customerid", "customer-unknown"),
        ("foodcaltalogid", "food-unknown"),
    ] {
        for number in [2, 3, 0, -1, i64::MAX] {
            let mut wrong = meal(1);
            wrong[field] = json!(number);
            let refused = table.post("/orders", &wrong).expect(422).json();
            assert_eq!(
                (&refused["field"], &refused["code"]),
                (&json!(field), &json!(code))
            );
        }
    }
    for (qty, status) in [
        (json!(0), 422),
        (json!(10_001), 422),
        (json!("many"), 400),
        (json!(null), 400),
    ] {
        let mut wrong = meal(1);
        wrong["qty"] = qty;
        let refused = table.post("/orders", &wrong).expect(status);
        assert_eq!(refused.json()["field"], "qty", "{refused}");
    }
    assert_eq!((table.count("orders"), table.count("pays")), (0, 0));
    assert_eq!(table.stock(1), 100);
    let korean = Request::post(
        "/orders",
        &json!({"qty": 1, "foodcaltalogid": 1, "customerid": 2}),
    );
    let refused = table
        .send(&korean.header("Accept-Language", "ko"))
        .expect(422);
    let detail = refused.json()["detail"].take();
    assert!(detail.as_str().unwrap().contains("회원가입"), "{refused}");
}

// 5. 고객이 결제를 한다.

#[story]
fn functional_5_the_customer_pays(shape: Shape) {
    let table = Table::start_in(shape);
    let order = table.order(20);
    // Authorized before the order was answered: there is never an order without its payment (I1).
    let pay = table.find("pays", "orderid", order).expect("a payment");
    assert_eq!(
        (&pay["amout"], &pay["status"]),
        (&json!(20), &json!("Ordered"))
    );
    stands(&table, order, UNDERWAY);
    assert_eq!((table.told("Paid"), table.count("pays")), (1, 1));
}

// 6. 결제가 완료되면 주문 내역이 배송팀에게 전달된다.
// 7. 배송팀이 주문 확인 후 배송 처리한다.

#[story]
fn functional_6_and_7_what_is_paid_reaches_the_delivery_team_which_ships_it(shape: Shape) {
    let table = Table::start_in(shape);
    let order = table.order(20);
    let wanted = json!({"orderId": order, "status": "Ordered"});
    let delivery = table.shows("deliveries", "orderId", order, &wanted);
    table.becomes(
        &format!("/orders/{order}"),
        &json!({"status": "Delivery Start"}),
    );
    stands(&table, order, UNDERWAY);
    let mine = table.list("myOrders", "orderid", order);
    assert_eq!(mine[0]["deliveryid"], id_of(&delivery));
    assert_eq!((table.told("Shipped"), table.count("deliveries")), (1, 1));
}

// 8. 배송이 완료되면 상태가 업데이트 된다.

#[story]
fn functional_8_when_it_is_delivered_the_status_is_updated(shape: Shape) {
    let table = Table::start_in(shape);
    let order = table.order(20);
    stands(&table, order, UNDERWAY);
    let done = table.complete(order).expect(200).json();
    assert_eq!(done["status"], "Delivery Completed");
    stands(&table, order, DELIVERED);
    table.complete(order).expect(200);
    table.settle();
    assert_eq!(table.told("DeliveryCompleted"), 1, "it is delivered once");
    assert_eq!(table.stock(1), 80, "and stays so");
    let path = format!("/deliveries/{}", id_of(&table.all("deliveries")[0]));
    let refused = table
        .patch(&path, &json!({"status": "Cancelled-delivery"}))
        .expect(422);
    assert_eq!(refused.json()["field"], "status");
}

// 9. 고객이 주문을 취소할 수 있다.
// 10. 고객이 주문을 취소하면 배송팀 확인후 배송이 취소된다.
// 11. 배송이 취소되면 결제도 취소된다.

#[story]
fn functional_9_to_11_a_canceled_order_is_not_delivered_and_refunded(shape: Shape) {
    let table = Table::start_in(shape);
    let (kept, order) = (table.order(5), table.order(20));
    stands(&table, order, UNDERWAY);
    table.send(&cancel(order)).expect(204);
    // Delivery has agreed before the customer was answered.
    assert_eq!(how(&table, order)[0], "Order Canceled");
    assert_eq!(how(&table, order)[2], "Cancelled-delivery");
    let wanted = json!({"orderId": order, "status": "Cancelled"});
    table.shows("cancellations", "orderId", order, &wanted);
    stands(&table, order, CANCELED);
    table.send(&cancel(order)).expect(204);
    table.settle();
    for event in ["DeliveryCanceled", "OrderCancelled", "Cancelled"] {
        assert_eq!(table.told(event), 1, "{event} once");
    }
    stands(&table, kept, UNDERWAY);
    table.send(&cancel(99)).expect(404);
}

#[story]
fn functional_10_a_cancel_right_after_the_order_finds_no_delivery_and_none_ever_starts(
    shape: Shape,
) {
    let table = Table::start_in(shape);
    let orders: Vec<i64> = (0..30)
        .map(|_| {
            let order = table.order(1);
            table.send(&cancel(order)).expect(204);
            order
        })
        .collect();
    for order in orders {
        stands(&table, order, CANCELED);
    }
    table.settle();
    assert_eq!(table.stock(1), 100);
    assert_eq!(table.told("DeliveryCanceled"), 30);
    assert_eq!(table.count("mileages"), 0);
    table.has_no_dead_letters();
}

#[story]
fn functional_10_delivery_cancels_only_what_was_ordered(shape: Shape) {
    let table = Table::start_in(shape);
    let stranger = |order: i64| json!({"orderId": order, "status": "Cancelled"});
    let refused = table.post("/cancellations", &stranger(1)).expect(422);
    assert_eq!(refused.json()["field"], "orderId");
    let order = table.order(20);
    assert_eq!(order, 1);
    stands(&table, order, UNDERWAY);
    // Told to delivery directly, it is as if the order had been canceled.
    table.post("/cancellations", &stranger(order)).expect(201);
    stands(&table, order, CANCELED);
    let again = table.post("/cancellations", &stranger(order)).expect(201);
    assert_eq!(
        (
            again.json()["orderId"].as_i64(),
            table.count("cancellations")
        ),
        (Some(1), 1)
    );
}

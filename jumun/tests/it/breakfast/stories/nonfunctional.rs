//! 비기능적 요구사항: how breakfast does it.

use serde_json::json;
use story::story;

use crate::breakfast::{CANCELED, DELIVERED, Table, UNDERWAY, cancel, how, order, stands};
use crate::stage::{Setup, Shape};
use crate::waiting::eventually;
use crate::wire::Answer;

// 트랜잭션: 결제가 되지 않은 주문건은 아예 거래가 성립되지 않아야 한다  Sync 호출

#[story]
fn transaction_without_a_payment_there_is_no_order(shape: Shape) {
    let table = Setup::of("breakfast")
        .shape(shape)
        .chaos()
        .set_in("foodcatalog", "deadlines.ordered", "300ms")
        .breakfast();
    for (knob, status) in [("refuse", 409), ("down", 503)] {
        table.turn("payment", &json!({knob: true}));
        table.send(&order(20)).expect(status);
        table.turn("payment", &json!({knob: false}));
    }
    assert_eq!((table.count("orders"), table.count("pays")), (0, 0));
    eventually("the pizzas back", || match table.stock(1) {
        100 => Ok(()),
        stock => Err(stock.to_string()),
    });
    table.settle();
    for collection in ["deliveries", "myOrders", "mileages"] {
        assert_eq!(table.count(collection), 0, "{collection}");
    }
    assert_eq!(table.told("Ordered"), 0);
}

#[story]
fn transaction_a_payment_whose_order_never_comes_is_given_back(shape: Shape) {
    let table = Setup::of("breakfast")
        .shape(shape)
        .set_in("payment", "deadlines.capture", "200ms")
        .breakfast();
    let ask = json!({"amout": 20, "status": "Ordered", "orderid": 77});
    table.post("/pays", &ask).expect(201);
    let back = json!({"status": "Order Canceled-payment", "amout": 20});
    table.shows("pays", "orderid", 77, &back);
    table.settle();
    assert_eq!((table.told("Paid"), table.told("Cancelled")), (0, 0));
    assert_eq!((table.count("deliveries"), table.count("mileages")), (0, 0));
}

// 트랜잭션: 배송이 완료된 주문은 취소할수 없다. Sync 호출

#[story]
fn transaction_what_has_been_delivered_cannot_be_canceled(shape: Shape) {
    let table = Table::start_in(shape);
    let number = table.order(20);
    stands(&table, number, UNDERWAY);
    table.complete(number).expect(200);
    // Delivery is asked, whether order has heard of it yet or not.
    let refused = table.send(&cancel(number)).expect(409);
    let code = refused.json()["code"].take();
    assert!(
        code == "delivery-completed" || code == "order-delivered",
        "{refused}"
    );
    stands(&table, number, DELIVERED);
    let refused = table.send(&cancel(number).header("Accept-Language", "ko"));
    let detail = refused.expect(409).json()["detail"].take();
    assert!(
        detail.as_str().unwrap().contains("취소할 수 없습니다"),
        "{detail}"
    );
    let asked = json!({"orderId": number, "status": "Cancelled"});
    table.post("/cancellations", &asked).expect(409);
    table.settle();
    stands(&table, number, DELIVERED);
    assert_eq!((table.stock(1), table.count("cancellations")), (80, 0));
    assert_eq!(table.told("Cancelled"), 0);
}

#[story]
fn transaction_of_a_cancel_and_a_handover_at_once_exactly_one_wins(shape: Shape) {
    let table = Table::start_in(shape);
    let orders: Vec<i64> = (0..20).map(|_| table.order(1)).collect();
    let mut delivered = 0;
    for order in orders {
        stands(&table, order, UNDERWAY);
        let (canceled, completed) = std::thread::scope(|scope| {
            let cancel = scope.spawn(|| table.send(&cancel(order)).status);
            let complete = scope.spawn(|| table.complete(order).status);
            (cancel.join().unwrap(), complete.join().unwrap())
        });
        match (canceled, completed) {
            (204, 409) => stands(&table, order, CANCELED),
            (409, 200) => {
                delivered += 1;
                stands(&table, order, DELIVERED);
            }
            both => panic!("order {order}: {both:?}"),
        }
    }
    table.settle();
    assert_eq!(table.stock(1), 100 - delivered);
    table.has_no_dead_letters();
}

// 장애격리: 결제시스템이 과중되면 사용자를 잠시동안 받지 않고 결제를 잠시후에 하도록 유도한다
// Circuit breaker, fallback

/// 503, and when to come back.
#[track_caller]
fn comes_back_shortly(answer: &Answer) {
    let seconds = answer
        .header("retry-after")
        .and_then(|s| s.parse::<u32>().ok());
    assert!(seconds.is_some_and(|s| (1..=60).contains(&s)), "{answer}");
    // Asked and not answered at first, then not asked any more.
    let code = &answer.json()["code"];
    let codes = ["unanswered", "try-again-shortly"];
    assert!(codes.iter().any(|known| code == known), "{answer}");
}

#[story]
fn fault_isolation_an_overloaded_payment_invites_to_come_back_shortly(shape: Shape) {
    let table = Setup::of("breakfast")
        .shape(shape)
        .chaos()
        .set("asks.deadline", "100ms")
        .set("asks.at_least", "5")
        .set("asks.sleep", "300ms")
        .set_in("foodcatalog", "deadlines.ordered", "500ms")
        .set_in("payment", "deadlines.capture", "500ms")
        .breakfast();
    table.turn("payment", &json!({"slow": "300ms"}));
    for _ in 0..5 {
        comes_back_shortly(&table.send(&order(1)).expect(503));
    }
    eventually("the breaker to answer by itself", || {
        comes_back_shortly(&table.send(&order(1)).expect(503));
        let labels = [r#"to="payment""#, "short-circuited"];
        if table.metric("jumun_calls_total", &labels) > 0.0 {
            Ok(())
        } else {
            Err("it asks".to_owned())
        }
    });
    // Who only looks, and who needs no payment, is not kept out.
    table.get("/orders").expect(200);
    table.get("/foodCatalogViews").expect(200);
    table
        .patch("/foodCatalogs/2", &json!({"stock": 7}))
        .expect(200);
    assert_eq!(table.count("orders"), 0, "nothing half done");
    table.turn("payment", &json!({"slow": ""}));
    let number = table.until(&order(20), 201).id();
    stands(&table, number, UNDERWAY);
    eventually("that all that was set aside is given back", || {
        let (stock, pays) = (table.stock(1), table.all("pays"));
        let kept = pays.iter().filter(|pay| pay["status"] == "Ordered").count();
        if (stock, kept) == (80, 1) {
            Ok(())
        } else {
            Err(format!("{stock}: {pays:?}"))
        }
    });
    assert_eq!((table.count("orders"), table.count("deliveries")), (1, 1));
}

// 성능: 고객은 자신이 주문한 내용과 배달상태를 나의 주문정보(프론트엔드)에서 확인할 수 있어야 한다  CQRS

#[story]
fn performance_customers_see_what_they_ordered_and_how_it_stands_in_my_orders(shape: Shape) {
    let table = Table::start_in(shape);
    let (first, second, third) = (table.order(1), table.order(2), table.order(3));
    for order in [first, second, third] {
        stands(&table, order, UNDERWAY);
    }
    table.send(&cancel(second)).expect(204);
    table.complete(third).expect(200);
    stands(&table, second, CANCELED);
    stands(&table, third, DELIVERED);
    let rows = table.all("myOrders");
    let mut seen: Vec<_> = rows
        .iter()
        .map(|row| {
            (
                row["orderid"].as_i64().unwrap(),
                row["qty"].as_i64().unwrap(),
            )
        })
        .collect();
    // Orders are heard of in any order.
    seen.sort_unstable();
    assert_eq!(
        seen,
        [(first, 1), (second, 2), (third, 3)],
        "one row an order"
    );
    table.post("/myOrders", &json!({"orderid": 1})).expect(405);
    table.is_the_same_rebuilt("customer", "myOrders");
}

#[story]
fn performance_my_orders_can_be_seen_while_all_the_others_are_away(shape: Shape) {
    let table = Setup::of("breakfast").shape(shape).chaos().breakfast();
    let number = table.order(20);
    stands(&table, number, UNDERWAY);
    for context in ["order", "payment", "delivery", "foodcatalog", "mileage"] {
        table.turn(context, &json!({"down": true}));
    }
    table.get("/orders").expect(503);
    assert_eq!(how(&table, number), ["", "", "", "", "Delivery Start"]);
}

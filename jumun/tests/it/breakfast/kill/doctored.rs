//! The audit notices what it is there for: books that are in line, doctored one way at a time.

use serde_json::{Value, json};

use super::{Answered, Breakfast, PLENTY, SCARCE};
use crate::breakfast::{CANCELED, DELIVERED, UNDERWAY};
use crate::kill::{Books, Orders, notices};

const STANDING: i64 = 1;
const CANCELED_ORDER: i64 = 2;
const DELIVERED_ORDER: i64 = 3;
/// Never ordered; all that was set aside for it was given back.
const NOTHING: i64 = 4;

/// Three orders of two pizzas each, and one that died before it was placed. All were promised.
fn in_line() -> (Books, Answered) {
    let (mut books, mut promises) = (Books::default(), Orders::default());
    for (order, stand) in [
        (STANDING, UNDERWAY),
        (CANCELED_ORDER, CANCELED),
        (DELIVERED_ORDER, DELIVERED),
    ] {
        let [own, pay, delivery, portion, row] = stand;
        let placed = json!({
            "qty": 2, "status": own, "foodcaltalogid": 1, "customerid": 1,
        });
        books
            .all_mut("orders")
            .push(numbered("orders", order, placed));
        books.all_mut("pays").push(paid(order, pay));
        books
            .all_mut("deliveries")
            .push(json!({"orderId": order, "status": delivery}));
        books
            .all_mut("stockReservations")
            .push(reserved(order, portion));
        books.all_mut("myOrders").push(json!({
            "orderid": order, "foodcatlogid": 1, "qty": 2, "deliveryid": order, "status": row,
            "customerid": 1,
        }));
        if order != CANCELED_ORDER {
            for collection in ["mileages", "mileageViews"] {
                let earned = json!({"orderId": order, "payId": order, "cnt": 2});
                books.all_mut(collection).push(earned);
            }
        }
        let mark = format!("keyed-{order}");
        books.events.push(json!({
            "type": "Ordered", "correlation": mark, "data": {"id": order},
        }));
        books.tell("Shipped", &json!({"orderId": order}));
        promises.place(order, mark);
    }
    books.all_mut("pays").push(paid(NOTHING, CANCELED[1]));
    books
        .all_mut("stockReservations")
        .push(reserved(NOTHING, "Released"));
    for _ in 0..2 {
        books.tell("StockHeld", &json!({"orderid": NOTHING}));
    }
    for (number, (name, stock)) in (1..).zip([PLENTY, SCARCE]) {
        // Two orders keep two pizzas each.
        let stock = if number == 1 { stock - 4 } else { stock };
        let food = json!({"stock": stock, "name": name, "price": 1000.0});
        books.all_mut("foodCatalogViews").push(food.clone());
        books
            .all_mut("foodCatalogs")
            .push(numbered("foodCatalogs", number, food));
    }
    promises.canceled.insert(CANCELED_ORDER);
    promises.completed.insert(DELIVERED_ORDER);
    let answered = Answered {
        orders: promises,
        ..Answered::default()
    };
    (books, answered)
}

fn numbered(collection: &str, id: i64, mut item: Value) -> Value {
    let href = format!("http://breakfast/{collection}/{id}");
    item["_links"] = json!({"self": {"href": href}});
    item
}

fn paid(order: i64, status: &str) -> Value {
    json!({"amout": 2, "status": status, "orderid": order})
}

fn reserved(order: i64, status: &str) -> Value {
    json!({"orderid": order, "foodcatalogid": 1, "qty": 2, "status": status})
}

#[test]
fn the_audit_notices_whatever_is_not_in_line() {
    notices::<Breakfast>(
        in_line,
        &[
            ("1 has no pays", |books| {
                books.all_mut("pays").remove(0);
            }),
            ("1 has 2 deliveries", |books| {
                let twice = books.all("deliveries")[0].clone();
                books.all_mut("deliveries").push(twice);
            }),
            ("order 2 stands at", |books| {
                books.all_mut("pays")[1]["status"] = json!("Ordered");
            }),
            ("order 2 stands at", |books| {
                books.all_mut("deliveries")[1]["status"] = json!("Ordered");
            }),
            ("order 2 stands at", |books| {
                books.all_mut("stockReservations")[1]["status"] = json!("Taken");
            }),
            ("order 2 at", |books| {
                let earned = json!({"orderId": CANCELED_ORDER, "payId": 2, "cnt": 2});
                books.all_mut("mileages").push(earned);
            }),
            ("order 1 differs", |books| {
                books.all_mut("pays")[0]["amout"] = json!(3);
            }),
            ("there is no order 4, and its payment stands", |books| {
                books.all_mut("pays")[3]["status"] = json!("Ordered");
            }),
            ("there is no order 4, and its portion stands", |books| {
                books.all_mut("stockReservations")[3]["status"] = json!("Held");
            }),
            ("there is no order 4, and it has a delivery", |books| {
                let delivery = json!({"orderId": NOTHING, "status": "Ordered"});
                books.all_mut("deliveries").push(delivery);
            }),
            ("in stock and 4 with orders", |books| {
                books.all_mut("foodCatalogs")[0]["stock"] = json!(PLENTY.1);
            }),
            ("in stock and 0 with orders", |books| {
                books.all_mut("foodCatalogs")[1]["stock"] = json!(-1);
            }),
            ("the view shows", |books| {
                books.all_mut("foodCatalogViews")[0]["stock"] = json!(7);
            }),
            ("Shipped was told 2 times", |books| {
                books.tell("Shipped", &json!({"orderId": STANDING}));
            }),
            ("Paid was told 2 times", |books| {
                for _ in 0..2 {
                    books.tell("Paid", &json!({"id": 1, "orderid": STANDING}));
                }
            }),
            ("Ordered was told 2 times for keyed-1", |books| {
                let again = json!({
                    "type": "Ordered", "correlation": "keyed-1", "data": {"id": 9},
                });
                books.events.push(again);
            }),
            ("order 1 was answered, and is gone", |books| {
                books.all_mut("orders").remove(0);
            }),
            ("order 1 was keyed-1", |books| {
                books.events[0]["correlation"] = json!("keyed-7");
            }),
            ("order 2 was answered as canceled", |books| {
                books.all_mut("orders")[1]["status"] = json!("Delivery Start");
            }),
            ("order 3 was answered as completed", |books| {
                books.all_mut("deliveries")[2]["status"] = json!("Ordered");
            }),
        ],
    );
}

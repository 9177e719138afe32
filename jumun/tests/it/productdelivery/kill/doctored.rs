//! The audit notices what it is there for: books that are in line, doctored one way at a time.

use serde_json::{Value, json};

use super::{Deliveries, TVS};
use crate::kill::{Books, Orders, notices};
use crate::productdelivery::{CANCELED, COMPLETED, STARTED};
use crate::stage::id_of;

const DELIVERED: i64 = 1;
const GIVEN_BACK: i64 = 2;
/// Never ordered; its pay was given back.
const NOTHING: i64 = 3;

fn numbered(collection: &str, id: i64, mut item: Value) -> Value {
    let href = format!("http://company/{collection}/{id}");
    item["_links"] = json!({"self": {"href": href}});
    item
}

/// One order that was delivered, one that was canceled, one pay given back; both orders were
/// promised.
fn in_line() -> (Books, Orders) {
    let (mut books, mut promises) = (Books::default(), Orders::default());
    for (order, status, pay, product) in [
        (DELIVERED, COMPLETED, "keyed-1", COMPLETED),
        (GIVEN_BACK, CANCELED, "PayCanceled", "Delivery Canceled"),
    ] {
        let placed = json!({"item": "tv", "orderQty": 2, "status": status, "price": 3.0});
        let row = json!({"item": "tv", "quantity": 2, "status": status});
        let pay = json!({"orderId": order, "price": 3.0, "status": pay});
        let product = json!({"orderId": order, "orderQty": 2, "status": product});
        for (collection, item) in [
            ("orders", placed),
            ("myPages", row),
            ("pays", pay),
            ("products", product),
        ] {
            books
                .all_mut(collection)
                .push(numbered(collection, order, item));
        }
        happens(&mut books, "Ordered", order, &json!({"id": order}));
        promises.place(order, format!("keyed-{order}"));
    }
    happens(
        &mut books,
        "OrderCanceled",
        GIVEN_BACK,
        &json!({"id": GIVEN_BACK}),
    );
    let completed = json!({"id": DELIVERED, "orderId": DELIVERED, "orderQty": 2});
    happens(&mut books, "DeliveryCompleted", DELIVERED, &completed);
    let taken = json!({"id": 9, "orderId": DELIVERED, "quantity": 2});
    books.tell("StockDecreased", &taken);
    let tvs = json!({"item": "tv", "stock": TVS - 2});
    books.all_mut("inventories").push(tvs);
    let given_back = json!({"orderId": NOTHING, "price": 3.0, "status": "PayCanceled"});
    books
        .all_mut("pays")
        .push(numbered("pays", NOTHING, given_back));
    promises.completed.insert(DELIVERED);
    promises.canceled.insert(GIVEN_BACK);
    (books, promises)
}

/// It is told, by an event and by a notice.
fn happens(books: &mut Books, change: &str, order: i64, data: &Value) {
    books.tell(change, data);
    let notice = json!({"orderId": order, "change": change});
    books.all_mut("notices").push(notice);
}

fn at(books: &mut Books, collection: &str, order: i64) -> usize {
    let mut items = books.all_mut(collection).iter();
    let found = items.position(|item| id_of(item) == order);
    found.expect("it is there")
}

fn set(books: &mut Books, collection: &str, order: i64, field: &str, value: impl Into<Value>) {
    let at = at(books, collection, order);
    books.all_mut(collection)[at][field] = value.into();
}

fn remove(books: &mut Books, collection: &str, order: i64) {
    let at = at(books, collection, order);
    books.all_mut(collection).remove(at);
}

#[test]
fn whatever_is_not_in_line_is_found_and_what_is_in_line_is_not() {
    notices::<Deliveries>(
        in_line,
        &[
            ("has no pays", |b| remove(b, "pays", DELIVERED)),
            ("has no products", |b| remove(b, "products", DELIVERED)),
            ("has no myPages", |b| remove(b, "myPages", DELIVERED)),
            ("stands at", |b| {
                set(b, "pays", DELIVERED, "status", "PayCanceled");
            }),
            ("stands at", |b| set(b, "pays", GIVEN_BACK, "status", "0")),
            ("stands at", |b| {
                set(b, "products", GIVEN_BACK, "status", STARTED);
            }),
            ("shown is", |b| {
                set(b, "myPages", DELIVERED, "status", STARTED);
            }),
            ("differs", |b| set(b, "myPages", DELIVERED, "quantity", 9)),
            ("differs", |b| set(b, "pays", DELIVERED, "price", 4.0)),
            ("no order 3", |b| set(b, "pays", NOTHING, "status", "0")),
            ("has a delivery", |b| {
                let product = numbered("products", 9, json!({}));
                b.all_mut("products").push(product);
            }),
            ("told 2 times", |b| {
                b.tell("OrderCanceled", &json!({"id": GIVEN_BACK}));
            }),
            ("notices of Ordered 1", |b| {
                b.all_mut("notices").remove(0);
            }),
            ("notices of Ordered 1", |b| {
                let again = b.all_mut("notices")[0].clone();
                b.all_mut("notices").push(again);
            }),
            ("were not taken", |b| {
                b.events.retain(|event| event["type"] != "StockDecreased");
            }),
            ("should be in stock", |b| {
                b.all_mut("inventories")[0]["stock"] = json!(TVS);
            }),
            ("is gone", |b| remove(b, "orders", DELIVERED)),
            ("was keyed-1 and is", |b| {
                set(b, "pays", DELIVERED, "status", "keyed-7");
            }),
            ("answered as canceled", |b| {
                for collection in ["orders", "myPages", "products"] {
                    set(b, collection, GIVEN_BACK, "status", STARTED);
                }
            }),
            ("answered as completed", |b| {
                for collection in ["orders", "myPages", "products"] {
                    set(b, collection, DELIVERED, "status", STARTED);
                }
            }),
        ],
    );
}

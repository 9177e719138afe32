//! The audit notices what it is there for: books that are in line, doctored one way at a time.

use serde_json::{Value, json};

use super::Fruit;
use crate::kill::{Books, Orders, notices};
use crate::stage::id_of;

const STANDING: i64 = 1;
const CANCELED: i64 = 2;
/// Never ordered; its payment was given back.
const NOTHING: i64 = 3;

/// One order that stands and is delivered, one that was canceled, one payment given back; both
/// orders were promised: the one delivered, the other canceled.
fn in_line() -> (Books, Orders) {
    let (mut books, mut promises) = (Books::default(), Orders::default());
    for (order, status, pay, delivery) in [
        (STANDING, "주문신청", "결제승인", "배송완료"),
        (CANCELED, "주문취소", "결제취소", "배송취소"),
    ] {
        let mark = format!("keyed-{order}");
        let placed = json!({"userId": 1, "prodNm": mark, "qty": 2, "price": 3});
        let mut row = placed.clone();
        row["orderId"] = json!(order);
        row["orderStatus"] = json!(status);
        row["payId"] = json!(order);
        row["payStatus"] = json!(pay);
        row["deliveryStatus"] = json!(delivery);
        books.all_mut("myPages").push(row);
        let mut placed = numbered("orders", order, placed);
        placed["orderStatus"] = json!(status);
        books.all_mut("orders").push(placed);
        books.all_mut("payments").push(payment(order, pay));
        let delivery = json!({"orderId": order, "deliveryStatus": delivery});
        books.all_mut("deliveries").push(delivery);
        books.tell("OrderPlaced", &json!({"orderId": order}));
        promises.place(order, mark);
    }
    books.tell("PaymentCanceled", &json!({"orderId": CANCELED}));
    books.all_mut("payments").push(payment(NOTHING, "결제취소"));
    for _ in 0..2 {
        books.tell("PaymentAuthorized", &json!({"orderId": NOTHING}));
    }
    promises.completed.insert(STANDING);
    promises.canceled.insert(CANCELED);
    (books, promises)
}

fn numbered(collection: &str, id: i64, mut item: Value) -> Value {
    let href = format!("http://shop/{collection}/{id}");
    item["_links"] = json!({"self": {"href": href}});
    item
}

fn payment(order: i64, status: &str) -> Value {
    let payment = json!({"orderId": order, "price": 3, "payStatus": status});
    numbered("payments", order, payment)
}

/// Where the books have what is of an order, to be doctored.
fn of(books: &mut Books, collection: &str, order: i64) -> usize {
    let is_of = |item: &Value| match collection {
        "orders" => id_of(item) == order,
        _ => item["orderId"] == order,
    };
    let mut items = books.all_mut(collection).iter();
    items.position(is_of).expect("it is there")
}

fn set(books: &mut Books, collection: &str, order: i64, field: &str, value: impl Into<Value>) {
    let at = of(books, collection, order);
    books.all_mut(collection)[at][field] = value.into();
}

fn remove(books: &mut Books, collection: &str, order: i64) {
    let at = of(books, collection, order);
    books.all_mut(collection).remove(at);
}

fn double(books: &mut Books, collection: &str, order: i64) {
    let at = of(books, collection, order);
    let again = books.all_mut(collection)[at].clone();
    books.all_mut(collection).push(again);
}

#[test]
fn whatever_is_not_in_line_is_found_and_what_is_in_line_is_not() {
    notices::<Fruit>(
        in_line,
        &[
            ("has no payments", |b| remove(b, "payments", STANDING)),
            ("has 2 payments", |b| double(b, "payments", STANDING)),
            ("결제요청", |b| {
                set(b, "payments", STANDING, "payStatus", "결제요청");
            }),
            ("결제승인", |b| {
                set(b, "payments", CANCELED, "payStatus", "결제승인");
            }),
            ("no order 3", |b| {
                set(b, "payments", NOTHING, "payStatus", "결제승인");
            }),
            ("differs", |b| set(b, "payments", STANDING, "price", 4)),
            ("has no deliveries", |b| remove(b, "deliveries", STANDING)),
            ("배송시작", |b| {
                set(b, "deliveries", CANCELED, "deliveryStatus", "배송시작");
            }),
            ("has 2 deliveries", |b| double(b, "deliveries", STANDING)),
            ("my page shows", |b| {
                set(b, "myPages", STANDING, "payStatus", "결제요청");
            }),
            ("differs", |b| set(b, "myPages", STANDING, "qty", 9)),
            ("has a row", |b| {
                b.all_mut("myPages").push(json!({"orderId": 9}));
            }),
            ("one of no order", |b| {
                b.all_mut("deliveries").push(json!({"orderId": null}));
            }),
            ("told of no order", |b| b.tell("OrderPlaced", &json!({}))),
            ("told 2 times", |b| {
                b.tell("PaymentCanceled", &json!({"orderId": CANCELED}));
            }),
            ("OrderPlaced was told 2 times for once-7-7", |b| {
                for order in [STANDING, CANCELED] {
                    let data = json!({"orderId": order});
                    let mark = "once-7-7";
                    let event = json!({"type": "OrderPlaced", "correlation": mark, "data": data});
                    b.events.push(event);
                }
            }),
            ("is gone", |b| remove(b, "orders", STANDING)),
            ("was keyed-1 and is", |b| {
                set(b, "orders", STANDING, "prodNm", "keyed-9");
            }),
            ("answered as canceled", |b| {
                set(b, "orders", CANCELED, "orderStatus", "주문신청");
            }),
            ("answered as completed", |b| {
                set(b, "deliveries", STANDING, "deliveryStatus", "배송시작");
            }),
            ("was ordered again", |b| {
                let order = b.all_mut("orders")[0].clone();
                b.all_mut("orders").push(numbered("orders", 9, order));
            }),
        ],
    );
}

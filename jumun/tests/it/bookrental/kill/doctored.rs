//! The audit notices what it is there for: books that are in line, doctored one way at a time.

use serde_json::{Value, json};

use super::{COPIES, Rentals};
use crate::bookrental::{CANCELED, DELIVERED, RESERVED, RETURNED};
use crate::kill::{Books, Orders, notices};
use crate::stage::id_of;

const LENT: i64 = 1;
const GIVEN_UP: i64 = 2;
const BROUGHT_BACK: i64 = 3;

fn numbered(collection: &str, id: i64, mut item: Value) -> Value {
    let href = format!("http://library/{collection}/{id}");
    item["_links"] = json!({"self": {"href": href}});
    item
}

/// One book that is lent, one that was canceled before it left, one that was brought back; all were
/// promised.
fn in_line() -> (Books, Orders) {
    let (mut books, mut promises) = (Books::default(), Orders::default());
    for (number, code, copies) in [
        (LENT, DELIVERED, 1),
        (GIVEN_UP, CANCELED, 0),
        (BROUGHT_BACK, RETURNED, 0),
    ] {
        let item = json!({"productId": 1, "statusCode": code});
        for collection in ["reservations", "deliveries", "myPages"] {
            let item = numbered(collection, number, item.clone());
            books.all_mut(collection).push(item);
        }
        let loan = json!({"productId": 1, "copies": copies, "ended": code != DELIVERED});
        books.all_mut("loans").push(numbered("loans", number, loan));
        books.tell("Reserved", &json!({"id": number}));
        if number != GIVEN_UP {
            books.tell("CopyTaken", &json!({"id": 1, "orderId": number}));
        }
        promises.place(number, format!("keyed-{number}"));
    }
    books.tell("CopyPutBack", &json!({"id": 1, "orderId": BROUGHT_BACK}));
    books.tell("Canceled", &json!({"id": GIVEN_UP}));
    books.all_mut("products").push(json!({"stock": COPIES - 1}));
    promises.canceled.insert(GIVEN_UP);
    promises.completed.insert(BROUGHT_BACK);
    (books, promises)
}

fn at(books: &mut Books, collection: &str, number: i64) -> usize {
    let mut items = books.all_mut(collection).iter();
    let found = items.position(|item| id_of(item) == number);
    found.expect("it is there")
}

fn set(books: &mut Books, collection: &str, number: i64, field: &str, value: impl Into<Value>) {
    let at = at(books, collection, number);
    books.all_mut(collection)[at][field] = value.into();
}

fn remove(books: &mut Books, collection: &str, number: i64) {
    let at = at(books, collection, number);
    books.all_mut(collection).remove(at);
}

#[test]
fn whatever_is_not_in_line_is_found_and_what_is_in_line_is_not() {
    notices::<Rentals>(
        in_line,
        &[
            ("has no deliveries", |b| remove(b, "deliveries", LENT)),
            ("has no loans", |b| remove(b, "loans", LENT)),
            ("has no myPages", |b| remove(b, "myPages", LENT)),
            ("stands at 1", |b| {
                set(b, "reservations", LENT, "statusCode", RESERVED);
            }),
            ("its delivery differs", |b| {
                set(b, "deliveries", GIVEN_UP, "statusCode", DELIVERED);
            }),
            ("its row differs", |b| {
                set(b, "myPages", LENT, "statusCode", RESERVED);
            }),
            ("its row differs", |b| {
                set(b, "myPages", LENT, "productId", 9);
            }),
            ("its loan differs", |b| {
                set(b, "loans", GIVEN_UP, "ended", false);
            }),
            ("has a loan", |b| {
                b.all_mut("loans").push(numbered("loans", 9, json!({})));
            }),
            ("told 2 times", |b| {
                b.tell("Canceled", &json!({"id": GIVEN_UP}));
            }),
            ("copies are out for 1", |b| {
                set(b, "loans", LENT, "copies", 0);
            }),
            ("which has no loan", |b| {
                b.tell("CopyTaken", &json!({"id": 1, "orderId": 9}));
            }),
            ("should be in stock", |b| {
                b.all_mut("products")[0]["stock"] = json!(COPIES);
            }),
            ("is gone", |b| remove(b, "reservations", LENT)),
            ("answered as canceled", |b| {
                for collection in ["reservations", "deliveries", "myPages"] {
                    set(b, collection, GIVEN_UP, "statusCode", DELIVERED);
                }
            }),
            ("answered as completed", |b| {
                for collection in ["reservations", "deliveries", "myPages"] {
                    set(b, collection, BROUGHT_BACK, "statusCode", DELIVERED);
                }
            }),
        ],
    );
}

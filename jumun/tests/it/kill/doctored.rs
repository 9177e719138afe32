//! The audit notices what it is there for: books that are in line, doctored one way at a time.

use serde_json::{Value, json};

use super::books::Books;
use super::town::Town;

const STANDING: i64 = 1;
const CANCELED: i64 = 2;

/// One order that stands and is delivered, one that was canceled, one payment given back.
fn in_line() -> Books {
    let mut books = Books::default();
    for (order, status, pay, delivery) in [
        (STANDING, "주문신청", "결제승인", "배송완료"),
        (CANCELED, "주문취소", "결제취소", "배송취소"),
    ] {
        let mark = format!("keyed-{order}");
        let placed =
            json!({"userId": 1, "prodNm": mark, "qty": 2, "price": 3, "orderStatus": status});
        let mut row = placed.clone();
        row["orderId"] = json!(order);
        row["payId"] = json!(order);
        row["payStatus"] = json!(pay);
        row["deliveryStatus"] = json!(delivery);
        books.orders.insert(order, placed);
        books.payments.insert(order, vec![payment(order, pay)]);
        books.deliveries.insert(
            order,
            vec![json!({"orderId": order, "deliveryStatus": delivery})],
        );
        books.rows.insert(order, vec![row]);
        books.told.insert(("OrderPlaced".to_owned(), order), 1);
    }
    books.payments.insert(3, vec![payment(3, "결제취소")]);
    books.told.insert(("PaymentAuthorized".to_owned(), 3), 2);
    books
}

fn payment(order: i64, status: &str) -> Value {
    let href = format!("http://shop/payments/{order}");
    json!({"orderId": order, "price": 3, "payStatus": status, "_links": {"self": {"href": href}}})
}

/// Both were promised: the one delivered, the other canceled.
fn promised() -> Town {
    let town = Town::open(([127, 0, 0, 1], 9).into());
    town.promises(|promises| {
        promises.placed.insert(STANDING, "keyed-1".to_owned());
        promises.placed.insert(CANCELED, "keyed-2".to_owned());
        promises.completed.insert(STANDING);
        promises.canceled.insert(CANCELED);
    });
    town
}

#[test]
fn books_that_are_in_line_are_found_so() {
    assert_eq!(in_line().audit(&promised()), Vec::<String>::new());
}

#[test]
fn whatever_is_not_in_line_is_found() {
    type Doctor = fn(&mut Books);
    let ways: [(&str, Doctor); 16] = [
        ("has no payments", |b| {
            b.payments.remove(&STANDING);
        }),
        ("has 2 payments", |b| {
            b.payments
                .get_mut(&STANDING)
                .unwrap()
                .push(payment(1, "결제승인"));
        }),
        ("결제요청", |b| {
            b.payments.get_mut(&STANDING).unwrap()[0]["payStatus"] = json!("결제요청");
        }),
        ("결제승인", |b| {
            b.payments.get_mut(&CANCELED).unwrap()[0]["payStatus"] = json!("결제승인");
        }),
        ("no order 3", |b| {
            b.payments.get_mut(&3).unwrap()[0]["payStatus"] = json!("결제승인");
        }),
        ("differs", |b| {
            b.payments.get_mut(&STANDING).unwrap()[0]["price"] = json!(4);
        }),
        ("has no deliveries", |b| {
            b.deliveries.remove(&STANDING);
        }),
        ("배송시작", |b| {
            b.deliveries.get_mut(&CANCELED).unwrap()[0]["deliveryStatus"] = json!("배송시작");
        }),
        ("has 2 deliveries", |b| {
            let again = b.deliveries[&STANDING][0].clone();
            b.deliveries.get_mut(&STANDING).unwrap().push(again);
        }),
        ("my page shows", |b| {
            b.rows.get_mut(&STANDING).unwrap()[0]["payStatus"] = json!("결제요청");
        }),
        ("differs", |b| {
            b.rows.get_mut(&STANDING).unwrap()[0]["qty"] = json!(9);
        }),
        ("has a row", |b| {
            b.rows.insert(9, vec![json!({"orderId": 9})]);
        }),
        ("told 2 times", |b| {
            b.told.insert(("PaymentCanceled".to_owned(), CANCELED), 2);
        }),
        ("is gone", |b| {
            b.orders.remove(&STANDING);
        }),
        ("it stands", |b| {
            b.orders.get_mut(&CANCELED).unwrap()["orderStatus"] = json!("주문신청");
        }),
        ("was ordered again", |b| {
            let again = b.orders[&STANDING].clone();
            b.orders.insert(9, again);
        }),
    ];
    for (noticed, doctor) in ways {
        let mut books = in_line();
        doctor(&mut books);
        let wrong = books.audit(&promised());
        assert!(
            wrong.iter().any(|wrong| wrong.contains(noticed)),
            "{noticed}: {wrong:?}"
        );
    }
}

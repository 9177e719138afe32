use testkit::{given, given_nothing};

use super::*;

fn apples() -> Purchase {
    Purchase {
        user_id: 7181,
        prod_nm: Some("사과".to_owned()),
        prod_id: None,
        qty: 2,
        price: 5000,
        address: "경기도 성남시".to_owned(),
    }
}

fn placed() -> OrderEvent {
    apples().placed(1).into()
}

fn canceled() -> OrderEvent {
    apples().canceled(1).into()
}

fn delivered() -> OrderEvent {
    OrderDelivered { order_id: 1 }.into()
}

#[test]
fn an_order_is_placed() {
    given_nothing::<Order>()
        .when(OrderCommand::Place(apples()))
        .then([placed()]);
}

#[test]
fn an_order_is_canceled_once() {
    given::<Order>([placed()])
        .when(OrderCommand::Cancel)
        .then([canceled()])
        .when(OrderCommand::Cancel)
        .then_no_news();
}

#[test]
fn a_delivered_order_cannot_be_canceled() {
    given::<Order>([placed()])
        .when(OrderCommand::Deliver)
        .then([delivered()])
        .when(OrderCommand::Deliver)
        .then_no_news()
        .when(OrderCommand::Cancel)
        .then_refused("order-delivered");
}

#[test]
fn a_canceled_order_is_not_delivered() {
    given::<Order>([placed(), canceled()])
        .when(OrderCommand::Deliver)
        .then_refused("order-canceled");
}

#[test]
fn an_order_that_was_never_placed_is_waited_for() {
    given_nothing::<Order>()
        .when(OrderCommand::Cancel)
        .then_refused("order-unknown");
}

fn form() -> Purchase {
    Purchase {
        user_id: 1,
        prod_nm: None,
        prod_id: None,
        qty: 1,
        price: 0,
        address: "서울".to_owned(),
    }
}

#[track_caller]
fn refused(form: Purchase, field: &str, code: &str) {
    let refusal = form.checked().unwrap_err();
    assert_eq!(
        (refusal.field.as_deref(), refusal.code.as_str()),
        (Some(field), code)
    );
}

#[test]
fn an_order_form_is_checked() {
    assert!(form().checked().is_ok());
    assert!(
        Purchase {
            qty: 10_000,
            price: i32::MAX,
            ..form()
        }
        .checked()
        .is_ok()
    );
    refused(
        Purchase { qty: 0, ..form() },
        "qty",
        "quantity-out-of-range",
    );
    refused(
        Purchase {
            qty: 10_001,
            ..form()
        },
        "qty",
        "quantity-out-of-range",
    );
    refused(
        Purchase {
            price: -1,
            ..form()
        },
        "price",
        "price-negative",
    );
    refused(
        Purchase {
            address: " ".to_owned(),
            ..form()
        },
        "address",
        "address-missing",
    );
    refused(
        Purchase {
            address: "가".repeat(501),
            ..form()
        },
        "address",
        "text-too-long",
    );
    let long = Some("가".repeat(201));
    refused(
        Purchase {
            prod_nm: long,
            ..form()
        },
        "prodNm",
        "text-too-long",
    );
}

#[test]
fn only_placing_asks_payment() {
    let order = Order::Placed(apples());
    assert!(
        placing_asks_payment_to_authorize(1, &Order::New, &OrderCommand::Place(apples())).is_some()
    );
    assert!(placing_asks_payment_to_authorize(1, &order, &OrderCommand::Cancel).is_none());
    assert!(placing_asks_payment_to_authorize(1, &order, &OrderCommand::Deliver).is_none());
}

#[test]
fn an_order_by_the_number_of_its_fruit_keeps_it_and_others_do_not_show_any() {
    let sent = r#"{"userId":7181,"prodId":200,"qty":5,"price":50000,"address":"경기도 성남시"}"#;
    let purchase: Purchase = serde_json::from_str(sent).unwrap();
    let placed = purchase.placed(107);
    let told = serde_json::to_value(&placed).unwrap();
    assert_eq!(told["prodId"], 200);
    let shown = serde_json::to_value(Order::Placed(placed.purchase).shown()).unwrap();
    assert_eq!(shown["prodId"], 200);
    let shown = serde_json::to_value(Order::Placed(apples()).shown()).unwrap();
    assert!(shown.get("prodId").is_none(), "{shown}");
}

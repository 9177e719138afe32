use testkit::{given, given_nothing};

use super::*;

fn tv() -> Purchase {
    Purchase {
        item: "tv".to_owned(),
        order_qty: 3,
        quantity: 3,
        status: Some(Status::AsSent("0".to_owned())),
        price: 1000.0,
    }
}

fn ordered() -> OrderEvent {
    let purchase = tv();
    Ordered { id: 1, purchase }.into()
}

fn modified() -> OrderEvent {
    let status = Status::Started;
    OrderStatusModified { id: 1, status }.into()
}

fn delivered() -> OrderEvent {
    let status = Status::Completed;
    OrderDelivered { id: 1, status }.into()
}

fn canceled() -> OrderEvent {
    let purchase = tv().now(Status::Canceled);
    OrderCanceled { id: 1, purchase }.into()
}

#[test]
fn an_order_is_placed() {
    given_nothing::<Order>()
        .when(OrderCommand::Place(tv()))
        .then([ordered()]);
}

#[test]
fn its_status_follows_the_delivery() {
    let placed = given::<Order>([ordered()])
        .when(OrderCommand::NoteStart)
        .then([modified()])
        .when(OrderCommand::NoteStart)
        .then_no_news();
    assert_eq!(
        placed.state().shown().unwrap().status,
        Some(Status::Started)
    );
    let delivered = placed.when(OrderCommand::Deliver).then([delivered()]);
    assert_eq!(
        delivered.state().shown().unwrap().status,
        Some(Status::Completed)
    );
}

#[test]
fn news_of_a_start_that_come_late_change_nothing() {
    given::<Order>([ordered(), canceled()])
        .when(OrderCommand::NoteStart)
        .then_no_news();
    given::<Order>([ordered(), delivered()])
        .when(OrderCommand::NoteStart)
        .then_no_news();
}

#[test]
fn an_order_is_canceled_once_and_can_still_be_read() {
    let order = given::<Order>([ordered(), modified()])
        .when(OrderCommand::Cancel)
        .then([canceled()])
        .when(OrderCommand::Cancel)
        .then_no_news();
    assert_eq!(order.state().shown(), Some(tv().now(Status::Canceled)));
}

#[test]
fn a_delivered_order_cannot_be_canceled() {
    given::<Order>([ordered()])
        .when(OrderCommand::Deliver)
        .then([delivered()])
        .when(OrderCommand::Deliver)
        .then_no_news()
        .when(OrderCommand::Cancel)
        .then_refused("order-delivered");
}

#[test]
fn a_canceled_order_is_not_delivered() {
    given::<Order>([ordered(), canceled()])
        .when(OrderCommand::Deliver)
        .then_refused("order-canceled");
}

#[test]
fn an_order_that_was_never_placed_is_waited_for() {
    given_nothing::<Order>()
        .when(OrderCommand::Cancel)
        .then_refused("order-unknown");
}

fn form() -> OrderForm {
    OrderForm {
        item: "tv".to_owned(),
        order_qty: Some(3),
        quantity: None,
        status: Some("0".to_owned()),
        price: 1000.0,
    }
}

#[test]
fn the_quantity_may_be_sent_under_either_name() {
    assert_eq!(form().checked(), Ok(tv()));
    let other = OrderForm {
        order_qty: None,
        quantity: Some(3),
        ..form()
    };
    assert_eq!(other.checked(), Ok(tv()));
    let both = OrderForm {
        quantity: Some(3),
        ..form()
    };
    assert_eq!(both.checked(), Ok(tv()));
}

#[test]
fn an_order_needs_no_status() {
    let silent = OrderForm {
        status: None,
        ..form()
    };
    assert_eq!(silent.checked().unwrap().status, None);
}

#[track_caller]
fn refused(form: OrderForm, field: &str, code: &str) {
    let refusal = form.checked().unwrap_err();
    assert_eq!(
        (refusal.field.as_deref(), refusal.code.as_str()),
        (Some(field), code)
    );
}

#[test]
fn an_order_form_is_checked() {
    let of = |order_qty| OrderForm {
        order_qty,
        ..form()
    };
    refused(of(Some(0)), "orderQty", "quantity-out-of-range");
    refused(of(Some(10_001)), "orderQty", "quantity-out-of-range");
    refused(of(None), "orderQty", "quantity-missing");
    let two = OrderForm {
        quantity: Some(4),
        ..form()
    };
    refused(two, "quantity", "two-quantities");
    for price in [-0.5, 1e13, f64::NAN] {
        refused(OrderForm { price, ..form() }, "price", "price-out-of-range");
    }
    for (item, code) in [
        (" ".to_owned(), "item-missing"),
        ("가".repeat(201), "text-too-long"),
    ] {
        refused(OrderForm { item, ..form() }, "item", code);
    }
}

#[test]
fn nobody_sends_a_status_that_only_happens() {
    for status in [
        "Delivery Started",
        "Delivery Completed",
        "Order Canceled",
        "PayCanceled",
    ] {
        let status = Some(status.to_owned());
        refused(OrderForm { status, ..form() }, "status", "status-not-yours");
    }
}

#[test]
fn only_placing_asks_pay() {
    let asks = |command| placing_asks_pay_to_authorize(1, &Order::Placed(tv()), &command).is_some();
    assert!(asks(OrderCommand::Place(tv())));
    assert!(!asks(OrderCommand::NoteStart));
    assert!(!asks(OrderCommand::Deliver));
    assert!(!asks(OrderCommand::Cancel));
}

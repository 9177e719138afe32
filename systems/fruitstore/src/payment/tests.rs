use testkit::{given, given_nothing};

use super::*;
use crate::order::Purchase;

fn asked() -> Bill {
    AuthorizePayment::of(9, &order().purchase).bill
}

fn order() -> OrderPlaced {
    OrderPlaced {
        order_id: 9,
        purchase: Purchase {
            user_id: 7181,
            prod_nm: None,
            prod_id: None,
            qty: 2,
            price: 5000,
            address: "서울".to_owned(),
        },
        order_status: OrderStatus::Placed,
    }
}

fn authorized() -> PaymentEvent {
    asked().authorized(1).into()
}

fn approved() -> PaymentEvent {
    asked().approved(1, order()).into()
}

fn canceled() -> PaymentEvent {
    asked().canceled(1).into()
}

fn voided() -> PaymentEvent {
    asked().voided(1).into()
}

#[test]
fn a_payment_is_authorized_in_the_call_and_captured_when_the_order_is_placed() {
    given_nothing::<Payment>()
        .when(PaymentCommand::Authorize(asked()))
        .then([authorized()])
        .when(PaymentCommand::Capture(order()))
        .then([approved()])
        .when(PaymentCommand::Capture(order()))
        .then_no_news();
}

#[test]
fn asking_twice_for_one_order_authorizes_once() {
    let other_amount = Bill {
        price: 1,
        ..asked()
    };
    given::<Payment>([authorized()])
        .when(PaymentCommand::Authorize(asked()))
        .then_no_news()
        .when(PaymentCommand::Authorize(other_amount))
        .then_refused("payment-differs");
}

#[test]
fn an_authorization_whose_order_never_comes_is_voided() {
    given::<Payment>([authorized()])
        .when(PaymentCommand::Void)
        .then([voided()])
        .when(PaymentCommand::Void)
        .then_no_news();
    given::<Payment>([authorized(), approved()])
        .when(PaymentCommand::Void)
        .then_no_news();
}

#[test]
fn an_order_that_comes_after_the_void_is_told_that_it_is_not_paid() {
    given::<Payment>([authorized(), voided()])
        .when(PaymentCommand::Capture(order()))
        .then([canceled()])
        .when(PaymentCommand::Cancel)
        .then_no_news();
}

#[test]
fn a_canceled_order_is_refunded_once() {
    given::<Payment>([authorized(), approved()])
        .when(PaymentCommand::Cancel)
        .then([canceled()])
        .when(PaymentCommand::Cancel)
        .then_no_news();
}

#[test]
fn a_cancel_that_overtakes_the_approval_stays_canceled() {
    given::<Payment>([authorized()])
        .when(PaymentCommand::Cancel)
        .then([canceled()])
        .when(PaymentCommand::Capture(order()))
        .then_no_news();
}

#[test]
fn what_comes_before_its_payment_is_waited_for() {
    given_nothing::<Payment>()
        .when(PaymentCommand::Capture(order()))
        .then_refused("payment-unknown")
        .when(PaymentCommand::Cancel)
        .then_refused("payment-unknown");
}

#[test]
fn a_request_for_payment_is_checked() {
    let negative = Bill {
        price: -1,
        ..asked()
    };
    assert_eq!(negative.checked().unwrap_err().code, "price-negative");
    let no_order = Bill {
        order_id: 0,
        ..asked()
    };
    assert_eq!(no_order.checked().unwrap_err().code, "order-id-invalid");
}

use testkit::{given, given_nothing};

use super::*;

fn bill() -> Bill {
    Bill::of(7, 20)
}

fn authorized() -> PaymentEvent {
    let bill = bill();
    PaymentAuthorized { id: 1, bill }.into()
}

fn paid() -> PaymentEvent {
    let bill = bill();
    Paid { id: 1, bill }.into()
}

fn canceled() -> PaymentEvent {
    bill().canceled(1).into()
}

fn voided() -> PaymentEvent {
    let bill = bill().with(PayStatus::Canceled);
    PaymentVoided { id: 1, bill }.into()
}

#[test]
fn money_is_set_aside_once_however_often_it_is_asked_for() {
    given_nothing::<Payment>()
        .when(PaymentCommand::Authorize(bill()))
        .then([authorized()])
        .when(PaymentCommand::Authorize(bill()))
        .then_no_news()
        .when(PaymentCommand::Authorize(Bill::of(7, 21)))
        .then_refused("payment-differs");
}

#[test]
fn it_is_taken_when_the_order_is_heard_of() {
    given::<Payment>([authorized()])
        .when(PaymentCommand::Capture)
        .then([paid()])
        .when(PaymentCommand::Capture)
        .then_no_news()
        .when(PaymentCommand::Void)
        .then_no_news();
}

#[test]
fn it_is_given_back_once() {
    given::<Payment>([authorized(), paid()])
        .when(PaymentCommand::Cancel)
        .then([canceled()])
        .when(PaymentCommand::Cancel)
        .then_no_news()
        .when(PaymentCommand::Authorize(bill()))
        .then_refused("payment-canceled");
}

#[test]
fn a_cancel_that_overtakes_the_order_stays() {
    given::<Payment>([authorized()])
        .when(PaymentCommand::Cancel)
        .then([canceled()])
        .when(PaymentCommand::Capture)
        .then_no_news();
}

#[test]
fn what_is_never_heard_of_is_voided_and_an_order_that_comes_later_is_told_so() {
    given::<Payment>([authorized()])
        .when(PaymentCommand::Void)
        .then([voided()])
        .when(PaymentCommand::Capture)
        .then([canceled()]);
    given::<Payment>([authorized(), voided()])
        .when(PaymentCommand::Authorize(bill()))
        .then([authorized()]);
    given::<Payment>([authorized(), voided()])
        .when(PaymentCommand::Cancel)
        .then([canceled()]);
}

#[test]
fn what_comes_before_the_payment_is_waited_for() {
    for early in [PaymentCommand::Capture, PaymentCommand::Cancel] {
        given_nothing::<Payment>()
            .when(early)
            .then_refused("payment-unknown");
    }
}

#[test]
fn a_form_needs_an_order_and_an_amount() {
    let code = |amout, orderid| PayForm { amout, orderid }.checked().unwrap_err().code;
    assert_eq!(code(-1, 1), "amount-negative");
    assert_eq!(code(1, 0), "order-id-invalid");
    assert_eq!(
        PayForm {
            amout: 0,
            orderid: 1
        }
        .checked(),
        Ok(Bill::of(1, 0))
    );
}

#[test]
fn its_events_are_as_the_seed_shows_them() {
    let json = serde_json::to_string(&Bill::of(75, 50).canceled(46));
    assert_eq!(
        json.unwrap(),
        r#"{"id":46,"amout":50,"status":"Order Canceled-payment","orderid":75}"#
    );
}

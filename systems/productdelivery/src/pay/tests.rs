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

fn bill() -> Bill {
    AuthorizePay::of(1, &tv()).checked().unwrap()
}

fn authorized() -> PayEvent {
    PayAuthorized {
        id: 1,
        bill: bill(),
    }
    .into()
}

fn approved() -> PayEvent {
    PayApproved {
        id: 1,
        bill: bill(),
        item: Some("tv".to_owned()),
        quantity: Some(3),
    }
    .into()
}

fn canceled() -> PayEvent {
    bill().canceled(1).into()
}

fn voided() -> PayEvent {
    let bill = bill().canceled(1).bill;
    PayVoided { id: 1, bill }.into()
}

#[test]
fn a_pay_is_authorized_in_the_call_and_captured_when_the_order_stands() {
    given_nothing::<Pay>()
        .when(PayCommand::Authorize(bill()))
        .then([authorized()])
        .when(PayCommand::Capture(tv()))
        .then([approved()])
        .when(PayCommand::Capture(tv()))
        .then_no_news();
}

#[test]
fn a_pay_is_shown_with_its_orders_status_until_it_is_given_back() {
    let approved = given::<Pay>([authorized(), approved()]);
    assert_eq!(
        approved.state().bill().unwrap().status.as_deref(),
        Some("0")
    );
    let canceled = approved.when(PayCommand::Cancel).then([canceled()]);
    assert_eq!(
        canceled.state().bill().unwrap().status.as_deref(),
        Some("PayCanceled")
    );
}

#[test]
fn the_same_question_again_is_no_news() {
    given::<Pay>([authorized()])
        .when(PayCommand::Authorize(bill()))
        .then_no_news();
    let other = Bill {
        price: 1.0,
        ..bill()
    };
    given::<Pay>([authorized()])
        .when(PayCommand::Authorize(other))
        .then_refused("pay-differs");
}

#[test]
fn a_pay_whose_order_never_comes_is_voided() {
    given::<Pay>([authorized()])
        .when(PayCommand::Void)
        .then([voided()])
        .when(PayCommand::Void)
        .then_no_news()
        .when(PayCommand::Authorize(bill()))
        .then([authorized()]);
}

#[test]
fn a_pay_that_was_taken_is_not_voided() {
    given::<Pay>([authorized(), approved()])
        .when(PayCommand::Void)
        .then_no_news();
}

#[test]
fn an_order_that_comes_after_the_void_is_told_so() {
    given::<Pay>([authorized(), voided()])
        .when(PayCommand::Capture(tv()))
        .then([canceled()]);
}

#[test]
fn a_pay_is_refunded_once_and_stays_so() {
    given::<Pay>([authorized(), approved()])
        .when(PayCommand::Cancel)
        .then([canceled()])
        .when(PayCommand::Cancel)
        .then_no_news()
        .when(PayCommand::Capture(tv()))
        .then_no_news()
        .when(PayCommand::Authorize(bill()))
        .then_refused("pay-canceled");
}

#[test]
fn an_order_without_a_pay_is_waited_for() {
    given_nothing::<Pay>()
        .when(PayCommand::Capture(tv()))
        .then_refused("pay-unknown");
}

#[test]
fn a_question_is_checked() {
    let asked = |order_id, price| AuthorizePay {
        order_id,
        price,
        status: None,
    };
    assert_eq!(
        asked(0, 1.0).checked().unwrap_err().code,
        "order-id-invalid"
    );
    assert_eq!(asked(1, -1.0).checked().unwrap_err().code, "price-negative");
}

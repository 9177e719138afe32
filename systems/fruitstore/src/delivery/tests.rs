use testkit::{given, given_nothing};

use super::*;
use crate::payment::PayStatus;

fn parcel() -> Parcel {
    Parcel {
        order_id: 9,
        user_id: 7181,
        prod_id: None,
        qty: Some(2),
        address: Some("서울".to_owned()),
        order_status: Some(OrderStatus::Placed),
        pay_status: PayStatus::Approved,
    }
}

fn started() -> DeliveryEvent {
    parcel().started(1).into()
}

fn completed() -> DeliveryEvent {
    parcel().completed(1).into()
}

fn canceled() -> DeliveryEvent {
    parcel().canceled(1).into()
}

#[test]
fn a_delivery_starts_once_and_is_completed_once() {
    given_nothing::<Delivery>()
        .when(DeliveryCommand::Start(parcel()))
        .then([started()])
        .when(DeliveryCommand::Start(parcel()))
        .then_no_news()
        .when(DeliveryCommand::Complete)
        .then([completed()])
        .when(DeliveryCommand::Complete)
        .then_no_news();
}

#[test]
fn a_delivery_is_canceled_once_and_cannot_be_completed_then() {
    given::<Delivery>([started()])
        .when(DeliveryCommand::Cancel(parcel()))
        .then([canceled()])
        .when(DeliveryCommand::Cancel(parcel()))
        .then_no_news()
        .when(DeliveryCommand::Complete)
        .then_refused("delivery-canceled");
}

#[test]
fn a_cancel_that_comes_first_keeps_the_delivery_from_starting() {
    given_nothing::<Delivery>()
        .when(DeliveryCommand::Cancel(parcel()))
        .then([canceled()])
        .when(DeliveryCommand::Start(parcel()))
        .then_no_news();
}

#[test]
fn a_completed_delivery_cannot_be_canceled() {
    given::<Delivery>([started(), completed()])
        .when(DeliveryCommand::Cancel(parcel()))
        .then_refused("delivery-completed");
}

#[test]
fn a_delivery_that_has_not_started_is_waited_for() {
    given_nothing::<Delivery>()
        .when(DeliveryCommand::Complete)
        .then_refused("delivery-unknown");
}

#[test]
fn a_courier_can_only_say_that_it_is_done() {
    let set = |delivery_status| DeliveryForm { delivery_status }.command();
    assert_eq!(
        set(DeliveryStatus::Completed),
        Ok(DeliveryCommand::Complete)
    );
    assert_eq!(
        set(DeliveryStatus::Started).unwrap_err().code,
        "delivery-status-not-yours"
    );
    assert_eq!(
        set(DeliveryStatus::Canceled).unwrap_err().code,
        "delivery-status-not-yours"
    );
}

#[test]
fn the_order_is_asked_before_a_delivery_under_way_is_completed() {
    let ask = |delivery, command| completing_asks_order_to_close(1, &delivery, &command).is_some();
    assert!(ask(Delivery::Underway(parcel()), DeliveryCommand::Complete));
    assert!(!ask(
        Delivery::Canceled(parcel()),
        DeliveryCommand::Complete
    ));
    assert!(!ask(
        Delivery::Underway(parcel()),
        DeliveryCommand::Start(parcel())
    ));
}

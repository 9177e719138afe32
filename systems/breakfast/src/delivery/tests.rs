use testkit::{given, given_nothing};

use super::*;

fn shipped() -> DeliveryEvent {
    Shipped {
        id: 1,
        status: DeliveryStatus::Started,
        order_id: 7,
    }
    .into()
}

fn completed() -> DeliveryEvent {
    DeliveryCompleted {
        id: 1,
        status: DeliveryStatus::Completed,
        order_id: 7,
    }
    .into()
}

fn canceled() -> DeliveryEvent {
    DeliveryCanceled {
        id: 1,
        status: DeliveryStatus::Canceled,
        order_id: 7,
    }
    .into()
}

#[test]
fn a_delivery_starts_once() {
    given_nothing::<Delivery>()
        .when(DeliveryCommand::Start(7))
        .then([shipped()])
        .when(DeliveryCommand::Start(7))
        .then_no_news();
}

#[test]
fn it_is_completed_once_and_not_canceled_afterwards() {
    given::<Delivery>([shipped()])
        .when(DeliveryCommand::Complete)
        .then([completed()])
        .when(DeliveryCommand::Complete)
        .then_no_news()
        .when(DeliveryCommand::Cancel(7))
        .then_refused("delivery-completed");
}

#[test]
fn it_is_canceled_once_and_not_completed_afterwards() {
    given::<Delivery>([shipped()])
        .when(DeliveryCommand::Cancel(7))
        .then([canceled()])
        .when(DeliveryCommand::Cancel(7))
        .then_no_news()
        .when(DeliveryCommand::Stop(7))
        .then_no_news()
        .when(DeliveryCommand::Complete)
        .then_refused("delivery-canceled");
}

#[test]
fn one_that_was_canceled_before_it_started_never_starts() {
    for never in [DeliveryCommand::Cancel(7), DeliveryCommand::Stop(7)] {
        given_nothing::<Delivery>()
            .when(never)
            .then([canceled()])
            .when(DeliveryCommand::Start(7))
            .then_no_news();
    }
}

#[test]
fn a_shortage_that_is_told_after_it_was_delivered_comes_too_late() {
    given::<Delivery>([shipped(), completed()])
        .when(DeliveryCommand::Stop(7))
        .then_no_news();
}

#[test]
fn one_that_never_started_is_not_completed() {
    given_nothing::<Delivery>()
        .when(DeliveryCommand::Complete)
        .then_refused("delivery-unknown");
}

#[test]
fn it_shows_what_the_seed_shows() {
    let shown = |events: Vec<DeliveryEvent>| {
        let given = given::<Delivery>(events);
        serde_json::to_string(&given.state().shown()).unwrap()
    };
    assert_eq!(shown(vec![]), "null");
    assert_eq!(
        shown(vec![shipped()]),
        r#"{"orderId":7,"status":"Ordered"}"#
    );
    assert_eq!(
        shown(vec![shipped(), completed()]),
        r#"{"orderId":7,"status":"Delivery Completed"}"#
    );
    assert_eq!(
        shown(vec![canceled()]),
        r#"{"orderId":7,"status":"Cancelled-delivery"}"#
    );
}

#[test]
fn a_courier_can_only_complete() {
    let form = |status| DeliveryForm { status }.command();
    assert_eq!(
        form(DeliveryStatus::Completed),
        Ok(DeliveryCommand::Complete)
    );
    for not_theirs in [
        DeliveryStatus::Ordered,
        DeliveryStatus::Started,
        DeliveryStatus::Canceled,
    ] {
        assert_eq!(
            form(not_theirs).unwrap_err().code,
            "delivery-status-not-yours"
        );
    }
}

#[test]
fn a_cancellation_is_requested_once() {
    let cancel = CancelDelivery::of(7);
    given_nothing::<Cancellation>()
        .when(cancel.clone())
        .then([CancellationRequested {
            id: 1,
            cancel: cancel.clone(),
        }
        .into()])
        .when(cancel)
        .then_no_news();
}

#[test]
fn its_events_are_as_the_seed_shows_them() {
    let json = serde_json::to_string(&DeliveryCanceled {
        id: 1171,
        status: DeliveryStatus::Canceled,
        order_id: 46,
    });
    assert_eq!(
        json.unwrap(),
        r#"{"id":1171,"status":"Cancelled-delivery","orderId":46}"#
    );
}

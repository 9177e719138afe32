use testkit::{given, given_nothing};

use super::*;

const RENTAL: Rental = Rental {
    order_id: 1,
    product_id: 5,
    status_code: StatusCode::Delivered,
};

const CANCEL: DeliveryCommand = DeliveryCommand::Cancel(Rental {
    status_code: StatusCode::Canceled,
    ..RENTAL
});

fn delivered() -> DeliveryEvent {
    let rental = RENTAL;
    Delivered { id: 1, rental }.into()
}

fn canceled() -> DeliveryEvent {
    let rental = RENTAL.now(StatusCode::Canceled);
    DeliveryCanceled { id: 1, rental }.into()
}

fn returned() -> DeliveryEvent {
    let rental = RENTAL.now(StatusCode::Returned);
    Returned { id: 1, rental }.into()
}

fn forestalled() -> DeliveryEvent {
    let rental = RENTAL.now(StatusCode::Canceled);
    DeliveryForestalled { id: 1, rental }.into()
}

#[test]
fn what_is_reserved_is_delivered_at_once_and_once() {
    given_nothing::<Delivery>()
        .when(DeliveryCommand::Deliver(RENTAL))
        .then([delivered()])
        .when(DeliveryCommand::Deliver(RENTAL))
        .then_no_news()
        .when(DeliveryCommand::Confirm)
        .then_no_news();
}

#[test]
fn a_book_is_brought_back_once() {
    given::<Delivery>([delivered()])
        .when(DeliveryCommand::Return)
        .then([returned()])
        .when(DeliveryCommand::Return)
        .then_no_news()
        .when(DeliveryCommand::Confirm)
        .then_refused("book-returned")
        .when(CANCEL)
        .then_refused("book-returned");
}

#[test]
fn a_delivery_is_canceled_once() {
    given::<Delivery>([delivered()])
        .when(CANCEL)
        .then([canceled()])
        .when(CANCEL)
        .then_no_news()
        .when(DeliveryCommand::Return)
        .then_refused("delivery-canceled")
        .when(DeliveryCommand::Deliver(RENTAL))
        .then_no_news();
}

#[test]
fn a_cancel_that_comes_first_stays_and_the_reservation_is_told_when_it_is_heard_of() {
    given_nothing::<Delivery>()
        .when(CANCEL)
        .then([forestalled()])
        .when(CANCEL)
        .then_no_news()
        .when(DeliveryCommand::Return)
        .then_refused("delivery-canceled")
        .when(DeliveryCommand::Deliver(RENTAL))
        .then([canceled()])
        .when(DeliveryCommand::Deliver(RENTAL))
        .then_no_news();
}

#[test]
fn a_cancel_names_the_book_that_was_delivered() {
    let other = Rental {
        product_id: 6,
        ..RENTAL
    };
    for before in [delivered(), forestalled(), canceled()] {
        given::<Delivery>([before])
            .when(DeliveryCommand::Cancel(other))
            .then_refused("delivery-differs");
    }
}

#[test]
fn what_was_never_reserved_does_not_come_back() {
    given_nothing::<Delivery>()
        .when(DeliveryCommand::Return)
        .then_refused("delivery-unknown");
}

#[test]
fn a_question_is_checked() {
    let asked = CancelDelivery::of(1, 5);
    assert_eq!(asked.clone().checked(), Ok(CANCEL));
    let refused = |asked: CancelDelivery| asked.checked().unwrap_err().code;
    for (order, book) in [(0, 5), (1, 0)] {
        assert_eq!(refused(CancelDelivery::of(order, book)), "number-invalid");
    }
    let deliver = CancelDelivery {
        status_code: StatusCode::Delivered,
        ..asked
    };
    assert_eq!(refused(deliver), "status-code-not-yours");
}

#[test]
fn a_delivery_is_changed_to_delivered_and_returned_only() {
    let set = |status_code| DeliveryForm { status_code }.command();
    assert_eq!(set(StatusCode::Delivered), Ok(DeliveryCommand::Confirm));
    assert_eq!(set(StatusCode::Returned), Ok(DeliveryCommand::Return));
    for code in [StatusCode::Reserved, StatusCode::Canceled] {
        assert_eq!(set(code).unwrap_err().code, "status-code-not-yours");
    }
}

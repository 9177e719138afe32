use testkit::{given, given_nothing};

use super::*;

const BOOK: Id = 5;

fn now(status_code: StatusCode) -> Booking {
    Booking::of(BOOK, status_code)
}

fn reserved() -> ReservationEvent {
    let booking = now(StatusCode::Reserved);
    Reserved { id: 1, booking }.into()
}

fn updated(status_code: StatusCode) -> ReservationEvent {
    let booking = now(status_code);
    ReservationUpdated { id: 1, booking }.into()
}

fn canceled() -> ReservationEvent {
    let booking = now(StatusCode::Canceled);
    Canceled { id: 1, booking }.into()
}

const CANCEL: ReservationCommand = ReservationCommand::Cancel(None);

#[test]
fn a_book_is_reserved_delivered_and_brought_back() {
    let returned = given_nothing::<Reservation>()
        .when(ReservationCommand::Reserve(BOOK))
        .then([reserved()])
        .when(ReservationCommand::NoteDelivered)
        .then([updated(StatusCode::Delivered)])
        .when(ReservationCommand::NoteDelivered)
        .then_no_news()
        .when(ReservationCommand::NoteReturned)
        .then([updated(StatusCode::Returned)])
        .when(ReservationCommand::NoteReturned)
        .then_no_news();
    assert_eq!(returned.state().shown(), Some(now(StatusCode::Returned)));
}

#[test]
fn a_delivery_merely_updates_and_never_cancels() {
    let delivered = given::<Reservation>([reserved()])
        .when(ReservationCommand::NoteDelivered)
        .then([updated(StatusCode::Delivered)]);
    assert_eq!(delivered.state().shown(), Some(now(StatusCode::Delivered)));
}

#[test]
fn a_reservation_is_canceled_once_before_or_after_it_is_delivered() {
    for before in [
        vec![reserved()],
        vec![reserved(), updated(StatusCode::Delivered)],
    ] {
        given::<Reservation>(before)
            .when(CANCEL)
            .then([canceled()])
            .when(CANCEL)
            .then_no_news();
    }
}

#[test]
fn news_that_come_after_the_cancel_change_nothing() {
    given::<Reservation>([reserved(), canceled()])
        .when(ReservationCommand::NoteDelivered)
        .then_no_news()
        .when(ReservationCommand::NoteReturned)
        .then_no_news();
}

#[test]
fn what_has_been_brought_back_cannot_be_canceled() {
    given::<Reservation>([reserved(), updated(StatusCode::Returned)])
        .when(CANCEL)
        .then_refused("book-returned");
}

#[test]
fn a_number_that_nobody_has_is_not_canceled_and_nothing_is_reserved() {
    given_nothing::<Reservation>()
        .when(ReservationCommand::Cancel(Some(77)))
        .then_refused("reservation-unknown");
}

fn form(
    id: Option<Id>,
    product_id: Option<Id>,
    status_code: Option<StatusCode>,
) -> ReservationForm {
    ReservationForm {
        id,
        product_id,
        status_code,
    }
}

#[test]
fn a_form_with_a_book_reserves_whatever_id_it_carries() {
    let reserve = Ok(ReservationCommand::Reserve(BOOK));
    let one = Some(StatusCode::Reserved);
    assert_eq!(form(None, Some(BOOK), one).command(), reserve);
    assert_eq!(form(Some(1), Some(BOOK), one).command(), reserve);
    assert_eq!(form(None, Some(BOOK), None).command(), reserve);
}

#[test]
fn a_form_with_nothing_but_an_id_cancels() {
    let cancel = Ok(ReservationCommand::Cancel(Some(1)));
    assert_eq!(form(Some(1), None, None).command(), cancel);
    let three = Some(StatusCode::Canceled);
    assert_eq!(form(Some(1), None, three).command(), cancel);
}

#[test]
fn a_form_is_checked() {
    let refused = |id, book, code| {
        let refusal = form(id, book, code).command().unwrap_err();
        (refusal.field.unwrap(), refusal.code)
    };
    let no = |field: &str, code: &str| (field.to_owned(), code.to_owned());
    assert_eq!(
        refused(None, None, None),
        no("productId", "product-id-missing")
    );
    assert_eq!(
        refused(None, Some(0), None),
        no("productId", "product-id-invalid")
    );
    assert_eq!(
        refused(None, Some(BOOK), Some(StatusCode::Delivered)),
        no("statusCode", "status-code-not-yours")
    );
    assert_eq!(
        refused(Some(1), None, Some(StatusCode::Reserved)),
        no("productId", "product-id-missing")
    );
}

#[test]
fn only_canceled_can_be_set() {
    let set = |status_code| ChangeForm { status_code }.command();
    assert_eq!(set(StatusCode::Canceled), Ok(CANCEL));
    for code in [
        StatusCode::Reserved,
        StatusCode::Delivered,
        StatusCode::Returned,
    ] {
        assert_eq!(set(code).unwrap_err().code, "status-code-not-yours");
    }
}

#[test]
fn only_canceling_what_stands_asks_the_delivery() {
    let asks = |reservation: &Reservation, command| {
        canceling_asks_delivery_to_cancel(1, reservation, &command).is_some()
    };
    assert!(asks(&Reservation::Reserved(BOOK), CANCEL));
    assert!(asks(&Reservation::Delivered(BOOK), CANCEL));
    assert!(!asks(&Reservation::Canceled(BOOK), CANCEL));
    assert!(!asks(&Reservation::Returned(BOOK), CANCEL));
    assert!(!asks(
        &Reservation::New,
        ReservationCommand::Cancel(Some(1))
    ));
    assert!(!asks(&Reservation::New, ReservationCommand::Reserve(BOOK)));
}

//! Reservations: a customer reserves a book, and may cancel for as long as the delivery agrees.

mod form;

use serde::{Deserialize, Deserializer, Serialize};
use storm::{Aggregate, Ask, Context, Decision, Id, Key, Method, Refusal, Resource, Tell, events};

use crate::delivery::{CancelDelivery, Delivered, DeliveryCanceled, Returned};
use crate::status_code::StatusCode;
use form::{ChangeForm, ReservationForm};

/// Reservations, at `/reservations`.
pub fn context() -> Context {
    Context::new("reservation", 8081)
        .aggregate(
            Resource::at("reservations", "reservation", Reservation::shown)
                .create(|form: ReservationForm| form.command())
                .change(|form: ChangeForm| form.command())
                .remove(|_| Ok(ReservationCommand::Cancel(None)))
                .asks("delivery", canceling_asks_delivery_to_cancel),
        )
        .policy(whenever_delivered_update_status)
        .policy(whenever_returned_update_status)
        .policy(whenever_delivery_canceled_cancel_reservation)
}

// Commands

#[derive(Clone, Debug, PartialEq)]
enum ReservationCommand {
    /// A book, by its product's number.
    Reserve(Id),
    /// With the number that the customer named in the body, if it is there and not in the path.
    Cancel(Option<Id>),
    NoteDelivered,
    NoteReturned,
}

// Events

/// A reservation, in the fields of the originals' table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Booking {
    /// The book.
    pub product_id: Id,
    /// How it stands.
    pub status_code: StatusCode,
}

/// A customer has reserved a book.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reserved {
    /// The reservation.
    pub id: Id,
    /// As it is now.
    #[serde(flatten)]
    pub booking: Booking,
}

/// Its delivery has changed: it is delivered, or brought back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReservationUpdated {
    /// The reservation.
    pub id: Id,
    /// As it is now.
    #[serde(flatten)]
    pub booking: Booking,
}

/// The customer has canceled, and the delivery has said yes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Canceled {
    /// The reservation.
    pub id: Id,
    /// As it is now.
    #[serde(flatten, deserialize_with = "of_a_canceled_one")]
    pub booking: Booking,
}

/// As the original's reservation service tells it: mostly without the book, and with whatever
/// `statusCode` there was. The event's name says how it stands; the book is 0 if it is not said.
fn of_a_canceled_one<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Booking, D::Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Heard {
        product_id: Option<Id>,
    }
    let heard = Heard::deserialize(deserializer)?;
    Ok(Booking::of(
        heard.product_id.unwrap_or_default(),
        StatusCode::Canceled,
    ))
}

events! {
    /// What a reservation can tell.
    pub enum ReservationEvent { Reserved, ReservationUpdated, Canceled }
}

// Aggregate

/// Each with its book.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
enum Reservation {
    #[default]
    New,
    Reserved(Id),
    Delivered(Id),
    Canceled(Id),
    Returned(Id),
}

impl Aggregate for Reservation {
    const KIND: &'static str = "reservation";
    type Command = ReservationCommand;
    type Event = ReservationEvent;

    fn decide(&self, id: Id, command: ReservationCommand) -> Decision<ReservationEvent> {
        match (self, command) {
            (Self::New, ReservationCommand::Reserve(book)) => {
                let booking = Booking::of(book, StatusCode::Reserved);
                Ok(vec![Reserved { id, booking }.into()])
            }
            (
                Self::Reserved(_) | Self::Delivered(_) | Self::Canceled(_) | Self::Returned(_),
                ReservationCommand::Reserve(_),
            ) => Err(Refusal::conflict(
                "reservation-exists",
                "This reservation has been made already.",
            )
            .ko("이미 접수된 예약입니다.")),

            (Self::Reserved(book) | Self::Delivered(book), ReservationCommand::Cancel(_)) => {
                let booking = Booking::of(*book, StatusCode::Canceled);
                Ok(vec![Canceled { id, booking }.into()])
            }
            (Self::Canceled(_), ReservationCommand::Cancel(_)) => Ok(vec![]),
            (Self::Returned(_), ReservationCommand::Cancel(_)) => Err(Refusal::conflict(
                "book-returned",
                "This book has been brought back: there is nothing left to cancel.",
            )
            .ko("이미 반납된 도서의 예약은 취소할 수 없습니다.")),
            (Self::New, ReservationCommand::Cancel(named)) => Err(unknown(named)),

            (Self::Reserved(book), ReservationCommand::NoteDelivered) => {
                let booking = Booking::of(*book, StatusCode::Delivered);
                Ok(vec![ReservationUpdated { id, booking }.into()])
            }
            (Self::Reserved(book) | Self::Delivered(book), ReservationCommand::NoteReturned) => {
                let booking = Booking::of(*book, StatusCode::Returned);
                Ok(vec![ReservationUpdated { id, booking }.into()])
            }
            // It was faster than the news.
            (
                Self::Delivered(_) | Self::Canceled(_) | Self::Returned(_),
                ReservationCommand::NoteDelivered,
            )
            | (Self::Canceled(_) | Self::Returned(_), ReservationCommand::NoteReturned) => {
                Ok(vec![])
            }
            (Self::New, ReservationCommand::NoteDelivered | ReservationCommand::NoteReturned) => {
                Err(unknown(None))
            }
        }
    }

    fn evolve(self, event: &ReservationEvent) -> Self {
        match event {
            ReservationEvent::Reserved(Reserved { booking, .. })
            | ReservationEvent::ReservationUpdated(ReservationUpdated { booking, .. })
            | ReservationEvent::Canceled(Canceled { booking, .. }) => match booking.status_code {
                StatusCode::Reserved => Self::Reserved(booking.product_id),
                StatusCode::Delivered => Self::Delivered(booking.product_id),
                StatusCode::Canceled => Self::Canceled(booking.product_id),
                StatusCode::Returned => Self::Returned(booking.product_id),
            },
        }
    }

    fn identity(command: &ReservationCommand) -> Option<Key> {
        match command {
            ReservationCommand::Cancel(named) => named.map(Key::number),
            ReservationCommand::Reserve(_)
            | ReservationCommand::NoteDelivered
            | ReservationCommand::NoteReturned => None,
        }
    }
}

/// A customer's mistake, or, for a policy, news that came too early.
fn unknown(named: Option<Id>) -> Refusal {
    match named {
        Some(id) => Refusal {
            field: Some("id".to_owned()),
            ..Refusal::not_found(
                "reservation-unknown",
                format!("There is no reservation {id}; to reserve a book, send its `productId`."),
            )
            .ko(format!(
                "{id}번 예약이 없습니다. 예약하려면 도서 번호(productId)를 보내 주세요."
            ))
        },
        None => Refusal::not_yet("reservation-unknown", "There is no such reservation yet.")
            .ko("아직 그런 예약이 없습니다."),
    }
}

impl Booking {
    fn of(product_id: Id, status_code: StatusCode) -> Self {
        Self {
            product_id,
            status_code,
        }
    }
}

impl Reservation {
    fn shown(&self) -> Option<Booking> {
        match self {
            Self::New => None,
            Self::Reserved(book) => Some(Booking::of(*book, StatusCode::Reserved)),
            Self::Delivered(book) => Some(Booking::of(*book, StatusCode::Delivered)),
            Self::Canceled(book) => Some(Booking::of(*book, StatusCode::Canceled)),
            Self::Returned(book) => Some(Booking::of(*book, StatusCode::Returned)),
        }
    }
}

// Calls

/// Nothing is canceled that is still delivered: the delivery must say yes (I2). It knows a repeated
/// question by its reservation.
fn canceling_asks_delivery_to_cancel(
    id: Id,
    reservation: &Reservation,
    command: &ReservationCommand,
) -> Option<Ask<Reservation>> {
    match (reservation, command) {
        (
            Reservation::Reserved(book) | Reservation::Delivered(book),
            ReservationCommand::Cancel(_),
        ) => {
            let cancel = CancelDelivery::of(id, *book);
            Some(Ask::permission(Method::Post, "/deliveries", &cancel))
        }
        (Reservation::New | Reservation::Canceled(_) | Reservation::Returned(_), _)
        | (
            _,
            ReservationCommand::Reserve(_)
            | ReservationCommand::NoteDelivered
            | ReservationCommand::NoteReturned,
        ) => None,
    }
}

// Policies

/// Delivered: it merely says so.
fn whenever_delivered_update_status(delivered: &Delivered) -> Tell<Reservation> {
    Reservation::at(delivered.rental.order_id).tell(ReservationCommand::NoteDelivered)
}

/// Brought back.
fn whenever_returned_update_status(returned: &Returned) -> Tell<Reservation> {
    Reservation::at(returned.rental.order_id).tell(ReservationCommand::NoteReturned)
}

/// The echo of the call: the delivery has said yes, and we may have died before we wrote it down.
fn whenever_delivery_canceled_cancel_reservation(canceled: &DeliveryCanceled) -> Tell<Reservation> {
    Reservation::at(canceled.rental.order_id).tell(ReservationCommand::Cancel(None))
}

#[cfg(test)]
mod tests;

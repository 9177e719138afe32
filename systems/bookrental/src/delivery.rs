//! Deliveries: what is reserved is delivered at once; the borrower brings it back, or cancels. A
//! delivery has its reservation's number, which the originals call `orderId`.

use serde::{Deserialize, Serialize};
use storm::form::field;
use storm::{Aggregate, Context, Decision, Id, Key, Refusal, Resource, Tell, events};

use crate::reservation::Reserved;
use crate::status_code::StatusCode;

/// Deliveries, at `/deliveries`.
pub fn context() -> Context {
    Context::new("delivery", 8082)
        .aggregate(
            Resource::at("deliveries", "delivery", Delivery::rental)
                .numbered_as("reservation")
                .create(|form: CancelDelivery| form.checked())
                .change(|form: DeliveryForm| form.command()),
        )
        .policy(whenever_reserved_deliver)
}

// Commands

#[derive(Clone, Debug, PartialEq)]
enum DeliveryCommand {
    Deliver(Rental),
    /// That it is delivered, as it has been from the beginning.
    Confirm,
    Return,
    Cancel(Rental),
}

/// The question that reservation asks, in the originals' fields. Idempotent by `orderId`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CancelDelivery {
    /// As `order_id`; not taken over.
    #[serde(default, skip_deserializing)]
    id: Id,
    order_id: Id,
    product_id: Id,
    status_code: StatusCode,
}

impl CancelDelivery {
    /// May this reservation of this book be canceled?
    pub fn of(reservation: Id, product_id: Id) -> Self {
        Self {
            id: reservation,
            order_id: reservation,
            product_id,
            status_code: StatusCode::Canceled,
        }
    }

    fn checked(self) -> Result<DeliveryCommand, Refusal> {
        field("orderId", "예약번호").at_least(self.order_id, 1, "number-invalid")?;
        field("productId", "도서 번호").at_least(self.product_id, 1, "number-invalid")?;
        if self.status_code != StatusCode::Canceled {
            return Err(Refusal::invalid(
                "statusCode",
                "status-code-not-yours",
                "Only `statusCode` 3, canceled, can be posted: a delivery begins when its book is reserved.",
            )
            .ko("배송은 예약되면 시작되며, 상태 코드 3(취소)만 보낼 수 있습니다."));
        }
        Ok(DeliveryCommand::Cancel(Rental {
            order_id: self.order_id,
            product_id: self.product_id,
            status_code: self.status_code,
        }))
    }
}

/// What the library sends when a book comes back.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DeliveryForm {
    status_code: StatusCode,
}

impl DeliveryForm {
    fn command(self) -> Result<DeliveryCommand, Refusal> {
        match self.status_code {
            StatusCode::Delivered => Ok(DeliveryCommand::Confirm),
            StatusCode::Returned => Ok(DeliveryCommand::Return),
            StatusCode::Reserved | StatusCode::Canceled => Err(Refusal::invalid(
                "statusCode",
                "status-code-not-yours",
                "`statusCode` of a delivery can only be set to 4, returned; to cancel, cancel the reservation.",
            )
            .ko("배송의 상태 코드는 4(반납)로만 바꿀 수 있습니다. 취소하려면 예약을 취소해 주세요.")),
        }
    }
}

// Events

/// A delivery, in the fields of the originals' table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rental {
    /// The reservation.
    pub order_id: Id,
    /// The book.
    pub product_id: Id,
    /// How it stands.
    pub status_code: StatusCode,
}

/// The customer has the book.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivered {
    /// The delivery.
    pub id: Id,
    /// As it is now.
    #[serde(flatten)]
    pub rental: Rental,
}

/// The borrower has brought the book back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Returned {
    /// The delivery.
    pub id: Id,
    /// As it is now.
    #[serde(flatten)]
    pub rental: Rental,
}

/// A cancel has come before the reservation was heard of: it will never be delivered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryForestalled {
    /// The delivery.
    pub id: Id,
    /// As it is now.
    #[serde(flatten)]
    pub rental: Rental,
}

/// The delivery of a reservation that was heard of is canceled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryCanceled {
    /// The delivery.
    pub id: Id,
    /// As it is now.
    #[serde(flatten)]
    pub rental: Rental,
}

events! {
    /// What a delivery can tell.
    pub enum DeliveryEvent { Delivered, Returned, DeliveryForestalled, DeliveryCanceled }
}

// Aggregate

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
enum Delivery {
    #[default]
    New,
    Delivered(Rental),
    Returned(Rental),
    /// Canceled before its reservation was heard of.
    Forestalled(Rental),
    Canceled(Rental),
}

impl Aggregate for Delivery {
    const KIND: &'static str = "delivery";
    type Command = DeliveryCommand;
    type Event = DeliveryEvent;

    fn decide(&self, id: Id, command: DeliveryCommand) -> Decision<DeliveryEvent> {
        match (self, command) {
            (Self::New, DeliveryCommand::Deliver(rental)) => {
                Ok(vec![Delivered { id, rental }.into()])
            }
            // Now that there is somebody to tell, the reservation is told that it is canceled.
            (Self::Forestalled(_), DeliveryCommand::Deliver(rental)) => {
                let rental = rental.now(StatusCode::Canceled);
                Ok(vec![DeliveryCanceled { id, rental }.into()])
            }
            (
                Self::Delivered(_) | Self::Returned(_) | Self::Canceled(_),
                DeliveryCommand::Deliver(_),
            ) => Ok(vec![]),

            (Self::Delivered(_), DeliveryCommand::Confirm) => Ok(vec![]),
            (Self::Delivered(rental), DeliveryCommand::Return) => {
                let rental = rental.now(StatusCode::Returned);
                Ok(vec![Returned { id, rental }.into()])
            }
            (Self::Returned(_), DeliveryCommand::Return) => Ok(vec![]),
            (Self::Returned(_), DeliveryCommand::Confirm | DeliveryCommand::Cancel(_)) => {
                Err(Refusal::conflict(
                    "book-returned",
                    "This book has been brought back: it is neither delivered again nor canceled.",
                )
                .ko("이미 반납된 도서입니다."))
            }
            (
                Self::Forestalled(_) | Self::Canceled(_),
                DeliveryCommand::Confirm | DeliveryCommand::Return,
            ) => Err(Refusal::conflict(
                "delivery-canceled",
                "This delivery has been canceled: the book was not lent.",
            )
            .ko("취소된 배송입니다.")),
            (Self::New, DeliveryCommand::Confirm | DeliveryCommand::Return) => Err(
                Refusal::not_yet("delivery-unknown", "There is no such delivery yet.")
                    .ko("아직 그런 배송이 없습니다."),
            ),

            (
                Self::Delivered(known) | Self::Forestalled(known) | Self::Canceled(known),
                DeliveryCommand::Cancel(asked),
            ) if known.is_of_another_book(asked) => Err(Refusal::conflict(
                "delivery-differs",
                "This reservation's delivery is of another book.",
            )
            .ko("다른 도서의 배송입니다.")),
            (Self::New, DeliveryCommand::Cancel(rental)) => {
                Ok(vec![DeliveryForestalled { id, rental }.into()])
            }
            (Self::Delivered(rental), DeliveryCommand::Cancel(_)) => {
                let rental = rental.now(StatusCode::Canceled);
                Ok(vec![DeliveryCanceled { id, rental }.into()])
            }
            (Self::Forestalled(_) | Self::Canceled(_), DeliveryCommand::Cancel(_)) => Ok(vec![]),
        }
    }

    fn evolve(self, event: &DeliveryEvent) -> Self {
        match event {
            DeliveryEvent::Delivered(delivered) => Self::Delivered(delivered.rental),
            DeliveryEvent::Returned(returned) => Self::Returned(returned.rental),
            DeliveryEvent::DeliveryForestalled(early) => Self::Forestalled(early.rental),
            DeliveryEvent::DeliveryCanceled(canceled) => Self::Canceled(canceled.rental),
        }
    }

    fn identity(command: &DeliveryCommand) -> Option<Key> {
        match command {
            DeliveryCommand::Cancel(rental) => Some(Key::number(rental.order_id)),
            DeliveryCommand::Deliver(_) | DeliveryCommand::Confirm | DeliveryCommand::Return => {
                None
            }
        }
    }
}

impl Rental {
    fn now(self, status_code: StatusCode) -> Self {
        Self {
            status_code,
            ..self
        }
    }

    fn is_of_another_book(self, asked: Self) -> bool {
        self.product_id != asked.product_id
    }
}

impl Delivery {
    fn rental(&self) -> Option<Rental> {
        match self {
            Self::New => None,
            Self::Delivered(rental)
            | Self::Returned(rental)
            | Self::Forestalled(rental)
            | Self::Canceled(rental) => Some(*rental),
        }
    }
}

// Policies

/// Reserved: deliver it.
fn whenever_reserved_deliver(reserved: &Reserved) -> Tell<Delivery> {
    Delivery::at(reserved.id).tell(DeliveryCommand::Deliver(Rental {
        order_id: reserved.id,
        product_id: reserved.booking.product_id,
        status_code: StatusCode::Delivered,
    }))
}

#[cfg(test)]
mod tests;

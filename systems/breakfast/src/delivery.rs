//! Deliveries: start when the order is paid, and are completed or canceled, whichever is first. This
//! is the one place that decides it: order asks here before it cancels.

mod cancellation;

use serde::{Deserialize, Serialize};
use storm::{Aggregate, Context, Decision, Id, Key, Refusal, Resource, Tell, events};

pub use self::cancellation::{CancelDelivery, CancellationRequested, CancellationStatus};
use self::cancellation::{
    Cancellation, canceling_asks_order_to_be_there, whenever_cancellation_requested_cancel_delivery,
};
use crate::foodcatalog::CatalogOutofstock;
use crate::order::OrderCancelled;
use crate::payment::Paid;

/// Deliveries, at `/deliveries`, and what was canceled, at `/cancellations`.
pub fn context() -> Context {
    Context::new("delivery", 8082)
        .aggregate(
            Resource::at("deliveries", "delivery", Delivery::shown)
                .found_by("orderId")
                .change(DeliveryForm::command),
        )
        .aggregate(
            Resource::at("cancellations", "cancellation", Cancellation::shown)
                .found_by("orderId")
                .create(CancelDelivery::command)
                .asks("order", canceling_asks_order_to_be_there),
        )
        .same_commit(whenever_cancellation_requested_cancel_delivery)
        .policy(whenever_paid_start_delivery)
        .policy(whenever_order_cancelled_stop_delivery)
        .policy(whenever_catalog_outofstock_stop_delivery)
}

// Commands

#[derive(Clone, Debug, PartialEq)]
enum DeliveryCommand {
    Start(Id),
    Complete,
    /// Refused when it has been completed.
    Cancel(Id),
    /// As things are, it is pointless: but what has been completed stays so.
    Stop(Id),
}

/// What a courier sends: that it is done.
#[derive(Deserialize)]
struct DeliveryForm {
    status: DeliveryStatus,
}

impl DeliveryForm {
    fn command(self) -> Result<DeliveryCommand, Refusal> {
        match self.status {
            DeliveryStatus::Completed => Ok(DeliveryCommand::Complete),
            DeliveryStatus::Ordered | DeliveryStatus::Started | DeliveryStatus::Canceled => {
                Err(Refusal::invalid(
                    "status",
                    "delivery-status-not-yours",
                    "`status` can only be set to `Delivery Completed`: a delivery starts when its order is paid, and is canceled with its order.",
                )
                .ko("배송 상태는 Delivery Completed로만 바꿀 수 있습니다. 배송은 결제가 되면 시작되고, 주문이 취소되면 취소됩니다."))
            }
        }
    }
}

// Events

/// It is on its way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Shipped {
    /// The delivery.
    pub id: Id,
    /// `Delivery Start`
    #[serde(skip_deserializing, default = "DeliveryStatus::started")]
    pub status: DeliveryStatus,
    /// The order.
    pub order_id: Id,
}

/// The customer has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryCompleted {
    /// The delivery.
    pub id: Id,
    /// `Delivery Completed`
    #[serde(skip_deserializing, default = "DeliveryStatus::completed")]
    pub status: DeliveryStatus,
    /// The order.
    pub order_id: Id,
}

/// It comes back, or never left.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryCanceled {
    /// The delivery.
    pub id: Id,
    /// `Cancelled-delivery`
    #[serde(skip_deserializing, default = "DeliveryStatus::canceled")]
    pub status: DeliveryStatus,
    /// The order.
    pub order_id: Id,
}

events! {
    /// What a delivery can tell.
    pub enum DeliveryEvent { Shipped, DeliveryCompleted, DeliveryCanceled }
}

/// `status` on the wire. What comes later is greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum DeliveryStatus {
    /// What a delivery shows while it is on its way (the seed's listing).
    Ordered,
    /// What is told of it when it starts.
    #[serde(rename = "Delivery Start")]
    Started,
    /// Handed over.
    #[serde(rename = "Delivery Completed")]
    Completed,
    /// Stopped.
    #[serde(rename = "Cancelled-delivery")]
    Canceled,
}

/// What the events say by their names; others' words for it are not read.
impl DeliveryStatus {
    fn started() -> Self {
        Self::Started
    }

    fn completed() -> Self {
        Self::Completed
    }

    fn canceled() -> Self {
        Self::Canceled
    }
}

// Aggregate

/// With the order that it is for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
enum Delivery {
    #[default]
    New,
    Underway(Id),
    Completed(Id),
    Canceled(Id),
}

impl Aggregate for Delivery {
    const KIND: &'static str = "delivery";
    type Command = DeliveryCommand;
    type Event = DeliveryEvent;

    fn decide(&self, id: Id, command: DeliveryCommand) -> Decision<DeliveryEvent> {
        match (self, command) {
            (Self::New, DeliveryCommand::Start(order_id)) => Ok(vec![
                Shipped {
                    id,
                    status: DeliveryStatus::Started,
                    order_id,
                }
                .into(),
            ]),
            // A redelivery; or a cancel that came first, and stays.
            (
                Self::Underway(_) | Self::Completed(_) | Self::Canceled(_),
                DeliveryCommand::Start(_),
            ) => Ok(vec![]),

            (Self::Underway(order_id), DeliveryCommand::Complete) => Ok(vec![
                DeliveryCompleted {
                    id,
                    status: DeliveryStatus::Completed,
                    order_id: *order_id,
                }
                .into(),
            ]),
            (Self::Completed(_), DeliveryCommand::Complete) => Ok(vec![]),
            (Self::Canceled(_), DeliveryCommand::Complete) => Err(Refusal::conflict(
                "delivery-canceled",
                "This delivery has been canceled and cannot be completed.",
            )
            .ko("취소된 배송은 완료할 수 없습니다.")),
            (Self::New, DeliveryCommand::Complete) => Err(Refusal::not_yet(
                "delivery-unknown",
                "There is no such delivery yet.",
            )
            .ko("아직 그런 배송이 없습니다.")),

            (
                Self::New | Self::Underway(_),
                DeliveryCommand::Cancel(order_id) | DeliveryCommand::Stop(order_id),
            ) => Ok(vec![
                DeliveryCanceled {
                    id,
                    status: DeliveryStatus::Canceled,
                    order_id,
                }
                .into(),
            ]),
            (Self::Canceled(_), DeliveryCommand::Cancel(_) | DeliveryCommand::Stop(_)) => {
                Ok(vec![])
            }
            (Self::Completed(_), DeliveryCommand::Cancel(_)) => Err(Refusal::conflict(
                "delivery-completed",
                "This order has been delivered and cannot be canceled any more.",
            )
            .ko("이미 배송이 완료된 주문은 취소할 수 없습니다.")),
            (Self::Completed(_), DeliveryCommand::Stop(_)) => Ok(vec![]),
        }
    }

    fn evolve(self, event: &DeliveryEvent) -> Self {
        match event {
            DeliveryEvent::Shipped(shipped) => Self::Underway(shipped.order_id),
            DeliveryEvent::DeliveryCompleted(completed) => Self::Completed(completed.order_id),
            DeliveryEvent::DeliveryCanceled(canceled) => Self::Canceled(canceled.order_id),
        }
    }

    fn keys(&self) -> Vec<Key> {
        let key = |shown: ShownDelivery| Key::unique("orderId", shown.order_id);
        self.shown().map(key).into_iter().collect()
    }
}

/// What the outside sees.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ShownDelivery {
    order_id: Id,
    status: DeliveryStatus,
}

impl Delivery {
    fn shown(&self) -> Option<ShownDelivery> {
        let (order_id, status) = match self {
            Self::New => return None,
            Self::Underway(order_id) => (*order_id, DeliveryStatus::Ordered),
            Self::Completed(order_id) => (*order_id, DeliveryStatus::Completed),
            Self::Canceled(order_id) => (*order_id, DeliveryStatus::Canceled),
        };
        Some(ShownDelivery { order_id, status })
    }
}

// Policies

/// Paid: off it goes.
fn whenever_paid_start_delivery(paid: &Paid) -> Tell<Delivery> {
    let order_id = paid.bill.order_id;
    Delivery::by("orderId", order_id).tell(DeliveryCommand::Start(order_id))
}

/// An order that was canceled because its payment had been voided: it never starts.
fn whenever_order_cancelled_stop_delivery(canceled: &OrderCancelled) -> Tell<Delivery> {
    Delivery::by("orderId", canceled.id).tell(DeliveryCommand::Stop(canceled.id))
}

/// There is nothing to deliver; the order hears of it from here, so that one place decides whether
/// it was delivered before.
fn whenever_catalog_outofstock_stop_delivery(short: &CatalogOutofstock) -> Tell<Delivery> {
    Delivery::by("orderId", short.order_id).tell(DeliveryCommand::Stop(short.order_id))
}

#[cfg(test)]
mod tests;

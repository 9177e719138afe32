//! Deliveries: start when the payment is approved, stop when it is canceled.

mod form;
mod parcel;

use serde::{Deserialize, Serialize};
use storm::{
    Aggregate, Ask, Context, Decision, Id, Key, Method, Nothing, Refusal, Resource, Tell, events,
};

use crate::order::{OrderDelivered, OrderStatus};
use crate::payment::{PaymentApproved, PaymentCanceled};
use form::DeliveryForm;
pub use parcel::Parcel;
use parcel::ShownDelivery;

/// Deliveries, at `/deliveries`.
pub fn context() -> Context {
    Context::new("delivery", 8084)
        .aggregate(
            Resource::at("deliveries", "delivery", Delivery::shown)
                .found_by("orderId")
                .change(DeliveryForm::command)
                .asks("order", completing_asks_order_to_close),
        )
        .policy(whenever_payment_approved_start_delivery)
        .policy(whenever_payment_canceled_cancel_delivery)
        .policy(whenever_order_delivered_complete_delivery)
}

// Commands

#[derive(Clone, Debug, PartialEq)]
enum DeliveryCommand {
    Start(Parcel),
    Complete,
    Cancel(Parcel),
}

// Events

/// The parcel is on its way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryStarted {
    /// The delivery.
    pub delivery_id: Id,
    /// What it holds, and for whom.
    #[serde(flatten)]
    pub parcel: Parcel,
    /// 배송시작
    pub delivery_status: DeliveryStatus,
}

/// The customer has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryCompleted {
    /// The delivery.
    pub delivery_id: Id,
    /// The order.
    pub order_id: Id,
    /// 배송완료
    pub delivery_status: DeliveryStatus,
}

/// The parcel comes back, or never left.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryCanceled {
    /// The delivery.
    pub delivery_id: Id,
    /// What it would have held, and for whom.
    #[serde(flatten)]
    pub parcel: Parcel,
    /// 배송취소
    pub delivery_status: DeliveryStatus,
}

events! {
    /// What a delivery can tell.
    pub enum DeliveryEvent { DeliveryStarted, DeliveryCompleted, DeliveryCanceled }
}

/// `deliveryStatus` on the wire. What comes later is greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum DeliveryStatus {
    /// On its way.
    #[serde(rename = "배송시작")]
    Started,
    /// Handed over.
    #[serde(rename = "배송완료")]
    Completed,
    /// Stopped.
    #[serde(rename = "배송취소")]
    Canceled,
}

// Aggregate

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
enum Delivery {
    #[default]
    New,
    Underway(Parcel),
    Completed(Parcel),
    Canceled(Parcel),
}

impl Aggregate for Delivery {
    const KIND: &'static str = "delivery";
    type Command = DeliveryCommand;
    type Event = DeliveryEvent;

    fn decide(&self, delivery_id: Id, command: DeliveryCommand) -> Decision<DeliveryEvent> {
        match (self, command) {
            (Self::New, DeliveryCommand::Start(parcel)) => {
                Ok(vec![parcel.started(delivery_id).into()])
            }
            // A redelivery; or a cancel that came first, and stays.
            (
                Self::Underway(_) | Self::Completed(_) | Self::Canceled(_),
                DeliveryCommand::Start(_),
            ) => Ok(vec![]),

            (Self::Underway(parcel), DeliveryCommand::Complete) => {
                Ok(vec![parcel.completed(delivery_id).into()])
            }
            (Self::Completed(_), DeliveryCommand::Complete) => Ok(vec![]),
            (Self::Canceled(_), DeliveryCommand::Complete) => Err(Refusal::conflict(
                "delivery-canceled",
                "This delivery has been canceled and cannot be completed.",
            )
            .ko("취소된 배송은 완료할 수 없습니다.")),
            (Self::New, DeliveryCommand::Complete) => Err(Refusal::not_yet(
                "delivery-unknown",
                "There is no delivery for this order yet.",
            )
            .ko("아직 이 주문의 배송이 없습니다.")),

            (Self::New | Self::Underway(_), DeliveryCommand::Cancel(parcel)) => {
                Ok(vec![self.or(parcel).canceled(delivery_id).into()])
            }
            (Self::Canceled(_), DeliveryCommand::Cancel(_)) => Ok(vec![]),
            (Self::Completed(_), DeliveryCommand::Cancel(_)) => Err(Refusal::conflict(
                "delivery-completed",
                "This delivery has been completed and cannot be canceled any more.",
            )
            .ko("이미 완료된 배송은 취소할 수 없습니다.")),
        }
    }

    fn evolve(self, event: &DeliveryEvent) -> Self {
        match (self, event) {
            (_, DeliveryEvent::DeliveryStarted(started)) => Self::Underway(started.parcel.clone()),
            (_, DeliveryEvent::DeliveryCanceled(canceled)) => {
                Self::Canceled(canceled.parcel.clone())
            }
            (Self::Underway(parcel), DeliveryEvent::DeliveryCompleted(_)) => {
                Self::Completed(parcel)
            }
            (state, DeliveryEvent::DeliveryCompleted(_)) => state,
        }
    }

    fn keys(&self) -> Vec<Key> {
        self.parcel()
            .map(|parcel| Key::unique("orderId", parcel.order_id))
            .into_iter()
            .collect()
    }
}

impl Delivery {
    fn parcel(&self) -> Option<&Parcel> {
        match self {
            Self::New => None,
            Self::Underway(parcel) | Self::Completed(parcel) | Self::Canceled(parcel) => {
                Some(parcel)
            }
        }
    }

    fn or(&self, unknown: Parcel) -> Parcel {
        self.parcel().cloned().unwrap_or(unknown)
    }

    fn shown(&self) -> Option<ShownDelivery> {
        let delivery_status = match self {
            Self::New => return None,
            Self::Underway(_) => DeliveryStatus::Started,
            Self::Completed(_) => DeliveryStatus::Completed,
            Self::Canceled(_) => DeliveryStatus::Canceled,
        };
        let parcel = self.parcel()?.clone();
        Some(ShownDelivery {
            parcel,
            delivery_status,
        })
    }
}

// Calls

/// Nothing is handed over that was canceled (I2): the order says which came first.
fn completing_asks_order_to_close(
    _: Id,
    delivery: &Delivery,
    command: &DeliveryCommand,
) -> Option<Ask<Delivery>> {
    match (delivery, command) {
        (Delivery::Underway(parcel), DeliveryCommand::Complete) => {
            let path = format!("/orders/{}/delivered", parcel.order_id);
            Some(Ask::permission(Method::Put, path, &Nothing {}))
        }
        (Delivery::New | Delivery::Completed(_) | Delivery::Canceled(_), _)
        | (_, DeliveryCommand::Start(_) | DeliveryCommand::Cancel(_)) => None,
    }
}

// Policies

/// Paid: off it goes.
fn whenever_payment_approved_start_delivery(approved: &PaymentApproved) -> Tell<Delivery> {
    Delivery::by("orderId", approved.bill.order_id).tell(DeliveryCommand::Start(Parcel {
        order_id: approved.bill.order_id,
        user_id: approved.bill.user_id,
        prod_id: None,
        qty: approved.bill.qty,
        address: Some(approved.address.clone()),
        order_status: Some(approved.order_status),
        pay_status: approved.pay_status,
    }))
}

/// Refunded: stop it. One that has not started never will.
fn whenever_payment_canceled_cancel_delivery(canceled: &PaymentCanceled) -> Tell<Delivery> {
    Delivery::by("orderId", canceled.order_id).tell(DeliveryCommand::Cancel(Parcel {
        order_id: canceled.order_id,
        user_id: canceled.user_id,
        prod_id: None,
        qty: None,
        address: None,
        order_status: Some(OrderStatus::Canceled),
        pay_status: canceled.pay_status,
    }))
}

/// The echo of the call: the order was closed, and we may have died before we wrote it down.
fn whenever_order_delivered_complete_delivery(delivered: &OrderDelivered) -> Tell<Delivery> {
    Delivery::by("orderId", delivered.order_id).tell(DeliveryCommand::Complete)
}

#[cfg(test)]
mod tests;

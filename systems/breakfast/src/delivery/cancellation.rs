//! What delivery was asked to cancel, one row an order. The delivery decides in the same commit.

use serde::{Deserialize, Serialize};
use storm::{Aggregate, Ask, Decision, Id, Key, Method, Refusal, Tell, events};

use super::{Delivery, DeliveryCommand};

// Commands

/// The question that order asks, in the originals' fields. Idempotent by `orderId`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CancelDelivery {
    order_id: Id,
    /// Whatever is sent is not taken over.
    #[serde(default, skip_deserializing)]
    status: CancellationStatus,
}

impl CancelDelivery {
    /// May this order be canceled? Then it is never delivered.
    pub fn of(order_id: Id) -> Self {
        Self {
            order_id,
            status: CancellationStatus::Canceled,
        }
    }

    #[allow(
        clippy::unnecessary_wraps,
        reason = "it is what a declaration takes: a form may be refused"
    )]
    pub(super) fn command(self) -> Result<Self, Refusal> {
        Ok(self)
    }
}

/// `status` on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum CancellationStatus {
    /// The only one.
    #[default]
    #[serde(rename = "Cancelled")]
    Canceled,
}

// Events

/// Somebody wants an order not to be delivered, and nobody was in the way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CancellationRequested {
    /// The cancellation.
    pub id: Id,
    /// Which order; `status` is `Cancelled`.
    #[serde(flatten)]
    pub cancel: CancelDelivery,
}

events! {
    /// What a cancellation can tell.
    pub enum CancellationEvent { CancellationRequested }
}

// Aggregate

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) enum Cancellation {
    #[default]
    New,
    Requested(CancelDelivery),
}

impl Aggregate for Cancellation {
    const KIND: &'static str = "cancellation";
    type Command = CancelDelivery;
    type Event = CancellationEvent;

    fn decide(&self, id: Id, cancel: CancelDelivery) -> Decision<CancellationEvent> {
        match self {
            Self::New => Ok(vec![CancellationRequested { id, cancel }.into()]),
            Self::Requested(_) => Ok(vec![]),
        }
    }

    fn evolve(self, event: &CancellationEvent) -> Self {
        match event {
            CancellationEvent::CancellationRequested(requested) => {
                Self::Requested(requested.cancel.clone())
            }
        }
    }

    fn keys(&self) -> Vec<Key> {
        let key = |cancel: CancelDelivery| Key::unique("orderId", cancel.order_id);
        self.shown().map(key).into_iter().collect()
    }

    fn identity(cancel: &CancelDelivery) -> Option<Key> {
        Some(Key::unique("orderId", cancel.order_id))
    }
}

impl Cancellation {
    /// What the outside sees.
    pub(super) fn shown(&self) -> Option<CancelDelivery> {
        match self {
            Self::New => None,
            Self::Requested(cancel) => Some(cancel.clone()),
        }
    }
}

// Calls

/// A cancellation that comes before its delivery stops it from ever starting. So nobody may cancel an
/// order that has yet to be placed.
pub(super) fn canceling_asks_order_to_be_there(
    _: Id,
    cancellation: &Cancellation,
    cancel: &CancelDelivery,
) -> Option<Ask<Cancellation>> {
    match cancellation {
        Cancellation::Requested(_) => None,
        Cancellation::New => {
            let path = format!("/orders/{}", cancel.order_id);
            let ask = Ask::permission(Method::Get, path, &());
            let reason = "There is no order with this `orderId`.";
            let unknown =
                Refusal::invalid("orderId", "order-unknown", reason).ko("없는 주문입니다.");
            Some(ask.on_not_found(unknown))
        }
    }
}

// Policies

/// Refused by the delivery, it was never requested.
pub(super) fn whenever_cancellation_requested_cancel_delivery(
    requested: &CancellationRequested,
) -> Tell<Delivery> {
    let order_id = requested.cancel.order_id;
    Delivery::by("orderId", order_id).tell(DeliveryCommand::Cancel(order_id))
}

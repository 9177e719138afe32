//! Payments: authorized in the call, captured when the order is heard of, voided when it never is,
//! refunded when the delivery is canceled. So nobody pays for an order that does not stand (I1, I2).

use std::time::Duration;

use serde::{Deserialize, Serialize};
use storm::form::field;
use storm::{Aggregate, Context, Deadline, Decision, Id, Key, Refusal, Resource, Tell, events};

use crate::delivery::DeliveryCanceled;
use crate::order::Ordered;

/// How long an authorization waits for its order: far longer than any call takes.
const CAPTURE_WITHIN: Duration = Duration::from_secs(60);

/// Payments, at `/pays`.
pub fn context() -> Context {
    Context::new("payment", 8084)
        .aggregate(
            Resource::at("pays", "pay", Payment::shown)
                .found_by("orderid")
                .create(|form: PayForm| form.checked().map(PaymentCommand::Authorize))
                .deadline(Deadline::new(
                    "capture",
                    CAPTURE_WITHIN,
                    |event| matches!(event, PaymentEvent::PaymentAuthorized(_)),
                    |event| !matches!(event, PaymentEvent::PaymentAuthorized(_)),
                    || PaymentCommand::Void,
                )),
        )
        .policy(whenever_ordered_capture_payment)
        .policy(whenever_delivery_canceled_cancel_payment)
}

// Commands

#[derive(Clone, Debug, PartialEq)]
enum PaymentCommand {
    Authorize(Bill),
    Capture,
    Cancel,
    Void,
}

/// The question that order asks. Idempotent by `orderid`; the `status` that the originals send along
/// is not taken over.
#[derive(Deserialize)]
struct PayForm {
    amout: i32,
    orderid: Id,
}

impl PayForm {
    fn checked(self) -> Result<Bill, Refusal> {
        field("orderid", "주문번호").at_least(self.orderid, 1, "order-id-invalid")?;
        field("amout", "결제 금액").at_least(self.amout, 0, "amount-negative")?;
        Ok(Bill::of(self.orderid, self.amout))
    }
}

// Events

/// A payment's fields on the wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bill {
    /// How much; the originals charge the quantity.
    #[serde(rename = "amout")]
    pub amount: i32,
    /// How it stands. Whoever heard an event knows by its name.
    #[serde(default, deserialize_with = "storm::lenient::or_default")]
    pub status: PayStatus,
    /// The order that it is for.
    #[serde(rename = "orderid")]
    pub order_id: Id,
}

/// The money is set aside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PaymentAuthorized {
    /// The payment.
    pub id: Id,
    /// How much, for which order.
    #[serde(flatten)]
    pub bill: Bill,
}

/// The money is taken: the order can be delivered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Paid {
    /// The payment.
    pub id: Id,
    /// How much, for which order.
    #[serde(flatten)]
    pub bill: Bill,
}

/// The money is given back, or never was taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cancelled {
    /// The payment.
    pub id: Id,
    /// How much, for which order; `status` is `Order Canceled-payment`.
    #[serde(flatten)]
    pub bill: Bill,
}

/// The money was set aside for an order that never came.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PaymentVoided {
    /// The payment.
    pub id: Id,
    /// How much, for which order.
    #[serde(flatten)]
    pub bill: Bill,
}

events! {
    /// What a payment can tell.
    pub enum PaymentEvent { PaymentAuthorized, Paid, Cancelled, PaymentVoided }
}

/// `status` on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PayStatus {
    /// Set aside or taken.
    #[default]
    #[serde(rename = "Ordered")]
    Ordered,
    /// Given back.
    #[serde(rename = "Order Canceled-payment")]
    Canceled,
}

// Aggregate

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
enum Payment {
    #[default]
    New,
    Authorized(Bill),
    Paid(Bill),
    Canceled(Bill),
    Voided(Bill),
}

impl Aggregate for Payment {
    const KIND: &'static str = "payment";
    type Command = PaymentCommand;
    type Event = PaymentEvent;

    fn decide(&self, id: Id, command: PaymentCommand) -> Decision<PaymentEvent> {
        match (self, command) {
            (Self::New | Self::Voided(_), PaymentCommand::Authorize(bill)) => {
                Ok(vec![PaymentAuthorized { id, bill }.into()])
            }
            (Self::Authorized(bill) | Self::Paid(bill), PaymentCommand::Authorize(asked)) => {
                bill.same_as(&asked)
            }
            (Self::Canceled(_), PaymentCommand::Authorize(_)) => Err(Refusal::conflict(
                "payment-canceled",
                "The payment of this order has been canceled.",
            )
            .ko("이미 취소된 결제입니다.")),

            (Self::Authorized(bill), PaymentCommand::Capture) => {
                let bill = bill.clone();
                Ok(vec![Paid { id, bill }.into()])
            }
            // The order came too late: it is told so, and cancels itself.
            (Self::Voided(bill), PaymentCommand::Capture) => Ok(vec![bill.canceled(id).into()]),
            // A cancel has overtaken the approval: it stays canceled.
            (Self::Paid(_) | Self::Canceled(_), PaymentCommand::Capture) => Ok(vec![]),

            (
                Self::Authorized(bill) | Self::Paid(bill) | Self::Voided(bill),
                PaymentCommand::Cancel,
            ) => Ok(vec![bill.canceled(id).into()]),
            (Self::Canceled(_), PaymentCommand::Cancel) => Ok(vec![]),

            (Self::Authorized(bill), PaymentCommand::Void) => {
                let bill = bill.with(PayStatus::Canceled);
                Ok(vec![PaymentVoided { id, bill }.into()])
            }
            (
                Self::New | Self::Paid(_) | Self::Canceled(_) | Self::Voided(_),
                PaymentCommand::Void,
            ) => Ok(vec![]),

            (Self::New, PaymentCommand::Capture | PaymentCommand::Cancel) => Err(Refusal::not_yet(
                "payment-unknown",
                "There is no payment for this order yet.",
            )
            .ko("아직 이 주문의 결제가 없습니다.")),
        }
    }

    fn evolve(self, event: &PaymentEvent) -> Self {
        match event {
            PaymentEvent::PaymentAuthorized(authorized) => {
                Self::Authorized(authorized.bill.clone())
            }
            PaymentEvent::Paid(paid) => Self::Paid(paid.bill.clone()),
            PaymentEvent::Cancelled(canceled) => Self::Canceled(canceled.bill.clone()),
            PaymentEvent::PaymentVoided(voided) => Self::Voided(voided.bill.clone()),
        }
    }

    fn keys(&self) -> Vec<Key> {
        let key = |bill: Bill| Key::unique("orderid", bill.order_id);
        self.shown().map(key).into_iter().collect()
    }

    fn identity(command: &PaymentCommand) -> Option<Key> {
        match command {
            PaymentCommand::Authorize(asked) => Some(Key::unique("orderid", asked.order_id)),
            PaymentCommand::Capture | PaymentCommand::Cancel | PaymentCommand::Void => None,
        }
    }
}

impl Bill {
    /// May so much be charged for this order?
    pub fn of(order_id: Id, amount: i32) -> Self {
        Self {
            amount,
            status: PayStatus::Ordered,
            order_id,
        }
    }

    fn with(&self, status: PayStatus) -> Self {
        Self {
            status,
            ..self.clone()
        }
    }

    fn canceled(&self, id: Id) -> Cancelled {
        let bill = self.with(PayStatus::Canceled);
        Cancelled { id, bill }
    }

    fn same_as(&self, asked: &Self) -> Decision<PaymentEvent> {
        if self.amount == asked.amount {
            return Ok(vec![]);
        }
        Err(Refusal::conflict(
            "payment-differs",
            "This order has a payment over another amount already.",
        )
        .ko("이 주문에는 다른 금액의 결제가 이미 있습니다."))
    }
}

impl Payment {
    /// What the outside sees.
    fn shown(&self) -> Option<Bill> {
        match self {
            Self::New => None,
            Self::Authorized(bill)
            | Self::Paid(bill)
            | Self::Canceled(bill)
            | Self::Voided(bill) => Some(bill.clone()),
        }
    }
}

// Policies

/// The order stands: take the money.
fn whenever_ordered_capture_payment(ordered: &Ordered) -> Tell<Payment> {
    Payment::by("orderid", ordered.id).tell(PaymentCommand::Capture)
}

/// Nothing is delivered: give the money back.
fn whenever_delivery_canceled_cancel_payment(canceled: &DeliveryCanceled) -> Tell<Payment> {
    Payment::by("orderid", canceled.order_id).tell(PaymentCommand::Cancel)
}

#[cfg(test)]
mod tests;

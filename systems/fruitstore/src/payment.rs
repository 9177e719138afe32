//! Payments: authorized in the call, captured when the order is heard of, voided when it never is,
//! refunded when it is canceled. So no order stands without a payment, and nobody pays for an order
//! that does not stand (I1, I2), whichever side dies when.

mod bill;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use storm::{Aggregate, Context, Deadline, Decision, Id, Key, Refusal, Resource, Tell, events};

use crate::order::{OrderCanceled, OrderPlaced, OrderStatus};
use bill::ShownPayment;
pub use bill::{AuthorizePayment, Bill};

/// How long an authorization waits for its order: far longer than any call takes.
const CAPTURE_WITHIN: Duration = Duration::from_secs(60);

/// Payments, at `/payments`.
pub fn context() -> Context {
    Context::new("payment", 8087)
        .aggregate(
            Resource::at("payments", "payment", Payment::shown)
                .found_by("orderId")
                .create(|bill: Bill| bill.checked().map(PaymentCommand::Authorize))
                .deadline(Deadline::new(
                    "capture",
                    CAPTURE_WITHIN,
                    |event| matches!(event, PaymentEvent::PaymentAuthorized(_)),
                    |event| !matches!(event, PaymentEvent::PaymentAuthorized(_)),
                    || PaymentCommand::Void,
                )),
        )
        .policy(whenever_order_placed_capture_payment)
        .policy(whenever_order_canceled_cancel_payment)
}

// Commands

#[derive(Clone, Debug, PartialEq)]
enum PaymentCommand {
    Authorize(Bill),
    Capture(OrderPlaced),
    Cancel,
    Void,
}

// Events

/// The money is set aside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PaymentAuthorized {
    /// The payment.
    pub pay_id: Id,
    /// For which order.
    #[serde(flatten)]
    pub bill: Bill,
    /// 결제요청
    pub pay_status: PayStatus,
}

/// The money is taken: the order can be delivered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PaymentApproved {
    /// The payment.
    pub pay_id: Id,
    /// For which order.
    #[serde(flatten)]
    pub bill: Bill,
    /// Where the order goes.
    pub address: String,
    /// 주문신청
    #[serde(skip_deserializing, default = "OrderStatus::placed")]
    pub order_status: OrderStatus,
    /// 결제승인
    #[serde(skip_deserializing, default = "PayStatus::approved")]
    pub pay_status: PayStatus,
}

/// The money is given back, or never was taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PaymentCanceled {
    /// The payment.
    pub pay_id: Id,
    /// The order that it was for.
    pub order_id: Id,
    /// The customer.
    pub user_id: i64,
    /// In won.
    pub price: i32,
    /// 결제취소
    #[serde(skip_deserializing, default = "PayStatus::canceled")]
    pub pay_status: PayStatus,
}

/// The money was set aside for an order that never came.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PaymentVoided {
    /// The payment.
    pub pay_id: Id,
    /// The number that the order would have had.
    pub order_id: Id,
    /// 결제취소
    pub pay_status: PayStatus,
}

events! {
    /// What a payment can tell.
    pub enum PaymentEvent { PaymentAuthorized, PaymentApproved, PaymentCanceled, PaymentVoided }
}

/// `payStatus` on the wire. What comes later is greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum PayStatus {
    /// Set aside.
    #[serde(rename = "결제요청")]
    Authorized,
    /// Taken.
    #[serde(rename = "결제승인")]
    Approved,
    /// Given back.
    #[serde(rename = "결제취소")]
    Canceled,
}

/// What the events say by their names; others' words for it are not read.
impl PayStatus {
    fn approved() -> Self {
        Self::Approved
    }

    fn canceled() -> Self {
        Self::Canceled
    }
}

// Aggregate

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
enum Payment {
    #[default]
    New,
    Authorized(Bill),
    Approved(Bill),
    Canceled(Bill),
    Voided(Bill),
}

impl Aggregate for Payment {
    const KIND: &'static str = "payment";
    type Command = PaymentCommand;
    type Event = PaymentEvent;

    fn decide(&self, pay_id: Id, command: PaymentCommand) -> Decision<PaymentEvent> {
        match (self, command) {
            (Self::New | Self::Voided(_), PaymentCommand::Authorize(bill)) => {
                Ok(vec![bill.authorized(pay_id).into()])
            }
            (Self::Authorized(bill) | Self::Approved(bill), PaymentCommand::Authorize(asked)) => {
                bill.same_as(&asked)
            }
            (Self::Canceled(_), PaymentCommand::Authorize(_)) => Err(Refusal::conflict(
                "payment-canceled",
                "The payment of this order has been canceled.",
            )
            .ko("이미 취소된 결제입니다.")),

            (Self::Authorized(bill), PaymentCommand::Capture(order)) => {
                Ok(vec![bill.approved(pay_id, order).into()])
            }
            // The order came too late: it is told so, and cancels itself.
            (Self::Voided(bill), PaymentCommand::Capture(_)) => {
                Ok(vec![bill.canceled(pay_id).into()])
            }
            // A cancel has overtaken the approval: it stays canceled.
            (Self::Approved(_) | Self::Canceled(_), PaymentCommand::Capture(_)) => Ok(vec![]),

            (
                Self::Authorized(bill) | Self::Approved(bill) | Self::Voided(bill),
                PaymentCommand::Cancel,
            ) => Ok(vec![bill.canceled(pay_id).into()]),
            (Self::Canceled(_), PaymentCommand::Cancel) => Ok(vec![]),

            (Self::Authorized(bill), PaymentCommand::Void) => Ok(vec![bill.voided(pay_id).into()]),
            (
                Self::New | Self::Approved(_) | Self::Canceled(_) | Self::Voided(_),
                PaymentCommand::Void,
            ) => Ok(vec![]),

            (Self::New, PaymentCommand::Capture(_) | PaymentCommand::Cancel) => Err(
                Refusal::not_yet("payment-unknown", "There is no payment for this order yet.")
                    .ko("아직 이 주문의 결제가 없습니다."),
            ),
        }
    }

    fn evolve(self, event: &PaymentEvent) -> Self {
        match (self, event) {
            (_, PaymentEvent::PaymentAuthorized(authorized)) => {
                Self::Authorized(authorized.bill.clone())
            }
            (Self::Authorized(bill), PaymentEvent::PaymentApproved(_)) => Self::Approved(bill),
            (
                Self::Authorized(bill) | Self::Approved(bill) | Self::Voided(bill),
                PaymentEvent::PaymentCanceled(_),
            ) => Self::Canceled(bill),
            (Self::Authorized(bill), PaymentEvent::PaymentVoided(_)) => Self::Voided(bill),
            (
                state,
                PaymentEvent::PaymentApproved(_)
                | PaymentEvent::PaymentCanceled(_)
                | PaymentEvent::PaymentVoided(_),
            ) => state,
        }
    }

    fn keys(&self) -> Vec<Key> {
        self.bill()
            .map(|bill| Key::unique("orderId", bill.order_id))
            .into_iter()
            .collect()
    }

    fn identity(command: &PaymentCommand) -> Option<Key> {
        match command {
            PaymentCommand::Authorize(asked) => Some(Key::unique("orderId", asked.order_id)),
            PaymentCommand::Capture(_) | PaymentCommand::Cancel | PaymentCommand::Void => None,
        }
    }
}

impl Payment {
    fn bill(&self) -> Option<&Bill> {
        match self {
            Self::New => None,
            Self::Authorized(bill)
            | Self::Approved(bill)
            | Self::Canceled(bill)
            | Self::Voided(bill) => Some(bill),
        }
    }

    fn shown(&self) -> Option<ShownPayment> {
        let (order_status, pay_status) = match self {
            Self::New => return None,
            Self::Authorized(_) => (None, PayStatus::Authorized),
            Self::Approved(_) => (Some(OrderStatus::Placed), PayStatus::Approved),
            Self::Canceled(_) => (Some(OrderStatus::Canceled), PayStatus::Canceled),
            Self::Voided(_) => (None, PayStatus::Canceled),
        };
        self.bill().map(|bill| bill.shown(order_status, pay_status))
    }
}

// Policies

/// The order stands: take the money.
fn whenever_order_placed_capture_payment(placed: &OrderPlaced) -> Tell<Payment> {
    Payment::by("orderId", placed.order_id).tell(PaymentCommand::Capture(placed.clone()))
}

/// The order stands no more: give the money back.
fn whenever_order_canceled_cancel_payment(canceled: &OrderCanceled) -> Tell<Payment> {
    Payment::by("orderId", canceled.order_id).tell(PaymentCommand::Cancel)
}

#[cfg(test)]
mod tests;

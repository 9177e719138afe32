//! Pays: authorized in the call, captured when the order is heard of, voided when it never is,
//! refunded when it is canceled. So no order stands unpaid, and nobody pays for an order that does not
//! stand (I1, I2), whichever side dies when. A pay has its order's number.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use storm::form::field;
use storm::{Aggregate, Context, Deadline, Decision, Id, Key, Refusal, Resource, Tell, events};

use crate::order::{OrderCanceled, Ordered, Purchase, Status};

/// How long an authorization waits for its order: far longer than any call takes.
const CAPTURE_WITHIN: Duration = Duration::from_secs(60);

/// The `status` of a pay that was given back. Before, it is whatever the order's was.
pub(crate) const CANCELED: &str = "PayCanceled";

/// Pays, at `/pays`.
pub fn context() -> Context {
    Context::new("pay", 8083)
        .aggregate(
            Resource::at("pays", "pay", |pay: &Pay| pay.bill().cloned())
                .numbered_as("order")
                .create(|authorize: AuthorizePay| authorize.checked().map(PayCommand::Authorize))
                .deadline(Deadline::new(
                    "capture",
                    CAPTURE_WITHIN,
                    |event| matches!(event, PayEvent::PayAuthorized(_)),
                    |event| !matches!(event, PayEvent::PayAuthorized(_)),
                    || PayCommand::Void,
                )),
        )
        .policy(whenever_ordered_capture_pay)
        .policy(whenever_order_canceled_cancel_pay)
}

// Commands

#[derive(Clone, Debug, PartialEq)]
enum PayCommand {
    Authorize(Bill),
    Capture(Purchase),
    Cancel,
    Void,
}

/// The question that order asks, in the originals' fields. Idempotent by `orderId`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthorizePay {
    order_id: Id,
    price: f64,
    #[serde(default)]
    status: Option<String>,
}

impl AuthorizePay {
    /// May so much be charged for this order?
    pub fn of(order_id: Id, purchase: &Purchase) -> Self {
        Self {
            order_id,
            price: purchase.price,
            status: match &purchase.status {
                Some(Status::AsSent(text)) => Some(text.clone()),
                Some(Status::Started | Status::Completed | Status::Canceled) | None => None,
            },
        }
    }

    fn checked(self) -> Result<Bill, Refusal> {
        let (order_id, price) = (self.order_id, self.price);
        field("orderId", "주문번호").at_least(order_id, 1, "order-id-invalid")?;
        field("price", "가격").at_least(price, 0.0, "price-negative")?;
        Ok(Bill {
            order_id,
            price,
            status: self.status.filter(|status| status != CANCELED),
        })
    }
}

// Events

/// What is paid, in the fields of the originals' table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Bill {
    /// The order that it is for.
    pub order_id: Id,
    /// In won. The originals tell none of what was given back.
    #[serde(default, deserialize_with = "storm::lenient::or_default")]
    pub price: f64,
    /// As the order's when it was placed; `PayCanceled` when it was given back.
    pub status: Option<String>,
}

/// The money is set aside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PayAuthorized {
    /// The pay.
    pub id: Id,
    /// What is paid.
    #[serde(flatten)]
    pub bill: Bill,
}

/// The money is taken: the product team can ship.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PayApproved {
    /// The pay.
    pub id: Id,
    /// What is paid.
    #[serde(flatten)]
    pub bill: Bill,
    /// What was ordered; not in the originals' event, which left the team to guess.
    pub item: Option<String>,
    /// How many.
    pub quantity: Option<i32>,
}

/// The money is given back, or never was taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PayCanceled {
    /// The pay.
    pub id: Id,
    /// What was paid.
    #[serde(flatten)]
    pub bill: Bill,
}

/// The money was set aside for an order that never came.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PayVoided {
    /// The pay.
    pub id: Id,
    /// What would have been paid.
    #[serde(flatten)]
    pub bill: Bill,
}

events! {
    /// What a pay can tell.
    pub enum PayEvent { PayAuthorized, PayApproved, PayCanceled, PayVoided }
}

// Aggregate

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
enum Pay {
    #[default]
    New,
    Authorized(Bill),
    Approved(Bill),
    Canceled(Bill),
    Voided(Bill),
}

impl Aggregate for Pay {
    const KIND: &'static str = "pay";
    type Command = PayCommand;
    type Event = PayEvent;

    fn decide(&self, id: Id, command: PayCommand) -> Decision<PayEvent> {
        match (self, command) {
            (Self::New | Self::Voided(_), PayCommand::Authorize(bill)) => {
                Ok(vec![PayAuthorized { id, bill }.into()])
            }
            (Self::Authorized(bill) | Self::Approved(bill), PayCommand::Authorize(asked)) => {
                bill.same_as(&asked)
            }
            (Self::Canceled(_), PayCommand::Authorize(_)) => Err(Refusal::conflict(
                "pay-canceled",
                "The pay of this order has been canceled.",
            )
            .ko("이미 취소된 결제입니다.")),

            (Self::Authorized(bill), PayCommand::Capture(purchase)) => Ok(vec![
                PayApproved {
                    id,
                    bill: bill.clone(),
                    item: Some(purchase.item),
                    quantity: Some(purchase.order_qty),
                }
                .into(),
            ]),
            // The order came too late: it is told so, and cancels itself.
            (Self::Voided(bill), PayCommand::Capture(_)) => Ok(vec![bill.canceled(id).into()]),
            // A cancel has overtaken the approval: it stays canceled.
            (Self::Approved(_) | Self::Canceled(_), PayCommand::Capture(_)) => Ok(vec![]),

            (
                Self::Authorized(bill) | Self::Approved(bill) | Self::Voided(bill),
                PayCommand::Cancel,
            ) => Ok(vec![bill.canceled(id).into()]),
            (Self::Canceled(_), PayCommand::Cancel) => Ok(vec![]),

            (Self::Authorized(bill), PayCommand::Void) => {
                let bill = bill.canceled(id).bill;
                Ok(vec![PayVoided { id, bill }.into()])
            }
            (
                Self::New | Self::Approved(_) | Self::Canceled(_) | Self::Voided(_),
                PayCommand::Void,
            ) => Ok(vec![]),

            (Self::New, PayCommand::Capture(_) | PayCommand::Cancel) => Err(Refusal::not_yet(
                "pay-unknown",
                "There is no pay for this order yet.",
            )
            .ko("아직 이 주문의 결제가 없습니다.")),
        }
    }

    fn evolve(self, event: &PayEvent) -> Self {
        match event {
            PayEvent::PayAuthorized(authorized) => Self::Authorized(authorized.bill.clone()),
            PayEvent::PayApproved(approved) => Self::Approved(approved.bill.clone()),
            PayEvent::PayCanceled(canceled) => Self::Canceled(canceled.bill.clone()),
            PayEvent::PayVoided(voided) => Self::Voided(voided.bill.clone()),
        }
    }

    fn identity(command: &PayCommand) -> Option<Key> {
        match command {
            PayCommand::Authorize(asked) => Some(Key::number(asked.order_id)),
            PayCommand::Capture(_) | PayCommand::Cancel | PayCommand::Void => None,
        }
    }
}

impl Bill {
    fn same_as(&self, asked: &Self) -> Decision<PayEvent> {
        if self == asked {
            return Ok(vec![]);
        }
        Err(Refusal::conflict(
            "pay-differs",
            "This order has a pay already, of another amount or status.",
        )
        .ko("이미 다른 내용으로 결제가 요청된 주문입니다."))
    }

    fn canceled(&self, id: Id) -> PayCanceled {
        let status = Some(CANCELED.to_owned());
        PayCanceled {
            id,
            bill: Self {
                status,
                ..self.clone()
            },
        }
    }
}

impl Pay {
    fn bill(&self) -> Option<&Bill> {
        match self {
            Self::New => None,
            Self::Authorized(bill)
            | Self::Approved(bill)
            | Self::Canceled(bill)
            | Self::Voided(bill) => Some(bill),
        }
    }
}

// Policies

/// The order stands: take the money.
fn whenever_ordered_capture_pay(ordered: &Ordered) -> Tell<Pay> {
    Pay::at(ordered.id).tell(PayCommand::Capture(ordered.purchase.clone()))
}

/// The order stands no more: give the money back.
fn whenever_order_canceled_cancel_pay(canceled: &OrderCanceled) -> Tell<Pay> {
    Pay::at(canceled.id).tell(PayCommand::Cancel)
}

#[cfg(test)]
mod tests;

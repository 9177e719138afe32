//! Orders: a customer orders an item, and may think better of it until it is delivered.
//!
//! *Canceled* and *delivered* meet in the order, so it decides which came first: the product team asks
//! it before a delivery is completed, and so nothing is delivered that was refunded (I2).

mod form;
mod heard;

use serde::{Deserialize, Serialize};
use storm::{
    Aggregate, Ask, Context, Decision, Id, Method, Nothing, Refusal, Resource, Tell, events,
};

use crate::pay::{AuthorizePay, PayCanceled};
use crate::product::DeliveryStarted;
use form::OrderForm;

/// Orders, at `/orders`.
pub fn context() -> Context {
    Context::new("order", 8081)
        .aggregate(
            Resource::at("orders", "order", Order::shown)
                .create(|form: OrderForm| form.checked().map(OrderCommand::Place))
                .remove(|_| Ok(OrderCommand::Cancel))
                .act("delivered", |_: Nothing| Ok(OrderCommand::Deliver))
                .asks("pay", placing_asks_pay_to_authorize),
        )
        .policy(whenever_delivery_started_modify_status)
        .policy(whenever_pay_canceled_cancel_order)
}

// Commands

#[derive(Clone, Debug, PartialEq)]
enum OrderCommand {
    Place(Purchase),
    NoteStart,
    Deliver,
    Cancel,
}

/// What was ordered, in the fields of the originals' table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", from = "heard::Purchase")]
pub struct Purchase {
    /// What.
    pub item: String,
    /// How many.
    pub order_qty: i32,
    /// The same: the originals' clients read it under either name.
    pub quantity: i32,
    /// How the order stands.
    pub status: Option<Status>,
    /// In won, for all of it.
    pub price: f64,
}

/// `status` on the wire: free text, until something happens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// On its way.
    #[serde(rename = "Delivery Started")]
    Started,
    /// Handed over.
    #[serde(rename = "Delivery Completed")]
    Completed,
    /// It does not stand any more.
    #[serde(rename = "Order Canceled")]
    Canceled,
    /// What the customer sent.
    #[serde(untagged)]
    AsSent(String),
}

impl Status {
    /// Which of two came later: the greater one.
    pub(crate) fn progress(&self) -> u8 {
        match self {
            Self::AsSent(_) => 0,
            Self::Started => 1,
            Self::Completed => 2,
            Self::Canceled => 3,
        }
    }
}

// Events

/// A customer has ordered, and pay has authorized it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ordered {
    /// The order.
    pub id: Id,
    /// What was ordered.
    #[serde(flatten)]
    pub purchase: Purchase,
}

/// The delivery has started.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrderStatusModified {
    /// The order.
    pub id: Id,
    /// `Delivery Started`
    pub status: Status,
}

/// The item is about to be handed over: from here on the order cannot be canceled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrderDelivered {
    /// The order.
    pub id: Id,
    /// `Delivery Completed`
    pub status: Status,
}

/// The order does not stand any more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrderCanceled {
    /// The order.
    pub id: Id,
    /// What was ordered.
    #[serde(flatten)]
    pub purchase: Purchase,
}

events! {
    /// What an order can tell.
    pub enum OrderEvent { Ordered, OrderStatusModified, OrderDelivered, OrderCanceled }
}

// Aggregate

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
enum Order {
    #[default]
    New,
    Placed(Purchase),
    Delivered(Purchase),
    Canceled(Purchase),
}

impl Aggregate for Order {
    const KIND: &'static str = "order";
    type Command = OrderCommand;
    type Event = OrderEvent;

    fn decide(&self, id: Id, command: OrderCommand) -> Decision<OrderEvent> {
        match (self, command) {
            (Self::New, OrderCommand::Place(purchase)) => Ok(vec![Ordered { id, purchase }.into()]),
            (Self::Placed(_) | Self::Delivered(_) | Self::Canceled(_), OrderCommand::Place(_)) => {
                Err(
                    Refusal::conflict("order-exists", "This order has been placed already.")
                        .ko("이미 접수된 주문입니다."),
                )
            }

            (Self::Placed(purchase), OrderCommand::NoteStart) => {
                let status = Status::Started;
                Ok(match &purchase.status {
                    Some(known) if *known == status => vec![],
                    _ => vec![OrderStatusModified { id, status }.into()],
                })
            }
            // It was faster than the news.
            (Self::Delivered(_) | Self::Canceled(_), OrderCommand::NoteStart) => Ok(vec![]),

            (Self::Placed(_), OrderCommand::Deliver) => {
                let status = Status::Completed;
                Ok(vec![OrderDelivered { id, status }.into()])
            }
            (Self::Delivered(_), OrderCommand::Deliver) => Ok(vec![]),
            (Self::Canceled(_), OrderCommand::Deliver) => Err(Refusal::conflict(
                "order-canceled",
                "This order has been canceled and must not be delivered.",
            )
            .ko("취소된 주문은 배송할 수 없습니다.")),

            (Self::Placed(purchase), OrderCommand::Cancel) => {
                let purchase = purchase.now(Status::Canceled);
                Ok(vec![OrderCanceled { id, purchase }.into()])
            }
            (Self::Canceled(_), OrderCommand::Cancel) => Ok(vec![]),
            (Self::Delivered(_), OrderCommand::Cancel) => Err(Refusal::conflict(
                "order-delivered",
                "This order has been delivered and cannot be canceled any more.",
            )
            .ko("이미 배송이 완료된 주문은 취소할 수 없습니다.")),

            (Self::New, OrderCommand::NoteStart | OrderCommand::Deliver | OrderCommand::Cancel) => {
                Err(
                    Refusal::not_yet("order-unknown", "There is no such order yet.")
                        .ko("아직 그런 주문이 없습니다."),
                )
            }
        }
    }

    fn evolve(self, event: &OrderEvent) -> Self {
        match (self, event) {
            (_, OrderEvent::Ordered(ordered)) => Self::Placed(ordered.purchase.clone()),
            (_, OrderEvent::OrderCanceled(canceled)) => Self::Canceled(canceled.purchase.clone()),
            (Self::Placed(purchase), OrderEvent::OrderStatusModified(modified)) => {
                Self::Placed(purchase.now(modified.status.clone()))
            }
            (Self::Placed(purchase), OrderEvent::OrderDelivered(delivered)) => {
                Self::Delivered(purchase.now(delivered.status.clone()))
            }
            (state, OrderEvent::OrderStatusModified(_) | OrderEvent::OrderDelivered(_)) => state,
        }
    }
}

impl Purchase {
    fn now(&self, status: Status) -> Self {
        Self {
            status: Some(status),
            ..self.clone()
        }
    }
}

impl Order {
    fn shown(&self) -> Option<Purchase> {
        match self {
            Self::New => None,
            Self::Placed(purchase) | Self::Delivered(purchase) | Self::Canceled(purchase) => {
                Some(purchase.clone())
            }
        }
    }
}

// Calls

/// No order without a pay (I1). Pay knows a repeated question by its order, and takes an authorization
/// back by itself if the order never comes.
fn placing_asks_pay_to_authorize(id: Id, _: &Order, command: &OrderCommand) -> Option<Ask<Order>> {
    match command {
        OrderCommand::Place(purchase) => {
            let authorize = AuthorizePay::of(id, purchase);
            Some(Ask::permission(Method::Post, "/pays", &authorize))
        }
        OrderCommand::NoteStart | OrderCommand::Deliver | OrderCommand::Cancel => None,
    }
}

// Policies

/// The customer sees that it is on its way.
fn whenever_delivery_started_modify_status(started: &DeliveryStarted) -> Tell<Order> {
    Order::at(started.parcel.order_id).tell(OrderCommand::NoteStart)
}

/// The echo of the call: if pay cannot stand by its authorization any more, neither does the order.
/// For an order that was canceled first, this is no news.
fn whenever_pay_canceled_cancel_order(canceled: &PayCanceled) -> Tell<Order> {
    Order::at(canceled.bill.order_id).tell(OrderCommand::Cancel)
}

#[cfg(test)]
mod tests;

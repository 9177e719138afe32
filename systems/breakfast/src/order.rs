//! Orders: a customer asks for food, and may think better of it until it is delivered.
//!
//! An order stands when the customer is known, the stock is held and the payment authorized. It is
//! delivery that decides which came first, *canceled* or *delivered*; an order follows.

mod form;

use serde::{Deserialize, Serialize};
use storm::{Aggregate, Ask, Context, Decision, Id, Method, Refusal, Resource, Tell, events};

use crate::delivery::{CancelDelivery, DeliveryCanceled, DeliveryCompleted, Shipped};
use crate::foodcatalog::HoldStock;
use crate::payment::{Bill, Cancelled};
use form::OrderForm;

/// Orders, at `/orders`.
pub fn context() -> Context {
    Context::new("order", 8081)
        .aggregate(
            Resource::at("orders", "order", Order::shown)
                .create(|form: OrderForm| form.checked().map(OrderCommand::Place))
                .remove(|_| Ok(OrderCommand::Cancel))
                .asks("customer", placing_asks_customer_to_be_known)
                .asks("foodcatalog", placing_asks_foodcatalog_to_hold_stock)
                .asks("payment", placing_asks_payment_to_authorize)
                .asks("delivery", canceling_asks_delivery_to_stop),
        )
        .policy(whenever_shipped_update_status)
        .policy(whenever_delivery_completed_complete_order)
        .policy(whenever_delivery_canceled_cancel_order)
        .policy(whenever_payment_cancelled_cancel_order)
}

// Commands

#[derive(Clone, Debug, PartialEq)]
enum OrderCommand {
    Place(Meal),
    Ship,
    Complete,
    Cancel,
}

// Events

/// What an order is about: its fields on the wire, misspellings included.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Meal {
    /// How many.
    pub qty: i32,
    /// None until it is on its way. What the original's services write there besides is not read.
    #[serde(default, deserialize_with = "storm::lenient::or_default")]
    pub status: Option<OrderStatus>,
    /// The food.
    #[serde(rename = "foodcaltalogid")]
    pub food_catalog_id: Id,
    /// Who ordered.
    #[serde(rename = "customerid")]
    pub customer_id: Id,
}

/// The order stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ordered {
    /// The order.
    pub id: Id,
    /// What, how many, for whom.
    #[serde(flatten)]
    pub meal: Meal,
}

/// It is on its way, or has been delivered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrderStatusUpdated {
    /// The order.
    pub id: Id,
    /// `Delivery Start` or `Delivery Completed`.
    pub status: OrderStatus,
}

/// The order does not stand any more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrderCancelled {
    /// The order.
    pub id: Id,
    /// What, how many, for whom; `status` is `Order Canceled`.
    #[serde(flatten)]
    pub meal: Meal,
}

events! {
    /// What an order can tell.
    pub enum OrderEvent { Ordered, OrderStatusUpdated, OrderCancelled }
}

/// `status` on the wire. What comes later is greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum OrderStatus {
    /// On its way.
    #[serde(rename = "Delivery Start")]
    Shipped,
    /// Handed over.
    #[serde(rename = "Delivery Completed")]
    Completed,
    /// Canceled.
    #[serde(rename = "Order Canceled")]
    Canceled,
}

// Aggregate

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
enum Order {
    #[default]
    New,
    Standing(Meal),
    Completed(Meal),
    Canceled(Meal),
}

impl Aggregate for Order {
    const KIND: &'static str = "order";
    type Command = OrderCommand;
    type Event = OrderEvent;

    fn decide(&self, id: Id, command: OrderCommand) -> Decision<OrderEvent> {
        match (self, command) {
            (Self::New, OrderCommand::Place(meal)) => Ok(vec![Ordered { id, meal }.into()]),
            (
                Self::Standing(_) | Self::Completed(_) | Self::Canceled(_),
                OrderCommand::Place(_),
            ) => Err(
                Refusal::conflict("order-exists", "This order has been placed already.")
                    .ko("이미 접수된 주문입니다."),
            ),

            (Self::Standing(meal), OrderCommand::Ship) => Ok(match meal.status {
                None => vec![OrderStatus::Shipped.of(id).into()],
                Some(_) => vec![],
            }),
            (Self::Standing(_), OrderCommand::Complete) => {
                Ok(vec![OrderStatus::Completed.of(id).into()])
            }
            // A cancel has overtaken the news that it was on its way; or a redelivery.
            (
                Self::Completed(_) | Self::Canceled(_),
                OrderCommand::Ship | OrderCommand::Complete,
            ) => Ok(vec![]),

            (Self::Standing(meal), OrderCommand::Cancel) => {
                let meal = meal.with(OrderStatus::Canceled);
                Ok(vec![OrderCancelled { id, meal }.into()])
            }
            (Self::Canceled(_), OrderCommand::Cancel) => Ok(vec![]),
            (Self::Completed(_), OrderCommand::Cancel) => Err(Refusal::conflict(
                "order-delivered",
                "This order has been delivered and cannot be canceled any more.",
            )
            .ko("이미 배송이 완료된 주문은 취소할 수 없습니다.")),

            (Self::New, OrderCommand::Ship | OrderCommand::Complete | OrderCommand::Cancel) => Err(
                Refusal::not_yet("order-unknown", "There is no such order yet.")
                    .ko("아직 그런 주문이 없습니다."),
            ),
        }
    }

    fn evolve(self, event: &OrderEvent) -> Self {
        match (self, event) {
            (_, OrderEvent::Ordered(ordered)) => Self::Standing(ordered.meal.clone()),
            (_, OrderEvent::OrderCancelled(canceled)) => Self::Canceled(canceled.meal.clone()),
            (Self::Standing(meal), OrderEvent::OrderStatusUpdated(updated)) => {
                match updated.status {
                    OrderStatus::Completed => Self::Completed(meal.with(updated.status)),
                    OrderStatus::Shipped | OrderStatus::Canceled => {
                        Self::Standing(meal.with(updated.status))
                    }
                }
            }
            (state, OrderEvent::OrderStatusUpdated(_)) => state,
        }
    }
}

impl OrderStatus {
    fn of(self, id: Id) -> OrderStatusUpdated {
        OrderStatusUpdated { id, status: self }
    }
}

impl Meal {
    fn with(&self, status: OrderStatus) -> Self {
        Self {
            status: Some(status),
            ..self.clone()
        }
    }
}

impl Order {
    /// What the outside sees. A canceled order stays readable.
    fn shown(&self) -> Option<Meal> {
        match self {
            Self::New => None,
            Self::Standing(meal) | Self::Completed(meal) | Self::Canceled(meal) => {
                Some(meal.clone())
            }
        }
    }
}

// Calls

impl OrderCommand {
    fn placed(&self) -> Option<&Meal> {
        match self {
            Self::Place(meal) => Some(meal),
            Self::Ship | Self::Complete | Self::Cancel => None,
        }
    }
}

fn placing_asks_customer_to_be_known(
    _: Id,
    _: &Order,
    command: &OrderCommand,
) -> Option<Ask<Order>> {
    let path = format!("/customers/{}", command.placed()?.customer_id);
    let reason = "There is no customer with this `customerid`: sign up first.";
    let unknown = Refusal::invalid("customerid", "customer-unknown", reason)
        .ko("등록되지 않은 고객입니다. 먼저 회원가입을 해 주세요.");
    let ask = Ask::permission(Method::Get, path, &());
    Some(ask.on_not_found(unknown))
}

/// When the order comes to nothing, the stock is given back at once; what gets lost on the way goes back
/// by itself.
fn placing_asks_foodcatalog_to_hold_stock(
    order: Id,
    _: &Order,
    command: &OrderCommand,
) -> Option<Ask<Order>> {
    let meal = command.placed()?;
    let hold = HoldStock::of(meal.food_catalog_id, meal.qty);
    let reason = "There is no food with this `foodcaltalogid` in the catalogue.";
    let unknown = Refusal::invalid("foodcaltalogid", "food-unknown", reason)
        .ko("카탈로그에 없는 음식입니다.");
    let ask = Ask::permission(Method::Put, HoldStock::path(order), &hold);
    let ask = ask.taken_back_by(Method::Put, HoldStock::release_path(order), &hold);
    Some(ask.on_not_found(unknown))
}

/// No order without an approved payment (I1). `amout` is the quantity, as the seed's log shows it.
fn placing_asks_payment_to_authorize(
    order: Id,
    _: &Order,
    command: &OrderCommand,
) -> Option<Ask<Order>> {
    let bill = Bill::of(order, command.placed()?.qty);
    Some(Ask::permission(Method::Post, "/pays", &bill))
}

/// What has been delivered cannot be canceled; what is stopped is never delivered (I2).
fn canceling_asks_delivery_to_stop(
    order_id: Id,
    order: &Order,
    command: &OrderCommand,
) -> Option<Ask<Order>> {
    match (order, command) {
        (Order::Standing(_), OrderCommand::Cancel) => Some(Ask::permission(
            Method::Post,
            "/cancellations",
            &CancelDelivery::of(order_id),
        )),
        (Order::New | Order::Completed(_) | Order::Canceled(_), OrderCommand::Cancel)
        | (_, OrderCommand::Place(_) | OrderCommand::Ship | OrderCommand::Complete) => None,
    }
}

// Policies

fn whenever_shipped_update_status(shipped: &Shipped) -> Tell<Order> {
    Order::at(shipped.order_id).tell(OrderCommand::Ship)
}

fn whenever_delivery_completed_complete_order(completed: &DeliveryCompleted) -> Tell<Order> {
    Order::at(completed.order_id).tell(OrderCommand::Complete)
}

/// The echo of the call, and the way a shortage cancels an order: delivery has stopped.
fn whenever_delivery_canceled_cancel_order(canceled: &DeliveryCanceled) -> Tell<Order> {
    Order::at(canceled.order_id).tell(OrderCommand::Cancel)
}

/// The echo of the authorization: if payment cannot stand by it any more, neither does the order.
fn whenever_payment_cancelled_cancel_order(canceled: &Cancelled) -> Tell<Order> {
    Order::at(canceled.bill.order_id).tell(OrderCommand::Cancel)
}

#[cfg(test)]
mod tests;

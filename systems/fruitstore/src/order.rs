//! Orders: a customer asks for fruit, and may think better of it until it is delivered.
//!
//! An order is the one place where *canceled* and *delivered* meet, so it decides which came first:
//! delivery asks it before it completes, and so no canceled order is ever delivered (I2).

use serde::{Deserialize, Serialize};
use storm::form::field;
use storm::{
    Aggregate, Ask, Context, Decision, Id, Method, Nothing, Refusal, Resource, Tell, events,
};

use crate::payment::{AuthorizePayment, PaymentCanceled};

/// Orders, at `/orders`.
pub fn context() -> Context {
    Context::new("order", 8086)
        .aggregate(
            Resource::at("orders", "order", Order::shown)
                .create(|purchase: Purchase| purchase.checked().map(OrderCommand::Place))
                .remove(|_| Ok(OrderCommand::Cancel))
                .act("delivered", |_: Nothing| Ok(OrderCommand::Deliver))
                .asks("payment", placing_asks_payment_to_authorize),
        )
        .policy(whenever_payment_canceled_cancel_order)
}

// Commands

#[derive(Clone, Debug, PartialEq)]
enum OrderCommand {
    Place(Purchase),
    Cancel,
    Deliver,
}

/// What a customer sends, and what an order is. `orderId` and `orderStatus` may come along, as in the
/// seed's command lines, and are not taken over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Purchase {
    /// The customer.
    pub user_id: i64,
    /// The fruit.
    pub prod_nm: Option<String>,
    /// The same by its number, as one of the seed's orders has it; shown where it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prod_id: Option<i64>,
    /// How many.
    pub qty: i32,
    /// In won.
    pub price: i32,
    /// Where to.
    pub address: String,
}

const QUANTITIES: std::ops::RangeInclusive<i32> = 1..=10_000;
const LONGEST_NAME: usize = 200;
const LONGEST_ADDRESS: usize = 500;

impl Purchase {
    fn checked(self) -> Result<Self, Refusal> {
        field("qty", "수량").within(self.qty, &QUANTITIES, "quantity-out-of-range")?;
        field("price", "가격").at_least(self.price, 0, "price-negative")?;
        field("prodNm", "상품 이름").at_most(self.prod_nm.as_deref(), LONGEST_NAME)?;
        let address = field("address", "배송지");
        address.filled(self.address.as_str(), "address-missing")?;
        address.at_most(self.address.as_str(), LONGEST_ADDRESS)?;
        Ok(self)
    }
}

// Events

/// A customer has ordered, and payment has authorized it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderPlaced {
    /// The order.
    pub order_id: Id,
    /// What was ordered.
    #[serde(flatten)]
    pub purchase: Purchase,
    /// 주문신청
    #[serde(skip_deserializing, default = "OrderStatus::placed")]
    pub order_status: OrderStatus,
}

/// The order does not stand any more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderCanceled {
    /// The order.
    pub order_id: Id,
    /// What was ordered.
    #[serde(flatten)]
    pub purchase: Purchase,
    /// 주문취소
    #[serde(skip_deserializing, default = "OrderStatus::canceled")]
    pub order_status: OrderStatus,
}

/// The fruit is about to be handed over: from here on the order cannot be canceled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderDelivered {
    /// The order.
    pub order_id: Id,
}

events! {
    /// What an order can tell.
    pub enum OrderEvent { OrderPlaced, OrderCanceled, OrderDelivered }
}

/// `orderStatus` on the wire. What comes later is greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum OrderStatus {
    /// Ordered.
    #[serde(rename = "주문신청", alias = "주문신청됨")]
    Placed,
    /// Canceled.
    #[serde(rename = "주문취소")]
    Canceled,
}

/// What the events say by their names; others' words for it are not read.
impl OrderStatus {
    pub(crate) fn placed() -> Self {
        Self::Placed
    }

    fn canceled() -> Self {
        Self::Canceled
    }
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

    fn decide(&self, order_id: Id, command: OrderCommand) -> Decision<OrderEvent> {
        match (self, command) {
            (Self::New, OrderCommand::Place(purchase)) => {
                Ok(vec![purchase.placed(order_id).into()])
            }
            (Self::Placed(_) | Self::Delivered(_) | Self::Canceled(_), OrderCommand::Place(_)) => {
                Err(
                    Refusal::conflict("order-exists", "This order has been placed already.")
                        .ko("이미 접수된 주문입니다."),
                )
            }

            (Self::Placed(purchase), OrderCommand::Cancel) => {
                Ok(vec![purchase.canceled(order_id).into()])
            }
            (Self::Canceled(_), OrderCommand::Cancel) => Ok(vec![]),
            (Self::Delivered(_), OrderCommand::Cancel) => Err(Refusal::conflict(
                "order-delivered",
                "This order has been delivered and cannot be canceled any more.",
            )
            .ko("이미 배송이 완료된 주문은 취소할 수 없습니다.")),

            (Self::Placed(_), OrderCommand::Deliver) => {
                Ok(vec![OrderDelivered { order_id }.into()])
            }
            (Self::Delivered(_), OrderCommand::Deliver) => Ok(vec![]),
            (Self::Canceled(_), OrderCommand::Deliver) => Err(Refusal::conflict(
                "order-canceled",
                "This order has been canceled and must not be delivered.",
            )
            .ko("취소된 주문은 배송할 수 없습니다.")),

            (Self::New, OrderCommand::Cancel | OrderCommand::Deliver) => Err(Refusal::not_yet(
                "order-unknown",
                "There is no such order yet.",
            )
            .ko("아직 그런 주문이 없습니다.")),
        }
    }

    fn evolve(self, event: &OrderEvent) -> Self {
        match (self, event) {
            (_, OrderEvent::OrderPlaced(placed)) => Self::Placed(placed.purchase.clone()),
            (Self::Placed(purchase), OrderEvent::OrderCanceled(_)) => Self::Canceled(purchase),
            (Self::Placed(purchase), OrderEvent::OrderDelivered(_)) => Self::Delivered(purchase),
            (state, OrderEvent::OrderCanceled(_) | OrderEvent::OrderDelivered(_)) => state,
        }
    }
}

impl Purchase {
    fn placed(self, order_id: Id) -> OrderPlaced {
        OrderPlaced {
            order_id,
            purchase: self,
            order_status: OrderStatus::Placed,
        }
    }

    fn canceled(&self, order_id: Id) -> OrderCanceled {
        OrderCanceled {
            order_id,
            purchase: self.clone(),
            order_status: OrderStatus::Canceled,
        }
    }
}

/// What the outside sees.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ShownOrder {
    #[serde(flatten)]
    purchase: Purchase,
    order_status: OrderStatus,
}

impl Order {
    fn shown(&self) -> Option<ShownOrder> {
        let (purchase, order_status) = match self {
            Self::New => return None,
            Self::Placed(purchase) | Self::Delivered(purchase) => (purchase, OrderStatus::Placed),
            Self::Canceled(purchase) => (purchase, OrderStatus::Canceled),
        };
        let purchase = purchase.clone();
        Some(ShownOrder {
            purchase,
            order_status,
        })
    }
}

// Calls

/// No order without an approved payment (I1). Payment knows a repeated question by its order, and
/// takes an authorization back by itself if the order never comes.
fn placing_asks_payment_to_authorize(
    order_id: Id,
    _: &Order,
    command: &OrderCommand,
) -> Option<Ask<Order>> {
    match command {
        OrderCommand::Place(purchase) => {
            let authorize = AuthorizePayment::of(order_id, purchase);
            Some(Ask::permission(Method::Post, "/payments", &authorize))
        }
        OrderCommand::Cancel | OrderCommand::Deliver => None,
    }
}

// Policies

/// The echo of the call: if payment cannot stand by its authorization any more, neither does the
/// order. For an order that was canceled first, this is no news.
fn whenever_payment_canceled_cancel_order(canceled: &PaymentCanceled) -> Tell<Order> {
    Order::at(canceled.order_id).tell(OrderCommand::Cancel)
}

#[cfg(test)]
mod tests;

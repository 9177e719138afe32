//! The product team: what is paid is shipped, and when it has been delivered the item's stock
//! decreases, in the same commit. As in the originals, a *product* is an order's delivery; stock is in
//! [`inventory`]. A product has its order's number.

mod form;
pub mod inventory;
mod parcel;

use serde::{Deserialize, Serialize};
use storm::{
    Aggregate, Ask, Context, Decision, Id, Key, Method, Nothing, Refusal, Resource, Tell, events,
};

use crate::order::OrderDelivered;
use crate::pay::{PayApproved, PayCanceled};
use form::{ProductForm, ShippingForm};
use inventory::Inventory;
pub use parcel::{Parcel, ProductStatus};

/// Products (deliveries), at `/products`, and what is in stock, at `/inventories`.
pub fn context() -> Context {
    Context::new("product", 8082)
        .aggregate(
            Resource::at("products", "product", |product: &Product| {
                product.parcel().cloned()
            })
            .numbered_as("order")
            .create(|form: ShippingForm| form.checked())
            .change(|form: ProductForm| form.checked())
            .asks("order", completing_asks_order_to_close),
        )
        .aggregate(Inventory::resource())
        .policy(whenever_pay_approved_start_delivery)
        .policy(whenever_pay_canceled_cancel_delivery)
        .policy(whenever_order_delivered_complete_delivery)
        .same_commit(inventory::whenever_delivery_completed_decrease_stock)
}

// Commands

#[derive(Clone, Debug, PartialEq)]
enum ProductCommand {
    Start(Parcel),
    /// The order is named where the path does not.
    Ship {
        order_id: Option<Id>,
        address: Option<String>,
    },
    Complete,
    Cancel(Id),
}

// Events

/// The team has shipped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeliveryStarted {
    /// The product.
    pub id: Id,
    /// What is on its way.
    #[serde(flatten)]
    pub parcel: Parcel,
}

/// The team has said where to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeliveryAddressed {
    /// The product.
    pub id: Id,
    /// What is on its way.
    #[serde(flatten)]
    pub parcel: Parcel,
}

/// The customer has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeliveryCompleted {
    /// The product.
    pub id: Id,
    /// What was handed over.
    #[serde(flatten)]
    pub parcel: Parcel,
}

/// The delivery is stopped, or never started.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeliveryCanceled {
    /// The product.
    pub id: Id,
    /// What would have been delivered.
    #[serde(flatten)]
    pub parcel: Parcel,
}

events! {
    /// What a product can tell.
    pub enum ProductEvent { DeliveryStarted, DeliveryAddressed, DeliveryCompleted, DeliveryCanceled }
}

// Aggregate

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
enum Product {
    #[default]
    New,
    Underway(Parcel),
    Completed(Parcel),
    Canceled(Parcel),
}

impl Aggregate for Product {
    const KIND: &'static str = "product";
    type Command = ProductCommand;
    type Event = ProductEvent;

    fn decide(&self, id: Id, command: ProductCommand) -> Decision<ProductEvent> {
        match (self, command) {
            (Self::New, ProductCommand::Start(parcel)) => {
                Ok(vec![DeliveryStarted { id, parcel }.into()])
            }
            // A redelivery; or a cancel that came first, and stays.
            (
                Self::Underway(_) | Self::Completed(_) | Self::Canceled(_),
                ProductCommand::Start(_),
            ) => Ok(vec![]),

            (Self::New, ProductCommand::Ship { .. }) => Err(Refusal::not_yet(
                "order-not-paid",
                "There is no paid order of this number: what is not paid is not shipped.",
            )
            .ko("결제가 승인된 주문이 아니어서 배송할 수 없습니다.")),
            (Self::Underway(parcel), ProductCommand::Ship { address, .. }) => {
                match address.filter(|to| parcel.address.as_ref() != Some(to)) {
                    None => Ok(vec![]),
                    Some(to) => Ok(vec![parcel.addressed(id, to).into()]),
                }
            }
            (Self::Completed(parcel), ProductCommand::Ship { address, .. })
                if address.is_some() && parcel.address == address =>
            {
                Ok(vec![])
            }
            (Self::Completed(_), ProductCommand::Ship { .. }) => Err(completed()),
            (Self::Canceled(_), ProductCommand::Ship { .. } | ProductCommand::Complete) => {
                Err(Refusal::conflict(
                    "delivery-canceled",
                    "This order has been canceled and must not be delivered.",
                )
                .ko("취소된 주문은 배송할 수 없습니다."))
            }

            (Self::Underway(parcel), ProductCommand::Complete) => {
                let parcel = parcel.now(ProductStatus::Completed);
                Ok(vec![DeliveryCompleted { id, parcel }.into()])
            }
            (Self::Completed(_), ProductCommand::Complete) => Ok(vec![]),
            (Self::New, ProductCommand::Complete) => Err(Refusal::not_yet(
                "delivery-unknown",
                "There is no delivery for this order yet.",
            )
            .ko("아직 이 주문의 배송이 없습니다.")),

            (Self::New, ProductCommand::Cancel(order_id)) => {
                let parcel = Parcel::never_started(order_id);
                Ok(vec![DeliveryCanceled { id, parcel }.into()])
            }
            (Self::Underway(parcel), ProductCommand::Cancel(_)) => {
                let parcel = parcel.now(ProductStatus::Canceled);
                Ok(vec![DeliveryCanceled { id, parcel }.into()])
            }
            (Self::Canceled(_), ProductCommand::Cancel(_)) => Ok(vec![]),
            (Self::Completed(_), ProductCommand::Cancel(_)) => Err(completed()),
        }
    }

    fn evolve(self, event: &ProductEvent) -> Self {
        match event {
            ProductEvent::DeliveryStarted(started) => Self::Underway(started.parcel.clone()),
            ProductEvent::DeliveryAddressed(addressed) => Self::Underway(addressed.parcel.clone()),
            ProductEvent::DeliveryCompleted(completed) => Self::Completed(completed.parcel.clone()),
            ProductEvent::DeliveryCanceled(canceled) => Self::Canceled(canceled.parcel.clone()),
        }
    }

    fn identity(command: &ProductCommand) -> Option<Key> {
        match command {
            ProductCommand::Ship { order_id, .. } => order_id.map(Key::number),
            ProductCommand::Start(_) | ProductCommand::Complete | ProductCommand::Cancel(_) => None,
        }
    }
}

fn completed() -> Refusal {
    Refusal::conflict(
        "delivery-completed",
        "This delivery has been completed: it can be neither shipped again nor canceled.",
    )
    .ko("이미 완료된 배송은 다시 보내거나 취소할 수 없습니다.")
}

impl Product {
    fn parcel(&self) -> Option<&Parcel> {
        match self {
            Self::New => None,
            Self::Underway(parcel) | Self::Completed(parcel) | Self::Canceled(parcel) => {
                Some(parcel)
            }
        }
    }
}

// Calls

/// Nothing is handed over that was canceled (I2): the order says which came first.
fn completing_asks_order_to_close(
    _: Id,
    product: &Product,
    command: &ProductCommand,
) -> Option<Ask<Product>> {
    match (product, command) {
        (Product::Underway(parcel), ProductCommand::Complete) => {
            let path = format!("/orders/{}/delivered", parcel.order_id);
            Some(Ask::permission(Method::Put, path, &Nothing {}))
        }
        (Product::New | Product::Completed(_) | Product::Canceled(_), _)
        | (_, ProductCommand::Start(_) | ProductCommand::Ship { .. } | ProductCommand::Cancel(_)) => {
            None
        }
    }
}

// Policies

/// Paid: the team has the order, and off it goes.
fn whenever_pay_approved_start_delivery(approved: &PayApproved) -> Tell<Product> {
    Product::at(approved.bill.order_id).tell(ProductCommand::Start(Parcel::paid(approved)))
}

/// Refunded: stop it. One that has not started never will.
fn whenever_pay_canceled_cancel_delivery(canceled: &PayCanceled) -> Tell<Product> {
    let order_id = canceled.bill.order_id;
    Product::at(order_id).tell(ProductCommand::Cancel(order_id))
}

/// The echo of the call: the order was closed, and we may have died before we wrote it down.
fn whenever_order_delivered_complete_delivery(delivered: &OrderDelivered) -> Tell<Product> {
    Product::at(delivered.id).tell(ProductCommand::Complete)
}

#[cfg(test)]
mod tests;

//! Customers: sign up, change, withdraw; and see how their orders stand.

use serde::{Deserialize, Serialize};
use storm::form::field;
use storm::{Aggregate, Context, Decision, Id, Patch, ReadModel, Refusal, Resource, events};

use crate::delivery::{DeliveryCanceled, DeliveryCompleted, DeliveryStatus, Shipped};
use crate::order::Ordered;

/// Customers, at `/customers`, and one row an order, at `/myOrders`.
pub fn context() -> Context {
    Context::new("customer", 8083)
        .aggregate(
            Resource::at("customers", "customer", Customer::shown)
                .create(|profile: Profile| profile.checked().map(CustomerCommand::Register))
                .replace(|profile: Profile| profile.checked().map(CustomerCommand::Replace))
                .change(|patch: Patch<Profile>| Ok(CustomerCommand::Change(patch)))
                .remove(|_| Ok(CustomerCommand::Withdraw)),
        )
        .read_model(
            ReadModel::at("myOrders", "myOrder", "orderid")
                .unpaged()
                .found_in_a_list()
                .on(|ordered: &Ordered| ordered.id, MyOrder::ordered)
                .on(|shipped: &Shipped| shipped.order_id, MyOrder::shipped)
                .on(
                    |completed: &DeliveryCompleted| completed.order_id,
                    MyOrder::completed,
                )
                .on(
                    |canceled: &DeliveryCanceled| canceled.order_id,
                    MyOrder::canceled,
                ),
        )
}

// Commands

#[derive(Clone, Debug, PartialEq)]
enum CustomerCommand {
    Register(Profile),
    Replace(Profile),
    Change(Patch<Profile>),
    Withdraw,
}

/// What a customer tells of themselves: the fields on the wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// What to call them.
    pub name: String,
    /// Where to call them.
    #[serde(default)]
    pub phone: Option<String>,
    /// Where they live.
    #[serde(default)]
    pub address: Option<String>,
    /// In years.
    #[serde(default)]
    pub age: Option<i32>,
}

const LONGEST_NAME: usize = 100;
const LONGEST_PHONE: usize = 50;
const LONGEST_ADDRESS: usize = 500;
const AGES: std::ops::RangeInclusive<i32> = 0..=150;

impl Profile {
    fn checked(self) -> Result<Self, Refusal> {
        let name = field("name", "이름");
        name.filled(self.name.as_str(), "name-missing")?;
        name.at_most(self.name.as_str(), LONGEST_NAME)?;
        field("phone", "전화번호").at_most(self.phone.as_deref(), LONGEST_PHONE)?;
        field("address", "주소").at_most(self.address.as_deref(), LONGEST_ADDRESS)?;
        field("age", "나이").within(self.age, &AGES, "age-out-of-range")?;
        Ok(self)
    }
}

// Events

/// Somebody has signed up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Registerd {
    /// The customer.
    pub id: Id,
    /// Who.
    #[serde(flatten)]
    pub profile: Profile,
}

/// A customer is told of otherwise now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Updated {
    /// The customer.
    pub id: Id,
    /// As it is now.
    #[serde(flatten)]
    pub profile: Profile,
}

/// A customer has left.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Withdrawed {
    /// The customer.
    pub id: Id,
    /// Who.
    #[serde(flatten)]
    pub profile: Profile,
}

events! {
    /// What a customer can tell.
    pub enum CustomerEvent { Registerd, Updated, Withdrawed }
}

// Aggregate

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
enum Customer {
    #[default]
    New,
    Registered(Profile),
    Withdrawn,
}

impl Aggregate for Customer {
    const KIND: &'static str = "customer";
    type Command = CustomerCommand;
    type Event = CustomerEvent;

    fn decide(&self, id: Id, command: CustomerCommand) -> Decision<CustomerEvent> {
        match (self, command) {
            (Self::New, CustomerCommand::Register(profile)) => {
                Ok(vec![Registerd { id, profile }.into()])
            }
            (Self::Registered(_) | Self::Withdrawn, CustomerCommand::Register(_)) => Err(
                Refusal::conflict("customer-exists", "This customer has signed up already.")
                    .ko("이미 등록된 고객입니다."),
            ),

            (Self::Registered(before), CustomerCommand::Replace(profile)) => {
                Ok(before.updated(id, profile))
            }
            (Self::Registered(before), CustomerCommand::Change(patch)) => {
                Ok(before.updated(id, patch.onto(before)?.checked()?))
            }
            (Self::Registered(profile), CustomerCommand::Withdraw) => {
                let profile = profile.clone();
                Ok(vec![Withdrawed { id, profile }.into()])
            }
            (
                Self::New | Self::Withdrawn,
                CustomerCommand::Replace(_)
                | CustomerCommand::Change(_)
                | CustomerCommand::Withdraw,
            ) => Err(
                Refusal::not_found("customer-unknown", "There is no such customer.")
                    .ko("등록되지 않은 고객입니다."),
            ),
        }
    }

    fn evolve(self, event: &CustomerEvent) -> Self {
        match event {
            CustomerEvent::Registerd(registered) => Self::Registered(registered.profile.clone()),
            CustomerEvent::Updated(updated) => Self::Registered(updated.profile.clone()),
            CustomerEvent::Withdrawed(_) => Self::Withdrawn,
        }
    }
}

impl Profile {
    fn updated(&self, id: Id, profile: Self) -> Vec<CustomerEvent> {
        if profile == *self {
            return vec![];
        }
        vec![Updated { id, profile }.into()]
    }
}

impl Customer {
    /// What the outside sees: who has left is gone.
    fn shown(&self) -> Option<Profile> {
        match self {
            Self::New | Self::Withdrawn => None,
            Self::Registered(profile) => Some(profile.clone()),
        }
    }
}

// Read models

/// What a customer sees of an order, misspellings included. Order and delivery tell of it in any
/// order, so each sets only what it knows, and the status only moves forward.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct MyOrder {
    orderid: Id,
    foodcatlogid: Option<Id>,
    qty: Option<i32>,
    deliveryid: Option<Id>,
    status: Option<DeliveryStatus>,
    customerid: Option<Id>,
}

impl MyOrder {
    fn ordered(&mut self, ordered: &Ordered) {
        self.orderid = ordered.id;
        self.foodcatlogid = Some(ordered.meal.food_catalog_id);
        self.qty = Some(ordered.meal.qty);
        self.customerid = Some(ordered.meal.customer_id);
    }

    fn shipped(&mut self, shipped: &Shipped) {
        self.orderid = shipped.order_id;
        self.deliveryid = Some(shipped.id);
        self.status = self.status.max(Some(shipped.status));
    }

    fn completed(&mut self, completed: &DeliveryCompleted) {
        self.orderid = completed.order_id;
        self.status = self.status.max(Some(completed.status));
    }

    fn canceled(&mut self, canceled: &DeliveryCanceled) {
        self.orderid = canceled.order_id;
        self.status = self.status.max(Some(canceled.status));
    }
}

#[cfg(test)]
mod tests;

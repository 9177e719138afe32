//! Mileage: a customer earns it with a payment, and loses it when the payment is canceled. It is told
//! by events alone: payment neither waits for it nor fails with it.

use serde::{Deserialize, Serialize};
use storm::{Aggregate, Context, Decision, Id, Key, ReadModel, Resource, Tell, events};

use crate::payment::{Bill, Cancelled, Paid};

/// Mileage, at `/mileages`, and its view, at `/mileageViews`.
pub fn context() -> Context {
    Context::new("mileage", 8087)
        .aggregate(Resource::at("mileages", "mileage", Mileage::shown).found_by("payId"))
        .policy(whenever_paid_add_mileage)
        .policy(whenever_cancelled_remove_mileage)
        .read_model(
            ReadModel::at("mileageViews", "mileageView", "payId")
                .unpaged()
                .on(|paid: &Paid| paid.id, MileageView::paid)
                .on(|canceled: &Cancelled| canceled.id, MileageView::canceled)
                .hidden_when(|row: &MileageView| row.canceled),
        )
}

// Commands

#[derive(Clone, Debug, PartialEq)]
enum MileageCommand {
    Add(Earned),
    Remove(Earned),
}

// Events

/// What was earned with which payment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Earned {
    /// The payment.
    pub pay_id: Id,
    /// The order that was paid.
    pub order_id: Id,
    /// How much: as much as was paid.
    pub cnt: i32,
}

/// The customer has earned something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Milegeadded {
    /// The mileage.
    pub id: Id,
    /// How much, with which payment.
    #[serde(flatten)]
    pub earned: Earned,
}

/// It is taken back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mileageremoved {
    /// The mileage.
    pub id: Id,
    /// How much, with which payment.
    #[serde(flatten)]
    pub earned: Earned,
}

events! {
    /// What mileage can tell.
    pub enum MileageEvent { Milegeadded, Mileageremoved }
}

// Aggregate

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
enum Mileage {
    #[default]
    New,
    Added(Earned),
    Removed(Earned),
}

impl Aggregate for Mileage {
    const KIND: &'static str = "mileage";
    type Command = MileageCommand;
    type Event = MileageEvent;

    fn decide(&self, id: Id, command: MileageCommand) -> Decision<MileageEvent> {
        match (self, command) {
            (Self::New, MileageCommand::Add(earned)) => Ok(vec![Milegeadded { id, earned }.into()]),
            (Self::Added(_) | Self::Removed(_), MileageCommand::Add(_)) => Ok(vec![]),

            // A cancel that overtakes the payment leaves what stays removed.
            (Self::New | Self::Added(_), MileageCommand::Remove(earned)) => {
                Ok(vec![Mileageremoved { id, earned }.into()])
            }
            (Self::Removed(_), MileageCommand::Remove(_)) => Ok(vec![]),
        }
    }

    fn evolve(self, event: &MileageEvent) -> Self {
        match event {
            MileageEvent::Milegeadded(added) => Self::Added(added.earned.clone()),
            MileageEvent::Mileageremoved(removed) => Self::Removed(removed.earned.clone()),
        }
    }

    fn keys(&self) -> Vec<Key> {
        match self {
            Self::New => Vec::new(),
            Self::Added(earned) | Self::Removed(earned) => {
                vec![Key::unique("payId", earned.pay_id)]
            }
        }
    }
}

impl Earned {
    fn with(pay_id: Id, bill: &Bill) -> Self {
        Self {
            pay_id,
            order_id: bill.order_id,
            cnt: bill.amount,
        }
    }
}

impl Mileage {
    /// What the outside sees: what was taken back is gone.
    fn shown(&self) -> Option<Earned> {
        match self {
            Self::New | Self::Removed(_) => None,
            Self::Added(earned) => Some(earned.clone()),
        }
    }
}

// Policies

fn whenever_paid_add_mileage(paid: &Paid) -> Tell<Mileage> {
    let earned = Earned::with(paid.id, &paid.bill);
    Mileage::by("payId", paid.id).tell(MileageCommand::Add(earned))
}

fn whenever_cancelled_remove_mileage(canceled: &Cancelled) -> Tell<Mileage> {
    let earned = Earned::with(canceled.id, &canceled.bill);
    Mileage::by("payId", canceled.id).tell(MileageCommand::Remove(earned))
}

// Read models

/// What was earned, as long as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct MileageView {
    order_id: Id,
    pay_id: Id,
    cnt: i32,
    /// Never shown: a row of which this is true is hidden.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    canceled: bool,
}

impl MileageView {
    fn paid(&mut self, paid: &Paid) {
        self.order_id = paid.bill.order_id;
        self.pay_id = paid.id;
        self.cnt = paid.bill.amount;
    }

    fn canceled(&mut self, _: &Cancelled) {
        self.canceled = true;
    }
}

#[cfg(test)]
mod tests;

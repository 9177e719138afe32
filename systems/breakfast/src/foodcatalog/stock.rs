//! What was taken from the stock for an order, one row an order and numbered as it. It is what makes
//! taking and giving back happen once, however often it is said.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use storm::form::field;
use storm::{Aggregate, Deadline, Decision, Id, Refusal, Resource, events};

use crate::order::Meal;

/// How long stock is held for an order that is not heard of and does not give it back either, because
/// its process died or the question got lost: longer than any call takes.
const ORDERED_WITHIN: Duration = Duration::from_secs(3);

/// At `/stockReservations`.
pub(super) fn reservations() -> Resource<Reservation> {
    Resource::at("stockReservations", "stockReservation", Reservation::shown)
        .numbered_as("order")
        .act("hold", |hold: HoldStock| {
            hold.checked().map(ReservationCommand::Hold)
        })
        .act("release", |hold: HoldStock| {
            hold.checked().map(ReservationCommand::GiveBack)
        })
        .deadline(Deadline::new(
            "ordered",
            ORDERED_WITHIN,
            |event| matches!(event, ReservationEvent::StockHeld(_)),
            |event| !matches!(event, ReservationEvent::StockHeld(_)),
            || ReservationCommand::Release,
        ))
}

// Commands

#[derive(Clone, Debug, PartialEq)]
pub(super) enum ReservationCommand {
    /// An order is about to be placed.
    Hold(HoldStock),
    /// It was not placed after all. This may arrive before the hold that it takes back.
    GiveBack(HoldStock),
    /// It stands.
    Take(Meal),
    /// It stands no more.
    Return(Meal),
    /// There was not enough.
    Miss,
    /// It was never heard of.
    Release,
}

/// The question that order asks, and how it takes it back. Idempotent by the order, whose number is in
/// the address.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HoldStock {
    #[serde(rename = "foodcatalogid")]
    food_catalog_id: Id,
    qty: i32,
}

impl HoldStock {
    /// May an order have so much of this food?
    pub fn of(food_catalog_id: Id, qty: i32) -> Self {
        Self {
            food_catalog_id,
            qty,
        }
    }

    /// Where the question for this order is put.
    pub fn path(order_id: Id) -> String {
        format!("/stockReservations/{order_id}/hold")
    }

    /// Where it is taken back.
    pub fn release_path(order_id: Id) -> String {
        format!("/stockReservations/{order_id}/release")
    }

    fn checked(self) -> Result<Self, Refusal> {
        field("qty", "수량").at_least(self.qty, 1, "quantity-out-of-range")?;
        Ok(self)
    }
}

// Events

/// So much of a food, for an order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Portion {
    /// The order.
    #[serde(rename = "orderid")]
    pub order_id: Id,
    /// The food.
    #[serde(rename = "foodcatalogid")]
    pub food_catalog_id: Id,
    /// How many.
    pub qty: i32,
}

/// It is set aside for an order that is about to be placed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StockHeld(pub Portion);

/// The order stands: it keeps what was held.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StockTaken(pub Portion);

/// The order stands, and nothing is held for it any more: it gets what there is, or a shortage is
/// told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StockDemanded(pub Portion);

/// There was not enough for an order that stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StockMissed(pub Portion);

/// The order was not placed, or never heard of: what was held goes back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StockReleased(pub Portion);

/// The order was not placed, and nothing was held for it: nothing goes back, and nothing is ever held.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HoldForestalled(pub Portion);

/// The order was canceled: what it had goes back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StockReturned(pub Portion);

/// The order was canceled and had nothing: nothing goes back, and nothing is ever taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReservationClosed(pub Portion);

events! {
    /// What a reservation can tell.
    pub enum ReservationEvent {
        StockHeld, StockTaken, StockDemanded, StockMissed, StockReleased, HoldForestalled,
        StockReturned, ReservationClosed,
    }
}

// Aggregate

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) enum Reservation {
    #[default]
    New,
    Held(Portion),
    Taken(Portion),
    Released(Portion),
    Missed(Portion),
    Returned(Portion),
}

impl Aggregate for Reservation {
    const KIND: &'static str = "stockReservation";
    type Command = ReservationCommand;
    type Event = ReservationEvent;

    fn decide(&self, order: Id, command: ReservationCommand) -> Decision<ReservationEvent> {
        match (self, command) {
            (Self::New, ReservationCommand::Hold(hold)) => {
                Ok(vec![StockHeld(hold.portion(order)).into()])
            }
            (Self::Held(held) | Self::Taken(held), ReservationCommand::Hold(hold)) => {
                held.same_as(&hold.portion(order))
            }
            // A number is given to one order: what has been given back is never held again (I5).
            (
                Self::Released(_) | Self::Missed(_) | Self::Returned(_),
                ReservationCommand::Hold(_),
            ) => Err(Refusal::conflict(
                "reservation-closed",
                "This order has been given up or canceled: nothing can be set aside for it.",
            )
            .ko("이미 취소되었거나 접수되지 않은 주문이므로 재고를 확보할 수 없습니다.")),

            (Self::Held(held), ReservationCommand::GiveBack(_)) => {
                Ok(vec![StockReleased(held.clone()).into()])
            }
            (Self::New, ReservationCommand::GiveBack(hold)) => {
                Ok(vec![HoldForestalled(hold.portion(order)).into()])
            }
            // Whoever gives back has not placed the order; should it stand, it keeps what it has.
            (
                Self::Taken(_) | Self::Released(_) | Self::Missed(_) | Self::Returned(_),
                ReservationCommand::GiveBack(_),
            ) => Ok(vec![]),

            (Self::Held(held), ReservationCommand::Take(_)) => {
                Ok(vec![StockTaken(held.clone()).into()])
            }
            (Self::New | Self::Released(_), ReservationCommand::Take(meal)) => {
                Ok(vec![StockDemanded(Portion::of(order, &meal)).into()])
            }
            (Self::Taken(_) | Self::Missed(_) | Self::Returned(_), ReservationCommand::Take(_)) => {
                Ok(vec![])
            }

            (Self::Held(had) | Self::Taken(had), ReservationCommand::Return(_)) => {
                Ok(vec![StockReturned(had.clone()).into()])
            }
            (Self::New | Self::Released(_), ReservationCommand::Return(meal)) => {
                Ok(vec![ReservationClosed(Portion::of(order, &meal)).into()])
            }
            (Self::Missed(_) | Self::Returned(_), ReservationCommand::Return(_)) => Ok(vec![]),

            (Self::Taken(demanded), ReservationCommand::Miss) => {
                Ok(vec![StockMissed(demanded.clone()).into()])
            }
            (
                Self::New | Self::Held(_) | Self::Released(_) | Self::Missed(_) | Self::Returned(_),
                ReservationCommand::Miss,
            ) => Ok(vec![]),

            (Self::Held(held), ReservationCommand::Release) => {
                Ok(vec![StockReleased(held.clone()).into()])
            }
            (
                Self::New
                | Self::Taken(_)
                | Self::Released(_)
                | Self::Missed(_)
                | Self::Returned(_),
                ReservationCommand::Release,
            ) => Ok(vec![]),
        }
    }

    fn evolve(self, event: &ReservationEvent) -> Self {
        match event {
            ReservationEvent::StockHeld(StockHeld(portion)) => Self::Held(portion.clone()),
            ReservationEvent::StockTaken(StockTaken(portion))
            | ReservationEvent::StockDemanded(StockDemanded(portion)) => {
                Self::Taken(portion.clone())
            }
            ReservationEvent::StockMissed(StockMissed(portion)) => Self::Missed(portion.clone()),
            ReservationEvent::StockReleased(StockReleased(portion))
            | ReservationEvent::HoldForestalled(HoldForestalled(portion)) => {
                Self::Released(portion.clone())
            }
            ReservationEvent::StockReturned(StockReturned(portion))
            | ReservationEvent::ReservationClosed(ReservationClosed(portion)) => {
                Self::Returned(portion.clone())
            }
        }
    }
}

impl Portion {
    fn of(order_id: Id, meal: &Meal) -> Self {
        HoldStock::of(meal.food_catalog_id, meal.qty).portion(order_id)
    }

    fn same_as(&self, asked: &Self) -> Decision<ReservationEvent> {
        if self == asked {
            return Ok(vec![]);
        }
        Err(Refusal::conflict(
            "reservation-differs",
            "Something else has been set aside for this order already.",
        )
        .ko("이 주문에는 이미 다른 음식이나 수량이 확보되어 있습니다."))
    }
}

impl HoldStock {
    fn portion(self, order_id: Id) -> Portion {
        Portion {
            order_id,
            food_catalog_id: self.food_catalog_id,
            qty: self.qty,
        }
    }
}

/// What the outside sees.
#[derive(Serialize)]
pub(super) struct ShownReservation {
    #[serde(flatten)]
    portion: Portion,
    status: ReservationStatus,
}

/// `status` on the wire.
#[derive(Serialize)]
enum ReservationStatus {
    Held,
    Taken,
    Released,
    #[serde(rename = "Out of Stock")]
    Missed,
    Returned,
}

impl Reservation {
    fn shown(&self) -> Option<ShownReservation> {
        let (portion, status) = match self {
            Self::New => return None,
            Self::Held(portion) => (portion, ReservationStatus::Held),
            Self::Taken(portion) => (portion, ReservationStatus::Taken),
            Self::Released(portion) => (portion, ReservationStatus::Released),
            Self::Missed(portion) => (portion, ReservationStatus::Missed),
            Self::Returned(portion) => (portion, ReservationStatus::Returned),
        };
        let portion = portion.clone();
        Some(ShownReservation { portion, status })
    }
}

#[cfg(test)]
mod tests;

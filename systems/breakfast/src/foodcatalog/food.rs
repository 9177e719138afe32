//! A food: what it is, what it costs, and how many portions there are to order. The stock is never
//! below zero (I5).

use serde::{Deserialize, Serialize};
use storm::form::field;
use storm::{Aggregate, Decision, Id, Patch, Refusal, Resource, events};

use super::stock::Portion;

/// At `/foodCatalogs`.
pub(super) fn food_catalogs() -> Resource<Food> {
    Resource::at("foodCatalogs", "foodCatalog", Food::shown)
        .create(|dish: Dish| dish.checked().map(FoodCommand::Register))
        .replace(|dish: Dish| dish.checked().map(FoodCommand::Replace))
        .change(|patch: Patch<Dish>| Ok(FoodCommand::Change(patch)))
        .remove(|_| Ok(FoodCommand::Remove))
}

// Commands

#[derive(Clone, Debug, PartialEq)]
pub(super) enum FoodCommand {
    Register(Dish),
    Replace(Dish),
    Change(Patch<Dish>),
    Remove,
    /// Refused when there is not enough.
    Take(Portion),
    /// An order stands already: when there is not enough, that is told.
    TakeOrTell(Portion),
    PutBack(Portion),
}

/// What a manager tells of a food: the fields on the wire.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Dish {
    /// How many portions there are to order.
    pub stock: i32,
    /// What it is.
    pub name: String,
    /// Of a portion, in won.
    pub price: f64,
}

const STOCKS: std::ops::RangeInclusive<i32> = 0..=1_000_000_000;
const PRICES: std::ops::RangeInclusive<f64> = 0.0..=1_000_000_000.0;
const LONGEST_NAME: usize = 100;

impl Dish {
    fn checked(self) -> Result<Self, Refusal> {
        let name = field("name", "음식 이름");
        name.filled(self.name.as_str(), "name-missing")?;
        name.at_most(self.name.as_str(), LONGEST_NAME)?;
        field("stock", "재고").within(self.stock, &STOCKS, "stock-out-of-range")?;
        field("price", "가격").within(self.price, &PRICES, "price-out-of-range")?;
        Ok(self)
    }
}

// Events

/// There is a new food.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CatalogRegistered {
    /// The food.
    pub id: Id,
    /// What it is.
    #[serde(flatten)]
    pub dish: Dish,
}

/// A food is different now, its stock too.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CatalogUpdated {
    /// The food.
    pub id: Id,
    /// As it is now.
    #[serde(flatten)]
    pub dish: Dish,
    /// How often it has been updated. Orders of one food are different stories, whose news may
    /// overtake each other.
    #[serde(default)]
    pub revision: i64,
}

/// A food is not offered any more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CatalogDeleted {
    /// The food.
    pub id: Id,
    /// As it was.
    #[serde(flatten)]
    pub dish: Dish,
}

/// An order stands that there is not enough food for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CatalogOutofstock {
    /// `Out of Stock`
    pub state_message: StateMessage,
    /// The food.
    pub product_id: Id,
    /// The order.
    pub order_id: Id,
}

/// `stateMessage` on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StateMessage {
    /// The only one.
    #[serde(rename = "Out of Stock")]
    OutOfStock,
}

events! {
    /// What a food can tell.
    pub enum FoodEvent { CatalogRegistered, CatalogUpdated, CatalogDeleted, CatalogOutofstock }
}

// Aggregate

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) enum Food {
    #[default]
    New,
    Offered(Offer),
    Removed,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Offer {
    dish: Dish,
    revision: i64,
}

impl Aggregate for Food {
    const KIND: &'static str = "food";
    type Command = FoodCommand;
    type Event = FoodEvent;

    fn decide(&self, id: Id, command: FoodCommand) -> Decision<FoodEvent> {
        match (self, command) {
            (Self::New, FoodCommand::Register(dish)) => {
                Ok(vec![CatalogRegistered { id, dish }.into()])
            }
            (Self::Offered(_) | Self::Removed, FoodCommand::Register(_)) => Err(Refusal::conflict(
                "food-exists",
                "This food has been registered already.",
            )
            .ko("이미 등록된 음식입니다.")),

            (Self::Offered(offer), FoodCommand::Replace(dish)) => Ok(offer.updated(id, dish)),
            (Self::Offered(offer), FoodCommand::Change(patch)) => {
                Ok(offer.updated(id, patch.onto(&offer.dish)?.checked()?))
            }
            (Self::Offered(offer), FoodCommand::Remove) => {
                let dish = offer.dish.clone();
                Ok(vec![CatalogDeleted { id, dish }.into()])
            }

            (
                Self::Offered(offer),
                FoodCommand::Take(portion) | FoodCommand::TakeOrTell(portion),
            ) if offer.dish.stock >= portion.qty => {
                Ok(offer.updated(id, offer.dish.less(&portion)))
            }
            (Self::Offered(offer), FoodCommand::Take(portion)) => {
                Err(offer.dish.short_of(&portion))
            }
            (
                Self::New | Self::Offered(_) | Self::Removed,
                FoodCommand::TakeOrTell(Portion { order_id, .. }),
            ) => Ok(vec![CatalogOutofstock::of(id, order_id).into()]),

            (Self::Offered(offer), FoodCommand::PutBack(portion)) => {
                Ok(offer.updated(id, offer.dish.more(&portion)))
            }
            // Nobody offers it any more.
            (Self::New | Self::Removed, FoodCommand::PutBack(_)) => Ok(vec![]),

            (
                Self::New | Self::Removed,
                FoodCommand::Replace(_)
                | FoodCommand::Change(_)
                | FoodCommand::Remove
                | FoodCommand::Take(_),
            ) => Err(
                Refusal::not_found("food-unknown", "There is no such food in the catalogue.")
                    .ko("카탈로그에 없는 음식입니다."),
            ),
        }
    }

    fn evolve(self, event: &FoodEvent) -> Self {
        match event {
            FoodEvent::CatalogRegistered(registered) => Self::Offered(Offer {
                dish: registered.dish.clone(),
                revision: 0,
            }),
            FoodEvent::CatalogUpdated(updated) => Self::Offered(Offer {
                dish: updated.dish.clone(),
                revision: updated.revision,
            }),
            FoodEvent::CatalogDeleted(_) => Self::Removed,
            FoodEvent::CatalogOutofstock(_) => self,
        }
    }
}

impl Offer {
    fn updated(&self, id: Id, dish: Dish) -> Vec<FoodEvent> {
        if dish == self.dish {
            return vec![];
        }
        let revision = self.revision + 1;
        vec![CatalogUpdated { id, dish, revision }.into()]
    }
}

impl Dish {
    fn less(&self, portion: &Portion) -> Self {
        Self {
            stock: self.stock - portion.qty,
            ..self.clone()
        }
    }

    fn more(&self, portion: &Portion) -> Self {
        Self {
            stock: self.stock.saturating_add(portion.qty),
            ..self.clone()
        }
    }

    fn short_of(&self, portion: &Portion) -> Refusal {
        let reason = format!(
            "Out of stock: there are {} of `{}`, and {} are ordered.",
            self.stock, self.name, portion.qty
        );
        Refusal::conflict("out-of-stock", reason).ko(format!(
            "재고가 부족합니다. {}의 남은 수량은 {}개입니다.",
            self.name, self.stock
        ))
    }
}

impl CatalogOutofstock {
    fn of(product_id: Id, order_id: Id) -> Self {
        Self {
            state_message: StateMessage::OutOfStock,
            product_id,
            order_id,
        }
    }
}

impl Food {
    /// What the outside sees: what was removed is gone.
    fn shown(&self) -> Option<Dish> {
        match self {
            Self::New | Self::Removed => None,
            Self::Offered(offer) => Some(offer.dish.clone()),
        }
    }
}

#[cfg(test)]
mod tests;

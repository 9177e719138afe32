//! A food: what it is, what it costs, and how many portions there are to order. The stock is never
//! below zero (I5).

use serde::{Deserialize, Deserializer, Serialize};
use storm::{Aggregate, Decision, Id, Refusal, Resource, events};

use super::stock::Portion;

/// At `/foodCatalogs`.
pub(super) fn food_catalogs() -> Resource<Food> {
    Resource::at("foodCatalogs", "foodCatalog", Food::shown)
        .create(|dish: Dish| dish.checked().map(FoodCommand::Register))
        .replace(|dish: Dish| dish.checked().map(FoodCommand::Replace))
        .change(|change: DishChange| Ok(FoodCommand::Change(change)))
        .remove(|_| Ok(FoodCommand::Remove))
}

// Commands

#[derive(Clone, Debug, PartialEq)]
pub(super) enum FoodCommand {
    Register(Dish),
    Replace(Dish),
    Change(DishChange),
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

/// What a PATCH sends: what is absent stays, and nothing may be taken away.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct DishChange {
    #[serde(deserialize_with = "sent")]
    stock: Option<i32>,
    #[serde(deserialize_with = "sent")]
    name: Option<String>,
    #[serde(deserialize_with = "sent")]
    price: Option<f64>,
}

fn sent<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

const STOCKS: std::ops::RangeInclusive<i32> = 0..=1_000_000_000;
const PRICES: std::ops::RangeInclusive<f64> = 0.0..=1_000_000_000.0;
const LONGEST_NAME: usize = 100;

impl Dish {
    fn checked(self) -> Result<Self, Refusal> {
        if !STOCKS.contains(&self.stock) {
            let reason = format!(
                "`stock` must be from 0 to 1000000000, and is {}.",
                self.stock
            );
            return Err(Refusal::invalid("stock", "stock-out-of-range", reason)
                .ko("재고는 0개에서 10억 개까지 등록할 수 있습니다."));
        }
        if !PRICES.contains(&self.price) {
            let reason = format!(
                "`price` must be from 0 to 1000000000, and is {}.",
                self.price
            );
            return Err(Refusal::invalid("price", "price-out-of-range", reason)
                .ko("가격은 0원에서 10억 원까지 등록할 수 있습니다."));
        }
        let length = self.name.chars().count();
        if self.name.trim().is_empty() || length > LONGEST_NAME {
            let reason =
                format!("`name` must have 1 to {LONGEST_NAME} characters, and has {length}.");
            return Err(Refusal::invalid("name", "name-length", reason)
                .ko("음식 이름은 1자에서 100자까지 입력할 수 있습니다."));
        }
        Ok(self)
    }

    fn with(&self, change: DishChange) -> Result<Self, Refusal> {
        let changed = Self {
            stock: change.stock.unwrap_or(self.stock),
            name: change.name.unwrap_or_else(|| self.name.clone()),
            price: change.price.unwrap_or(self.price),
        };
        changed.checked()
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
            )),

            (Self::Offered(offer), FoodCommand::Replace(dish)) => Ok(offer.updated(id, dish)),
            (Self::Offered(offer), FoodCommand::Change(change)) => {
                Ok(offer.updated(id, offer.dish.with(change)?))
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

//! What is in stock, by item. It never goes below zero: what is missing is told (I5).

use serde::{Deserialize, Serialize};
use storm::form::field;
use storm::{Aggregate, Decision, Id, Key, Refusal, Resource, Tell, events};

use super::DeliveryCompleted;

// Commands

#[derive(Clone, Debug, PartialEq)]
pub(super) enum InventoryCommand {
    Add(Goods),
    Count(i32),
    Take(Wanted),
}

/// What the team wants to keep in stock.
#[derive(Deserialize)]
struct GoodsForm {
    item: String,
    stock: i32,
}

/// What the team has counted.
#[derive(Deserialize)]
struct CountForm {
    stock: i32,
}

/// What was handed over.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Wanted {
    order_id: Id,
    item: String,
    quantity: i32,
}

const LONGEST_ITEM: usize = 200;

impl GoodsForm {
    fn checked(self) -> Result<InventoryCommand, Refusal> {
        let item = field("item", "상품 이름");
        item.filled(self.item.as_str(), "item-missing")?;
        item.at_most(self.item.as_str(), LONGEST_ITEM)?;
        Ok(InventoryCommand::Add(Goods {
            item: self.item,
            stock: not_negative(self.stock)?,
        }))
    }
}

fn not_negative(stock: i32) -> Result<i32, Refusal> {
    field("stock", "재고").at_least(stock, 0, "stock-negative")?;
    Ok(stock)
}

// Events

/// An item and how many of it there are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Goods {
    /// The item, as orders call it.
    pub item: String,
    /// How many.
    pub stock: i32,
}

/// The item is kept in stock from now on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InventoryAdded {
    /// The inventory.
    pub id: Id,
    /// As it is now.
    #[serde(flatten)]
    pub goods: Goods,
}

/// The team has counted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InventoryCounted {
    /// The inventory.
    pub id: Id,
    /// As it is now.
    #[serde(flatten)]
    pub goods: Goods,
}

/// A delivery has been completed, and took this out of stock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StockDecreased {
    /// The inventory.
    pub id: Id,
    /// As it is now.
    #[serde(flatten)]
    pub goods: Goods,
    /// The order that was delivered.
    pub order_id: Id,
    /// How many it took.
    pub quantity: i32,
}

/// A delivery has been completed that took more than the books say there is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StockShort {
    /// The order that was delivered.
    pub order_id: Id,
    /// The item.
    pub item: String,
    /// How many were delivered.
    pub wanted: i32,
    /// How many of them were not in stock.
    pub missing: i32,
}

events! {
    /// What an inventory can tell.
    pub enum InventoryEvent { InventoryAdded, InventoryCounted, StockDecreased, StockShort }
}

// Aggregate

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) enum Inventory {
    #[default]
    Unknown,
    Kept(Goods),
}

impl Inventory {
    pub(super) fn resource() -> Resource<Self> {
        Resource::at("inventories", "inventory", |inventory: &Self| {
            inventory.goods().cloned()
        })
        .found_by("item")
        .create(|form: GoodsForm| form.checked())
        .change(|form: CountForm| not_negative(form.stock).map(InventoryCommand::Count))
    }

    fn goods(&self) -> Option<&Goods> {
        match self {
            Self::Unknown => None,
            Self::Kept(goods) => Some(goods),
        }
    }
}

impl Aggregate for Inventory {
    const KIND: &'static str = "inventory";
    type Command = InventoryCommand;
    type Event = InventoryEvent;

    fn decide(&self, id: Id, command: InventoryCommand) -> Decision<InventoryEvent> {
        match (self, command) {
            (Self::Unknown, InventoryCommand::Add(goods)) => {
                Ok(vec![InventoryAdded { id, goods }.into()])
            }
            (Self::Kept(_), InventoryCommand::Add(_)) => Err(Refusal::conflict(
                "inventory-exists",
                "This item is in the inventory already: PATCH it to say how many there are.",
            )
            .ko("이미 등록된 상품입니다. 재고 수량은 수정(PATCH)으로 바꿔 주세요.")),

            (Self::Kept(goods), InventoryCommand::Count(stock)) if goods.stock == stock => {
                Ok(vec![])
            }
            (Self::Kept(goods), InventoryCommand::Count(stock)) => {
                let goods = goods.with(stock);
                Ok(vec![InventoryCounted { id, goods }.into()])
            }
            (Self::Unknown, InventoryCommand::Count(_)) => Err(Refusal::not_yet(
                "inventory-unknown",
                "There is no such item in the inventory.",
            )
            .ko("재고에 그런 상품이 없습니다.")),

            (Self::Kept(goods), InventoryCommand::Take(wanted)) => Ok(goods.less(id, wanted)),
            (Self::Unknown, InventoryCommand::Take(wanted)) => Ok(vec![wanted.short_of(0).into()]),
        }
    }

    fn evolve(self, event: &InventoryEvent) -> Self {
        match event {
            InventoryEvent::InventoryAdded(added) => Self::Kept(added.goods.clone()),
            InventoryEvent::InventoryCounted(counted) => Self::Kept(counted.goods.clone()),
            InventoryEvent::StockDecreased(decreased) => Self::Kept(decreased.goods.clone()),
            InventoryEvent::StockShort(_) => self,
        }
    }

    fn keys(&self) -> Vec<Key> {
        let item = self.goods().map(|goods| Key::unique("item", &goods.item));
        item.into_iter().collect()
    }

    fn identity(command: &InventoryCommand) -> Option<Key> {
        match command {
            InventoryCommand::Add(goods) => Some(Key::unique("item", &goods.item)),
            InventoryCommand::Count(_) | InventoryCommand::Take(_) => None,
        }
    }
}

impl Goods {
    fn with(&self, stock: i32) -> Self {
        Self {
            stock,
            ..self.clone()
        }
    }

    /// Takes what is wanted, as far as it is there.
    fn less(&self, id: Id, wanted: Wanted) -> Vec<InventoryEvent> {
        let quantity = wanted.quantity.min(self.stock);
        let mut events = Vec::new();
        if quantity > 0 {
            let goods = self.with(self.stock - quantity);
            let order_id = wanted.order_id;
            events.push(
                StockDecreased {
                    id,
                    goods,
                    order_id,
                    quantity,
                }
                .into(),
            );
        }
        if quantity < wanted.quantity {
            events.push(wanted.short_of(quantity).into());
        }
        events
    }
}

impl Wanted {
    fn short_of(self, there: i32) -> StockShort {
        StockShort {
            order_id: self.order_id,
            item: self.item,
            wanted: self.quantity,
            missing: self.quantity - there,
        }
    }
}

// Policies

/// In the same commit: what has been handed over is not in stock any more.
pub(super) fn whenever_delivery_completed_decrease_stock(
    completed: &DeliveryCompleted,
) -> Option<Tell<Inventory>> {
    let parcel = &completed.parcel;
    let (item, quantity) = (parcel.itemcd.clone()?, parcel.order_qty?);
    Some(
        Inventory::by("item", &item).tell(InventoryCommand::Take(Wanted {
            order_id: parcel.order_id,
            item,
            quantity,
        })),
    )
}

#[cfg(test)]
mod tests;

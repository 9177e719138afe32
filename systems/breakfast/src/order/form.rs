//! What a customer may order.

use serde::Deserialize;
use storm::form::field;
use storm::{Id, Refusal};

use super::Meal;

/// What a customer sends. A `status` may come along and is not taken over.
#[derive(Deserialize)]
pub(super) struct OrderForm {
    pub(super) qty: i32,
    #[serde(rename = "foodcaltalogid")]
    pub(super) food_catalog_id: Id,
    #[serde(rename = "customerid")]
    pub(super) customer_id: Id,
}

const QUANTITIES: std::ops::RangeInclusive<i32> = 1..=10_000;

impl OrderForm {
    pub(super) fn checked(self) -> Result<Meal, Refusal> {
        field("qty", "수량").within(self.qty, &QUANTITIES, "quantity-out-of-range")?;
        Ok(Meal {
            qty: self.qty,
            status: None,
            food_catalog_id: self.food_catalog_id,
            customer_id: self.customer_id,
        })
    }
}

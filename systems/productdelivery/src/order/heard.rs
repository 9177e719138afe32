//! What an order service of the originals tells of a purchase: it knows the quantity by one name, and
//! copied it from the other, so that it often is null; so is the price of what was canceled.

use serde::Deserialize;

use super::Status;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Purchase {
    item: Option<String>,
    order_qty: Option<i32>,
    quantity: Option<i32>,
    status: Option<Status>,
    price: Option<f64>,
}

impl From<Purchase> for super::Purchase {
    /// What nobody said is nothing: no pieces, no won.
    fn from(heard: Purchase) -> Self {
        let quantity = heard.quantity.or(heard.order_qty).unwrap_or_default();
        Self {
            item: heard.item.unwrap_or_default(),
            order_qty: heard.order_qty.unwrap_or(quantity),
            quantity,
            status: heard.status,
            price: heard.price.unwrap_or_default(),
        }
    }
}

//! What a customer sends, parsed into what was ordered.

use serde::Deserialize;
use storm::Refusal;
use storm::form::field;

use super::{Purchase, Status};
use crate::pay;

/// What a customer sends; the quantity in either of the seed's spellings.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OrderForm {
    pub(super) item: String,
    #[serde(default)]
    pub(super) order_qty: Option<i32>,
    #[serde(default)]
    pub(super) quantity: Option<i32>,
    #[serde(default)]
    pub(super) status: Option<String>,
    pub(super) price: f64,
}

const QUANTITIES: std::ops::RangeInclusive<i32> = 1..=10_000;
/// Far beyond any price, and every won of it can still be told apart.
const PRICES: std::ops::RangeInclusive<f64> = 0.0..=1e12;
const LONGEST_TEXT: usize = 200;

impl OrderForm {
    pub(super) fn checked(self) -> Result<Purchase, Refusal> {
        let quantity = self.one_quantity()?;
        field("orderQty", "수량").within(quantity, &QUANTITIES, "quantity-out-of-range")?;
        field("price", "가격").within(self.price, &PRICES, "price-out-of-range")?;
        let item = field("item", "상품 이름");
        item.filled(self.item.as_str(), "item-missing")?;
        item.at_most(self.item.as_str(), LONGEST_TEXT)?;
        let status = self.status.unwrap_or_default();
        field("status", "상태").at_most(status.as_str(), LONGEST_TEXT)?;
        Ok(Purchase {
            item: self.item,
            order_qty: quantity,
            quantity,
            status: free(status)?,
            price: self.price,
        })
    }

    fn one_quantity(&self) -> Result<i32, Refusal> {
        match (self.order_qty, self.quantity) {
            (Some(one), Some(other)) if one != other => Err(Refusal::invalid(
                "quantity",
                "two-quantities",
                format!("`orderQty` is {one} and `quantity` is {other}: send one of them."),
            )
            .ko("수량이 서로 다르게 두 번 입력되었습니다. 하나만 보내 주세요.")),
            (Some(quantity), _) | (None, Some(quantity)) => Ok(quantity),
            (None, None) => Err(Refusal::invalid(
                "orderQty",
                "quantity-missing",
                "`orderQty` (or `quantity`) must say how many, and is missing.",
            )
            .ko("수량을 입력해 주세요.")),
        }
    }
}

/// Nobody can send what only something that happens can say.
fn free(text: String) -> Result<Option<Status>, Refusal> {
    match text.as_str() {
        "" => Ok(None),
        "Delivery Started" | "Delivery Completed" | "Order Canceled" | pay::CANCELED => {
            Err(Refusal::invalid(
                "status",
                "status-not-yours",
                format!("`status` may be any text but `{text}`, which is said when it happens."),
            )
            .ko("이 상태는 실제로 진행되었을 때만 표시됩니다. 다른 값을 보내 주세요."))
        }
        _ => Ok(Some(Status::AsSent(text))),
    }
}

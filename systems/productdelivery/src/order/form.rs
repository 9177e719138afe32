//! What a customer sends, parsed into what was ordered.

use serde::Deserialize;
use storm::Refusal;

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
const HIGHEST_PRICE: f64 = 1e12;
const LONGEST_TEXT: usize = 200;

impl OrderForm {
    pub(super) fn checked(self) -> Result<Purchase, Refusal> {
        let quantity = self.one_quantity()?;
        if !QUANTITIES.contains(&quantity) {
            let reason = format!("`orderQty` must be from 1 to 10000, and is {quantity}.");
            return Err(
                Refusal::invalid("orderQty", "quantity-out-of-range", reason)
                    .ko("수량은 1개에서 10000개까지 주문할 수 있습니다."),
            );
        }
        if !(0.0..=HIGHEST_PRICE).contains(&self.price) {
            let reason = format!(
                "`price` must be from 0 to 1000000000000, and is {:?}.",
                self.price
            );
            return Err(Refusal::invalid("price", "price-out-of-range", reason)
                .ko("가격은 0원 이상 1조 원 이하여야 합니다."));
        }
        if self.item.trim().is_empty() {
            let reason = "`item` must say what is ordered, and is empty.";
            return Err(
                Refusal::invalid("item", "item-missing", reason).ko("주문할 상품을 입력해 주세요.")
            );
        }
        let status = self.status.unwrap_or_default();
        for (field, text) in [("item", &self.item), ("status", &status)] {
            let length = text.chars().count();
            if length > LONGEST_TEXT {
                let reason =
                    format!("`{field}` may have {LONGEST_TEXT} characters, and has {length}.");
                return Err(Refusal::invalid(field, "text-too-long", reason));
            }
        }
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

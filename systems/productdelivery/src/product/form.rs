//! What the product team sends.

use serde::Deserialize;
use storm::form::field;
use storm::{Id, Refusal};

use super::{ProductCommand, ProductStatus};

/// When it ships by hand; for an order that is on its way, where to.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ShippingForm {
    pub(super) order_id: Id,
    #[serde(default)]
    pub(super) address: Option<String>,
}

/// When it has handed over, or says where to.
#[derive(Deserialize)]
pub(super) struct ProductForm {
    #[serde(default)]
    pub(super) status: Option<ProductStatus>,
    #[serde(default)]
    pub(super) address: Option<String>,
}

const LONGEST_ADDRESS: usize = 500;

impl ShippingForm {
    pub(super) fn checked(self) -> Result<ProductCommand, Refusal> {
        let order_id = self.order_id;
        field("orderId", "주문번호").at_least(order_id, 1, "order-id-invalid")?;
        Ok(ProductCommand::Ship {
            order_id: Some(order_id),
            address: not_too_long(self.address)?,
        })
    }
}

impl ProductForm {
    pub(super) fn checked(self) -> Result<ProductCommand, Refusal> {
        match (self.status, self.address) {
            (Some(ProductStatus::Completed), None) => Ok(ProductCommand::Complete),
            (Some(ProductStatus::Completed), Some(_)) => Err(Refusal::invalid(
                "address",
                "address-too-late",
                "Send `address` before, not together with `status` Delivery Completed.",
            )
            .ko("배송지는 배송 완료 전에 따로 보내 주세요.")),
            (Some(ProductStatus::Canceled), _) => Err(Refusal::invalid(
                "status",
                "status-not-yours",
                "`status` can only be set to Delivery Completed: a delivery starts when its order is paid, and is canceled with its order.",
            )
            .ko("배송 상태는 Delivery Completed로만 바꿀 수 있습니다. 배송은 결제가 승인되면 시작되고, 주문이 취소되면 취소됩니다.")),
            (None, None) => Err(Refusal::invalid(
                "status",
                "nothing-to-change",
                "Send `status` (Delivery Completed) or `address`: nothing else can be changed.",
            )
            .ko("상태(status) 또는 배송지(address)를 보내 주세요.")),
            // That it has started is no news.
            (Some(ProductStatus::Started) | None, address) => Ok(ProductCommand::Ship {
                order_id: None,
                address: not_too_long(address)?,
            }),
        }
    }
}

fn not_too_long(address: Option<String>) -> Result<Option<String>, Refusal> {
    field("address", "배송지").at_most(address.as_deref(), LONGEST_ADDRESS)?;
    Ok(address)
}

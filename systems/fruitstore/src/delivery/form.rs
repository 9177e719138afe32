//! What a courier may say.

use serde::Deserialize;
use storm::Refusal;

use super::{DeliveryCommand, DeliveryStatus};

/// What a courier sends: that it is done, or, again, that it is on its way.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DeliveryForm {
    pub(super) delivery_status: DeliveryStatus,
}

impl DeliveryForm {
    pub(super) fn command(self) -> Result<DeliveryCommand, Refusal> {
        match self.delivery_status {
            DeliveryStatus::Completed => Ok(DeliveryCommand::Complete),
            DeliveryStatus::Started | DeliveryStatus::Canceled => Err(Refusal::invalid(
                "deliveryStatus",
                "delivery-status-not-yours",
                "`deliveryStatus` can only be set to 배송완료: a delivery starts when its order is paid, and is canceled with its order.",
            )
            .ko("배송 상태는 배송완료로만 바꿀 수 있습니다. 배송은 결제가 승인되면 시작되고, 주문이 취소되면 취소됩니다.")),
        }
    }
}

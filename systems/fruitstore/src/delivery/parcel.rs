//! What is delivered, what is told of it, and how it is shown.

use serde::{Deserialize, Serialize};
use storm::Id;

use super::{DeliveryCanceled, DeliveryCompleted, DeliveryStarted, DeliveryStatus};
use crate::order::OrderStatus;
use crate::payment::PayStatus;

/// What is delivered, and for whom.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Parcel {
    /// The order.
    pub order_id: Id,
    /// The customer.
    pub user_id: i64,
    /// Never filled: an order names its fruit.
    pub prod_id: Option<i64>,
    /// How many; unknown for a delivery that was canceled before it started.
    pub qty: Option<i32>,
    /// Where to; as `qty`.
    pub address: Option<String>,
    /// As the payment knew it.
    pub order_status: Option<OrderStatus>,
    /// 결제승인 or 결제취소
    pub pay_status: PayStatus,
}

impl Parcel {
    pub(super) fn started(self, delivery_id: Id) -> DeliveryStarted {
        DeliveryStarted {
            delivery_id,
            parcel: self,
            delivery_status: DeliveryStatus::Started,
        }
    }

    pub(super) fn completed(&self, delivery_id: Id) -> DeliveryCompleted {
        DeliveryCompleted {
            delivery_id,
            order_id: self.order_id,
            delivery_status: DeliveryStatus::Completed,
        }
    }

    pub(super) fn canceled(self, delivery_id: Id) -> DeliveryCanceled {
        DeliveryCanceled {
            delivery_id,
            parcel: Self {
                order_status: Some(OrderStatus::Canceled),
                pay_status: PayStatus::Canceled,
                ..self
            },
            delivery_status: DeliveryStatus::Canceled,
        }
    }
}

/// What the outside sees.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ShownDelivery {
    #[serde(flatten)]
    pub(super) parcel: Parcel,
    pub(super) delivery_status: DeliveryStatus,
}

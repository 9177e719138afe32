//! What is delivered, and how that stands.

use serde::{Deserialize, Serialize};
use storm::Id;

use super::DeliveryAddressed;
use crate::pay::PayApproved;

/// A delivery, in the fields of the originals' table and of the seed's text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Parcel {
    /// The order.
    pub order_id: Id,
    /// Where to, if the team has said so: orders do not.
    pub address: Option<String>,
    /// How many, as `orderQty`.
    pub total_quantity: Option<i64>,
    /// What; unknown for a delivery that was canceled before it started, as its quantity is.
    pub itemcd: Option<String>,
    /// How many.
    pub order_qty: Option<i32>,
    /// How it stands.
    pub status: ProductStatus,
}

/// `status` on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProductStatus {
    /// On its way.
    #[serde(rename = "Delivery Started")]
    Started,
    /// Handed over.
    #[serde(rename = "Delivery Completed")]
    Completed,
    /// Stopped.
    #[serde(rename = "Delivery Canceled")]
    Canceled,
}

impl Parcel {
    pub(super) fn now(&self, status: ProductStatus) -> Self {
        Self {
            status,
            ..self.clone()
        }
    }

    pub(super) fn addressed(&self, id: Id, to: String) -> DeliveryAddressed {
        let parcel = Self {
            address: Some(to),
            ..self.clone()
        };
        DeliveryAddressed { id, parcel }
    }

    pub(super) fn never_started(order_id: Id) -> Self {
        Self {
            order_id,
            address: None,
            total_quantity: None,
            itemcd: None,
            order_qty: None,
            status: ProductStatus::Canceled,
        }
    }

    pub(super) fn paid(approved: &PayApproved) -> Self {
        Self {
            order_id: approved.bill.order_id,
            address: None,
            total_quantity: Some(approved.quantity.into()),
            itemcd: Some(approved.item.clone()),
            order_qty: Some(approved.quantity),
            status: ProductStatus::Started,
        }
    }
}

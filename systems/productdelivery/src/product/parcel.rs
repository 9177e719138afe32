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
    /// Where to, if the team has said so: orders do not. One of the originals has a number for it.
    #[serde(default, deserialize_with = "storm::lenient::or_default")]
    pub address: Option<String>,
    /// How many, as `orderQty`.
    pub total_quantity: Option<i64>,
    /// What; unknown for a delivery that was canceled before it started, as its quantity is, and for
    /// one that a pay service of the originals approved.
    pub itemcd: Option<String>,
    /// How many.
    pub order_qty: Option<i32>,
    /// How it stands. The originals tell of starts only, and do not say so.
    #[serde(default)]
    pub status: ProductStatus,
}

/// `status` on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProductStatus {
    /// On its way.
    #[default]
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
            total_quantity: approved.quantity.map(i64::from),
            itemcd: approved.item.clone(),
            order_qty: approved.quantity,
            status: ProductStatus::Started,
        }
    }
}

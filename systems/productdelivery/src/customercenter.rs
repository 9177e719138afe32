//! The customer centre: how each order stands, asked as often as one likes.

use serde::{Deserialize, Serialize};
use storm::{Context, ReadModel};

use crate::order::{OrderCanceled, Ordered, Status};
use crate::product::{DeliveryCompleted, DeliveryStarted};

/// One row an order, at `/myPages`.
pub fn context() -> Context {
    Context::new("customercenter", 8085).read_model(
        ReadModel::at("myPages", "myPage", "orderId")
            .numbered_by_key()
            .on(|ordered: &Ordered| ordered.id, MyPage::ordered)
            .on(
                |started: &DeliveryStarted| started.parcel.order_id,
                |page, _| page.forward_to(Status::Started),
            )
            .on(
                |completed: &DeliveryCompleted| completed.parcel.order_id,
                |page, _| page.forward_to(Status::Completed),
            )
            .on(
                |canceled: &OrderCanceled| canceled.id,
                |page, _| page.forward_to(Status::Canceled),
            ),
    )
}

/// What a customer sees; whose order it is says its number. Events of different contexts come in any order, so the status only moves
/// forward.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct MyPage {
    item: Option<String>,
    status: Option<Status>,
    quantity: Option<i32>,
}

impl MyPage {
    fn ordered(&mut self, ordered: &Ordered) {
        self.item = Some(ordered.purchase.item.clone());
        self.quantity = Some(ordered.purchase.quantity);
        if self.status.is_none() {
            self.status.clone_from(&ordered.purchase.status);
        }
    }

    fn forward_to(&mut self, status: Status) {
        let known = self.status.as_ref().map(Status::progress);
        if known < Some(status.progress()) {
            self.status = Some(status);
        }
    }
}

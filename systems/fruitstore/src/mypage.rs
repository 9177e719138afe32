//! My page: where a customer sees how order, payment and delivery stand.

use serde::{Deserialize, Serialize};
use storm::{Context, Id, ReadModel};

use crate::delivery::{DeliveryCanceled, DeliveryCompleted, DeliveryStarted, DeliveryStatus};
use crate::order::{OrderCanceled, OrderPlaced, OrderStatus};
use crate::payment::{PayStatus, PaymentApproved, PaymentCanceled};

/// One row an order, at `/myPages`.
pub fn context() -> Context {
    Context::new("mypage", 8082).read_model(
        ReadModel::at("myPages", "myPage", "orderId")
            .on(|placed: &OrderPlaced| placed.order_id, MyPage::order_placed)
            .on(
                |canceled: &OrderCanceled| canceled.order_id,
                MyPage::order_canceled,
            )
            .on(
                |approved: &PaymentApproved| approved.bill.order_id,
                MyPage::payment_approved,
            )
            .on(
                |canceled: &PaymentCanceled| canceled.order_id,
                MyPage::payment_canceled,
            )
            .on(
                |started: &DeliveryStarted| started.parcel.order_id,
                MyPage::delivery_started,
            )
            .on(
                |completed: &DeliveryCompleted| completed.order_id,
                MyPage::delivery_completed,
            )
            .on(
                |canceled: &DeliveryCanceled| canceled.parcel.order_id,
                MyPage::delivery_canceled,
            ),
    )
}

/// What a customer sees. Events of different contexts come in any order, so each sets only what its
/// own context knows, and a status only moves forward.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct MyPage {
    order_id: Id,
    user_id: Option<i64>,
    prod_nm: Option<String>,
    qty: Option<i32>,
    price: Option<i32>,
    order_status: Option<OrderStatus>,
    pay_id: Option<Id>,
    pay_status: Option<PayStatus>,
    delivery_status: Option<DeliveryStatus>,
}

impl MyPage {
    fn order_placed(&mut self, placed: &OrderPlaced) {
        self.order_id = placed.order_id;
        self.user_id = Some(placed.purchase.user_id);
        self.prod_nm.clone_from(&placed.purchase.prod_nm);
        self.qty = Some(placed.purchase.qty);
        self.price = Some(placed.purchase.price);
        self.order_status = self.order_status.max(Some(OrderStatus::Placed));
    }

    fn order_canceled(&mut self, canceled: &OrderCanceled) {
        self.order_id = canceled.order_id;
        self.order_status = Some(OrderStatus::Canceled);
    }

    fn payment_approved(&mut self, approved: &PaymentApproved) {
        self.order_id = approved.bill.order_id;
        self.pay_id = Some(approved.pay_id);
        self.pay_status = self.pay_status.max(Some(PayStatus::Approved));
    }

    fn payment_canceled(&mut self, canceled: &PaymentCanceled) {
        self.order_id = canceled.order_id;
        self.pay_id = Some(canceled.pay_id);
        self.pay_status = Some(PayStatus::Canceled);
    }

    fn delivery_started(&mut self, started: &DeliveryStarted) {
        self.order_id = started.parcel.order_id;
        self.delivery_status = self.delivery_status.max(Some(DeliveryStatus::Started));
    }

    fn delivery_completed(&mut self, completed: &DeliveryCompleted) {
        self.order_id = completed.order_id;
        self.delivery_status = self.delivery_status.max(Some(DeliveryStatus::Completed));
    }

    fn delivery_canceled(&mut self, canceled: &DeliveryCanceled) {
        self.order_id = canceled.parcel.order_id;
        self.delivery_status = Some(DeliveryStatus::Canceled);
    }
}

//! What is charged: the question that asks for it, what is told of it, and how it is shown.

use serde::{Deserialize, Serialize};
use storm::form::field;
use storm::{Decision, Id, Refusal};

use super::{
    PayStatus, PaymentApproved, PaymentAuthorized, PaymentCanceled, PaymentEvent, PaymentVoided,
};
use crate::order::{OrderPlaced, OrderStatus, Purchase};

/// Who is charged how much, and for which order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Bill {
    /// The order.
    pub order_id: Id,
    /// The customer.
    pub user_id: i64,
    /// How many.
    pub qty: Option<i32>,
    /// In won.
    pub price: i32,
}

/// The question that order asks, in the originals' fields. Idempotent by `orderId`; whatever
/// `payStatus` is, it is not taken over.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthorizePayment {
    #[serde(flatten)]
    pub(super) bill: Bill,
    pay_status: PayStatus,
}

impl AuthorizePayment {
    /// May this customer be charged so much for this order?
    pub fn of(order_id: Id, purchase: &Purchase) -> Self {
        Self {
            bill: Bill {
                order_id,
                user_id: purchase.user_id,
                qty: Some(purchase.qty),
                price: purchase.price,
            },
            pay_status: PayStatus::Authorized,
        }
    }
}

impl Bill {
    pub(super) fn checked(self) -> Result<Self, Refusal> {
        field("orderId", "주문번호").at_least(self.order_id, 1, "order-id-invalid")?;
        field("price", "가격").at_least(self.price, 0, "price-negative")?;
        Ok(self)
    }

    /// The same question again is no news.
    pub(super) fn same_as(&self, asked: &Self) -> Decision<PaymentEvent> {
        if (self.user_id, self.price) == (asked.user_id, asked.price) {
            return Ok(vec![]);
        }
        Err(Refusal::conflict(
            "payment-differs",
            "This order has a payment already, of another customer or another amount.",
        )
        .ko("이미 다른 내용으로 결제가 요청된 주문입니다."))
    }

    pub(super) fn authorized(self, pay_id: Id) -> PaymentAuthorized {
        PaymentAuthorized {
            pay_id,
            bill: self,
            pay_status: PayStatus::Authorized,
        }
    }

    pub(super) fn approved(&self, pay_id: Id, order: OrderPlaced) -> PaymentApproved {
        PaymentApproved {
            pay_id,
            bill: Self {
                qty: Some(order.purchase.qty),
                ..self.clone()
            },
            address: order.purchase.address,
            order_status: order.order_status,
            pay_status: PayStatus::Approved,
        }
    }

    pub(super) fn canceled(&self, pay_id: Id) -> PaymentCanceled {
        PaymentCanceled {
            pay_id,
            order_id: self.order_id,
            user_id: self.user_id,
            price: self.price,
            pay_status: PayStatus::Canceled,
        }
    }

    pub(super) fn voided(&self, pay_id: Id) -> PaymentVoided {
        PaymentVoided {
            pay_id,
            order_id: self.order_id,
            pay_status: PayStatus::Canceled,
        }
    }

    pub(super) fn shown(
        &self,
        order_status: Option<OrderStatus>,
        pay_status: PayStatus,
    ) -> ShownPayment {
        ShownPayment {
            order_id: self.order_id,
            user_id: self.user_id,
            prod_id: None,
            qty: self.qty,
            price: self.price,
            order_status,
            pay_status,
        }
    }
}

/// What the outside sees. `prodId` has never been filled: an order names its fruit (`prodNm`).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ShownPayment {
    order_id: Id,
    user_id: i64,
    prod_id: Option<i64>,
    qty: Option<i32>,
    price: i32,
    order_status: Option<OrderStatus>,
    pay_status: PayStatus,
}

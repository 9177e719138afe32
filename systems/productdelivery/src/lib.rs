//! Product delivery, in the order the story is told (`seeds/productdelivery.md`):
//!
//! 1. A customer orders ([`order`]) an item. Before the order stands, [`pay`] must have authorized it.
//! 2. Whenever something is ordered, its pay is captured; whenever a pay is approved, the team of
//!    [`product`] has the order, and the delivery starts.
//! 3. The team completes the delivery: the order is closed, and the item's stock decreases.
//! 4. The customer cancels: the pay is refunded, and whenever a pay is canceled the delivery is
//!    stopped. What has been delivered cannot be canceled.
//! 5. Each change is told by Kakao ([`notice`]), and the customer sees how the order stands
//!    ([`customercenter`]).

pub mod customercenter;
pub mod notice;
pub mod order;
pub mod pay;
pub mod product;

use storm::{Envelope, System};

/// All of it, in the order of the originals' ports.
pub fn system() -> System {
    System::new("productdelivery", "capstoneproductmanage", &[8088])
        .envelope(Envelope::NEW)
        .context(order::context())
        .context(product::context())
        .context(pay::context())
        .context(notice::context())
        .context(customercenter::context())
        .try_this(
            "orders",
            r#"{"item":"tv","orderQty":3,"status":"0","price":1000}"#,
        )
}

#[cfg(test)]
mod tests;

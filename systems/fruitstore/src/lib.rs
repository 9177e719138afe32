//! The fruit shop, in the order the story is told (`seeds/fruitstore.md`):
//!
//! 1. A customer orders ([`order`]) fruit. Before the order stands, [`payment`] must have
//!    authorized it.
//! 2. Whenever an order is placed, its payment is captured; whenever a payment is approved, its
//!    [`delivery`] starts.
//! 3. The customer sees how all three stand on my page ([`mypage`]).
//! 4. The customer cancels: the payment is refunded, and whenever a payment is canceled the
//!    delivery is stopped. What has been delivered cannot be canceled.

pub mod delivery;
pub mod mypage;
pub mod order;
pub mod payment;

use storm::{Envelope, System};

/// The whole shop. The gateway's port is 8088 in the seed's text and 8089 in its listing.
pub fn system() -> System {
    // How its original wrapped events is not known. It asks `validate()` of them, so as its kin did.
    System::new("fruitstore", "fruitsorenew", &[8088, 8089])
        .envelope(Envelope::OLD_WITH_ME)
        .context(order::context())
        .context(payment::context())
        .context(delivery::context())
        .context(mypage::context())
        .try_this(
            "orders",
            r#"{"userId":7181,"prodNm":"사과","qty":2,"price":5000,"address":"경기도 성남시"}"#,
        )
}

#[cfg(test)]
mod tests;

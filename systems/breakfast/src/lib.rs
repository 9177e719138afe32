//! A hearty breakfast, in the order the story is told (`seeds/breakfast.md`):
//!
//! 1. A [`customer`] signs up, and sees on my-orders how every order stands.
//! 2. A manager registers food in the catalogue ([`foodcatalog`]), with its stock.
//! 3. The customer orders ([`order`]). Before the order stands, the customer must be known, the
//!    stock be held, and the [`payment`] be authorized.
//! 4. Whenever an order stands, its stock is taken and its payment captured; whenever it is paid,
//!    its [`delivery`] starts, and the customer earns [`mileage`].
//! 5. The customer cancels. Delivery is asked first: what has been delivered cannot be canceled.
//!    Whenever a delivery is canceled the payment is refunded and the mileage taken back; whenever
//!    an order is canceled its stock goes back. Each happens once.

pub mod customer;
pub mod delivery;
pub mod foodcatalog;
pub mod mileage;
pub mod order;
pub mod payment;

use storm::{Envelope, System};

/// The whole of it.
pub fn system() -> System {
    System::new("breakfast", "gmfd", &[8088])
        .envelope(Envelope::OLD_WITH_ME)
        .context(customer::context())
        .context(foodcatalog::context())
        .context(order::context())
        .context(payment::context())
        .context(delivery::context())
        .context(mileage::context())
        .try_this(
            "foodCatalogs",
            r#"{"name":"pizza","stock":100,"price":1000}"#,
        )
}

#[cfg(test)]
mod tests;

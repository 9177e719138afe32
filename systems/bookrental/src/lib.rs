//! Book rental, in the order the story is told (`seeds/bookrental.md`):
//!
//! 1. The librarian takes books in ([`product`]).
//! 2. A customer reserves a book ([`reservation`]). Whenever it is reserved, it is delivered
//!    ([`delivery`]), and whenever it is delivered, one copy less is in stock.
//! 3. The customer cancels: the delivery must say yes first. Or brings the book back. Either way a
//!    copy that had left the stock is there again, once.
//! 4. The customer sees how the reservation stands ([`mypage`]).

pub mod delivery;
pub mod mypage;
pub mod product;
pub mod reservation;
mod status_code;

pub use status_code::StatusCode;
use storm::{Envelope, System};

/// The whole library.
pub fn system() -> System {
    System::new("bookrental", "book", &[8088])
        .envelope(Envelope::OLD_WITH_ME)
        .context(reservation::context())
        .context(delivery::context())
        .context(product::context())
        .context(mypage::context())
        .try_this("reservations", r#"{"productId":1,"statusCode":1}"#)
}

#[cfg(test)]
mod tests;

//! Copying contexts' stores, of whatever sort, item by item: what `jumun move`, `jumun backup` and
//! `jumun restore` have in common.

mod carry;
mod location;
mod progress;
mod tally;
mod transfer;

pub use carry::{Carried, InTheWay, Piece, carry, finish};
pub use location::{Holds, Location};
pub use progress::Progress;
pub use tally::Tally;
pub use transfer::{Transfer, count};

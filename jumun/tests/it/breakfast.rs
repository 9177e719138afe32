//! Breakfast: what its seed asks of it, and what it keeps when things go wrong.

mod awaited;
mod isolation;
mod kill;
mod seed_commands;
mod stories;
mod table;

use table::{CANCELED, DELIVERED, Table, UNDERWAY, how, meal, stands};
pub(crate) use table::{cancel, lay, order};

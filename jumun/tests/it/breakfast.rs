//! Breakfast: what its seed asks of it, and what it keeps when things go wrong.

mod awaited;
mod isolation;
mod kill;
mod seed_commands;
mod stories;
mod table;

use table::{CANCELED, DELIVERED, Table, UNDERWAY, cancel, how, lay, meal, order, stands};

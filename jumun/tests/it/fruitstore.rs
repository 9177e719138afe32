//! The fruit shop: what its seed asks of it, and what it keeps when things go wrong.

mod isolation;
mod kill;
mod seed_commands;
mod shop;
mod stories;

pub(crate) use shop::{Shop, apples};

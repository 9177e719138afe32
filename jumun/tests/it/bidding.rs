//! Public tenders: what the seed asks of them, and what they keep when things go wrong.

mod awaited;
mod isolation;
mod kill;
mod seed_commands;
mod stories;
pub(crate) mod tenders;

use tenders::Tenders;

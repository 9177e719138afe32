//! Online study: what its seed asks of it, and what it keeps when things go wrong.

mod awaited;
mod isolation;
mod kill;
pub(crate) mod school;
mod seed_commands;
mod stories;

pub(crate) use school::{School, form};

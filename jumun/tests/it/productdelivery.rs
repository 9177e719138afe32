//! Product delivery: what its seed asks of it, and what it keeps when things go wrong.

mod awaited;
mod company;
mod isolation;
mod kill;
mod seed_commands;
mod stories;

pub(crate) use company::{CANCELED, COMPLETED, Company, STARTED, order, tvs};

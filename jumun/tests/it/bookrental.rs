//! Book rental: what its seed asks of it, and what it keeps when things go wrong.

mod awaited;
mod isolation;
mod kill;
mod library;
mod seed_commands;
mod stories;

pub(crate) use library::{CANCELED, DELIVERED, Library, RESERVED, RETURNED, a_book};

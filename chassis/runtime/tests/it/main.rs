//! A context at work, on the store in memory.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::enum_variant_names,
    reason = "a test fails where it stands; the kitchen is a toy"
)]

mod commands;
mod events;
mod giving_back;
mod hidden_rows;
mod kitchen;
mod larder;
mod notifying;
mod rebuilding;
mod replicas;
mod same_commit;
mod spelling;

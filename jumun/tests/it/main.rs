//! The whole system, through the real binary and real HTTP.
//!
//! Each test starts a shop of its own: its own process, its own folder, its own free port.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says plainly what it expects"
)]

mod bad_input;
mod http;
mod idempotency;
mod isolation;
mod kill;
mod process;
mod seed_commands;
mod shop;
mod stories;
mod waiting;
mod wire;

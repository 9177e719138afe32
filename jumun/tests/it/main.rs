//! The whole system, through the real binary and real HTTP.
//!
//! Each test starts a system of its own: its own process, its own folder, its own free port. What is
//! about HTTP, the process and its commands is tested with the fruit shop; what is about one system
//! is in the folder of its name (see `../README.md`).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says plainly what it expects"
)]

mod bad_input;
mod bidding;
mod bookrental;
mod breakfast;
mod fruitstore;
mod http;
mod idempotency;
mod kill;
mod onlinestudy;
mod parity;
mod process;
mod productdelivery;
mod readme;
mod stage;
mod unanswered;
mod waiting;
mod wire;

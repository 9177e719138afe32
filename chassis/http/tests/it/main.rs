//! The HTTP of a context, as clients see it: a toy kitchen, in process and over TCP.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says plainly what it expects"
)]

mod anything;
mod app;
mod away;
mod bad_input;
mod chaos;
mod collections;
mod commands;
mod conditions;
mod crowd;
mod finders;
mod items;
mod kettles;
mod office;
mod operations;
mod outgoing;
mod server;
mod silence;

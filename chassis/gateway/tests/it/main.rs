//! The door from outside: toy contexts behind it, in process and over real connections.
#![allow(
    clippy::unwrap_used,
    reason = "what tests are played on fails as tests do"
)]

mod cors;
mod front;
mod front_page;
mod own;
mod remote;
mod replicas;
mod routes;
mod stage;

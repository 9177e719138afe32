//! Contexts on a real Kafka.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::enum_variant_names,
    reason = "a test fails where it stands; the kitchen is a toy"
)]

mod kitchen;
mod outage;
mod placing;
mod rebuilding;
mod relaying;
mod replicas;
mod rig;
mod stores;
mod story;
mod topic;
mod waiting;

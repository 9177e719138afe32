//! What tests stand on.
//!
//! - [`given`]: given these events, when this command, then these events, or this refusal.
//! - [`World`]: a whole system without threads, clock or disk, whose events are delivered late,
//!   twice and across producers in any order, as a test says.
//! - [`Hearsay`]: such a world whose listeners hear by chance, for property tests.
//! - [`survives_rubbish`]: a system is sent what nobody should send.
//! - [`memory_store`]: the store port in memory.
//! - [`mod@store_compliance`]: what every adapter of the store port must pass.

mod given;
mod hearsay;
pub mod memory_store;
mod rubbish;
pub mod store_compliance;
mod world;

pub use given::{Given, Told, given, given_nothing};
pub use hearsay::Hearsay;
pub use rubbish::survives_rubbish;
pub use world::{Spoken, World};

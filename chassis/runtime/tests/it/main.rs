//! A context at work, on the store in memory.

mod commands;
mod events;
mod kitchen;
mod rebuilding;

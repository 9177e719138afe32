//! The one binary: it knows the systems, brings them and the chassis together, and talks to people.
//!
//! - [`cli`] is what can be said, [`configuration`] what can be set.
//! - [`assembly`] starts a system's contexts and joins them; [`up`] serves them, [`split`] serves
//!   one of them or the door alone; [`stopping`] ends either.
//! - [`board`] draws the wall, [`events`] prints the log, [`repair`] mends read models and dead
//!   letters, [`check`] looks before anything is started.

pub mod assembly;
pub mod board;
pub mod check;
pub mod cli;
pub mod configuration;
pub mod events;
pub mod logging;
pub mod ports;
pub mod repair;
pub mod split;
pub mod stopping;
pub mod systems;
pub mod up;

#[cfg(test)]
mod toy;

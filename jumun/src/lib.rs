//! The one binary: it is handed the systems, brings them and the chassis together, and talks to
//! people. A system of your own needs a `main` of three lines (`docs/your-own-system.md`).
//!
//! - [`main`] is where every binary begins, [`systems`] what it carries.
//! - [`cli`] is what can be said, [`configuration`] what can be set.
//! - [`stores`] opens the contexts' stores, with the [`engines`] that were compiled in; [`assembly`]
//!   starts a system's contexts and joins them, [`notifying`] lets them tell people.
//! - [`up`] serves them, [`split`] serves one of them or the door alone, [`supervising`] keeps a
//!   process for each; [`entrance`] is where requests come in, and [`stopping`] ends either.
//! - [`board`] draws the wall, [`events`] prints the log, [`repair`] mends read models and dead
//!   letters, [`advance`] lets a context go on from an older store, [`check`] looks before anything is
//!   started.
//! - [`moving`] and [`backup`] copy stores, of whatever sort, with what is in [`copying`].

pub mod advance;
pub mod assembly;
pub mod backup;
pub mod board;
pub mod check;
pub mod cli;
pub mod configuration;
pub mod copying;
pub mod descriptors;
pub mod engines;
pub mod entrance;
mod entry;
pub mod events;
pub mod logging;
pub mod moving;
pub mod notifying;
pub mod ports;
pub mod repair;
pub mod split;
pub mod stopping;
pub mod stores;
pub mod supervising;
pub mod systems;
pub mod up;

pub use entry::main;

#[cfg(test)]
mod toy;

//! The bus between processes, where one is configured and compiled in.

#[cfg(feature = "kafka")]
mod kafka;
#[cfg(not(feature = "kafka"))]
mod missing;

#[cfg(feature = "kafka")]
pub(crate) use kafka::settings;
#[cfg(feature = "kafka")]
pub(super) use kafka::{Joined, Told};
#[cfg(not(feature = "kafka"))]
pub(super) use missing::{Joined, Told};

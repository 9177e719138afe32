//! Types the commands of a page as a reader would, and compares what comes out with what the page
//! shows. Tests only.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a test fails where it stands"
)]

pub mod likeness;
pub mod page;
pub mod terminals;

pub use page::{Block, Kind, blocks};
pub use terminals::{Program, Terminals};

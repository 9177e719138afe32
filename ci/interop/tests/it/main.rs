//! Our systems beside the originals' services on one topic: what they write, we read; what we write,
//! they read.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails where it stands"
)]

mod beside;
mod ours;
mod peer;
mod theirs;

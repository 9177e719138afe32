//! What a partition is called.

use std::sync::Arc;

/// What the cursor of a partition is called in the store.
pub(crate) fn source(topic: &str, partition: i32) -> Arc<str> {
    format!("{topic}/{partition}").into()
}

/// The partition that a cursor is of.
pub(crate) fn partition(source: &str, topic: &str) -> Option<i32> {
    let partition = source.strip_prefix(topic)?.strip_prefix('/')?;
    partition.parse().ok()
}

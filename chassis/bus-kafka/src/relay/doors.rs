//! The first record of a producer to a partition goes alone.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// A broker forgets producers that it has not heard of for long (`producer.id.expiration.ms`, a day).
const STALE: Duration = Duration::from_secs(60 * 60);

enum Door {
    /// One record is on its way, and no other may follow.
    Opening,
    /// The broker acknowledged a record then.
    Open(Instant),
}

/// Which partitions know this producer.
///
/// A broker keeps a producer's records in sequence, and refuses one that comes after one it has
/// refused. But of a producer that it does not know yet it takes any record for the first: were the
/// first refused, as too large perhaps, with the second already on its way, the second would stand in
/// the partition without the first, and consumers would later drop the first as an old one. So
/// the second waits for the first to be acknowledged.
#[derive(Default)]
pub(super) struct Doors(HashMap<i32, Door>);

impl Doors {
    /// Whether a record may be sent there. It is, if so.
    pub(super) fn enter(&mut self, partition: i32, now: Instant) -> bool {
        match self.0.get(&partition) {
            Some(Door::Opening) => false,
            Some(Door::Open(last)) if now.duration_since(*last) < STALE => true,
            Some(Door::Open(_)) | None => {
                self.0.insert(partition, Door::Opening);
                true
            }
        }
    }

    /// A record has been acknowledged.
    pub(super) fn acknowledged(&mut self, partition: i32, now: Instant) {
        self.0.insert(partition, Door::Open(now));
    }
}

#[cfg(test)]
mod tests;

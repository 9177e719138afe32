//! How much room a folder's disk has.

use std::path::Path;

/// Bytes that an ordinary user may still write; `None` where the system does not say.
pub(super) fn free(folder: &Path) -> Option<u64> {
    let stat = rustix::fs::statvfs(super::existing(folder)).ok()?;
    stat.f_bavail.checked_mul(stat.f_frsize)
}

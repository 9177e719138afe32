//! Stores hold names, addresses and what people bought: only the user that jumun runs as may read them.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

pub(super) const PRIVATE_FILE: u32 = 0o600;
pub(super) const PRIVATE_FOLDER: u32 = 0o700;
/// What a group and all others may do.
const OTHERS: u32 = 0o077;

/// Takes the rights to it that others have, if it is there, and says so.
pub(super) fn make(path: &Path, mode: u32) {
    let Ok(found) = fs::metadata(path) else {
        return;
    };
    let before = found.permissions().mode() & 0o777;
    if before & OTHERS == 0 {
        return;
    }
    match fs::set_permissions(path, Permissions::from_mode(mode)) {
        Ok(()) => tracing::warn!(
            "{}: other users of this machine could open it (mode {before:o}); it is its owner's alone now ({mode:o})",
            path.display()
        ),
        // It is somebody else's, or on a file system without rights. It was so before.
        Err(error) => tracing::warn!(
            "{}: other users of this machine can open it (mode {before:o}), and that cannot be changed ({error}); do `chmod {mode:o}` as its owner",
            path.display()
        ),
    }
}

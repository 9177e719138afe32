//! The word that a running system leaves in its data folder: where its door is, and the token of
//! its operator. Only the user it runs as can read it.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use anyhow::{Context as _, Result};
use store_sql::sqlite::DataFolder;

use crate::configuration::Secret;

/// Beside the stores; made by [`DataFolder::claim`].
const LOCK: &str = "jumun.lock";

/// How to reach a running system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Its gateway's address.
    pub url: String,
    /// Its operator's token.
    pub token: Secret,
}

impl Word {
    /// Leaves it in a folder that is ours.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn leave(&self, folder: &mut DataFolder) -> Result<()> {
        let lock = folder.path().join(LOCK);
        // Before the token is in it.
        fs::set_permissions(&lock, Permissions::from_mode(0o600))
            .with_context(|| format!("{} cannot be kept from others", lock.display()))?;
        folder.leave_word(&format!("{} {}", self.url, self.token.reveal()))?;
        Ok(())
    }

    /// Reads the one that a running process left, if one runs: `Some(None)` is a process that
    /// cannot be asked.
    pub fn left_in(folder: &Path) -> Option<Option<Self>> {
        let holder = DataFolder::holder(folder)?;
        let mut words = holder.word.split(' ');
        let (url, token) = (words.next().unwrap_or_default(), words.next());
        Some(token.filter(|_| !url.is_empty()).map(|token| Self {
            url: url.to_owned(),
            token: Secret::new(token),
        }))
    }
}

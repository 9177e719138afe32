//! The word that a running system, or a context that is a process of its own, leaves in the lock that
//! it holds: where its door is, and the token of its operator. Only the user it runs as can read it.

use std::path::Path;

use anyhow::Result;
use store_sql::sqlite::{DataFolder, Holder};

use crate::configuration::Secret;

/// How to reach a running system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The address of its gateway, or its own.
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
        folder.leave_word(&format!("{} {}", self.url, self.token.reveal()))?;
        Ok(())
    }

    /// Reads the one of the process that runs a whole system, if one runs: `Some(None)` is a process
    /// that cannot be asked.
    pub fn of_system(folder: &Path) -> Option<Option<Self>> {
        DataFolder::holder(folder).map(|holder| Self::of(&holder))
    }

    /// As [`Word::of_system`], of a context that is a process of its own.
    pub fn of_context(folder: &Path, context: &str) -> Option<Option<Self>> {
        DataFolder::context_holder(folder, context).map(|holder| Self::of(&holder))
    }

    fn of(holder: &Holder) -> Option<Self> {
        let mut words = holder.word.split(' ');
        let (url, token) = (words.next().unwrap_or_default(), words.next());
        token.filter(|_| !url.is_empty()).map(|token| Self {
            url: url.to_owned(),
            token: Secret::new(token),
        })
    }
}

//! The data folder, which belongs to one process at a time.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Seek, Write};
use std::path::{Path, PathBuf};

use storm::store::StoreError;

use super::file::explain;

const LOCK: &str = "jumun.lock";

/// A folder that nobody else writes to until this is dropped, or the process ends, however it ends.
#[derive(Debug)]
pub struct DataFolder {
    path: PathBuf,
    lock: File,
}

/// Who has a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The process.
    pub process: u32,
    /// What it left word of ([`DataFolder::leave_word`]), or empty.
    pub word: String,
}

impl DataFolder {
    /// Makes the folder if there is none, and takes it.
    ///
    /// # Errors
    /// [`StoreError::InUse`] when another process has it, [`StoreError::ReadOnly`] when it cannot
    /// be written to.
    pub fn claim(path: &Path) -> Result<Self, StoreError> {
        make(path).map_err(|error| explain(path.display().to_string(), &error))?;
        let lock = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path.join(LOCK))
            .map_err(|error| explain(path.display().to_string(), &error))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StoreError::InUse {
                    place: path.display().to_string(),
                    holder: read(path)
                        .map(|holder| format!(" (process {})", holder.process))
                        .unwrap_or_default(),
                });
            }
            Err(TryLockError::Error(error)) => {
                return Err(explain(path.display().to_string(), &error));
            }
        }
        let mut folder = Self {
            path: path.to_owned(),
            lock,
        };
        folder.leave_word("")?;
        Ok(folder)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Leaves a line for other processes to read ([`DataFolder::holder`]), e.g. the gateway's
    /// address.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be written.
    pub fn leave_word(&mut self, word: &str) -> Result<(), StoreError> {
        let text = format!("{}\n{}\n", std::process::id(), word.replace('\n', " "));
        self.lock
            .set_len(0)
            .and_then(|()| self.lock.rewind())
            .and_then(|()| self.lock.write_all(text.as_bytes()))
            .map_err(|error| explain(self.path.display().to_string(), &error))
    }

    /// Who has the folder at `path`, if anybody has. Takes nothing and changes nothing.
    pub fn holder(path: &Path) -> Option<Holder> {
        let lock = File::open(path.join(LOCK)).ok()?;
        match lock.try_lock_shared() {
            Err(TryLockError::WouldBlock) => read(path),
            // Nobody has: what the file says is of a process that is gone.
            _ => None,
        }
    }
}

fn read(path: &Path) -> Option<Holder> {
    let text = fs::read_to_string(path.join(LOCK)).ok()?;
    let mut lines = text.lines();
    Some(Holder {
        process: lines.next()?.parse().ok()?,
        word: lines.next().unwrap_or_default().to_owned(),
    })
}

/// A new folder must be there after a power cut, as what is committed in it must (I3).
fn make(path: &Path) -> std::io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(path)?;
    let parent = path.parent().filter(|parent| parent != &Path::new(""));
    File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
}

//! The folder of a system's stores, and who may write to them: one process to all of them, or one
//! process to each.
//!
//! Both shapes share one layout, so there are two levels of locks: who has the whole system holds
//! `jumun.lock` alone; who has one context shares `jumun.lock` with those who have others, and holds
//! `jumun.CONTEXT.lock` alone. The operating system lets a lock go when its process ends, however it
//! ends.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{Seek, Write};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use storm::store::StoreError;

use super::file::explain;
use super::private::{self, PRIVATE_FILE, PRIVATE_FOLDER};

const LOCK: &str = "jumun.lock";
/// Who looks whether a folder is taken ([`DataFolder::holder`]) locks it for less than that.
const LOOKERS_LET_GO: Duration = Duration::from_millis(200);
/// How often a lock is tried meanwhile.
const RETRY: Duration = Duration::from_millis(10);

/// The right to write to the stores of a folder, or to one of them, until this is dropped or the
/// process ends.
#[derive(Debug)]
pub struct DataFolder {
    path: PathBuf,
    /// What is said to others stands in the lock that is ours alone.
    lock: File,
    /// Keeps away who wants the whole folder. `None` for who has it.
    _shared: Option<File>,
}

/// Who has a folder, or a context in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The process.
    pub process: u32,
    /// What it left word of ([`DataFolder::leave_word`]), or empty.
    pub word: String,
}

impl DataFolder {
    /// Makes the folder if there is none, and takes all stores in it.
    ///
    /// # Errors
    /// [`StoreError::InUse`] when another process has any of them, [`StoreError::ReadOnly`] when
    /// the folder cannot be written to.
    pub fn claim(path: &Path) -> Result<Self, StoreError> {
        make(path).map_err(|error| explain(path.display().to_string(), &error))?;
        let lock = lock_alone(path, LOCK)?;
        Self::taken(path, lock, None)
    }

    /// Makes the folder if there is none, and takes the store of `context` in it.
    ///
    /// # Errors
    /// As [`DataFolder::claim`].
    pub fn claim_context(path: &Path, context: &str) -> Result<Self, StoreError> {
        make(path).map_err(|error| explain(path.display().to_string(), &error))?;
        let shared = lock(path, LOCK, File::try_lock_shared)?;
        let lock = lock_alone(path, &lock_of(context))?;
        Self::taken(path, lock, Some(shared))
    }

    fn taken(path: &Path, lock: File, shared: Option<File>) -> Result<Self, StoreError> {
        let mut folder = Self {
            path: path.to_owned(),
            lock,
            _shared: shared,
        };
        folder.leave_word("")?;
        Ok(folder)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Leaves a line for other processes of the same user to read ([`DataFolder::holder`]), e.g.
    /// the gateway's address.
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

    /// Who has all stores of the folder at `path`, if one process has. Takes nothing and changes
    /// nothing.
    pub fn holder(path: &Path) -> Option<Holder> {
        holder_of(path, LOCK)
    }

    /// Who has the store of `context` alone.
    pub fn context_holder(path: &Path, context: &str) -> Option<Holder> {
        holder_of(path, &lock_of(context))
    }

    /// All contexts whose stores are had alone, by name, and who has each.
    pub fn context_holders(path: &Path) -> Vec<(String, Holder)> {
        let Ok(entries) = fs::read_dir(path) else {
            return Vec::new();
        };
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let mut found: Vec<(String, Holder)> = names
            .filter_map(|lock| {
                let context = lock.strip_prefix("jumun.")?.strip_suffix(".lock")?;
                Some((context.to_owned(), holder_of(path, &lock)?))
            })
            .collect();
        found.sort_by(|(one, _), (other, _)| one.cmp(other));
        found
    }
}

/// No context's is [`LOCK`], whatever it is called.
fn lock_of(context: &str) -> String {
    format!("jumun.{context}.lock")
}

fn lock_alone(path: &Path, name: &str) -> Result<File, StoreError> {
    lock(path, name, File::try_lock)
}

fn lock(
    path: &Path,
    name: &str,
    try_lock: fn(&File) -> Result<(), TryLockError>,
) -> Result<File, StoreError> {
    let place = || path.display().to_string();
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(PRIVATE_FILE)
        .open(path.join(name))
        .map_err(|error| explain(place(), &error))?;
    // Its line may hold the operator's token.
    private::make(&path.join(name), PRIVATE_FILE);
    let until = Instant::now() + LOOKERS_LET_GO;
    loop {
        match try_lock(&file) {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if Instant::now() < until => std::thread::sleep(RETRY),
            Err(TryLockError::WouldBlock) => {
                return Err(StoreError::InUse {
                    place: place(),
                    holder: holders(path, name),
                });
            }
            Err(TryLockError::Error(error)) => return Err(explain(place(), &error)),
        }
    }
}

fn holder_of(path: &Path, name: &str) -> Option<Holder> {
    let lock = File::open(path.join(name)).ok()?;
    match lock.try_lock_shared() {
        Err(TryLockError::WouldBlock) => read(path, name),
        // Nobody has it alone: what the file says is of a process that is gone.
        _ => None,
    }
}

/// For a message: ` (process 4711)`, or ` (order: process 4711, payment: process 4712)`.
fn holders(path: &Path, name: &str) -> String {
    if let Some(holder) = holder_of(path, name) {
        return format!(" (process {})", holder.process);
    }
    let contexts = DataFolder::context_holders(path).into_iter();
    let contexts =
        contexts.map(|(context, holder)| format!("{context}: process {}", holder.process));
    let contexts: Vec<String> = contexts.collect();
    if contexts.is_empty() {
        String::new()
    } else {
        format!(" ({})", contexts.join(", "))
    }
}

fn read(path: &Path, name: &str) -> Option<Holder> {
    let text = fs::read_to_string(path.join(name)).ok()?;
    let mut lines = text.lines();
    Some(Holder {
        process: lines.next()?.parse().ok()?,
        word: lines.next().unwrap_or_default().to_owned(),
    })
}

/// A new folder must be there after a power cut, as what is committed in it must (I3).
fn make(path: &Path) -> std::io::Result<()> {
    if path.is_dir() {
        private::make(path, PRIVATE_FOLDER);
        return Ok(());
    }
    DirBuilder::new()
        .recursive(true)
        .mode(PRIVATE_FOLDER)
        .create(path)?;
    sync_parent(path)
}

/// Makes the name of `path` last a power cut.
pub(super) fn sync_parent(path: &Path) -> std::io::Result<()> {
    let parent = path.parent().filter(|parent| parent != &Path::new(""));
    File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
}

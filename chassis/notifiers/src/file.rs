//! Notices as lines of a file.

use std::fs::{self, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use runtime::{NotSent, Notice, Notifier, Sending};
use tokio::sync::Semaphore;

use crate::{for_sure, perhaps};

/// Appends each notice to a file, as one line of JSON, and waits until it is on the disk. The file
/// is made if it is not there; its folder must be. Several contexts, and several processes, may
/// write to one file.
pub struct File {
    path: PathBuf,
    deadline: Duration,
    /// A write that outlived its deadline cannot be called back: no second one begins beside it.
    free: Arc<Semaphore>,
}

impl File {
    /// Nothing is opened yet. A write that takes longer than `deadline` is not waited for.
    pub fn new(path: impl Into<PathBuf>, deadline: Duration) -> Self {
        Self {
            path: path.into(),
            deadline,
            free: Arc::new(Semaphore::new(1)),
        }
    }

    async fn append(&self, notice: &Notice) -> Result<(), NotSent> {
        let place = self.path.display();
        let Ok(free) = Arc::clone(&self.free).try_acquire_owned() else {
            return Err(for_sure(format!(
                "{place}: the line before is still being written; is its disk well?"
            )));
        };
        let path = self.path.clone();
        let line = format!("{}\n", notice.to_json());
        let writing = tokio::task::spawn_blocking(move || {
            let _free = free;
            append(&path, line.as_bytes())
        });
        match tokio::time::timeout(self.deadline, writing).await {
            Ok(Ok(Ok(()))) => Ok(()),
            Ok(Ok(Err(Failed::Nothing(error)))) => Err(for_sure(format!(
                "{place}: cannot be written ({error}); check its folder, its rights, and the room on its disk"
            ))),
            Ok(Ok(Err(Failed::Perhaps(error)))) => Err(perhaps(format!(
                "{place}: may have been written, or not ({error})"
            ))),
            Ok(Err(error)) => Err(perhaps(format!("{place}: {error}"))),
            Err(_) => Err(perhaps(format!(
                "{place}: not written within {:?}; is its disk well?",
                self.deadline
            ))),
        }
    }
}

impl Notifier for File {
    fn name(&self) -> &'static str {
        "file"
    }

    fn send<'a>(&'a self, notice: &'a Notice) -> Sending<'a> {
        Box::pin(self.append(notice))
    }
}

enum Failed {
    /// The file is as it was.
    Nothing(io::Error),
    /// It may hold the line.
    Perhaps(io::Error),
}

fn append(path: &Path, line: &[u8]) -> Result<(), Failed> {
    let (mut file, before) = open(path).map_err(Failed::Nothing)?;
    let written = finish_line(&mut file, before)
        .and_then(|()| file.write_all(line))
        .and_then(|()| file.sync_data());
    let Err(error) = written else {
        return Ok(());
    };
    // Nobody else has written meanwhile: the file is locked.
    match file.set_len(before).and_then(|()| file.sync_data()) {
        Ok(()) => Err(Failed::Nothing(error)),
        Err(_) => Err(Failed::Perhaps(error)),
    }
}

/// Opened for this process alone, and how long it is.
fn open(path: &Path) -> io::Result<(fs::File, u64)> {
    let file = OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .open(path)?;
    // Let go when the file is closed.
    file.lock()?;
    let length = file.metadata()?.len();
    Ok((file, length))
}

/// A line that a crash cut off keeps to itself.
fn finish_line(file: &mut fs::File, length: u64) -> io::Result<()> {
    if length == 0 {
        return Ok(());
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    if last == *b"\n" {
        return Ok(());
    }
    file.write_all(b"\n")
}

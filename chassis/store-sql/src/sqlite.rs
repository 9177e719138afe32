//! SQLite: one file a context, `<folder>/<context>.sqlite`, which one process claims, alone or with
//! all others of the folder.
//!
//! The writer's connection and the readers' are apart; SQLite's write-ahead log lets them look at
//! the last whole commit while the next one is written.

mod copying;
mod file;
mod folder;
mod kinds;
mod layout;
mod private;
mod reader;
mod rows;
mod schema;
mod writer;

use std::path::Path;
use std::sync::Arc;

use storm::store::{CopySource, Opened, Reader, StoreError};

pub use folder::{DataFolder, Holder};
pub use layout::{bring_in, find, refuse_orphan};

use crate::Durability;
use copying::SqliteCopySource;
use file::StoreFile;
use reader::SqliteReader;
use writer::SqliteWriter;

/// Opens the store of `context` in `folder`; makes it, or brings it up to date, where needed.
///
/// It must be claimed ([`DataFolder::claim`], [`DataFolder::claim_context`]): two writers of one context would hand out
/// the same ids.
///
/// # Errors
/// [`StoreError`]: no room, no right to write, a file that is damaged, of another program, or of a
/// later jumun.
pub fn open(folder: &Path, context: &str, durability: Durability) -> Result<Opened, StoreError> {
    let file = StoreFile::of(folder, context);
    let writer = SqliteWriter::open(file.clone(), durability)?;
    Ok(Opened {
        writer: Box::new(writer),
        reader: Arc::new(SqliteReader::new(file)),
    })
}

/// Opens the store of `context` for looking only, beside the process that writes it or without one.
///
/// # Errors
/// [`StoreError::Unavailable`] when there is no such file; else as [`open`].
pub fn open_to_look(folder: &Path, context: &str) -> Result<Arc<dyn Reader>, StoreError> {
    Ok(Arc::new(SqliteReader::open(existing(folder, context)?)?))
}

/// The way to the store of `context` in `folder` for whoever copies it, beside the process that writes
/// it or without one.
///
/// # Errors
/// As [`open_to_look`].
pub fn copy_source(folder: &Path, context: &str) -> Result<Box<dyn CopySource>, StoreError> {
    let file = existing(folder, context)?;
    Ok(Box::new(SqliteCopySource::open(file)?))
}

/// Deletes the store of `context` in `folder`, which must be claimed.
///
/// # Errors
/// As [`open_to_look`]; also when the system does not let it be deleted.
pub fn remove(folder: &Path, context: &str) -> Result<(), StoreError> {
    existing(folder, context)?.remove()
}

fn existing(folder: &Path, context: &str) -> Result<StoreFile, StoreError> {
    let file = StoreFile::of(folder, context);
    if file.exists() {
        return Ok(file);
    }
    Err(StoreError::Unavailable {
        place: file.place(),
        reason: "there is no such file; start the system once, or choose another --data folder"
            .to_owned(),
    })
}

#[cfg(test)]
mod tests;

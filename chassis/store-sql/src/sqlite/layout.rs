//! Where a context's file lies, where earlier versions kept it, and how it comes from there.
//!
//! All files of a system lie in one folder, in whatever shape it runs: `FOLDER/CONTEXT.sqlite`.
//! Earlier, a context that was a process of its own had a folder of its own:
//! `FOLDER/CONTEXT/CONTEXT.sqlite`.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::OpenFlags;
use storm::store::StoreError;

use super::file::{StoreFile, explain};
use super::folder::sync_parent;
use super::schema;
use super::{DataFolder, open_to_look};

/// Who only looks on lets go within moments; who follows does not.
const LOOKERS_LET_GO: Duration = Duration::from_secs(5);
const RETRY: Duration = Duration::from_millis(50);

/// The folder in which the file of `context` is: `folder`, or the one of its own that an earlier
/// version made. `None` if there is no such file yet.
pub fn find(folder: &Path, context: &str) -> Option<PathBuf> {
    // A move between the two looks is seen by the third.
    let places = [folder.to_owned(), folder.join(context), folder.to_owned()];
    let mut places = places.into_iter();
    places.find(|place| StoreFile::of(place, context).exists())
}

/// Refuses a log (`-wal`) of `context` without its database file, in either place: whoever takes the
/// store for one that is not there yet would pass over the commits in it.
///
/// # Errors
/// [`StoreError::Misplaced`], which says what can be done.
pub fn refuse_orphan(folder: &Path, context: &str) -> Result<(), StoreError> {
    let own = StoreFile::of(&folder.join(context), context);
    let file = StoreFile::of(folder, context);
    own.refuse_orphan(Some(&file))?;
    file.refuse_orphan(Some(&own))
}

/// Brings the file of `context` from where an earlier version kept it into `folder`, if it is there.
/// Whether it was.
///
/// The store must be claimed. What its log (`-wal`) holds is first written into the file; then the
/// file alone is renamed. So at each moment, and after a kill at any moment, all that was committed
/// is found in one of the two places.
///
/// # Errors
/// [`StoreError::Misplaced`] when there is a file in both places, or a log without its file;
/// [`StoreError::InUse`] when an earlier version has the file open.
pub fn bring_in(folder: &Path, context: &str) -> Result<bool, StoreError> {
    bring_in_within(LOOKERS_LET_GO, folder, context)
}

pub(super) fn bring_in_within(
    patience: Duration,
    folder: &Path,
    context: &str,
) -> Result<bool, StoreError> {
    let old_folder = folder.join(context);
    let (from, to) = (
        StoreFile::of(&old_folder, context),
        StoreFile::of(folder, context),
    );
    if !old_folder.is_dir() {
        return Ok(false);
    }
    from.refuse_orphan(Some(&to))?;
    if !from.exists() {
        return Ok(false);
    }
    if to.exists() {
        return Err(StoreError::Misplaced {
            place: to.place(),
            reason: format!(
                "holds {}, and {} holds {}; both are stores of {context}: move away the one that is not to be used",
                events(folder, context),
                from.place(),
                events(&old_folder, context)
            ),
        });
    }
    to.refuse_orphan(Some(&from))?;
    // Of an earlier version that serves this context; it knows no other lock.
    let claimed = DataFolder::claim(&old_folder)?;
    fold_in(&from, patience)?;
    fs::rename(from.path(), to.path())
        .and_then(|()| sync_parent(to.path()))
        .and_then(|()| sync_parent(from.path()))
        .map_err(|error| explain(from.place(), &error))?;
    // The lock goes with its folder; whatever else somebody has put there stays, and so does the
    // folder then.
    let _ = fs::remove_file(old_folder.join("jumun.lock"));
    let _ = fs::remove_dir(&old_folder);
    drop(claimed);
    Ok(true)
}

/// How far a store has come, for a message.
fn events(folder: &Path, context: &str) -> String {
    let head = open_to_look(folder, context).and_then(|reader| reader.head());
    head.map_or_else(|error| error.to_string(), |head| format!("{head} events"))
}

/// Writes the log into the file, so that the file alone holds all.
fn fold_in(file: &StoreFile, patience: Duration) -> Result<(), StoreError> {
    let until = Instant::now() + patience;
    loop {
        let connection =
            file.connect(OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        schema::look(&connection, file, schema::STEPS)?;
        connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
            .map_err(|error| file.explain(error))?;
        connection
            .close()
            .map_err(|(_, error)| file.explain(error))?;
        // Who closes last removes the log: as long as it is there, somebody else has the file open.
        if !file.log().exists() {
            return Ok(());
        }
        if Instant::now() >= until {
            return Err(StoreError::InUse {
                place: file.place(),
                holder: " that looks on, e.g. `jumun events --follow`".to_owned(),
            });
        }
        std::thread::sleep(RETRY);
    }
}

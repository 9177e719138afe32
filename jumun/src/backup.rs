//! `jumun backup` and `jumun restore`: all stores of a system as of one moment, as SQLite files in a
//! folder, while it runs; and back into whatever stores are configured.

mod manifest;
mod restore;

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};
use storm::System;
use storm::store::{CopySource, Opened, Snapshot};
use tokio::task::block_in_place;

use crate::configuration::Configuration;
use crate::copying::{Location, Tally};
use crate::events::utc;
use crate::up::say;

use manifest::{Manifest, Saved};
pub use restore::restore;

/// How often it is tried to stop all stores at once: a server may let go of one too early.
const ATTEMPTS: usize = 5;

/// Copies all stores of a system into a new folder, as they are at one moment.
///
/// # Errors
/// When the folder holds something already, or a store cannot be read; then there is no such folder.
pub fn backup(system: &System, folder: &Path, configuration: &Configuration) -> Result<()> {
    block_in_place(|| back_up(system, folder, configuration))
}

fn back_up(system: &System, folder: &Path, configuration: &Configuration) -> Result<()> {
    refuse_what_is_there(folder)?;
    let mut sources: Vec<Source> = Vec::new();
    for context in system.contexts() {
        let location = Location::configured(system.name(), context.name(), configuration);
        match location.source()? {
            Some(source) => sources.push((context.name(), source)),
            None => say(&format!("{}: has nothing yet", context.name())),
        }
    }
    if sources.is_empty() {
        bail!(
            "there is nothing to back up: {} has no stores where the configuration says",
            system.name()
        );
    }
    let aside = aside(folder)?;
    let made = make(system, &mut sources, &aside, folder);
    if made.is_err() {
        // What cannot be deleted is overwritten the next time.
        let _ = fs::remove_dir_all(&aside);
    }
    let (manifest, waited) = made?;
    say(&manifest.text(folder, waited));
    Ok(())
}

/// Makes the files aside, and the folder of them when all are there.
fn make(
    system: &System,
    sources: &mut [Source],
    aside: &Path,
    folder: &Path,
) -> Result<(Manifest, Duration)> {
    let (snapshots, taken, waited) = at_one_moment(sources)?;
    let mut contexts = Vec::new();
    for ((context, _), mut snapshot) in sources.iter().zip(snapshots) {
        let copy = Location::file(system.name(), context, aside);
        // The folder is new, so that nothing in it is of an earlier run.
        let tally = copy.copy_snapshot(snapshot.as_mut(), &[])?;
        let tally =
            tally.with_context(|| format!("{} was written to meanwhile", aside.display()))?;
        copy.finish()?;
        contexts.push(saved(&copy, tally)?);
    }
    let manifest = Manifest {
        format: manifest::FORMAT,
        jumun: env!("CARGO_PKG_VERSION").to_owned(),
        system: system.name().to_owned(),
        taken: utc(taken),
        contexts,
    };
    manifest.write(aside)?;
    fs::rename(aside, folder)
        .and_then(|()| sync(folder.parent()))
        .with_context(|| format!("{} cannot be made", folder.display()))?;
    Ok((manifest, waited))
}

/// An empty folder may stand there.
fn refuse_what_is_there(folder: &Path) -> Result<()> {
    match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error).with_context(|| format!("{} cannot be used", folder.display())),
        Ok(mut entries) => {
            if entries.next().is_some() {
                bail!(
                    "{} holds something already; name a new folder for each backup",
                    folder.display()
                );
            }
            Ok(())
        }
    }
}

/// Where the files are made: beside the folder, which is there whole or not at all. What a run that was
/// broken off has left there is deleted.
fn aside(folder: &Path) -> Result<PathBuf> {
    let name = folder.file_name();
    let name = name.with_context(|| format!("{} is no name for a folder", folder.display()))?;
    let mut partial = OsString::from(name);
    partial.push(".partial");
    let aside = folder.with_file_name(partial);
    match fs::read_dir(&aside) {
        Err(_) => {}
        Ok(entries) => {
            for entry in entries {
                let path = entry?.path();
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                let ours = name == manifest::NAME || name.contains(".sqlite");
                if !ours {
                    bail!("{} is not of a backup; move it away", path.display());
                }
                fs::remove_file(&path)
                    .with_context(|| format!("{} cannot be deleted", path.display()))?;
            }
        }
    }
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&aside)
        .and_then(|()| fs::set_permissions(&aside, Permissions::from_mode(0o700)))
        .with_context(|| format!("{} cannot be made", aside.display()))?;
    Ok(aside)
}

/// A context, and the way to its store.
type Source = (&'static str, Box<dyn CopySource>);
type Snapshots = Vec<Box<dyn Snapshot>>;

/// Snapshots of all stores, as of one moment: none can commit while they begin. So no context's copy has
/// heard, or been answered, what another's copy has not told or done.
fn at_one_moment(sources: &mut [Source]) -> Result<(Snapshots, i64, Duration)> {
    let mut failed = None;
    for _ in 0..ATTEMPTS {
        let mut held = Vec::new();
        let begun = Instant::now();
        let snapshots = begin(sources, &mut held);
        let taken = now();
        let mut kept = Ok(());
        for number in held {
            if let Some((_, source)) = sources.get_mut(number) {
                kept = kept.and(source.resume());
            }
        }
        match snapshots.and_then(|snapshots| kept.map(|()| snapshots)) {
            Ok(snapshots) => return Ok((snapshots, taken, begun.elapsed())),
            Err(error) => failed = Some(error),
        }
    }
    match failed {
        Some(error) => Err(error).context("the stores cannot be read as of one moment"),
        None => bail!("there are no stores to be read"),
    }
}

fn begin(
    sources: &mut [Source],
    held: &mut Vec<usize>,
) -> Result<Snapshots, storm::store::StoreError> {
    // Always in the same order: two backups do not wait for each other.
    for (number, (_, source)) in sources.iter_mut().enumerate() {
        source.quiesce()?;
        held.push(number);
    }
    sources
        .iter_mut()
        .map(|(_, source)| source.snapshot())
        .collect()
}

fn saved(copy: &Location, tally: Tally) -> Result<Saved> {
    let Opened { mut writer, reader } = copy.open()?;
    let standing = writer.standing()?;
    let head = reader.head()?;
    // Who closes a file last puts its log back into it, and a reader cannot.
    drop(reader);
    drop(writer);
    let file = format!("{}.sqlite", copy.context);
    let path = copy.to_string();
    File::open(&path)
        .and_then(|file| {
            file.set_permissions(Permissions::from_mode(0o600))?;
            file.sync_all()
        })
        .with_context(|| format!("{path} cannot be written"))?;
    let cursors = standing.cursors.into_iter();
    Ok(Saved {
        context: copy.context.to_owned(),
        file,
        head,
        ids: standing.ids_reserved,
        cursors: cursors.map(|c| (c.producer, c.position)).collect(),
        tally,
    })
}

fn sync(folder: Option<&Path>) -> std::io::Result<()> {
    let folder = folder.filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    i64::try_from(since.unwrap_or_default().as_millis()).unwrap_or(i64::MAX)
}

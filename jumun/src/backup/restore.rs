//! `jumun restore`: a backup back into the stores that are configured.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use storm::System;
use tokio::task::block_in_place;

use super::manifest::Manifest;
use crate::configuration::Configuration;
use crate::copying::{Carried, InTheWay, Location, Piece, Progress, carry, count, finish};
use crate::stores;
use crate::up::say;

/// Copies a backup into the stores that are configured.
///
/// # Errors
/// When it is damaged or of another system, somebody runs, or other data is where it goes and `replace` does
/// not say to delete it. A call that was broken off is gone on with by the next one.
pub fn restore(
    system: &System,
    folder: &Path,
    replace: bool,
    configuration: &Configuration,
) -> Result<()> {
    block_in_place(|| put_back(system, folder, replace, configuration))
}

fn put_back(
    system: &System,
    folder: &Path,
    replace: bool,
    configuration: &Configuration,
) -> Result<()> {
    let name = system.name();
    let manifest = Manifest::read(folder)?;
    if manifest.system != name {
        bail!(
            "{} is a backup of {}, and not of {name}",
            folder.display(),
            manifest.system
        );
    }
    let _folder = stores::claim(name, configuration)?;
    stores::bring_in(name, system.contexts(), configuration)?;
    let mut pieces = verified(system, &manifest, folder, configuration)?;
    let left_out = system.contexts().iter().map(storm::Context::name);
    let left_out: Vec<&str> = left_out
        .filter(|context| {
            !manifest
                .contexts
                .iter()
                .any(|saved| saved.context == *context)
        })
        .collect();
    if !left_out.is_empty() {
        say(&format!(
            "not in the backup, and left as they are: {}",
            left_out.join(", ")
        ));
    }
    // Whatever is in the way of one is found before anything of another is deleted.
    for piece in &pieces {
        piece.to.unused_source()?;
    }
    let carried = carry(
        &mut pieces,
        if replace {
            InTheWay::Deleted
        } else {
            InTheWay::Refused
        },
    )?;
    finish(&pieces, &carried)?;
    for (piece, carried) in pieces.iter().zip(&carried) {
        let (context, to) = (piece.to.context, &piece.to);
        say(&match carried {
            Carried::Copied(tally) => {
                format!("{context}: {} items, now in {to}", tally.total())
            }
            Carried::ThereAlready | Carried::GoneOn => format!("{context}: is in {to} already"),
        });
    }
    say(&format!(
        "{name} is as it was at {}; start it as usual",
        manifest.taken
    ));
    if configuration.kafka.is_some() {
        say(
            "What was told on Kafka after that moment is still there: see \"Backups\" in docs/operating.md before you start it.",
        );
    }
    Ok(())
}

/// The files, each as its manifest says.
fn verified(
    system: &System,
    manifest: &Manifest,
    folder: &Path,
    configuration: &Configuration,
) -> Result<Vec<Piece>> {
    let mut pieces = Vec::new();
    for saved in &manifest.contexts {
        let contexts = system.contexts().iter().map(storm::Context::name);
        let context = contexts
            .into_iter()
            .find(|context| *context == saved.context);
        let context = context.with_context(|| {
            format!(
                "{} has {}, which {} has not; use the jumun {} that made it",
                folder.display(),
                saved.context,
                system.name(),
                manifest.jumun
            )
        })?;
        let file = Location::file(system.name(), context, folder);
        let mut source = file
            .source()?
            .with_context(|| format!("{file} is missing, and the backup is not whole"))?;
        let mut progress = Progress::of(format!("verifying {context}"), saved.tally.total());
        let found = count(source.as_mut(), &mut progress)?;
        if found != saved.tally {
            bail!(
                "{file} is not what the manifest says: {}; the backup is damaged",
                found.difference(&saved.tally)
            );
        }
        pieces.push(Piece {
            from: source,
            to: Location::configured(system.name(), context, configuration),
            more: Vec::new(),
        });
    }
    Ok(pieces)
}

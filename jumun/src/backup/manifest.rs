//! What is in a backup, as a file of its own beside the stores.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};
use storm::Id;
use storm::store::Position;

use crate::copying::Tally;

/// Its name in the folder.
pub(super) const NAME: &str = "manifest.json";

/// One more with each change that an earlier jumun cannot read.
pub(super) const FORMAT: u32 = 1;

/// What a backup says of itself.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub(super) format: u32,
    /// The version that made it.
    pub(super) jumun: String,
    pub(super) system: String,
    /// When, in UTC.
    pub(super) taken: String,
    pub(super) contexts: Vec<Saved>,
}

/// One context's store.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Saved {
    pub(super) context: String,
    /// In the same folder.
    pub(super) file: String,
    /// The last position in its log.
    pub(super) head: Position,
    /// The highest id that was taken.
    pub(super) ids: Id,
    /// How far it had taken in what others told.
    pub(super) cursors: BTreeMap<String, Position>,
    /// All that is in it.
    #[serde(flatten)]
    pub(super) tally: Tally,
}

impl Manifest {
    pub(super) fn write(&self, folder: &Path) -> Result<()> {
        let path = folder.join(NAME);
        let text = serde_json::to_string_pretty(self)?;
        let mut options = OpenOptions::new();
        let file = options.write(true).create(true).truncate(true).mode(0o600);
        file.open(&path)
            .and_then(|mut file| {
                file.write_all(text.as_bytes())?;
                file.write_all(b"\n")?;
                file.sync_all()
            })
            .with_context(|| format!("{} cannot be written", path.display()))
    }

    pub(super) fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(NAME);
        let text = fs::read_to_string(&path).with_context(|| {
            format!(
                "{} is no backup: its {NAME} cannot be read",
                folder.display()
            )
        })?;
        let format: Format = serde_json::from_str(&text)
            .with_context(|| format!("{} is not understood", path.display()))?;
        if format.format > FORMAT {
            bail!(
                "{} has format {}, this jumun knows up to {FORMAT}; use the newer jumun that wrote it",
                path.display(),
                format.format
            );
        }
        serde_json::from_str(&text).with_context(|| format!("{} is damaged", path.display()))
    }

    /// What is said of a new one.
    pub(super) fn text(&self, folder: &Path, waited: Duration) -> String {
        let mut lines: Vec<String> = self
            .contexts
            .iter()
            .map(|saved| {
                format!(
                    "{}: {} items, {} events, checksum {}",
                    saved.context,
                    saved.tally.total(),
                    saved.head,
                    saved.tally.checksum
                )
            })
            .collect();
        lines.push(format!(
            "{} of {} is in {}; commits waited {} ms for it",
            self.taken,
            self.system,
            folder.display(),
            waited.as_millis()
        ));
        lines.join("\n")
    }
}

#[derive(Deserialize)]
struct Format {
    format: u32,
}

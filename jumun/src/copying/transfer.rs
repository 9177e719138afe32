//! One store's items on their way into another one. How far it has come is kept there, in the commit of
//! the items: who is killed goes on where the last commit ended.

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};
use storm::store::{
    Changed, Changes, CopySource, Import, Item, Opened, Record, Snapshot, StoreError,
    UNFINISHED_COPY,
};

use super::tally::Weight;
use super::{Progress, Tally};

/// Its number.
const MARK: i64 = 1;

/// What the mark in an unfinished copy says.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Mark {
    /// What was copied so far.
    done: Tally,
}

/// A copy into one store.
pub struct Transfer<'t> {
    target: &'t mut Opened,
    import: Import,
    tally: Tally,
    /// The mark's version in the target; 0 is none.
    version: i64,
    /// What was copied by an earlier run.
    before: Tally,
    /// The source is not what it was then.
    stale: bool,
}

impl<'t> Transfer<'t> {
    /// Into an empty store, or one in which a copy was broken off.
    ///
    /// # Errors
    /// When the target cannot be read.
    pub fn into(target: &'t mut Opened) -> Result<Self> {
        let mark = target.reader.record(UNFINISHED_COPY, MARK)?;
        let (version, before) = match mark {
            None => (0, Tally::default()),
            Some(record) => {
                let mark: Mark = serde_json::from_str(&record.state)
                    .context("what is written about the broken-off copy is not understood")?;
                (record.version, mark.done)
            }
        };
        let import = Import::after(target.reader.head()?);
        Ok(Self {
            target,
            import,
            tally: Tally::default(),
            version,
            before,
            stale: false,
        })
    }

    /// Copies all, and `more` after it. The mark stays. `None` if an earlier run has copied
    /// what the source does not begin with any more: the target is to be emptied first.
    ///
    /// # Errors
    /// What either store says.
    pub fn run(
        mut self,
        snapshot: &mut dyn Snapshot,
        more: &[Item],
        progress: &mut Progress,
    ) -> Result<Option<Tally>> {
        if self.version == 0 {
            // From here on nobody takes it for a whole store.
            self.commit()?;
        }
        let walked = snapshot
            .each(&mut |item| self.take(item, progress))
            .and_then(|()| {
                let mut more = more.iter().cloned();
                more.try_for_each(|item| self.take(item, progress))
            });
        if self.stale || self.tally.total() < self.before.total() {
            return Ok(None);
        }
        walked?;
        self.commit()?;
        Ok(Some(self.tally))
    }

    fn take(&mut self, item: Item, progress: &mut Progress) -> Result<(), StoreError> {
        if !Tally::counts(&item) {
            return Ok(());
        }
        let weight = Weight::of(&item);
        if self.tally.total() < self.before.total() {
            self.tally.add_weighed(&weight);
            progress.skip();
            if self.tally.total() == self.before.total() && self.tally != self.before {
                self.stale = true;
                return Err(StoreError::Conflict("the source".to_owned()));
            }
            return Ok(());
        }
        let mut left = Some(item);
        while let Some(item) = left.take() {
            left = self.import.add(item);
            if left.is_some() {
                self.commit()?;
            }
        }
        self.tally.add_weighed(&weight);
        progress.step();
        if self.import.is_full() {
            self.commit()?;
        }
        Ok(())
    }

    fn commit(&mut self) -> Result<(), StoreError> {
        let mark = Mark {
            done: self.tally.clone(),
        };
        let state = serde_json::to_string(&mark).unwrap_or_default();
        let record = Record {
            kind: UNFINISHED_COPY.to_owned(),
            id: MARK,
            version: self.version + 1,
            correlation: String::new(),
            state,
            hidden: true,
        };
        let mut changes = self.import.take();
        changes.records.push(Changed {
            record,
            loaded: self.version,
        });
        self.target.writer.commit(&changes)?;
        self.version += 1;
        Ok(())
    }
}

/// Reads back all that a store holds, and compares it with what was copied.
///
/// # Errors
/// When it differs, or cannot be read.
pub(super) fn verify(
    copied: &Tally,
    source: &mut dyn CopySource,
    progress: &mut Progress,
) -> Result<()> {
    let found = count(source, progress)?;
    if found != *copied {
        bail!(
            "what was written is not what was read: {}; the copy cannot be used",
            found.difference(copied)
        );
    }
    Ok(())
}

/// What a store holds.
///
/// # Errors
/// When it cannot be read.
pub fn count(source: &mut dyn CopySource, progress: &mut Progress) -> Result<Tally> {
    let mut tally = Tally::default();
    source.snapshot()?.each(&mut |item| {
        if Tally::counts(&item) {
            tally.add(&item);
            progress.step();
        }
        Ok(())
    })?;
    Ok(tally)
}

/// Takes the mark away: from now on the copy is a store like any other.
///
/// # Errors
/// When it cannot be written.
pub(super) fn finish(target: &mut Opened) -> Result<(), StoreError> {
    let changes = Changes {
        removed: vec![(UNFINISHED_COPY.to_owned(), MARK)],
        ..Changes::default()
    };
    target.writer.commit(&changes).map(drop)
}

#[cfg(test)]
mod tests;

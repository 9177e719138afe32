//! Several contexts' stores, each copied into another: all of them, or nothing that anybody can use.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use storm::store::{CopySource, Item, Position};

use super::{Holds, Location, Progress, Tally, count};

/// One store, and where it is copied to.
pub struct Piece {
    /// What is read.
    pub from: Box<dyn CopySource>,
    /// What is written.
    pub to: Location,
    /// Items that the copy has besides.
    pub more: Vec<Item>,
}

/// What is done about other data that is where a store is copied to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InTheWay {
    /// Nothing: it is an error.
    Refused,
    /// If it is an earlier copy that has gone on since, it is left; else it is an error.
    MayHaveGoneOn,
    /// It is deleted.
    Deleted,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Carried {
    /// It is copied now. Before [`finish`] nobody can use it.
    Copied(Tally),
    /// It was copied before.
    ThereAlready,
    /// It was copied before, and has gone on since.
    GoneOn,
}

/// Copies all. If anything is in the way that may not be, nothing is begun.
///
/// # Errors
/// When something is in the way, or a store cannot be read or written. What was copied stays, and the
/// next call goes on there.
pub fn carry(pieces: &mut [Piece], in_the_way: InTheWay) -> Result<Vec<Carried>> {
    let mut there = Vec::with_capacity(pieces.len());
    for piece in &mut *pieces {
        there.push(look(piece, in_the_way)?);
    }
    for (piece, there) in pieces.iter().zip(&there) {
        if *there == There::Removable {
            piece.to.remove()?;
        }
    }
    let mut carried = Vec::with_capacity(pieces.len());
    for (piece, there) in pieces.iter_mut().zip(there) {
        carried.push(match there {
            There::Done(done) => done,
            There::Nothing | There::Removable => {
                Carried::Copied(piece.to.copy(piece.from.as_mut(), &piece.more)?)
            }
        });
    }
    Ok(carried)
}

/// Lets the copies be used.
///
/// # Errors
/// When one cannot be written.
pub fn finish(pieces: &[Piece], carried: &[Carried]) -> Result<()> {
    for (piece, carried) in pieces.iter().zip(carried) {
        if matches!(carried, Carried::Copied(_)) {
            piece.to.finish()?;
        }
    }
    Ok(())
}

/// What is where a store is copied to.
#[derive(PartialEq, Eq)]
enum There {
    /// Nothing that is worth anything.
    Nothing,
    /// What is to be deleted.
    Removable,
    /// The copy, whole.
    Done(Carried),
}

fn look(piece: &mut Piece, in_the_way: InTheWay) -> Result<There> {
    let to = &piece.to;
    match to.holds()? {
        Holds::Nothing | Holds::UnfinishedCopy => Ok(There::Nothing),
        Holds::Something => {
            let Some(mut target) = to.source()? else {
                return Ok(There::Nothing);
            };
            let mut progress = Progress::of(format!("comparing {}", to.context), 0);
            let mut original = count(piece.from.as_mut(), &mut progress)?;
            for item in &piece.more {
                original.add(item);
            }
            if count(target.as_mut(), &mut progress)? == original {
                return Ok(There::Done(Carried::ThereAlready));
            }
            if in_the_way == InTheWay::Deleted {
                return Ok(There::Removable);
            }
            let before = Past::of(piece.from.as_mut(), Position::MAX)?;
            if in_the_way == InTheWay::MayHaveGoneOn
                && Past::of(target.as_mut(), before.head)?.continues(&before)
            {
                return Ok(There::Done(Carried::GoneOn));
            }
            bail!(
                "{to} holds other data already; say --replace to delete it, or choose another place"
            );
        }
    }
}

/// What a store must still have, however long it has gone on.
struct Past {
    head: Position,
    /// The log up to there.
    log: Tally,
    cursors: BTreeMap<String, Position>,
}

impl Past {
    fn of(source: &mut dyn CopySource, until: Position) -> Result<Self> {
        let mut past = Self {
            head: 0,
            log: Tally::default(),
            cursors: BTreeMap::new(),
        };
        source.snapshot()?.each(&mut |item| {
            match &item {
                Item::Event(stored) if stored.position <= until => past.log.add(&item),
                Item::Cursor(cursor) => {
                    let cursor = cursor.clone();
                    past.cursors.insert(cursor.producer, cursor.position);
                }
                Item::Head(head) => past.head = *head,
                _ => {}
            }
            Ok(())
        })?;
        Ok(past)
    }

    fn continues(&self, before: &Self) -> bool {
        let mut cursors = before.cursors.iter();
        // Two that have neither told nor heard anything say nothing of each other.
        (before.head > 0 || !before.cursors.is_empty())
            && self.log == before.log
            && cursors.all(|(producer, position)| self.cursors.get(producer) >= Some(position))
    }
}

//! What a context's writer is asked to do.

use std::sync::Arc;
use std::sync::mpsc::Sender;

use storm::store::{Position, StoreError};
use tokio::sync::oneshot;

use crate::bus::{Heard, NotTaken};
use crate::command::Command;
use crate::request::{Done, Failure};

/// Where the answer goes. Whoever asked may have gone away; then nobody is told, and nothing else
/// is different.
pub(crate) type Reply<T> = oneshot::Sender<T>;

pub(crate) enum Job {
    /// A person's command.
    Command(Box<Command>, Reply<Result<Done, Failure>>),
    /// Events of a source, and how far it has been read with them.
    Deliver(Delivery, Reply<Result<(), StoreError>>),
    /// A notifier's cursor is moved, forth or back, or the relay's, forth.
    Move(Move, Reply<Result<(), StoreError>>),
    /// More ids for questions.
    ReserveIds(Reply<Result<(), StoreError>>),
    /// What is remembered of others' events is read anew.
    Refresh(Reply<Result<(), StoreError>>),
    /// What an operator does with a parked event.
    Judge(Judgement, Reply<Result<(), Failure>>),
    /// A step of a read model's rebuilding.
    Rebuild(Rebuilding, RebuildStep, Reply<Result<Stepped, StoreError>>),
    /// Finish what is there, then end.
    Stop(Reply<()>),
}

/// Has the writer do something, and waits until it is on disk.
pub(crate) async fn done(
    jobs: &Sender<Job>,
    job: impl FnOnce(Reply<Result<(), StoreError>>) -> Job,
) -> Result<(), NotTaken> {
    let (reply, done) = oneshot::channel();
    jobs.send(job(reply)).map_err(|_| NotTaken::Stopped)?;
    Ok(done.await.map_err(|_| NotTaken::Stopped)??)
}

/// Events of a source, in order. On the embedded bus each producer's log is one.
pub(crate) struct Delivery {
    pub(crate) source: Arc<str>,
    pub(crate) heard: Vec<Heard>,
    pub(crate) up_to: Position,
    /// Go back to `up_to`, should the cursor be beyond it.
    pub(crate) rewind: bool,
}

/// Where a cursor stands from now on.
pub(crate) struct Move {
    pub(crate) cursor: Arc<str>,
    /// Where it must stand now: if another replica has moved it, this one does not. `None`: it may
    /// stand anywhere, and only goes forth.
    pub(crate) from: Option<Position>,
    pub(crate) to: Position,
}

/// What an operator wants done with a parked event.
pub(crate) struct Judgement {
    pub(crate) verdict: Verdict,
    pub(crate) producer: String,
    pub(crate) position: Position,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Retry,
    Drop,
}

/// One rebuilding of a read model. There is one shelf aside for all, also for those of other replicas:
/// so the last one that began has it, and the others go no further.
#[derive(Clone, Copy)]
pub(crate) struct Rebuilding {
    /// The read model's number, as declared.
    pub(crate) index: usize,
    /// No other has this one.
    pub(crate) ticket: Position,
}

/// A step of a read model's rebuilding.
pub(crate) enum RebuildStep {
    /// From now on the shelf aside is this one's.
    Claim,
    /// Throw away what an earlier, interrupted one left.
    Begin,
    /// Project these onto the shelf aside.
    Project(Vec<Heard>),
    /// Put it in place, if it has seen exactly what the live one has.
    Finish(Vec<(Arc<str>, Position)>),
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stepped {
    Done,
    /// There is more to project first.
    NotYet,
    /// Another rebuilding has the shelf.
    Overtaken,
}

impl Job {
    /// How much of a commit it fills.
    pub(crate) fn weight(&self) -> usize {
        match self {
            Self::Deliver(delivery, _) => delivery.heard.len().max(1),
            Self::Rebuild(_, RebuildStep::Project(events), _) => events.len().max(1),
            Self::Command(..)
            | Self::Move(..)
            | Self::ReserveIds(_)
            | Self::Refresh(_)
            | Self::Judge(..)
            | Self::Rebuild(..)
            | Self::Stop(_) => 1,
        }
    }
}

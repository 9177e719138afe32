//! Makes a read model anew, aside, while the old one goes on serving and being projected.

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;

use storm::store::{Cursor, Position, StoreError, StoredEvent};
use tokio::sync::oneshot;

use crate::Running;
use crate::bus::{Heard, Marks};
use crate::job::{Job, RebuildStep, Rebuilding, Stepped};
use crate::known::Known;
use crate::log::{Log, standing, waited_for};

/// Events projected in one commit.
const CHUNK: usize = 512;
/// What messages call that which is read.
const LOGS: &str = "the logs";

/// What a read model is rebuilt from: all that was ever told, from the beginning. Called on threads
/// that may wait.
pub trait Replay: Send + Sync {
    /// The sources, as their cursors are called.
    ///
    /// # Errors
    /// [`StoreError`].
    fn sources(&self) -> Result<Vec<Arc<str>>, StoreError>;

    /// Up to `limit` events of a source after `position`, in order; none if there are no more.
    ///
    /// # Errors
    /// [`StoreError`]; also when the beginning is no longer there.
    fn after(
        &self,
        source: &str,
        position: Position,
        limit: usize,
    ) -> Result<Vec<Heard>, StoreError>;
}

/// The logs of the producers, as they are read on one machine.
pub(crate) struct Logs(pub(crate) Vec<Log>);

impl Replay for Logs {
    fn sources(&self) -> Result<Vec<Arc<str>>, StoreError> {
        Ok(self.0.iter().map(|log| log.producer.into()).collect())
    }

    fn after(
        &self,
        source: &str,
        position: Position,
        limit: usize,
    ) -> Result<Vec<Heard>, StoreError> {
        let Some(log) = self.0.iter().find(|log| log.producer == source) else {
            return Ok(Vec::new());
        };
        let producer: Arc<str> = log.producer.into();
        let heard = |stored: StoredEvent| Heard {
            at: stored.position,
            producer: Arc::clone(&producer),
            stored: Arc::new(stored),
            fault: None,
        };
        let events = log.reader.events_after(position, limit)?;
        Ok(events.into_iter().map(heard).collect())
    }
}

/// Where each producer's log begins, as far as sources have it.
type Beginnings = BTreeMap<Arc<str>, Position>;

/// How far a source has been replayed.
struct Track {
    source: Arc<str>,
    at: Position,
    marks: Marks,
}

impl Track {
    fn new(source: Arc<str>) -> Self {
        let marks = Marks::of(&source, &Known::default());
        Self {
            source,
            at: 0,
            marks,
        }
    }

    /// A bus may have an event twice. Nothing was heard before: it is all told anew.
    fn is_new(&mut self, heard: &Heard) -> bool {
        self.marks.is_new(heard, &Known::default())
    }
}

/// Why a read model could not be rebuilt. It is as it was.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    /// No such read model.
    #[error("there is no read model `{collection}`; there are: {known}")]
    Unknown {
        /// What was asked for.
        collection: String,
        /// What there is.
        known: String,
    },
    /// Events are parked.
    #[error("{parked} events are parked; retry or drop the dead letters first, then rebuild")]
    Parked {
        /// How many.
        parked: usize,
    },
    /// Another one was begun, here or at another replica.
    #[error("it is being rebuilt by somebody who began later; that one goes on")]
    Overtaken,
    /// What was told before there was this bus is not on it.
    #[error(
        "what {producer} told up to its event {until} was taken in from its log, before there was this bus, and is not on the topic, so that nothing can be made anew from there (`jumun move --history` puts it there)"
    )]
    Incomplete {
        /// Who told it.
        producer: String,
        /// Up to this position of its log.
        until: Position,
    },
    /// The store could not.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The context is being stopped.
    #[error("the context is being stopped")]
    Stopping,
}

impl Running {
    /// Makes a read model anew from the logs of those it listens to (I6), aside, and puts it in
    /// place of the old one in one commit. Says how many events it took.
    ///
    /// # Errors
    /// [`RebuildError`]; then the old one is as it was.
    pub async fn rebuild(&self, collection: &str) -> Result<u64, RebuildError> {
        let index = self.read_model_number(collection)?;
        let parked = self.parked().await?.len();
        if parked > 0 {
            return Err(RebuildError::Parked { parked });
        }
        let ticket = RandomState::new().hash_one(index) >> 1;
        let of = Rebuilding {
            index,
            ticket: ticket.cast_signed(),
        };
        self.step(of, RebuildStep::Claim).await?;
        self.step(of, RebuildStep::Begin).await?;
        let replay = self.shared.replay();
        let sources = waited_for(LOGS, &replay, Replay::sources).await?;
        let listens = self.context().read_models()[index].event_types();
        let mut tracks: Vec<Track> = sources.into_iter().map(Track::new).collect();
        let mut taken = 0;
        let mut beginnings = Beginnings::new();
        loop {
            let goal = self.read(|reader| reader.cursors()).await?;
            for track in &mut tracks {
                let to = standing(&goal, &track.source).unwrap_or(0);
                let projected = self.project(of, &replay, track, to, &listens, &mut beginnings);
                taken += projected.await?;
            }
            self.is_complete(&goal, &tracks, &beginnings)?;
            let at = tracks
                .iter()
                .map(|track| (Arc::clone(&track.source), track.at))
                .collect();
            if self.step(of, RebuildStep::Finish(at)).await? {
                return Ok(taken);
            }
        }
    }

    fn read_model_number(&self, collection: &str) -> Result<usize, RebuildError> {
        let read_models = self.context().read_models();
        let found = read_models
            .iter()
            .position(|r| r.collection() == collection);
        found.ok_or_else(|| RebuildError::Unknown {
            collection: collection.to_owned(),
            known: match read_models
                .iter()
                .map(|r| r.collection())
                .collect::<Vec<_>>()
            {
                none if none.is_empty() => "none in this context".to_owned(),
                some => some.join(", "),
            },
        })
    }

    /// Projects what a source holds after the track's end, up to `to`.
    async fn project(
        &self,
        of: Rebuilding,
        replay: &Arc<dyn Replay>,
        track: &mut Track,
        to: Position,
        listens: &[&str],
        beginnings: &mut Beginnings,
    ) -> Result<u64, RebuildError> {
        let mut taken = 0;
        while track.at < to {
            let (source, after) = (Arc::clone(&track.source), track.at);
            let mut heard =
                waited_for(LOGS, replay, move |r| r.after(&source, after, CHUNK)).await?;
            heard.retain(|heard| heard.at <= to);
            track.at = heard.last().map_or(to, |last| last.at);
            for heard in &heard {
                let position = heard.stored.position;
                let begins = beginnings.entry(Arc::clone(&heard.producer));
                let begins = begins.or_insert(position);
                *begins = position.min(*begins);
            }
            heard.retain(|heard| {
                track.is_new(heard) && listens.contains(&heard.stored.event.event_type.as_str())
            });
            taken += heard.len() as u64;
            self.step(of, RebuildStep::Project(heard)).await?;
        }
        Ok(taken)
    }

    /// What was taken in from a log itself may not be where it is replayed from.
    fn is_complete(
        &self,
        cursors: &[Cursor],
        tracks: &[Track],
        beginnings: &Beginnings,
    ) -> Result<(), RebuildError> {
        for producer in &self.shared.settings.producers {
            let replayed = tracks.iter().any(|track| *track.source == **producer);
            let until = standing(cursors, producer).unwrap_or(0);
            let begins = beginnings.get(*producer).copied();
            if !replayed && until > 0 && begins.is_none_or(|begins| begins > 1) {
                return Err(RebuildError::Incomplete {
                    producer: (*producer).to_owned(),
                    until,
                });
            }
        }
        Ok(())
    }

    /// Says whether it could be done yet.
    async fn step(&self, of: Rebuilding, step: RebuildStep) -> Result<bool, RebuildError> {
        let (reply, done) = oneshot::channel();
        let sent = self.jobs.send(Job::Rebuild(of, step, reply));
        sent.map_err(|_| RebuildError::Stopping)?;
        match done.await.map_err(|_| RebuildError::Stopping)?? {
            Stepped::Done => Ok(true),
            Stepped::NotYet => Ok(false),
            Stepped::Overtaken => Err(RebuildError::Overtaken),
        }
    }
}

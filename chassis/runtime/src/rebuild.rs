//! Makes a read model anew, aside, while the old one goes on serving and being projected.

use std::collections::HashMap;

use storm::store::{Position, StoreError};
use tokio::sync::oneshot;

use crate::Running;
use crate::job::{Job, RebuildStep};
use crate::log::{Log, read};

/// Events projected in one commit.
const CHUNK: usize = 512;

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
        self.step(RebuildStep::Begin(index)).await?;
        let logs = self.shared.producers().clone();
        let listens = self.context().read_models()[index].event_types();
        let mut seen = HashMap::new();
        let mut taken = 0;
        loop {
            let goal = self.cursors(&logs).await?;
            for log in &logs {
                let from = seen.entry(log.producer).or_insert(0);
                let to = goal.get(log.producer).copied().unwrap_or(0);
                taken += self.project(index, log, from, to, &listens).await?;
            }
            let at = logs
                .iter()
                .map(|log| (log.producer, seen[log.producer]))
                .collect();
            if self.step(RebuildStep::Finish(index, at)).await? {
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

    async fn cursors(&self, logs: &[Log]) -> Result<HashMap<&'static str, Position>, StoreError> {
        let cursors = self.read(|reader| reader.cursors()).await?;
        let of = |log: &Log| {
            let cursor = cursors
                .iter()
                .find(|cursor| cursor.producer == log.producer)?;
            Some((log.producer, cursor.position))
        };
        Ok(logs.iter().filter_map(of).collect())
    }

    /// Projects one producer's events after `from` up to `to`.
    async fn project(
        &self,
        index: usize,
        log: &Log,
        from: &mut Position,
        to: Position,
        listens: &[&str],
    ) -> Result<u64, RebuildError> {
        let mut taken = 0;
        while *from < to {
            let after = *from;
            let mut events = read(&log.reader, move |r| r.events_after(after, CHUNK)).await?;
            events.retain(|stored| stored.position <= to);
            *from = events.last().map_or(to, |last| last.position);
            events.retain(|stored| listens.contains(&stored.event.event_type.as_str()));
            taken += events.len() as u64;
            self.step(RebuildStep::Project(index, events)).await?;
        }
        Ok(taken)
    }

    async fn step(&self, step: RebuildStep) -> Result<bool, RebuildError> {
        let (reply, done) = oneshot::channel();
        let sent = self.jobs.send(Job::Rebuild(step, reply));
        sent.map_err(|_| RebuildError::Stopping)?;
        Ok(done.await.map_err(|_| RebuildError::Stopping)??)
    }
}

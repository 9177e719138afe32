//! A person's command, as a unit of a batch.

use storm::store::{Millis, StoredAnswer};
use storm::{AnyAggregate, AnyCommand, Id};

use crate::batch::Batch;
use crate::entry::{Entry, Led, Wants};
use crate::request::{Done, Failure, Idempotency, Match, Trail};
use crate::shelves::Shelf;
use crate::story::{Cause, Story};
use crate::tell::{correlation, tell};

/// A command that a person sent, its questions answered.
pub(crate) struct Command {
    pub(crate) kind: &'static str,
    /// An existing aggregate, or the id reserved for a new one.
    pub(crate) id: Option<Id>,
    pub(crate) creates: bool,
    pub(crate) told: AnyCommand,
    pub(crate) trail: Trail,
    pub(crate) idempotency: Option<Idempotency>,
    pub(crate) if_match: Option<Match>,
    pub(crate) answer_expires: Millis,
}

impl Command {
    /// What it will need of the store.
    pub(crate) fn wants(&self, batch: &Batch<'_>, wants: &mut Wants) {
        let Some((shelf, aggregate)) = batch.shelves.aggregate(self.kind) else {
            return;
        };
        if let (Some(id), false) = (self.id, self.creates) {
            wants.records.push((shelf, id));
        }
        if let Some(idempotency) = &self.idempotency {
            wants.answers.push(idempotency.key.clone());
        }
        if let (Some(key), true) = (aggregate.identity(&self.told), self.creates) {
            wants.keys.push(Led::of(shelf, &key));
        }
    }

    /// Decides it.
    pub(crate) fn carry_out(&self, batch: &mut Batch<'_>, at: Millis) -> Result<Done, Failure> {
        if let Some(done) = self.answered_before(batch)? {
            return Ok(done);
        }
        let Some((shelf, aggregate)) = batch.shelves.aggregate(self.kind) else {
            return Err(absent(self.kind, self.id.unwrap_or(0)));
        };
        let found = self.find(batch, shelf, aggregate)?;
        let (id, is_new) = match (found, self.id) {
            (Some(id), _) => (id, false),
            (None, Some(reserved)) => {
                batch.is_new(shelf, reserved);
                (reserved, true)
            }
            (None, None) => (batch.new_id(shelf), true),
        };
        let new_correlation = self.trail.correlation.clone().unwrap_or_else(correlation);
        let story = Story {
            correlation: is_new.then_some(new_correlation.as_str()),
            causation: Cause::Request(&self.trail.causation),
            trace: &self.trail.trace,
            at,
        };
        let told = tell(batch, shelf, aggregate, id, &self.told, story);
        let entry = match told {
            Ok(()) => batch.entry(shelf, id)?,
            Err(failure) => {
                if is_new && self.id.is_none() {
                    batch.put_back(id);
                }
                return Err(failure);
            }
        };
        let Some(entry) = entry else {
            return Err(absent(self.kind, id));
        };
        let done = Done {
            record: entry.record(self.kind, id),
            replayed: false,
        };
        self.keep_answer(batch, &done);
        Ok(done)
    }

    fn answered_before(&self, batch: &mut Batch<'_>) -> Result<Option<Done>, Failure> {
        let Some(idempotency) = &self.idempotency else {
            return Ok(None);
        };
        match batch.answer(&idempotency.key)? {
            Some(answer) => replay(self.kind, answer, idempotency).map(Some),
            None => Ok(None),
        }
    }

    /// The existing aggregate that is meant, if the command means one.
    fn find(
        &self,
        batch: &mut Batch<'_>,
        shelf: Shelf,
        aggregate: &dyn AnyAggregate,
    ) -> Result<Option<Id>, Failure> {
        if self.creates {
            return match aggregate.identity(&self.told) {
                Some(key) => Ok(batch.led_to(&Led::of(shelf, &key))?.first().copied()),
                None => Ok(None),
            };
        }
        let id = self.id.unwrap_or(0);
        let entry = batch.entry(shelf, id)?.filter(|entry| !entry.hidden);
        let entry = entry.ok_or_else(|| absent(self.kind, id))?;
        match &self.if_match {
            Some(Match::OneOf(versions))
                if !versions.contains(&entry.version) && !self.is_done(aggregate, id, entry) =>
            {
                Err(Failure::Changed {
                    current: entry.version,
                })
            }
            Some(Match::OneOf(_) | Match::Any) | None => Ok(Some(id)),
        }
    }

    /// Whether it would change nothing any more, whoever was faster: perhaps the echo of a question
    /// that it has asked itself. Such a request may succeed (RFC 9110 §13.1.1).
    fn is_done(&self, aggregate: &dyn AnyAggregate, id: Id, entry: &Entry) -> bool {
        let state = entry.state.as_ref();
        state.is_some_and(|state| matches!(aggregate.handle(id, state, &self.told), Ok(None)))
    }

    fn keep_answer(&self, batch: &mut Batch<'_>, done: &Done) {
        if let Some(idempotency) = &self.idempotency {
            batch.keep_answer(StoredAnswer {
                key: idempotency.key.clone(),
                fingerprint: idempotency.fingerprint,
                id: done.record.id,
                version: done.record.version,
                correlation: done.record.correlation.clone(),
                state: done.record.state.clone(),
                expires: self.answer_expires,
            });
        }
    }
}

/// The answer that an earlier request with this key was given.
pub(crate) fn replay(
    kind: &str,
    answer: &StoredAnswer,
    asked: &Idempotency,
) -> Result<Done, Failure> {
    if answer.fingerprint != asked.fingerprint {
        return Err(Failure::KeyReused);
    }
    Ok(Done {
        record: storm::store::Record {
            kind: kind.to_owned(),
            id: answer.id,
            version: answer.version,
            correlation: answer.correlation.clone(),
            state: answer.state.clone(),
            hidden: false,
        },
        replayed: true,
    })
}

fn absent(kind: &'static str, id: Id) -> Failure {
    Failure::Absent { kind, id }
}

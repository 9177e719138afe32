//! A person's command, as a unit of a batch.

use storm::store::{Millis, StoredAnswer};
use storm::{AnyAggregate, AnyCommand, Id, Key, Refusal, Verb};

use crate::batch::Batch;
use crate::entry::{Entry, Led, Wants};
use crate::request::{Done, Failure, Idempotency, Match, Trail};
use crate::shelves::Shelf;
use crate::story::{Cause, Story};
use crate::tell::{correlation, tell};

/// A command that a person sent, its questions answered.
pub(crate) struct Command {
    pub(crate) kind: &'static str,
    pub(crate) verb: Verb,
    /// The one that is addressed, or the id reserved for a new one.
    pub(crate) id: Option<Id>,
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
        match whom(aggregate, &self.verb, self.id, &self.told) {
            Whom::Number(id) => wants.records.push((shelf, id)),
            Whom::Key(key) => wants.keys.push(Led::of(shelf, &key)),
            Whom::Nobody => {}
        }
        if let Some(idempotency) = &self.idempotency {
            wants.answers.push(idempotency.key.clone());
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
            (Found::There(id), _) => (id, false),
            (Found::Begins(id), _) => (id, true),
            (Found::New, Some(reserved)) => {
                batch.is_new(shelf, reserved);
                (reserved, true)
            }
            (Found::New, None) => (batch.new_id(shelf), true),
        };
        let new_correlation;
        let correlation = match &self.trail.correlation {
            _ if !is_new && !is_act(&self.verb) => None,
            Some(given) => Some(given.as_str()),
            None if is_new => {
                new_correlation = correlation();
                Some(new_correlation.as_str())
            }
            None => None,
        };
        let story = Story {
            correlation,
            causation: Cause::Request(&self.trail.causation),
            trace: &self.trail.trace,
            at,
            depth: 0,
        };
        let told = tell(batch, shelf, aggregate, id, &self.told, story);
        let entry = match told {
            Ok(()) => batch.entry(shelf, id)?,
            Err(failure) => {
                if found == Found::New && self.id.is_none() {
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

    /// The aggregate that is meant.
    fn find(
        &self,
        batch: &mut Batch<'_>,
        shelf: Shelf,
        aggregate: &dyn AnyAggregate,
    ) -> Result<Found, Failure> {
        let whom = whom(aggregate, &self.verb, self.id, &self.told);
        let id = match &whom {
            Whom::Nobody => None,
            Whom::Number(id) => Some(*id),
            Whom::Key(key) => batch.led_to(&Led::of(shelf, key))?.first().copied(),
        };
        let entry = match id {
            Some(id) => batch.entry(shelf, id)?.map(|entry| (id, entry)),
            None => None,
        };
        let hidden = entry.map(|(id, entry)| (id, entry.hidden));
        let found = whom.settled(aggregate, &self.verb, hidden)?;
        let (Found::There(id), Some((_, entry))) = (found, entry) else {
            return Ok(found);
        };
        if self.is_stale_at(entry.version) && !self.is_done(aggregate, id, entry) {
            return Err(Failure::Changed {
                current: entry.version,
            });
        }
        Ok(found)
    }

    /// Whether it was meant for another version than this. One that creates is meant for none.
    pub(crate) fn is_stale_at(&self, version: i64) -> bool {
        match &self.if_match {
            Some(Match::OneOf(versions)) => {
                self.verb != Verb::Create && !versions.contains(&version)
            }
            Some(Match::Any) | None => false,
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

/// Whom a command means, before anybody has looked.
pub(crate) enum Whom {
    /// This one.
    Number(Id),
    /// Who has this key.
    Key(Key),
    /// A new one.
    Nobody,
}

/// Who was found.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    There(Id),
    /// Nobody, but whoever has this number begins to be: see `Resource::numbered_as`.
    Begins(Id),
    New,
}

/// Whom `told` means when it comes as `verb`, to `id` if it was addressed to one.
pub(crate) fn whom(
    aggregate: &dyn AnyAggregate,
    verb: &Verb,
    id: Option<Id>,
    told: &AnyCommand,
) -> Whom {
    match (verb, id) {
        (Verb::Create | Verb::ActByKey(_), _) => match aggregate.identity(told) {
            Some(key) => match key.as_number() {
                Some(id) => Whom::Number(id),
                None => Whom::Key(key),
            },
            None => Whom::Nobody,
        },
        (Verb::Replace | Verb::Change | Verb::Remove | Verb::Act(_), id) => {
            Whom::Number(id.unwrap_or(0))
        }
    }
}

impl Whom {
    /// What it comes to once somebody has looked: `there` is who was found, and whether it is hidden.
    /// Asked twice, before questions are put to others and again when it is decided.
    pub(crate) fn settled(
        &self,
        aggregate: &dyn AnyAggregate,
        verb: &Verb,
        there: Option<(Id, bool)>,
    ) -> Result<Found, Failure> {
        let creates = *verb == Verb::Create;
        let numbered = aggregate.numbered_as().is_some();
        let kind = aggregate.kind();
        match (self, there) {
            (Self::Nobody, _) => Ok(Found::New),
            (Self::Number(id), None) if numbered && (creates || is_act(verb)) => {
                Ok(Found::Begins(*id))
            }
            (Self::Number(_) | Self::Key(_), None) if creates => Ok(Found::New),
            (Self::Number(id), None) => Err(absent(kind, *id)),
            (Self::Key(key), None) => Err(nobody_with(key, aggregate.item()).into()),
            (Self::Number(_), Some((_, true))) if creates && !numbered => Ok(Found::New),
            (Self::Number(_) | Self::Key(_), Some((id, true))) if !creates => Err(absent(kind, id)),
            (Self::Number(_) | Self::Key(_), Some((id, _))) => Ok(Found::There(id)),
        }
    }
}

/// What another context asks is part of the story of who asks.
pub(crate) fn is_act(verb: &Verb) -> bool {
    matches!(verb, Verb::Act(_) | Verb::ActByKey(_))
}

fn nobody_with(key: &Key, item: &str) -> Refusal {
    Refusal {
        field: Some(key.name.to_owned()),
        ..Refusal::not_found(
            "not-found",
            format!("There is no {item} with `{}` {}.", key.name, key.value),
        )
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

#[cfg(test)]
mod tests;

//! A person's command, as a unit of a batch.

use std::ops::Deref;

use serde_json::{Map, Value};
use storm::store::{Millis, StoreError, StoredAnswer};
use storm::{AnyAggregate, AnyCommand, AnyState, Id, Key, Refusal, Verb};

use crate::JsonPatch;
use crate::batch::Batch;
use crate::entry::{Entry, Led, Wants};
use crate::request::{Done, Failure, Idempotency, Preconditions, Trail};
use crate::shelves::Shelf;
use crate::story::{Cause, Story};
use crate::tell::{correlation, tell};

/// A command that a person sent, its questions answered.
pub(crate) struct Command {
    pub(crate) kind: &'static str,
    pub(crate) verb: Verb,
    /// The one that is addressed, or the id reserved for a new one.
    pub(crate) id: Option<Id>,
    pub(crate) told: Told,
    /// What is told instead, if only whom this means is there: see
    /// [`AnyAggregate::otherwise_spelled`].
    pub(crate) otherwise: Option<AnyCommand>,
    pub(crate) trail: Trail,
    pub(crate) idempotency: Option<Idempotency>,
    pub(crate) preconditions: Preconditions,
    pub(crate) answer_expires: Millis,
}

impl Command {
    /// What it will need of the store.
    pub(crate) fn wants(&self, batch: &Batch<'_>, wants: &mut Wants) {
        let Some((shelf, aggregate)) = batch.shelves.aggregate(self.kind) else {
            return;
        };
        let otherwise = self.otherwise.as_ref().map(Some);
        for told in std::iter::once(self.told.known()).chain(otherwise) {
            match whom(aggregate, &self.verb, self.id, told) {
                Whom::Number(id) => wants.records.push((shelf, id)),
                Whom::Key(key) => wants.keys.push(Led::of(shelf, &key)),
                Whom::Nobody => {}
            }
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
        let spelled = self.spelled_otherwise(batch, shelf, aggregate)?;
        let found = self.find(batch, shelf, aggregate, spelled)?;
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
        let told = match spelled {
            Some(told) => Ok(Now::Kept(told)),
            None => self.told_now(batch, shelf, aggregate, id),
        };
        let told = told.and_then(|told| tell(batch, shelf, aggregate, id, &told, story));
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

    /// What is told instead, if nobody has the key as it is spelled, and somebody has its other spelling.
    fn spelled_otherwise(
        &self,
        batch: &mut Batch<'_>,
        shelf: Shelf,
        aggregate: &dyn AnyAggregate,
    ) -> Result<Option<&AnyCommand>, Failure> {
        let Some(otherwise) = &self.otherwise else {
            return Ok(None);
        };
        for (told, spelled) in [
            (self.told.known(), None),
            (Some(otherwise), Some(otherwise)),
        ] {
            if let Whom::Key(key) = whom(aggregate, &self.verb, self.id, told)
                && !batch.led_to(&Led::of(shelf, &key))?.is_empty()
            {
                return Ok(spelled);
            }
        }
        Ok(None)
    }

    /// The aggregate that is meant.
    fn find(
        &self,
        batch: &mut Batch<'_>,
        shelf: Shelf,
        aggregate: &dyn AnyAggregate,
        spelled: Option<&AnyCommand>,
    ) -> Result<Found, Failure> {
        let told = spelled.or(self.told.known());
        let whom = whom(aggregate, &self.verb, self.id, told);
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
        self.is_not_known_at(entry.version)?;
        if self.is_stale_at(entry.version) && !self.is_done(aggregate, id, entry, spelled) {
            return Err(Failure::Changed {
                current: entry.version,
            });
        }
        Ok(found)
    }

    /// What is told to the one that was found, or begins to be.
    fn told_now(
        &self,
        batch: &mut Batch<'_>,
        shelf: Shelf,
        aggregate: &dyn AnyAggregate,
        id: Id,
    ) -> Result<Now<'_>, Failure> {
        if let Told::Command(command) = &self.told {
            return Ok(Now::Kept(command));
        }
        let entry = batch.entry(shelf, id)?;
        match entry.and_then(|entry| entry.state.as_ref()) {
            Some(state) => self.told.on(aggregate, &self.verb, state),
            None => Err(absent(self.kind, id)),
        }
    }

    /// Whether it was meant for another version than this. One that creates is meant for none.
    pub(crate) fn is_stale_at(&self, version: i64) -> bool {
        self.verb != Verb::Create && self.preconditions.is_stale_at(version)
    }

    /// Fails when it was not to be done at this version.
    pub(crate) fn is_not_known_at(&self, version: i64) -> Result<(), Failure> {
        if self.verb != Verb::Create && self.preconditions.is_known_at(version) {
            return Err(Failure::Known { current: version });
        }
        Ok(())
    }

    /// Whether it would change nothing any more, whoever was faster: perhaps the echo of a question
    /// that it has asked itself. Such a request may succeed (RFC 9110 §13.1.1).
    fn is_done(
        &self,
        aggregate: &dyn AnyAggregate,
        id: Id,
        entry: &Entry,
        spelled: Option<&AnyCommand>,
    ) -> bool {
        let Some(state) = &entry.state else {
            return false;
        };
        let told = match spelled {
            Some(told) => Ok(Now::Kept(told)),
            None => self.told.on(aggregate, &self.verb, state),
        };
        told.is_ok_and(|told| matches!(aggregate.handle(id, state, &told), Ok(None)))
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

/// What an aggregate is told.
pub(crate) enum Told {
    /// What the request alone says, and the answers to its questions.
    Command(AnyCommand),
    /// What a JSON Patch comes to when it is applied to the state that it is decided on.
    Patch {
        patch: JsonPatch,
        /// What it came to when others were asked, and the command with their answers.
        asked: Option<(Value, AnyCommand)>,
    },
}

/// What an aggregate is told, now that its state is known.
pub(crate) enum Now<'a> {
    Kept(&'a AnyCommand),
    Made(AnyCommand),
}

impl Deref for Now<'_> {
    type Target = AnyCommand;

    fn deref(&self) -> &AnyCommand {
        match self {
            Self::Kept(command) => command,
            Self::Made(command) => command,
        }
    }
}

impl Told {
    /// What is known before anybody has looked.
    pub(crate) fn known(&self) -> Option<&AnyCommand> {
        match self {
            Self::Command(command) => Some(command),
            Self::Patch { .. } => None,
        }
    }

    /// What it comes to in a state.
    ///
    /// # Errors
    /// A [`Refusal`] of the patch or of what it comes to. [`Failure::Contended`] when others were
    /// asked about something else than it comes to now.
    pub(crate) fn on(
        &self,
        aggregate: &dyn AnyAggregate,
        verb: &Verb,
        state: &AnyState,
    ) -> Result<Now<'_>, Failure> {
        let (patch, asked) = match self {
            Self::Command(command) => return Ok(Now::Kept(command)),
            Self::Patch { patch, asked } => (patch, asked),
        };
        let change = change(aggregate, patch, state)?;
        match asked {
            Some((before, command)) if *before == change => Ok(Now::Kept(command)),
            Some(_) => Err(Failure::Contended),
            None => Ok(Now::Made(aggregate.command(verb, &change)?)),
        }
    }
}

/// What a JSON Patch comes to in a state: a merge patch.
pub(crate) fn change(
    aggregate: &dyn AnyAggregate,
    patch: &JsonPatch,
    state: &AnyState,
) -> Result<Value, Failure> {
    let shown = aggregate.show(state).map_err(unreadable)?;
    let shown = shown.map(|shown| serde_json::from_str(&shown)).transpose();
    // What cannot be seen has no members.
    let shown: Map<String, Value> = shown.map_err(unreadable)?.unwrap_or_default();
    Ok(patch.onto(&shown)?)
}

#[allow(
    clippy::needless_pass_by_value,
    reason = "it is what `map_err` hands over"
)]
pub(crate) fn unreadable(error: serde_json::Error) -> Failure {
    Failure::Store(StoreError::Corrupt {
        place: "an aggregate".to_owned(),
        reason: error.to_string(),
    })
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
    told: Option<&AnyCommand>,
) -> Whom {
    match (verb, id) {
        (Verb::Create | Verb::ActByKey(_), _) => match told.and_then(|t| aggregate.identity(t)) {
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
        .ko(format!(
            "`{}` 값이 {}인 항목이 없습니다.",
            key.name, key.value
        ))
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

//! One attempt at a batch: every unit in turn.

use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use storm::store::{
    Changes, Millis, ParkedEvent, Position, StoreError, StoredDeadline, StoredEvent,
};
use storm::{AnyAggregate, AnyCommand, Refusal, RefusalKind};

use crate::batch::{Batch, Kept};
use crate::bus::{Heard, Marks};
use crate::entry::Wants;
use crate::job::{Delivery, Judgement, Move, Verdict};
use crate::known::Known;
use crate::parking::untried;
use crate::reaction::Reaction;
use crate::request::Failure;
use crate::shared::Shared;
use crate::shelves::Shelf;
use crate::story::{Cause, Story, story_of};
use crate::tell::{reason, tell};
use crate::work::{Answers, Work};

/// What is not tried again by itself.
const NEVER: &[Duration] = &[];

/// A source, and a place in it.
type Place = (Arc<str>, Position);

pub(crate) struct Round<'a, 'b> {
    shared: &'a Shared,
    batch: Batch<'a>,
    known: &'b mut Known,
    at: Millis,
    /// Reactions by source and place, thought of before the store was asked.
    reactions: VecDeque<(Place, Result<Reaction, Refusal>)>,
    parked: HashMap<(String, Position), ParkedEvent>,
    unparked: Vec<(String, Position)>,
}

impl<'a, 'b> Round<'a, 'b> {
    pub(crate) fn new(
        shared: &'a Shared,
        batch: Batch<'a>,
        known: &'b mut Known,
        at: Millis,
    ) -> Self {
        Self {
            shared,
            batch,
            known,
            at,
            reactions: VecDeque::new(),
            parked: HashMap::new(),
            unparked: Vec::new(),
        }
    }

    /// Asks the store once for what all units are known to need.
    pub(crate) fn prefetch(
        &mut self,
        work: &Work,
        due: &[StoredDeadline],
    ) -> Result<(), StoreError> {
        let mut wants = Wants::default();
        for command in &work.commands {
            command.wants(&self.batch, &mut wants);
        }
        for delivery in &work.deliveries {
            let mut marks = Marks::of(&delivery.source, self.known);
            for heard in &delivery.heard {
                if !marks.is_new(heard, self.known) {
                    continue;
                }
                let reaction = make_of(&self.batch, heard);
                if let Ok(reaction) = &reaction {
                    reaction.wants(&self.batch, false, &mut wants);
                }
                let place = (Arc::clone(&delivery.source), heard.at);
                self.reactions.push_back((place, reaction));
            }
        }
        for deadline in due {
            if let Some((shelf, _)) = self.batch.shelves.aggregate(&deadline.kind) {
                wants.records.push((shelf, deadline.id));
            }
        }
        self.batch.prefetch(wants)
    }

    /// Every unit. An error is the store's: the whole batch has failed.
    pub(crate) fn carry_out(
        &mut self,
        work: &Work,
        due: &[StoredDeadline],
    ) -> Result<Answers, StoreError> {
        let mut answers = Answers::default();
        for judgement in &work.judgements {
            answers.judgements.push(self.judge(judgement)?);
        }
        for command in &work.commands {
            let at = self.at;
            let answer = self.safely(|batch| command.carry_out(batch, at))?;
            answers.commands.push(answer);
        }
        for delivery in &work.deliveries {
            self.deliver(delivery)?;
        }
        for moved in &work.moves {
            answers.moves.push(self.move_cursor(moved));
        }
        for parked in self.known.parking.due(self.at) {
            self.retry(parked)?;
        }
        for deadline in due {
            self.fire(deadline)?;
        }
        Ok(answers)
    }

    pub(crate) fn into_changes(self) -> (Changes, Kept) {
        let (mut changes, kept) = self.batch.into_changes();
        changes.parked = self.parked.into_values().collect();
        changes.parked.sort_by(|a, b| {
            (&a.producer, a.stored.position).cmp(&(&b.producer, b.stored.position))
        });
        changes.unparked = self.unparked;
        (changes, kept)
    }

    /// A unit: all of it or nothing, even if it panics. The outer error is the store's.
    fn safely<T>(
        &mut self,
        unit: impl FnOnce(&mut Batch<'a>) -> Result<T, Failure>,
    ) -> Result<Result<T, Failure>, StoreError> {
        let caught = self.batch.unit(|batch| {
            catch_unwind(AssertUnwindSafe(|| unit(batch))).unwrap_or_else(|_| {
                Err(Refusal::conflict(
                    "panicked",
                    "this could not be decided because of a fault in the program; nothing has changed; please report it",
                ).ko("프로그램 오류로 처리하지 못했습니다. 바뀐 것은 없습니다. 알려 주시면 고치겠습니다.")
                .into())
            })
        });
        match caught {
            Err(Failure::Store(error)) => Err(error),
            other => Ok(other),
        }
    }

    fn deliver(&mut self, delivery: &Delivery) -> Result<(), StoreError> {
        let seen = self.known.seen(&delivery.source);
        let mut marks = Marks::of(&delivery.source, self.known);
        for heard in &delivery.heard {
            if !marks.is_new(heard, self.known) {
                self.shared.metrics.repeated.inc();
                continue;
            }
            let (producer, stored) = (&*heard.producer, &*heard.stored);
            let place = (Arc::clone(&delivery.source), heard.at);
            // Thought of in this order; one that came twice was thought of twice.
            let reaction = loop {
                match self.reactions.pop_front() {
                    Some((of, reaction)) if of == place => break reaction,
                    Some(_) => {}
                    None => break make_of(&self.batch, heard),
                }
            };
            if self
                .known
                .parking
                .holds(producer, &stored.event.correlation)
            {
                let known =
                    reaction.map_or_else(|poison| reason(&poison.into()), |_| String::new());
                let stored = StoredEvent::clone(stored);
                let parked = self.known.parking.wait(producer, stored, known);
                self.park(parked);
                continue;
            }
            if let Err(failure) = self.react(producer, stored, reaction)? {
                let parked = untried(producer, StoredEvent::clone(stored));
                self.failed(parked, &failure);
            }
        }
        for (cursor, at) in marks.cursors() {
            self.cursor_is(&cursor, at);
        }
        if delivery.up_to > seen || (delivery.rewind && delivery.up_to < seen) {
            self.cursor_is(&delivery.source, delivery.up_to);
        }
        Ok(())
    }

    fn move_cursor(&mut self, moved: &Move) -> Result<(), StoreError> {
        let at = self.known.seen(&moved.cursor);
        match moved.from {
            Some(from) if from != at => {
                return Err(StoreError::Conflict(format!("the cursor {}", moved.cursor)));
            }
            None if moved.to <= at => {}
            Some(_) | None => self.cursor_is(&moved.cursor, moved.to),
        }
        Ok(())
    }

    fn cursor_is(&mut self, name: &str, at: Position) {
        self.known.cursors.insert(name.to_owned(), at);
        self.batch.changes.cursors.push((name.to_owned(), at));
    }

    fn react(
        &mut self,
        producer: &str,
        stored: &StoredEvent,
        reaction: Result<Reaction, Refusal>,
    ) -> Result<Result<(), Failure>, StoreError> {
        let cause = Cause::Event(producer, stored.position);
        let story = story_of(stored, cause, self.at);
        match reaction {
            Ok(reaction) => self.safely(|batch| reaction.carry_out(batch, story, false)),
            Err(poison) => Ok(Err(poison.into())),
        }
    }

    /// Tries a parked event, and if it goes, those behind it.
    fn retry(&mut self, first: ParkedEvent) -> Result<(), StoreError> {
        let mut next = Some(first);
        while let Some(parked) = next {
            let reaction = think(&self.batch, &parked.stored);
            match self.react(&parked.producer, &parked.stored, reaction)? {
                Ok(()) => {
                    next = self.known.parking.leave(&parked);
                    self.unpark(&parked);
                }
                Err(failure) => {
                    self.failed(parked, &failure);
                    next = None;
                }
            }
        }
        Ok(())
    }

    fn failed(&mut self, parked: ParkedEvent, failure: &Failure) {
        let is_poison = came_unreadable(&parked.stored, failure);
        let pauses = if is_poison {
            NEVER
        } else {
            &self.shared.settings.retries[..]
        };
        let why = if is_poison && !parked.reason.is_empty() {
            // Why it could not be read when it came says more than that it still cannot.
            parked.reason.clone()
        } else {
            reason(failure)
        };
        let parking = &mut self.known.parking;
        let parked = parking.failed(parked, why, self.at, pauses);
        let context = self.shared.context.name();
        let event = &parked.stored.event;
        if parked.retry_at.is_some() {
            tracing::debug!(
                context,
                event = event.event_type,
                correlation = event.correlation,
                attempts = parked.attempts,
                reason = parked.reason,
                "will be tried again"
            );
        } else {
            tracing::error!(
                context,
                producer = parked.producer,
                position = parked.stored.position,
                event = event.event_type,
                correlation = event.correlation,
                reason = parked.reason,
                "given up: a dead letter; see `jumun dead-letters`"
            );
        }
        self.park(parked);
    }

    fn park(&mut self, parked: ParkedEvent) {
        let key = (parked.producer.clone(), parked.stored.position);
        self.parked.insert(key, parked);
    }

    fn unpark(&mut self, parked: &ParkedEvent) {
        let key = (parked.producer.clone(), parked.stored.position);
        self.parked.remove(&key);
        self.unparked.push(key);
    }

    fn judge(&mut self, judgement: &Judgement) -> Result<Result<(), Failure>, StoreError> {
        let found = self
            .known
            .parking
            .find(&judgement.producer, judgement.position);
        let Some(parked) = found.cloned() else {
            return Ok(Err(Failure::Absent {
                kind: "dead letter",
                id: judgement.position,
            }));
        };
        match judgement.verdict {
            // One that waits cannot overtake the one it waits for.
            Verdict::Retry => match self.known.parking.first_of(&parked) {
                Some(first) => self.retry(first)?,
                None => self.retry(parked)?,
            },
            Verdict::Drop => {
                let next = self.known.parking.leave(&parked);
                self.unpark(&parked);
                if let Some(next) = next {
                    self.retry(next)?;
                }
            }
        }
        Ok(Ok(()))
    }

    #[allow(
        clippy::type_complexity,
        reason = "four things that belong to one deadline, used once"
    )]
    fn meant(
        &self,
        deadline: &StoredDeadline,
    ) -> Option<(Shelf, &'a dyn AnyAggregate, &'static str, AnyCommand)> {
        let (shelf, aggregate) = self.batch.shelves.aggregate(&deadline.kind)?;
        let declared = aggregate
            .deadlines()
            .into_iter()
            .find(|d| d.name == deadline.name)?;
        let command = aggregate.deadline_command(declared.name)?;
        Some((shelf, aggregate, declared.name, command))
    }

    fn fire(&mut self, deadline: &StoredDeadline) -> Result<(), StoreError> {
        let Some((shelf, aggregate, name, command)) = self.meant(deadline) else {
            tracing::warn!(
                context = self.shared.context.name(),
                deadline = deadline.name,
                kind = deadline.kind,
                "no such deadline is declared any more; it is forgotten"
            );
            let gone = (deadline.kind.clone(), deadline.id, deadline.name.clone());
            self.batch.changes.deadlines_ended.push(gone);
            return Ok(());
        };
        let story = Story {
            correlation: None,
            causation: Cause::Deadline(&deadline.name),
            trace: "",
            at: self.at,
            depth: 0,
        };
        self.shared.metrics.deadlines_fired.inc();
        let fired: Result<(), Failure> = self.safely(|batch| {
            batch.set_deadline(shelf, deadline.id, name, None);
            tell(batch, shelf, aggregate, deadline.id, &command, story)
        })?;
        if let Err(failure) = fired {
            tracing::warn!(
                context = self.shared.context.name(),
                deadline = deadline.name,
                id = deadline.id,
                reason = reason(&failure),
                "the deadline's command was refused"
            );
            self.batch.set_deadline(shelf, deadline.id, name, None);
        }
        Ok(())
    }
}

/// What could not be read when it came is not thought about.
fn make_of(batch: &Batch<'_>, heard: &Heard) -> Result<Reaction, Refusal> {
    match &heard.fault {
        Some(fault) => Err(Refusal::unreadable("record", fault.clone())
            .ko(format!("레코드를 읽을 수 없습니다: {fault}"))),
        None => think(batch, &heard.stored),
    }
}

/// Whether it was no event already when it came: then trying it again changes nothing.
fn came_unreadable(stored: &StoredEvent, failure: &Failure) -> bool {
    let data = &stored.event.data;
    // As a text, if there was any.
    let kept_as_it_came = data.starts_with('"') || data == "null";
    kept_as_it_came
        && matches!(failure, Failure::Refused(refusal) if refusal.kind == RefusalKind::Unreadable)
}

/// A panicking policy is poison like any other, and so is what does not say what it is.
fn think(batch: &Batch<'_>, stored: &StoredEvent) -> Result<Reaction, Refusal> {
    if stored.event.event_type.is_empty() {
        return Err(Refusal::unreadable(
            "event",
            "this cannot be read as an event: it does not say which one it is; what it does say is kept with it",
        ).ko("어떤 이벤트인지 적혀 있지 않아 읽을 수 없습니다. 받은 내용은 함께 보관합니다."));
    }
    catch_unwind(AssertUnwindSafe(|| Reaction::to(batch, stored))).unwrap_or_else(|_| {
        Err(Refusal::conflict(
            "panicked",
            "a policy or read model panicked; this is a fault in the program",
        )
        .ko("정책이나 조회 모델의 프로그램 오류입니다."))
    })
}

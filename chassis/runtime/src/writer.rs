//! A context's one writer: takes all that waits, decides each, commits them together.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use storm::store::{Changes, Millis, Position, StoreError, StoredDeadline, Turn, Writer};

use crate::batch::Batch;
use crate::bus::Heard;
use crate::clock::now;
use crate::entry::Wants;
use crate::job::{Job, RebuildStep, Rebuilding, Reply, Stepped};
use crate::known::Known;
use crate::memory::Memory;
use crate::reaction::Reaction;
use crate::recalled::Recalled;
use crate::request::{Done, Failure};
use crate::round::Round;
use crate::shared::Shared;
use crate::shelves::{Shelves, aside};
use crate::story::{Cause, story_of};
use crate::work::{Answers, Work};

/// How often a batch is decided anew when another replica was faster.
const CONFLICTS: usize = 16;
/// How long after a failure the store is tried again, in milliseconds.
const RECOVERY: Millis = 1_000;
/// How long until a deadline is looked at again that waits for events to be heard, in milliseconds.
const HEARING: Millis = 20;
/// How often other replicas' deadlines are looked for, in milliseconds.
const LOOKING: Millis = 1_000;
/// How often expired answers are forgotten, in milliseconds.
const FORGETTING: Millis = 60_000;
/// When the last commit carried so many commands, more are on their way.
const BUSY: usize = 24;
/// Then the next one waits so long for them: fewer commits of more commands cost everyone less.
const GATHERING: Duration = Duration::from_micros(200);
/// How long the writer sleeps at most, in milliseconds.
const LONGEST_NAP: Millis = 60_000;

/// Whom to tell when it is committed, in the order of [`Work`].
#[derive(Default)]
struct Waiting {
    commands: Vec<Reply<Result<Done, Failure>>>,
    judgements: Vec<Reply<Result<(), Failure>>>,
    moves: Vec<Reply<Result<(), StoreError>>>,
    /// Those who only want to know that it is committed.
    others: Vec<Reply<Result<(), StoreError>>>,
}

pub(crate) struct Loop {
    shared: Arc<Shared>,
    store: Box<dyn Writer>,
    jobs: Receiver<Job>,
    memory: Memory,
    /// `None` after a failed commit: to be read again.
    known: Option<Known>,
    next_deadline: Option<Millis>,
    /// When others' deadlines were last looked for.
    looked_at: Millis,
    failed_at: Option<Millis>,
    forgot_at: Millis,
}

impl Loop {
    pub(crate) fn new(shared: Arc<Shared>, store: Recalled, jobs: Receiver<Job>) -> Self {
        Self {
            shared,
            store: store.opened.writer,
            jobs,
            memory: Memory::default(),
            known: Some(store.known),
            next_deadline: store.next_deadline,
            looked_at: now(),
            failed_at: None,
            forgot_at: 0,
        }
    }

    /// Runs until it is told to stop, or until nobody is left who could tell it.
    pub(crate) fn run(mut self) {
        let shared = Arc::clone(&self.shared);
        let shelves = Shelves::of(&shared.context);
        let mut busy = false;
        loop {
            let first = match self.jobs.recv_timeout(self.nap()) {
                Ok(job) => Some(job),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => break,
            };
            if busy {
                std::thread::sleep(GATHERING);
            }
            let mut weight = first.as_ref().map_or(0, Job::weight);
            let mut jobs = Vec::from_iter(first);
            while weight < shared.settings.max_batch
                && let Ok(job) = self.jobs.try_recv()
            {
                weight += job.weight();
                jobs.push(job);
            }
            busy = jobs.len() >= BUSY;
            if let Some(stopped) = self.take(&shelves, jobs) {
                self.give_back_ids();
                // A store is left in order before anybody is told that it is: then the process ends.
                drop(self);
                // Whoever wanted to know may have gone; it is stopped all the same.
                let _ = stopped.send(());
                break;
            }
        }
    }

    fn nap(&self) -> Duration {
        if let Some(failed) = self.failed_at {
            return until(failed + RECOVERY);
        }
        let retry = self
            .known
            .as_ref()
            .and_then(|known| known.parking.next_due());
        // A deadline that is past, and waits for events to be heard, is looked at again shortly.
        let deadline = self
            .next_deadline
            .map(|due| if due < now() { now() + HEARING } else { due });
        let others = (!self.store.is_alone()).then(|| self.looked_at + LOOKING);
        let next = [deadline, retry, others];
        until(next.into_iter().flatten().min().unwrap_or(Millis::MAX))
    }

    /// Sorts the jobs, does them, and says who asked to stop.
    fn take(&mut self, shelves: &Shelves<'_>, jobs: Vec<Job>) -> Option<Reply<()>> {
        let mut work = Work::default();
        let mut waiting = Waiting::default();
        let mut rebuilds = Vec::new();
        let mut stop = None;
        for job in jobs {
            match job {
                Job::Command(command, reply) => {
                    work.commands.push(*command);
                    waiting.commands.push(reply);
                }
                Job::Deliver(delivery, reply) => {
                    work.deliveries.push(delivery);
                    waiting.others.push(reply);
                }
                Job::Judge(judgement, reply) => {
                    work.judgements.push(judgement);
                    waiting.judgements.push(reply);
                }
                Job::Move(moved, reply) => {
                    work.moves.push(moved);
                    waiting.moves.push(reply);
                }
                Job::ReserveIds(reply) => {
                    work.reserve_ids = true;
                    waiting.others.push(reply);
                }
                Job::Refresh(reply) => {
                    self.known = None;
                    waiting.others.push(reply);
                }
                Job::Rebuild(of, step, reply) => rebuilds.push((of, step, reply)),
                Job::Stop(reply) => stop = Some(reply),
            }
        }
        self.shared
            .waiting
            .fetch_sub(work.commands.len(), Ordering::AcqRel);
        self.look_for_others();
        if !work.is_empty() || self.is_time() {
            self.commit(shelves, &work, waiting);
        } else {
            tell(&self.shared, waiting, Ok(Answers::default()));
        }
        for (of, step, reply) in rebuilds {
            let _ = reply.send(self.rebuild(shelves, of, step));
        }
        stop
    }

    /// Decides and commits, anew as often as another replica was faster, and tells those who wait.
    fn commit(&mut self, shelves: &Shelves<'_>, work: &Work, waiting: Waiting) {
        let mut tries = 0;
        let result = loop {
            tries += 1;
            match self.attempt(shelves, work) {
                Err(StoreError::Conflict(_)) if tries < CONFLICTS => {
                    self.store.pass();
                    self.forget();
                }
                result => break result,
            }
        };
        if result.is_err() {
            self.store.pass();
            self.forget();
            self.failed_at = Some(now());
            self.shared.metrics.failed_commits.inc();
        } else {
            self.failed_at = None;
        }
        self.shared.store_is(result.as_ref().err());
        tell(&self.shared, waiting, result);
    }

    /// What is only in memory may now differ from the store: it is read again before it is used.
    fn forget(&mut self) {
        self.known = None;
        self.memory.forget();
    }

    /// Waits for this replica's turn, and reads again what others may have changed since its last.
    fn take_turn(&mut self) -> Result<Known, StoreError> {
        if self.store.take_turn()? == Turn::Changed {
            self.forget();
        }
        match self.known.take() {
            Some(known) => Ok(known),
            None => {
                let standing = self.store.standing()?;
                self.shared.ids.are_reserved(standing.ids_reserved);
                self.next_deadline = standing.next_due;
                Ok(Known::of(standing.cursors, standing.parked))
            }
        }
    }

    /// Whether something is to be done though nobody asked for it.
    fn is_time(&self) -> bool {
        let at = now();
        if let Some(failed) = self.failed_at {
            return failed + RECOVERY <= at;
        }
        let retries = match &self.known {
            Some(known) => known.parking.next_due().is_some_and(|due| due <= at),
            None => true,
        };
        let due = self.next_deadline.filter(|next| *next <= at);
        retries || due.is_some_and(|next| self.is_heard(next, at))
    }

    /// Whether nothing that has not been heard yet could meet a deadline that is due at `due`.
    fn is_heard(&self, due: Millis, at: Millis) -> bool {
        let heard = due <= self.shared.horizon.reached(at);
        if !heard {
            self.shared.wanted.send_if_modified(|wanted| {
                let news = *wanted < due;
                *wanted = due.max(*wanted);
                news
            });
        }
        heard
    }

    /// What other replicas started is this one's to end, should they be gone: their deadlines, at
    /// least. It also shows whether the store is there, when nobody asks for anything.
    fn look_for_others(&mut self) {
        let at = now();
        if self.store.is_alone() || at - self.looked_at < LOOKING {
            return;
        }
        self.looked_at = at;
        match self.store.next_due() {
            Ok(next) => self.next_deadline = next,
            Err(error) if self.failed_at.is_none() => {
                self.failed_at = Some(at);
                self.forget();
                self.shared.store_is(Some(&error));
            }
            Err(_) => {}
        }
    }

    /// Deadlines that are due, and could have been met by nothing that has not been heard yet.
    fn due(&mut self, at: Millis) -> Result<Vec<StoredDeadline>, StoreError> {
        match self.next_deadline.filter(|next| *next <= at) {
            Some(next) if self.is_heard(next, at) => {
                let heard = self.shared.horizon.reached(at);
                self.store.due(heard, self.shared.settings.max_batch)
            }
            Some(_) | None => Ok(Vec::new()),
        }
    }

    fn attempt(&mut self, shelves: &Shelves<'_>, work: &Work) -> Result<Answers, StoreError> {
        let mut known = self.take_turn()?;
        let at = now();
        let due = self.due(at)?;
        let shared = Arc::clone(&self.shared);
        let lengths = |kind, name| shared.deadline_length(kind, name);
        let (store, memory) = (&mut *self.store, &mut self.memory);
        let batch = Batch::new(shelves, store, memory, &shared.ids, &lengths);
        let mut round = Round::new(&shared, batch, &mut known, at);
        round.prefetch(work, &due)?;
        let answers = round.carry_out(work, &due)?;
        let (mut changes, kept) = round.into_changes();
        self.add_housekeeping(&mut changes, work.reserve_ids, at);
        self.write(changes, work, due.len())?;
        kept.remembered_in(&mut self.memory);
        if !due.is_empty() {
            // It is committed, whatever the store says now: at worst it is asked again at once.
            self.next_deadline = self.store.next_due().unwrap_or(Some(at));
        }
        shared.metrics.parked_are(known.parking.counts());
        self.known = Some(known);
        Ok(answers)
    }

    fn add_housekeeping(&mut self, changes: &mut Changes, reserve_ids: bool, at: Millis) {
        let (taken, reserved) = self.shared.ids.taken();
        if reserve_ids || taken > reserved {
            changes.ids_reserved = Some(self.shared.ids.next_block());
        } else if self.failed_at.is_some() && changes.is_empty() {
            // Does the store take a commit again?
            changes.ids_reserved = Some(reserved);
        }
        if !changes.is_empty() && at - self.forgot_at > FORGETTING {
            changes.forget_answers_before = Some(at);
            self.forgot_at = at;
        }
    }

    fn write(&mut self, changes: Changes, work: &Work, due: usize) -> Result<(), StoreError> {
        if changes.is_empty() {
            self.store.pass();
            return Ok(());
        }
        let head = self.store.commit(&changes)?;
        if let Some(reserved) = changes.ids_reserved {
            self.shared.ids.reserved(reserved);
        }
        for deadline in &changes.deadlines_started {
            self.next_deadline = Some(self.next_deadline.unwrap_or(Millis::MAX).min(deadline.due));
        }
        let received = work
            .deliveries
            .iter()
            .map(|delivery| delivery.heard.len())
            .sum();
        let carried = work.commands.len() + received + due;
        self.shared
            .metrics
            .committed(carried, changes.events.len(), received);
        if !changes.events.is_empty() {
            self.shared.told(changes.events, head);
        }
        Ok(())
    }

    /// A step of a rebuilding, in a turn of its own.
    fn rebuild(
        &mut self,
        shelves: &Shelves<'_>,
        of: Rebuilding,
        step: RebuildStep,
    ) -> Result<Stepped, StoreError> {
        let mut known = self.take_turn()?;
        let done = self.rebuild_step(shelves, of, step, &mut known);
        self.store.pass();
        if done.is_ok() {
            self.known = Some(known);
        } else {
            self.forget();
        }
        done
    }

    fn rebuild_step(
        &mut self,
        shelves: &Shelves<'_>,
        Rebuilding { index, ticket }: Rebuilding,
        step: RebuildStep,
        known: &mut Known,
    ) -> Result<Stepped, StoreError> {
        let shared = Arc::clone(&self.shared);
        let live = shared.context.read_models()[index].collection();
        let beside = aside(live);
        let is_ours = known.seen(&beside) == ticket || matches!(step, RebuildStep::Claim);
        if !is_ours {
            return Ok(Stepped::Overtaken);
        }
        match step {
            RebuildStep::Claim => {
                let changes = Changes {
                    cursors: vec![(beside.clone(), ticket)],
                    ..Changes::default()
                };
                self.write(changes, &Work::default(), 0)?;
                known.cursors.insert(beside, ticket);
            }
            RebuildStep::Begin => {
                // Nothing is ever kept under that name.
                self.store.replace_kind(&beside, &aside(&beside))?;
                self.memory.forget();
            }
            RebuildStep::Project(events) => {
                let lengths = |_, _| None;
                let (store, memory) = (&mut *self.store, &mut self.memory);
                let mut batch = Batch::new(shelves, store, memory, &shared.ids, &lengths);
                project_aside(&mut batch, index, &events)?;
                let (mut changes, _) = batch.into_changes();
                self.add_housekeeping(&mut changes, false, now());
                self.write(changes, &Work::default(), 0)?;
            }
            RebuildStep::Finish(seen) => {
                let is_seen =
                    |(source, position): &(Arc<str>, Position)| known.seen(source) == *position;
                if !seen.iter().all(is_seen) {
                    return Ok(Stepped::NotYet);
                }
                self.store.replace_kind(live, &beside)?;
                self.memory.forget();
            }
        }
        Ok(Stepped::Done)
    }

    /// After an orderly stop the next start goes on without a gap.
    fn give_back_ids(&mut self) {
        let (taken, reserved) = self.shared.ids.taken();
        if taken != reserved {
            let changes = Changes {
                ids_returned: Some((reserved, taken)),
                ..Changes::default()
            };
            if let Err(error) = self.store.commit(&changes) {
                tracing::warn!(%error, "ids up to {reserved} are left out");
            }
        }
    }
}

/// How long it is until then.
fn until(moment: Millis) -> Duration {
    let millis = moment.saturating_sub(now()).clamp(0, LONGEST_NAP);
    Duration::from_millis(millis.unsigned_abs())
}

fn project_aside(batch: &mut Batch<'_>, index: usize, events: &[Heard]) -> Result<(), StoreError> {
    let mut wants = Wants::default();
    let mut reactions = Vec::new();
    for heard in events {
        let stored = &*heard.stored;
        match Reaction::to(batch, stored) {
            Ok(reaction) => {
                let reaction = reaction.only_of(index);
                reaction.wants(batch, true, &mut wants);
                reactions.push((stored, reaction));
            }
            Err(refusal) => {
                tracing::warn!(position = stored.position, %refusal, "left out of the rebuilding");
            }
        }
    }
    batch.prefetch(wants)?;
    for (stored, reaction) in reactions {
        let story = story_of(stored, Cause::Request(""), stored.event.at);
        if let Err(Failure::Store(error)) = batch.unit(|b| reaction.carry_out(b, story, true)) {
            return Err(error);
        }
    }
    Ok(())
}

fn tell(shared: &Shared, waiting: Waiting, result: Result<Answers, StoreError>) {
    match result {
        Ok(answers) => {
            for (reply, answer) in waiting.commands.into_iter().zip(answers.commands) {
                shared.metrics.decided(&answer);
                let _ = reply.send(answer);
            }
            for (reply, answer) in waiting.judgements.into_iter().zip(answers.judgements) {
                let _ = reply.send(answer);
            }
            for (reply, answer) in waiting.moves.into_iter().zip(answers.moves) {
                let _ = reply.send(answer);
            }
            for reply in waiting.others {
                let _ = reply.send(Ok(()));
            }
        }
        Err(error) => {
            for reply in waiting.commands {
                let _ = reply.send(Err(error.clone().into()));
            }
            for reply in waiting.judgements {
                let _ = reply.send(Err(error.clone().into()));
            }
            for reply in waiting.moves.into_iter().chain(waiting.others) {
                let _ = reply.send(Err(error.clone()));
            }
        }
    }
}

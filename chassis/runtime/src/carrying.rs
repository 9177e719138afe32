//! A person's request: what must be asked is asked first, then the writer decides.

use std::sync::atomic::Ordering;

use serde_json::Value;
use storm::store::{Millis, Record, StoredKey};
use storm::{AnyAggregate, AnyCommand, AnyState, Id, Key, Verb};
use tokio::sync::oneshot;

use crate::asking::{Asker, Questions};
use crate::clock::now;
use crate::command::{self, Command, Found, Told, Whom, is_act, unreadable, whom};
use crate::job::Job;
use crate::tell;
use crate::{Content, Done, Failure, Idempotency, Request, Running};

/// How often a JSON Patch is applied anew, and others are asked anew, because what it came to when
/// they were asked is not what it comes to when it is decided.
const PATCH_ATTEMPTS_MAX: usize = 8;

/// Whom a command means.
enum Meant {
    There(Record),
    /// Nobody yet, but this will be its number.
    Begins(Id),
    New,
}

impl Running {
    /// Asks whom must be asked, decides, and answers when it is on disk.
    ///
    /// # Errors
    /// [`Failure`]; then nothing has changed.
    pub async fn carry_out(&self, request: Request) -> Result<Done, Failure> {
        let result = self.ask_and_decide_again(request).await;
        if let Err(failure) = &result {
            tracing::debug!(context = self.context().name(), %failure, "refused");
        }
        result
    }

    /// A form is what it is, whoever was faster. A JSON Patch is applied to what there is then.
    async fn ask_and_decide_again(&self, request: Request) -> Result<Done, Failure> {
        if matches!(request.body, Content::Form(_)) {
            return self.ask_and_decide(request).await;
        }
        for _ in 1..PATCH_ATTEMPTS_MAX {
            match self.ask_and_decide(request.clone()).await {
                Err(Failure::Contended) => {}
                done => return done,
            }
        }
        self.ask_and_decide(request).await
    }

    async fn ask_and_decide(&self, request: Request) -> Result<Done, Failure> {
        let kind = request.kind;
        let aggregates = &mut self.context().aggregates().iter();
        let Some(aggregate) = aggregates.find(|a| a.kind() == kind) else {
            let id = request.id.unwrap_or(0);
            return Err(Failure::Absent { kind, id });
        };
        let mut otherwise = None;
        let told = match &request.body {
            Content::Form(form) => match aggregate.command(&request.verb, form) {
                Ok(command) => {
                    otherwise = aggregate.otherwise_spelled(&request.verb, form, &command);
                    Told::Command(command)
                }
                Err(refusal) => {
                    self.before_its_content(aggregate.as_ref(), &request)
                        .await?;
                    return Err(refusal.into());
                }
            },
            Content::JsonPatch(patch) => Told::Patch {
                patch: patch.clone(),
                asked: None,
            },
        };
        let mut command = Command {
            kind,
            verb: request.verb,
            id: request.id,
            told,
            otherwise,
            trail: request.trail,
            idempotency: request.idempotency,
            preconditions: request.preconditions,
            answer_expires: self.answer_expires(),
        };
        if aggregate.asks().is_empty() {
            return self.decide(command).await;
        }
        let idempotency = command.idempotency.clone();
        let _turn = match &idempotency {
            Some(idempotency) => Some(self.shared.turns.wait(&idempotency.key).await),
            None => None,
        };
        if let Some(done) = self.answered_before(kind, idempotency).await? {
            return Ok(done);
        }
        self.settle_spelling(aggregate.as_ref(), &mut command)
            .await?;
        let mut questions = Questions::of(self.context().name(), &self.outgoing);
        let asked = self.ask(aggregate.as_ref(), &mut command, &mut questions);
        if let Err(failure) = asked.await {
            let failure = questions.give_back(failure).await;
            if let Failure::Refused(refusal) = &failure {
                self.shared.metrics.refused(&refusal.code);
            }
            return Err(failure);
        }
        let created = command.id.filter(|_| command.verb == Verb::Create);
        let handed = questions.hand_over();
        let decided = self.decide(command).await;
        if is_for_nothing(&decided, created) {
            handed.give_back().await;
        }
        decided
    }

    /// Tells what was sent in its other spelling, if only somebody is there who has that.
    async fn settle_spelling(
        &self,
        aggregate: &dyn AnyAggregate,
        command: &mut Command,
    ) -> Result<(), Failure> {
        let Some(otherwise) = command.otherwise.take() else {
            return Ok(());
        };
        let key = |told: Option<&AnyCommand>| match whom(aggregate, &command.verb, command.id, told)
        {
            Whom::Key(key) => Some(stored(aggregate, &key)),
            Whom::Number(_) | Whom::Nobody => None,
        };
        let (Some(key), Some(other_key)) = (key(command.told.known()), key(Some(&otherwise)))
        else {
            return Ok(());
        };
        if self.by_key(key).await?.is_empty() && !self.by_key(other_key).await?.is_empty() {
            command.told = Told::Command(otherwise);
        }
        Ok(())
    }

    /// Whom a request is for, and whether its preconditions hold, come before what it says
    /// (RFC 9110 §13.2.1): looked at here when it says what cannot be read, else when it is decided.
    async fn before_its_content(
        &self,
        aggregate: &dyn AnyAggregate,
        request: &Request,
    ) -> Result<(), Failure> {
        if request.id.is_none() {
            return Ok(());
        }
        let whom = whom(aggregate, &request.verb, request.id, None);
        if let Meant::There(record) = self.meant(aggregate, &request.verb, whom).await? {
            let current = record.version;
            if request.preconditions.is_known_at(current) {
                return Err(Failure::Known { current });
            }
            if request.preconditions.is_stale_at(current) {
                return Err(Failure::Changed { current });
            }
        }
        Ok(())
    }

    fn answer_expires(&self) -> Millis {
        let kept = self.shared.settings.answers_kept.as_millis();
        now().saturating_add(Millis::try_from(kept).unwrap_or(Millis::MAX))
    }

    /// A retry is not asked about again.
    async fn answered_before(
        &self,
        kind: &'static str,
        idempotency: Option<Idempotency>,
    ) -> Result<Option<Done>, Failure> {
        let Some(idempotency) = idempotency else {
            return Ok(None);
        };
        let key = idempotency.key.clone();
        match self.read(move |reader| reader.answer(&key)).await? {
            Some(answer) => command::replay(kind, &answer, &idempotency).map(Some),
            None => Ok(None),
        }
    }

    /// Puts the questions that this command needs answered, and tells it the answers.
    async fn ask(
        &self,
        aggregate: &dyn AnyAggregate,
        told: &mut Command,
        questions: &mut Questions,
    ) -> Result<(), Failure> {
        let whom = whom(aggregate, &told.verb, told.id, told.told.known());
        let mut stale = None;
        let (id, state, is_new) = match self.meant(aggregate, &told.verb, whom).await? {
            Meant::There(record) => {
                if told.trail.correlation.is_none() || !is_act(&told.verb) {
                    told.trail.correlation = Some(record.correlation);
                }
                told.is_not_known_at(record.version)?;
                stale = told.is_stale_at(record.version).then_some(record.version);
                let state = aggregate.read(&record.state).map_err(unreadable)?;
                (record.id, state, false)
            }
            Meant::Begins(id) => (id, aggregate.blank(), false),
            Meant::New => (self.reserve_id().await?, aggregate.blank(), true),
        };
        let (change, command) = match command_on(aggregate, told, &state) {
            Ok(made) => made,
            Err(failure) => {
                let changed = stale.map(|current| Failure::Changed { current });
                return Err(changed.unwrap_or(failure));
            }
        };
        let trail = &mut told.trail;
        trail.correlation.get_or_insert_with(tell::correlation);
        let asker = Asker {
            aggregate,
            id,
            state: &state,
            stale,
            trail,
        };
        let command = questions.put(&asker, command).await?;
        let asked = questions.asked();
        match (&mut told.told, change) {
            (Told::Patch { asked: before, .. }, Some(change)) => {
                *before = asked.then_some((change, command));
            }
            (known, _) => *known = Told::Command(command),
        }
        match (is_new, asked) {
            (true, true) => told.id = Some(id),
            (true, false) => self.shared.ids.put_back(id),
            (false, _) => {}
        }
        Ok(())
    }

    /// Whom a command means, as things stand before it is decided.
    async fn meant(
        &self,
        aggregate: &dyn AnyAggregate,
        verb: &Verb,
        whom: Whom,
    ) -> Result<Meant, Failure> {
        let kind = aggregate.kind();
        let there = match &whom {
            Whom::Nobody => None,
            Whom::Number(id) => self.record(kind, *id).await?,
            Whom::Key(key) => {
                let found = self.by_key(stored(aggregate, key)).await?;
                found.into_iter().next()
            }
        };
        let hidden = there.as_ref().map(|record| (record.id, record.hidden));
        Ok(match (whom.settled(aggregate, verb, hidden)?, there) {
            (Found::There(_), Some(record)) => Meant::There(record),
            (Found::Begins(id), _) => Meant::Begins(id),
            (Found::New | Found::There(_), _) => Meant::New,
        })
    }

    async fn reserve_id(&self) -> Result<Id, Failure> {
        loop {
            if let Some(id) = self.shared.ids.take_reserved() {
                return Ok(id);
            }
            let (reply, reserved) = oneshot::channel();
            self.send(Job::ReserveIds(reply))?;
            reserved.await.map_err(|_| Failure::Stopping)??;
        }
    }

    async fn decide(&self, command: Command) -> Result<Done, Failure> {
        if self.shared.is_stopping() {
            return Err(Failure::Stopping);
        }
        if self.shared.waiting.load(Ordering::Acquire) >= self.shared.settings.queue {
            return Err(Failure::Overloaded);
        }
        let (reply, done) = oneshot::channel();
        self.shared.waiting.fetch_add(1, Ordering::AcqRel);
        self.send(Job::Command(Box::new(command), reply))?;
        done.await.map_err(|_| Failure::Stopping)?
    }
}

/// Whether what was taken for a command is of no use to anybody: it was refused, or another request
/// with its key was faster and made something else. A failure after which it may have been committed
/// is none of these, and what is contended is asked for again.
fn is_for_nothing(decided: &Result<Done, Failure>, created: Option<Id>) -> bool {
    match decided {
        Ok(done) => done.replayed && created.is_some_and(|id| id != done.record.id),
        Err(
            Failure::Refused(_)
            | Failure::Absent { .. }
            | Failure::Changed { .. }
            | Failure::Known { .. }
            | Failure::KeyReused
            | Failure::Overloaded,
        ) => true,
        Err(Failure::Contended | Failure::Stopping | Failure::Store(_)) => false,
    }
}

fn stored(aggregate: &dyn AnyAggregate, key: &Key) -> StoredKey {
    StoredKey {
        kind: aggregate.kind().to_owned(),
        name: key.name.to_owned(),
        value: key.value.clone(),
    }
}

/// What the aggregate is told, as far as it is known before others are asked; with what a JSON Patch
/// comes to in this state.
fn command_on(
    aggregate: &dyn AnyAggregate,
    command: &mut Command,
    state: &AnyState,
) -> Result<(Option<Value>, AnyCommand), Failure> {
    match &mut command.told {
        Told::Command(known) => Ok((None, std::mem::replace(known, Box::new(())))),
        Told::Patch { patch, .. } => {
            let change = command::change(aggregate, patch, state)?;
            let command = aggregate.command(&command.verb, &change)?;
            Ok((Some(change), command))
        }
    }
}

//! A person's request: what must be asked is asked first, then the writer decides.

use std::sync::atomic::Ordering;

use storm::store::{Millis, Record, StoreError, StoredKey};
use storm::{AnyAggregate, Id, Verb};
use tokio::sync::oneshot;

use crate::clock::now;
use crate::command::{self, Command, Found, Whom, is_act, whom};
use crate::job::Job;
use crate::tell;
use crate::{Asking, Done, Failure, Idempotency, Request, Running};

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
        let result = self.ask_and_decide(request).await;
        if let Err(failure) = &result {
            tracing::debug!(context = self.context().name(), %failure, "refused");
        }
        result
    }

    async fn ask_and_decide(&self, request: Request) -> Result<Done, Failure> {
        let kind = request.kind;
        let aggregates = &mut self.context().aggregates().iter();
        let Some(aggregate) = aggregates.find(|a| a.kind() == kind) else {
            let id = request.id.unwrap_or(0);
            return Err(Failure::Absent { kind, id });
        };
        let command = aggregate.command(&request.verb, &request.body)?;
        let mut command = Command {
            kind,
            verb: request.verb,
            id: request.id,
            told: command,
            trail: request.trail,
            idempotency: request.idempotency,
            if_match: request.if_match,
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
        self.ask(aggregate.as_ref(), &mut command).await?;
        self.decide(command).await
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
    async fn ask(&self, aggregate: &dyn AnyAggregate, told: &mut Command) -> Result<(), Failure> {
        let whom = whom(aggregate, &told.verb, told.id, &told.told);
        let mut stale = None;
        let (id, state, is_new) = match self.meant(aggregate, &told.verb, whom).await? {
            Meant::There(record) => {
                if told.trail.correlation.is_none() || !is_act(&told.verb) {
                    told.trail.correlation = Some(record.correlation);
                }
                stale = told.is_stale_at(record.version).then_some(record.version);
                let state = aggregate.read(&record.state).map_err(unreadable)?;
                (record.id, state, false)
            }
            Meant::Begins(id) => (id, aggregate.blank(), false),
            Meant::New => (self.reserve_id().await?, aggregate.blank(), true),
        };
        let mut asked = false;
        told.trail.correlation.get_or_insert_with(tell::correlation);
        for (index, declared) in aggregate.asks().iter().enumerate() {
            let Some(ask) = aggregate.ask(index, id, &state, &told.told) else {
                continue;
            };
            // Whom we ask acts on it, and so would we when we hear of that.
            if let Some(current) = stale {
                return Err(Failure::Changed { current });
            }
            let asking = Asking {
                from: self.context().name(),
                to: ask.to,
                name: declared.name,
                method: ask.method,
                path: ask.path,
                body: ask.body,
                wants_answer: ask.wants_answer,
                trail: told.trail.clone(),
            };
            asked = true;
            let answer = self.outgoing.ask(asking).await;
            let command = std::mem::replace(&mut told.told, Box::new(()));
            told.told = (ask.answered)(answer, command).inspect_err(|refusal| {
                self.shared.metrics.refused(&refusal.code);
            })?;
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
                let stored = StoredKey {
                    kind: kind.to_owned(),
                    name: key.name.to_owned(),
                    value: key.value.clone(),
                };
                self.by_key(stored).await?.into_iter().next()
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

#[allow(
    clippy::needless_pass_by_value,
    reason = "it is what `map_err` hands over"
)]
fn unreadable(error: serde_json::Error) -> Failure {
    Failure::Store(StoreError::Corrupt {
        place: "an aggregate".to_owned(),
        reason: error.to_string(),
    })
}

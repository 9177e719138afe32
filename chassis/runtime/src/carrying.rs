//! A person's request: what must be asked is asked first, then the writer decides.

use std::sync::atomic::Ordering;

use storm::store::{Millis, StoreError};
use storm::{AnyAggregate, Id};
use tokio::sync::oneshot;

use crate::clock::now;
use crate::command::{self, Command};
use crate::job::Job;
use crate::tell;
use crate::{Asking, Done, Failure, Idempotency, Request, Running};

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
        let (kind, creates) = (request.kind, request.id.is_none());
        let aggregates = &mut self.context().aggregates().iter();
        let Some(aggregate) = aggregates.find(|a| a.kind() == kind) else {
            let id = request.id.unwrap_or(0);
            return Err(Failure::Absent { kind, id });
        };
        let command = aggregate.command(&request.verb, &request.body)?;
        let mut command = Command {
            kind,
            id: request.id,
            creates,
            told: command,
            trail: request.trail,
            idempotency: request.idempotency,
            if_match: request.if_match,
            answer_expires: self.answer_expires(),
        };
        if !aggregate.asks().is_empty() {
            let idempotency = command.idempotency.clone();
            if let Some(done) = self.answered_before(kind, idempotency).await? {
                return Ok(done);
            }
            self.ask(aggregate.as_ref(), &mut command).await?;
        }
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
        let (id, state) = match told.id {
            Some(id) => {
                let found = self.record(told.kind, id).await?;
                let record = found.filter(|record| !record.hidden);
                let record = record.ok_or(Failure::Absent {
                    kind: told.kind,
                    id,
                })?;
                told.trail.correlation = Some(record.correlation);
                (id, aggregate.read(&record.state).map_err(unreadable)?)
            }
            None => (self.reserve_id().await?, aggregate.blank()),
        };
        let mut asked = false;
        told.trail.correlation.get_or_insert_with(tell::correlation);
        for (index, declared) in aggregate.asks().iter().enumerate() {
            let Some(ask) = aggregate.ask(index, id, &state, &told.told) else {
                continue;
            };
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
        if asked || !told.creates {
            told.id = Some(id);
        } else {
            self.shared.ids.put_back(id);
        }
        Ok(())
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

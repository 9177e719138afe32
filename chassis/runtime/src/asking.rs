//! The questions of one command: each is put, and what they took is taken back when the command comes
//! to nothing.

use std::sync::Arc;

use storm::{
    Answer, AnyAggregate, AnyCommand, AnyState, Id, Method, RefusalKind, Silence, TakeBack,
};

use crate::{Asking, Failure, Outgoing, Trail};

/// Who asks, as it was found.
pub(crate) struct Asker<'a> {
    pub(crate) aggregate: &'a dyn AnyAggregate,
    pub(crate) id: Id,
    pub(crate) state: &'a AnyState,
    /// The version that it has, if the command was meant for another.
    pub(crate) stale: Option<i64>,
    pub(crate) trail: &'a Trail,
}

/// Puts the questions of a command, and remembers what they have brought about. Dropped meanwhile (the
/// client has gone), it takes back what was taken.
pub(crate) struct Questions {
    from: &'static str,
    outgoing: Arc<dyn Outgoing>,
    taken: Vec<Taken>,
    /// Something was done, or may have been, that nobody takes back.
    stands: bool,
    asked: bool,
}

/// What a question took, or may have taken, and how it is taken back.
struct Taken {
    back: Asking,
    is_certain: bool,
}

/// What to do about what was taken, once the command has gone to the writer: it may be committed, so
/// nothing is taken back unless it is known that it was not.
pub(crate) struct Handed {
    outgoing: Arc<dyn Outgoing>,
    taken: Vec<Taken>,
}

impl Questions {
    pub(crate) fn of(from: &'static str, outgoing: &Arc<dyn Outgoing>) -> Self {
        Self {
            from,
            outgoing: Arc::clone(outgoing),
            taken: Vec::new(),
            stands: false,
            asked: false,
        }
    }

    /// Whether one has been put.
    pub(crate) fn asked(&self) -> bool {
        self.asked
    }

    /// Puts all that this command needs answered, and tells it the answers.
    pub(crate) async fn put(
        &mut self,
        asker: &Asker<'_>,
        mut command: AnyCommand,
    ) -> Result<AnyCommand, Failure> {
        let aggregate = asker.aggregate;
        for (index, declared) in aggregate.asks().iter().enumerate() {
            let Some(ask) = aggregate.ask(index, asker.id, asker.state, &command) else {
                continue;
            };
            // Whom we ask acts on it, and so would we when we hear of that.
            if let Some(current) = asker.stale {
                return Err(Failure::Changed { current });
            }
            let asking = Asking {
                from: self.from,
                to: ask.to,
                name: declared.name,
                method: ask.method,
                path: ask.path,
                body: ask.body,
                wants_answer: ask.wants_answer,
                trail: asker.trail.clone(),
            };
            let answer = self.one(asking, ask.take_back).await;
            command = (ask.answered)(answer, command)?;
        }
        Ok(command)
    }

    async fn one(&mut self, asking: Asking, take_back: Option<TakeBack>) -> Answer {
        self.asked = true;
        let method = asking.method;
        let can_be_taken_back = take_back.is_some();
        if let Some(take_back) = take_back {
            self.taken.push(Taken {
                back: asking.taking_back(take_back),
                is_certain: false,
            });
        }
        let answer = match self.outgoing.ask(asking).await {
            Answer::Silence(silence) => Answer::Silence(silence.of(method)),
            answer => answer,
        };
        match &answer {
            Answer::Yes(_) if can_be_taken_back => {
                if let Some(taken) = self.taken.last_mut() {
                    taken.is_certain = true;
                }
            }
            Answer::Yes(_) => self.stands |= method != Method::Get,
            Answer::Silence(Silence::InDoubt) => self.stands = true,
            Answer::No(_) | Answer::Silence(Silence::NotDone | Silence::OutOfService) => {
                if can_be_taken_back {
                    self.taken.pop();
                }
            }
        }
        answer
    }

    /// The command goes no further. What was taken is taken back, and where that is not known to have
    /// happened, the failure does not say that nothing has.
    pub(crate) async fn give_back(mut self, failure: Failure) -> Failure {
        let taken = std::mem::take(&mut self.taken);
        let given_back = give_back(&self.outgoing, taken).await;
        match failure {
            Failure::Refused(refusal)
                if refusal.kind == RefusalKind::Unavailable && (self.stands || !given_back) =>
            {
                Failure::Refused(Silence::InDoubt.refusal())
            }
            failure => failure,
        }
    }

    /// The command goes to the writer.
    pub(crate) fn hand_over(mut self) -> Handed {
        Handed {
            outgoing: Arc::clone(&self.outgoing),
            taken: std::mem::take(&mut self.taken),
        }
    }
}

impl Drop for Questions {
    fn drop(&mut self) {
        let taken = std::mem::take(&mut self.taken);
        in_the_background(&self.outgoing, taken);
    }
}

impl Handed {
    /// The writer has refused the command: nothing was committed.
    pub(crate) async fn give_back(self) {
        give_back(&self.outgoing, self.taken).await;
    }
}

/// Takes back the latest first; what is known to be taken is waited for. Whether all of that is back.
async fn give_back(outgoing: &Arc<dyn Outgoing>, taken: Vec<Taken>) -> bool {
    if taken.is_empty() {
        return true;
    }
    let (certain, uncertain): (Vec<_>, Vec<_>) =
        taken.into_iter().partition(|taken| taken.is_certain);
    in_the_background(outgoing, uncertain);
    // Not given up with whoever waits for it.
    let back = tokio::spawn(take_back(Arc::clone(outgoing), certain));
    back.await.unwrap_or(false)
}

fn in_the_background(outgoing: &Arc<dyn Outgoing>, taken: Vec<Taken>) {
    if taken.is_empty() {
        return;
    }
    // Without a runtime the process is ending, and a deadline gives it back.
    if let Ok(runtime) = tokio::runtime::Handle::try_current() {
        runtime.spawn(take_back(Arc::clone(outgoing), taken));
    }
}

async fn take_back(outgoing: Arc<dyn Outgoing>, taken: Vec<Taken>) -> bool {
    let mut all = true;
    for Taken { back, .. } in taken.into_iter().rev() {
        let (to, question) = (back.to, back.name);
        match outgoing.ask(back).await {
            Answer::Yes(_) => {}
            answer => {
                tracing::debug!(to, question, ?answer, "not taken back: its deadline will");
                all = false;
            }
        }
    }
    all
}

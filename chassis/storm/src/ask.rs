//! Pink: an awaited question to another context, before the decision.

use std::time::Duration;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{Aggregate, AnyCommand, Refusal, RefusalKind};

/// How the question is put. Everything but `Get` must be idempotent by a business key, because the
/// answer can be lost after the other side has committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates, by a business key.
    Post,
    /// Changes.
    Put,
    /// Changes a part.
    Patch,
    /// Takes back.
    Delete,
}

impl Method {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// What came back.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// 2xx, with the body (`Null` when empty).
    Yes(Value),
    /// A real no: 4xx.
    No(Refusal),
    /// No answer, with what is known of why.
    Silence(Silence),
}

/// What is known when nobody answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// The question was not put (the breaker is open, no slot became free, no connection), or whoever
    /// was asked says that it was not carried out. Nothing has happened.
    NotDone,
    /// As [`Silence::NotDone`], and nobody has answered this question for a long time: trying again at
    /// once does not help.
    OutOfService,
    /// The question was put, and no answer came back in time: it may have been carried out.
    InDoubt,
}

/// The code of a refusal after [`Silence::OutOfService`].
pub const OUT_OF_SERVICE: &str = "out-of-service";

impl Silence {
    /// What is known of a question put like this: one that only reads has changed nothing, whoever
    /// answered or not.
    #[must_use]
    pub fn of(self, method: Method) -> Self {
        match (self, method) {
            (Self::InDoubt, Method::Get) => Self::NotDone,
            (known, _) => known,
        }
    }

    /// The refusal that a command gets whose question must be answered.
    ///
    /// In [`Silence::InDoubt`]'s sentence `{instance}` stands for the address that the request was
    /// sent to: whoever shows the refusal to a client fills it in.
    pub fn refusal(self) -> Refusal {
        match self {
            Self::NotDone => Refusal::unavailable(
                "try-again-shortly",
                "Another service that is needed for this is not available right now. Nothing has been changed. Please try again shortly.",
            )
            .ko("이 요청에 필요한 다른 서비스를 지금은 이용할 수 없습니다. 바뀐 것은 없습니다. 잠시 후 다시 시도해 주세요."),
            Self::OutOfService => Refusal::unavailable(
                OUT_OF_SERVICE,
                "Another service that is needed for this has been out of service for a while. Nothing has been changed. Please try again later.",
            )
            .ko("이 요청에 필요한 다른 서비스가 한동안 중단된 상태입니다. 바뀐 것은 없습니다. 나중에 다시 시도해 주세요."),
            Self::InDoubt => Refusal::in_doubt(
                "unanswered",
                "Another service was asked and has not answered in time, so this may have been done, in whole or in part. If you sent an Idempotency-Key, please try again shortly with the same key: that finds out, and never does it twice. Otherwise look at {instance} first.",
            )
            .ko("요청을 받은 다른 서비스가 제때 응답하지 않아, 일부 또는 전부가 처리되었을 수 있습니다. Idempotency-Key를 보냈다면 잠시 후 다시 같은 키로 요청해 주세요. 결과를 확인할 수 있고, 두 번 처리되지 않습니다. 그렇지 않다면 먼저 {instance}에서 확인해 주세요."),
        }
    }
}

/// How to take back what a question took.
#[derive(Clone, Debug, PartialEq)]
pub struct TakeBack {
    /// How.
    pub method: Method,
    /// From the other context's root, e.g. `/stockReservations/7/release`.
    pub path: String,
    /// JSON; `Null` is no body.
    pub body: Value,
}

type Answered<A> = Box<
    dyn FnOnce(Answer, <A as Aggregate>::Command) -> Result<<A as Aggregate>::Command, Refusal>
        + Send,
>;

/// One question, on behalf of aggregate `A`.
pub struct Ask<A: Aggregate> {
    method: Method,
    path: String,
    body: Value,
    wants_answer: bool,
    take_back: Option<TakeBack>,
    answered: Answered<A>,
}

impl<A: Aggregate> Ask<A> {
    /// A question that must be answered with yes; a no refuses the command, and so does
    /// [silence](Silence::refusal) (503). What the answer says is not needed.
    pub fn permission(method: Method, path: impl Into<String>, body: &impl Serialize) -> Self {
        Self {
            wants_answer: false,
            ..Self::with(method, path, body, |answer, command| match answer {
                Answer::Yes(_) => Ok(command),
                Answer::No(refusal) => Err(refusal),
                Answer::Silence(silence) => Err(silence.refusal()),
            })
        }
    }

    /// As [`Ask::permission`], and the answer's body goes into the command.
    pub fn question<T: DeserializeOwned>(
        method: Method,
        path: impl Into<String>,
        body: &impl Serialize,
        tell: impl FnOnce(T, A::Command) -> A::Command + Send + 'static,
    ) -> Self {
        Self::with(method, path, body, move |answer, command| match answer {
            Answer::Yes(body) => match serde_json::from_value(body) {
                Ok(body) => Ok(tell(body, command)),
                Err(error) => Err(not_understood(&error)),
            },
            Answer::No(refusal) => Err(refusal),
            Answer::Silence(silence) => Err(silence.refusal()),
        })
    }

    /// What a no means for the command, where the other side's own words would not tell: an order's
    /// customer that does not exist is not a missing page.
    #[must_use]
    pub fn on_no(self, means: impl FnOnce(Refusal) -> Refusal + Send + 'static) -> Self {
        let answered = self.answered;
        Self {
            answered: Box::new(move |answer, command| match answer {
                Answer::No(refusal) => Err(means(refusal)),
                Answer::Yes(_) | Answer::Silence(_) => answered(answer, command),
            }),
            ..self
        }
    }

    /// As [`Ask::on_no`], where the other side has no such thing: any other no stays what it is.
    #[must_use]
    pub fn on_not_found(self, means: Refusal) -> Self {
        self.on_no(|no| match no.kind {
            RefusalKind::NotFound => means,
            RefusalKind::Unreadable
            | RefusalKind::Invalid
            | RefusalKind::Conflict
            | RefusalKind::NotYet
            | RefusalKind::Unavailable
            | RefusalKind::InDoubt => no,
        })
    }

    /// How what this question takes is taken back when the command comes to nothing: a later question
    /// is answered with no or not at all, or the command is refused. So that it is free again at once.
    ///
    /// It is asked once. When it gets lost, or the process that asks dies, a
    /// [deadline](crate::Deadline) of the other side has to give back what nobody came for. It may
    /// also arrive before the question that it takes back, so the other side remembers it and refuses
    /// the question then. What is taken must belong to this one command: use the number of an
    /// aggregate that is about to be created.
    #[must_use]
    pub fn taken_back_by(
        self,
        method: Method,
        path: impl Into<String>,
        body: &impl Serialize,
    ) -> Self {
        Self {
            take_back: Some(TakeBack {
                method,
                path: path.into(),
                body: json(body),
            }),
            ..self
        }
    }

    /// A question whose every answer, silence too, is dealt with by `answered`: this is where a
    /// fallback goes.
    pub fn with(
        method: Method,
        path: impl Into<String>,
        body: &impl Serialize,
        answered: impl FnOnce(Answer, A::Command) -> Result<A::Command, Refusal> + Send + 'static,
    ) -> Self {
        Self {
            method,
            path: path.into(),
            body: json(body),
            wants_answer: true,
            take_back: None,
            answered: Box::new(answered),
        }
    }

    pub(crate) fn erase(self, to: &'static str) -> AnyAsk {
        let answered = self.answered;
        AnyAsk {
            to,
            method: self.method,
            path: self.path,
            body: self.body,
            wants_answer: self.wants_answer,
            take_back: self.take_back,
            answered: Box::new(move |answer, command: AnyCommand| {
                match command.downcast::<A::Command>() {
                    Ok(command) => answered(answer, *command).map(|c| Box::new(c) as AnyCommand),
                    Err(_) => Err(wrong_command()),
                }
            }),
        }
    }
}

/// A struct of ours that is not JSON is a programming error; the other side then refuses `null` with a
/// 400 that says so.
fn json(body: &impl Serialize) -> Value {
    serde_json::to_value(body).unwrap_or(Value::Null)
}

/// The other side has said yes: what it did, it has done.
fn not_understood(error: &serde_json::Error) -> Refusal {
    Refusal::in_doubt(
        "answer-not-understood",
        format!(
            "Another service has done its part and answered something unexpected ({error}). Look at {{instance}} before you try again; please report this if it stays so."
        ),
    )
    .ko("다른 서비스가 처리한 뒤 예상하지 못한 응답을 보냈습니다. 다시 시도하기 전에 {instance}에서 먼저 확인해 주세요. 계속되면 알려 주세요.")
}

/// A command of another aggregate's: cannot happen while a command is only handed to the
/// aggregate that made it, and refuses rather than panics if it ever does.
pub(crate) fn wrong_command() -> Refusal {
    Refusal::conflict(
        "wrong-command",
        "A command reached an aggregate that does not know it; please report this.",
    )
    .ko("명령이 잘못된 대상에 전달되었습니다. 알려 주시면 고치겠습니다.")
}

/// That a question exists: for the board, the context map and the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AskDeclaration {
    /// The function's name.
    pub name: &'static str,
    /// The context that is asked.
    pub to: &'static str,
    /// How long an answer is waited for, where that is not as configured for all.
    pub deadline: Option<Duration>,
}

/// A question with its types erased: what the runtime carries.
pub struct AnyAsk {
    /// The context that is asked.
    pub to: &'static str,
    /// How.
    pub method: Method,
    /// From the other context's root, e.g. `/payments`.
    pub path: String,
    /// JSON; `Null` is no body.
    pub body: Value,
    /// Whether a yes must say more than yes.
    pub wants_answer: bool,
    /// How what it takes is taken back, if it can be.
    pub take_back: Option<TakeBack>,
    /// What the answer makes of the command.
    #[allow(clippy::type_complexity, reason = "the type is its own documentation")]
    pub answered: Box<dyn FnOnce(Answer, AnyCommand) -> Result<AnyCommand, Refusal> + Send>,
}

#[cfg(test)]
mod tests;

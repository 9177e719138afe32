//! Pink: an awaited question to another context, before the decision.

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
    /// No answer in time, no connection, 5xx, or the breaker is open.
    Silence,
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
    answered: Answered<A>,
}

impl<A: Aggregate> Ask<A> {
    /// A question that must be answered with yes; a no refuses the command, and silence refuses it
    /// as unavailable (503). What the answer says is not needed.
    pub fn permission(method: Method, path: impl Into<String>, body: &impl Serialize) -> Self {
        Self {
            wants_answer: false,
            ..Self::with(method, path, body, |answer, command| match answer {
                Answer::Yes(_) => Ok(command),
                Answer::No(refusal) => Err(refusal),
                Answer::Silence => Err(silence()),
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
                Err(error) => Err(Refusal::unavailable(
                    "answer-not-understood",
                    format!(
                        "Another service answered something unexpected ({error}). Please try again shortly."
                    ),
                )),
            },
            Answer::No(refusal) => Err(refusal),
            Answer::Silence => Err(silence()),
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
                Answer::Yes(_) | Answer::Silence => answered(answer, command),
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
            | RefusalKind::Unavailable => no,
        })
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
            // A struct of ours that is not JSON is a programming error; the other side then
            // refuses `null` with a 400 that says so.
            body: serde_json::to_value(body).unwrap_or(Value::Null),
            wants_answer: true,
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
            answered: Box::new(move |answer, command: AnyCommand| {
                match command.downcast::<A::Command>() {
                    Ok(command) => answered(answer, *command).map(|c| Box::new(c) as AnyCommand),
                    Err(_) => Err(wrong_command()),
                }
            }),
        }
    }
}

fn silence() -> Refusal {
    Refusal::unavailable(
        "try-again-shortly",
        "We are very busy right now. Nothing has been changed. Please try again shortly.",
    )
    .ko("지금은 요청이 많아 처리하지 못했습니다. 바뀐 것은 없습니다. 잠시 후 다시 시도해 주세요.")
}

/// A command of another aggregate's: cannot happen while a command is only handed to the
/// aggregate that made it, and refuses rather than panics if it ever does.
pub(crate) fn wrong_command() -> Refusal {
    Refusal::conflict(
        "wrong-command",
        "A command reached an aggregate that does not know it; please report this.",
    )
}

/// That a question exists: for the board, the context map and the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AskDeclaration {
    /// The function's name.
    pub name: &'static str,
    /// The context that is asked.
    pub to: &'static str,
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
    /// What the answer makes of the command.
    #[allow(clippy::type_complexity, reason = "the type is its own documentation")]
    pub answered: Box<dyn FnOnce(Answer, AnyCommand) -> Result<AnyCommand, Refusal> + Send>,
}

#[cfg(test)]
mod tests;

//! Learning evaluation: starts with the learning, and ends with a final score that the order has
//! taken. What was noted on the way is not final.

mod grades;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use storm::{
    Aggregate, Ask, Context, Decision, Id, Key, Method, Refusal, Resource, ShownDate, Tell, events,
};

use crate::forms::is_about;
use crate::learning_management::{Learning, LearningManagementCanceled, LearningManagementStarted};
use crate::order_management::{EvaluationRegistered, RegisterEvaluation};
pub use grades::Grades;
use grades::GradesForm;

/// The original's own deadline (`wire.md` §6).
const REGISTERED_WITHIN: Duration = Duration::from_secs(1);

/// Learning evaluations, at `/learningEvaluations`.
pub fn context() -> Context {
    Context::new("learningEvaluation", 8083)
        .aggregate(
            Resource::at(
                "learningEvaluations",
                "learningEvaluation",
                Evaluation::shown,
            )
            .found_by("orderNo")
            .change(GradesForm::checked)
            .asks_within(
                "orderManagement",
                REGISTERED_WITHIN,
                finishing_asks_order_to_register_evaluation,
            ),
        )
        .policy(whenever_learning_management_started_start_evaluation)
        .policy(whenever_learning_management_canceled_cancel_evaluation)
        .policy(whenever_evaluation_registered_finish_evaluation)
}

// Commands

#[derive(Clone, Debug, PartialEq)]
enum EvaluationCommand {
    Start(Learning),
    Grade(Option<String>, Grades),
    Finish(RegisterEvaluation),
    Cancel { order_no: String },
}

// Events

/// The learning has started, and can be evaluated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LearningEvaluationStarted {
    /// The evaluation.
    pub id: Id,
    /// Who learns what, and when.
    #[serde(flatten)]
    pub learning: Learning,
}

/// How the student stands on the way. Not final.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LearningEvaluationNoted {
    /// The evaluation.
    pub id: Id,
    /// The order's number.
    pub order_no: String,
    /// What has been said so far.
    #[serde(flatten)]
    pub grades: Grades,
}

/// The final score is registered, here and with the order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EvaluationScoreRegistered {
    /// The evaluation.
    pub id: Id,
    /// The order, and its final score.
    #[serde(flatten)]
    pub result: RegisterEvaluation,
}

/// The learning was canceled, and so is its evaluation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LearningEvaluationCanceled {
    /// The evaluation.
    pub id: Id,
    /// The order's number.
    pub order_no: String,
}

events! {
    /// What a learning evaluation can tell.
    pub enum EvaluationEvent {
        LearningEvaluationStarted,
        LearningEvaluationNoted,
        EvaluationScoreRegistered,
        LearningEvaluationCanceled,
    }
}

// Aggregate

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
enum Evaluation {
    #[default]
    New,
    Underway(Learning, Grades),
    /// The learning is unknown if the order's word of its score has overtaken the start.
    Finished(RegisterEvaluation, Option<Learning>),
    Canceled {
        order_no: String,
    },
}

impl Aggregate for Evaluation {
    const KIND: &'static str = "learningEvaluation";
    type Command = EvaluationCommand;
    type Event = EvaluationEvent;

    fn decide(&self, id: Id, command: EvaluationCommand) -> Decision<EvaluationEvent> {
        match (self, command) {
            (Self::New | Self::Finished(_, None), EvaluationCommand::Start(learning)) => {
                Ok(vec![LearningEvaluationStarted { id, learning }.into()])
            }
            // A redelivery; or a cancel that came first, and stays.
            (
                Self::Underway(..) | Self::Finished(..) | Self::Canceled { .. },
                EvaluationCommand::Start(_),
            ) => Ok(vec![]),

            (Self::Underway(learning, before), EvaluationCommand::Grade(order_no, grades)) => {
                is_about(&learning.order_no, order_no.as_deref())?;
                Ok(learning.graded(id, before, grades))
            }
            (Self::Finished(result, _), EvaluationCommand::Grade(order_no, grades)) => {
                is_about(&result.order_no, order_no.as_deref())?;
                result.score.stays(&grades)
            }
            (Self::Canceled { .. }, EvaluationCommand::Grade(..)) => Err(canceled()),
            (Self::New, EvaluationCommand::Grade(..)) => Err(Refusal::not_yet(
                "evaluation-unknown",
                "There is no such learning evaluation yet.",
            )
            .ko("아직 그런 수강평가가 없습니다.")),

            (Self::New | Self::Underway(..), EvaluationCommand::Finish(result)) => {
                Ok(vec![EvaluationScoreRegistered { id, result }.into()])
            }
            (Self::Finished(..) | Self::Canceled { .. }, EvaluationCommand::Finish(_)) => {
                Ok(vec![])
            }

            (
                Self::New | Self::Underway(..) | Self::Finished(..),
                EvaluationCommand::Cancel { order_no },
            ) => Ok(vec![LearningEvaluationCanceled { id, order_no }.into()]),
            (Self::Canceled { .. }, EvaluationCommand::Cancel { .. }) => Ok(vec![]),
        }
    }

    fn evolve(self, event: &EvaluationEvent) -> Self {
        match (self, event) {
            (Self::Finished(result, _), EvaluationEvent::LearningEvaluationStarted(started)) => {
                Self::Finished(result, Some(started.learning.clone()))
            }
            (_, EvaluationEvent::LearningEvaluationStarted(started)) => {
                Self::Underway(started.learning.clone(), Grades::default())
            }
            (Self::Underway(learning, _), EvaluationEvent::LearningEvaluationNoted(noted)) => {
                Self::Underway(learning, noted.grades.clone())
            }
            (state, EvaluationEvent::LearningEvaluationNoted(_)) => state,
            (state, EvaluationEvent::EvaluationScoreRegistered(registered)) => {
                Self::Finished(registered.result.clone(), state.learning().cloned())
            }
            (_, EvaluationEvent::LearningEvaluationCanceled(canceled)) => Self::Canceled {
                order_no: canceled.order_no.clone(),
            },
        }
    }

    fn keys(&self) -> Vec<Key> {
        let order_no = match self {
            Self::New => return vec![],
            Self::Underway(learning, _) => &learning.order_no,
            Self::Finished(result, _) => &result.order_no,
            Self::Canceled { order_no } => order_no,
        };
        vec![Key::unique("orderNo", order_no)]
    }
}

fn canceled() -> Refusal {
    Refusal::conflict(
        "evaluation-canceled",
        "The order has been canceled: its learning cannot be evaluated any more.",
    )
    .ko("취소된 주문은 평가할 수 없습니다.")
}

/// What the outside sees.
#[derive(Serialize)]
struct ShownEvaluation {
    #[serde(flatten)]
    learning: Learning<ShownDate>,
    #[serde(flatten)]
    grades: Grades,
}

impl Evaluation {
    fn learning(&self) -> Option<&Learning> {
        match self {
            Self::New | Self::Canceled { .. } => None,
            Self::Underway(learning, _) => Some(learning),
            Self::Finished(_, learning) => learning.as_ref(),
        }
    }

    fn shown(&self) -> Option<ShownEvaluation> {
        let grades = match self {
            Self::New | Self::Canceled { .. } => return None,
            Self::Underway(_, grades) => grades.clone(),
            Self::Finished(result, _) => Grades {
                end_flg: Some(true),
                score: Some(result.score.clone()),
            },
        };
        let learning = self.learning()?.shown();
        Some(ShownEvaluation { learning, grades })
    }
}

// Calls

/// No final score that the order has not taken. The order knows a repeated question by its number,
/// and tells of the score that it took: so an evaluation that dies over the answer is finished all
/// the same.
fn finishing_asks_order_to_register_evaluation(
    _: Id,
    evaluation: &Evaluation,
    command: &EvaluationCommand,
) -> Option<Ask<Evaluation>> {
    let (Evaluation::Underway(learning, _), EvaluationCommand::Grade(order_no, grades)) =
        (evaluation, command)
    else {
        return None;
    };
    is_about(&learning.order_no, order_no.as_deref()).ok()?;
    let register = RegisterEvaluation {
        order_no: learning.order_no.clone(),
        score: grades.last()?.clone(),
    };
    let path = "/orderManagements/registerEvaluation";
    // An order that cannot be found was canceled, and we have not heard of it yet.
    Some(Ask::permission(Method::Put, path, &register).on_not_found(canceled()))
}

// Policies

/// There is something to evaluate.
fn whenever_learning_management_started_start_evaluation(
    started: &LearningManagementStarted,
) -> Tell<Evaluation> {
    let learning = started.learning.clone();
    Evaluation::by("orderNo", &learning.order_no).tell(EvaluationCommand::Start(learning))
}

/// There is nothing to evaluate any more. What has not started yet never will.
fn whenever_learning_management_canceled_cancel_evaluation(
    canceled: &LearningManagementCanceled,
) -> Tell<Evaluation> {
    let order_no = canceled.canceled.order_no.clone();
    Evaluation::by("orderNo", &order_no).tell(EvaluationCommand::Cancel { order_no })
}

/// The echo of the call: the order took the score, and we may have died before we wrote it down.
fn whenever_evaluation_registered_finish_evaluation(
    registered: &EvaluationRegistered,
) -> Tell<Evaluation> {
    let result = registered.evaluation.clone();
    Evaluation::by("orderNo", &result.order_no).tell(EvaluationCommand::Finish(result))
}

#[cfg(test)]
mod tests;

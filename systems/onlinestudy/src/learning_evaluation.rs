//! Learning evaluation: starts with the learning, and ends with a final score that the order has
//! taken. What was noted on the way is not final.

use serde::{Deserialize, Serialize};
use storm::{
    Aggregate, Ask, Context, Decision, Id, Key, Method, Refusal, RefusalKind, Resource, ShownDate,
    Tell, events,
};

use crate::learning_management::{
    Learning, LearningManagementCanceled, LearningManagementStarted, is_about,
};
use crate::order_management::{EvaluationRegistered, RegisterEvaluation, Score};

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
            .change(|form: Grades| form.checked().map(EvaluationCommand::Grade))
            .asks(
                "orderManagement",
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
    Grade(Grades),
    Finish(RegisterEvaluation),
    Cancel { order_no: String },
}

/// What a manager sends.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Grades {
    /// If it comes along, it must be the right one.
    order_no: Option<String>,
    /// Whether the score is the final one.
    end_flg: Option<bool>,
    score: Option<Score>,
}

impl Grades {
    fn checked(self) -> Result<Self, Refusal> {
        let score = self.score.map(Score::checked).transpose()?;
        if self.end_flg == Some(true) && score.is_none() {
            let reason = "With `endFlg` true, `score` must say the final score.";
            return Err(Refusal::invalid("score", "score-missing", reason)
                .ko("학습을 종료하려면 최종 평가점수를 입력해 주세요."));
        }
        Ok(Self { score, ..self })
    }

    fn last(&self) -> Option<&Score> {
        self.score.as_ref().filter(|_| self.end_flg == Some(true))
    }
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

/// Where the student stands on the way. Not final.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LearningEvaluationNoted {
    /// The evaluation.
    pub id: Id,
    /// The order's number.
    pub order_no: String,
    /// `false` if the manager has said so.
    pub end_flg: Option<bool>,
    /// The score so far.
    pub score: Option<Score>,
}

/// The final score is registered, here and with the order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EvaluationScoreRegistered {
    /// The evaluation.
    pub id: Id,
    /// The order's number.
    pub order_no: String,
    /// The final score.
    pub score: Score,
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
    Underway {
        learning: Learning,
        end_flg: Option<bool>,
        score: Option<Score>,
    },
    Finished {
        order_no: String,
        /// Unknown while the order has told its score, and the start has not been heard of.
        learning: Option<Learning>,
        score: Score,
    },
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
            (
                Self::New | Self::Finished { learning: None, .. },
                EvaluationCommand::Start(learning),
            ) => Ok(vec![LearningEvaluationStarted { id, learning }.into()]),
            // A redelivery; or a cancel that came first, and stays.
            (
                Self::Underway { .. } | Self::Finished { .. } | Self::Canceled { .. },
                EvaluationCommand::Start(_),
            ) => Ok(vec![]),

            (
                Self::Underway {
                    learning,
                    end_flg,
                    score,
                },
                EvaluationCommand::Grade(grades),
            ) => {
                let order_no = learning.order_no.clone();
                is_about(&order_no, grades.order_no.as_deref())?;
                if let Some(score) = grades.last().cloned() {
                    return Ok(vec![
                        EvaluationScoreRegistered {
                            id,
                            order_no,
                            score,
                        }
                        .into(),
                    ]);
                }
                let (now, noted) = (grades.end_flg.or(*end_flg), grades.score.or(score.clone()));
                if (now, &noted) == (*end_flg, score) {
                    return Ok(vec![]);
                }
                let (end_flg, score) = (now, noted);
                Ok(vec![
                    LearningEvaluationNoted {
                        id,
                        order_no,
                        end_flg,
                        score,
                    }
                    .into(),
                ])
            }
            (
                Self::Finished {
                    order_no, score, ..
                },
                EvaluationCommand::Grade(grades),
            ) => {
                is_about(order_no, grades.order_no.as_deref())?;
                score.stays(&grades)
            }
            (Self::Canceled { .. }, EvaluationCommand::Grade(_)) => Err(canceled()),
            (Self::New, EvaluationCommand::Grade(_)) => Err(Refusal::not_yet(
                "evaluation-unknown",
                "There is no such learning evaluation yet.",
            )),

            (Self::New | Self::Underway { .. }, EvaluationCommand::Finish(registered)) => {
                let RegisterEvaluation { order_no, score } = registered;
                Ok(vec![
                    EvaluationScoreRegistered {
                        id,
                        order_no,
                        score,
                    }
                    .into(),
                ])
            }
            (Self::Finished { .. } | Self::Canceled { .. }, EvaluationCommand::Finish(_)) => {
                Ok(vec![])
            }

            (
                Self::New | Self::Underway { .. } | Self::Finished { .. },
                EvaluationCommand::Cancel { order_no },
            ) => Ok(vec![LearningEvaluationCanceled { id, order_no }.into()]),
            (Self::Canceled { .. }, EvaluationCommand::Cancel { .. }) => Ok(vec![]),
        }
    }

    fn evolve(self, event: &EvaluationEvent) -> Self {
        match (self, event) {
            (
                Self::Finished {
                    order_no, score, ..
                },
                EvaluationEvent::LearningEvaluationStarted(started),
            ) => {
                let learning = Some(started.learning.clone());
                Self::Finished {
                    order_no,
                    learning,
                    score,
                }
            }
            (_, EvaluationEvent::LearningEvaluationStarted(started)) => Self::Underway {
                learning: started.learning.clone(),
                end_flg: None,
                score: None,
            },
            (Self::Underway { learning, .. }, EvaluationEvent::LearningEvaluationNoted(noted)) => {
                let (end_flg, score) = (noted.end_flg, noted.score.clone());
                Self::Underway {
                    learning,
                    end_flg,
                    score,
                }
            }
            (state, EvaluationEvent::LearningEvaluationNoted(_)) => state,
            (state, EvaluationEvent::EvaluationScoreRegistered(registered)) => Self::Finished {
                order_no: registered.order_no.clone(),
                learning: state.learning().cloned(),
                score: registered.score.clone(),
            },
            (_, EvaluationEvent::LearningEvaluationCanceled(canceled)) => Self::Canceled {
                order_no: canceled.order_no.clone(),
            },
        }
    }

    fn keys(&self) -> Vec<Key> {
        match self {
            Self::New => vec![],
            Self::Underway { learning, .. } => vec![Key::unique("orderNo", &learning.order_no)],
            Self::Finished { order_no, .. } | Self::Canceled { order_no } => {
                vec![Key::unique("orderNo", order_no)]
            }
        }
    }
}

impl Score {
    /// Final is final: the same once more is no news.
    fn stays(&self, grades: &Grades) -> Decision<EvaluationEvent> {
        let same = grades.score.as_ref().is_none_or(|score| score == self);
        if same && grades.end_flg != Some(false) {
            return Ok(vec![]);
        }
        let reason = format!("The final score has been registered already: {}.", self.0);
        let reason_ko = format!(
            "이미 최종 평가점수({})가 등록되어 바꿀 수 없습니다.",
            self.0
        );
        Err(Refusal::conflict("evaluation-final", reason).ko(reason_ko))
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
#[serde(rename_all = "camelCase")]
struct ShownEvaluation {
    #[serde(flatten)]
    learning: Learning<ShownDate>,
    end_flg: Option<bool>,
    score: Option<Score>,
}

impl Evaluation {
    fn learning(&self) -> Option<&Learning> {
        match self {
            Self::New | Self::Canceled { .. } => None,
            Self::Underway { learning, .. } => Some(learning),
            Self::Finished { learning, .. } => learning.as_ref(),
        }
    }

    fn shown(&self) -> Option<ShownEvaluation> {
        let (end_flg, score) = match self {
            Self::New | Self::Canceled { .. } => return None,
            Self::Underway { end_flg, score, .. } => (*end_flg, score.clone()),
            Self::Finished { score, .. } => (Some(true), Some(score.clone())),
        };
        self.learning().map(|learning| ShownEvaluation {
            learning: learning.shown(),
            end_flg,
            score,
        })
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
    let (Evaluation::Underway { learning, .. }, EvaluationCommand::Grade(grades)) =
        (evaluation, command)
    else {
        return None;
    };
    is_about(&learning.order_no, grades.order_no.as_deref()).ok()?;
    let register = RegisterEvaluation {
        order_no: learning.order_no.clone(),
        score: grades.last()?.clone(),
    };
    let path = "/orderManagements/registerEvaluation";
    Some(Ask::permission(Method::Put, path, &register).on_no(order_is_gone))
}

/// An order that cannot be found was canceled, and we have not heard of it yet.
fn order_is_gone(no: Refusal) -> Refusal {
    if no.kind == RefusalKind::NotFound {
        canceled()
    } else {
        no
    }
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
    Evaluation::by("orderNo", &registered.order_no).tell(EvaluationCommand::Finish(
        RegisterEvaluation {
            order_no: registered.order_no.clone(),
            score: registered.score.clone(),
        },
    ))
}

#[cfg(test)]
mod tests;

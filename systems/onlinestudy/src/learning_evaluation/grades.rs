//! How a student stands: what a manager says of it, and what that is worth.

use serde::{Deserialize, Serialize};
use storm::{Decision, Id, Refusal};

use super::{
    EvaluationCommand, EvaluationEvent, EvaluationScoreRegistered, LearningEvaluationNoted,
};
use crate::learning_management::Learning;
use crate::order_management::{RegisterEvaluation, Score};

/// What a manager sends.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GradesForm {
    /// If it comes along, it must be the right one.
    order_no: Option<String>,
    end_flg: Option<bool>,
    score: Option<Score>,
}

impl GradesForm {
    pub(super) fn checked(self) -> Result<EvaluationCommand, Refusal> {
        let (end_flg, score) = (self.end_flg, self.score.map(Score::checked).transpose()?);
        if end_flg == Some(true) && score.is_none() {
            let reason = "With `endFlg` true, `score` must say the final score.";
            return Err(Refusal::invalid("score", "score-missing", reason)
                .ko("학습을 종료하려면 최종 평가점수를 입력해 주세요."));
        }
        let grades = Grades { end_flg, score };
        Ok(EvaluationCommand::Grade(self.order_no, grades))
    }
}

/// How a student stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Grades {
    /// Whether the score is the final one, if anybody has said so.
    pub end_flg: Option<bool>,
    /// The score so far.
    pub score: Option<Score>,
}

impl Grades {
    pub(super) fn last(&self) -> Option<&Score> {
        self.score.as_ref().filter(|_| self.end_flg == Some(true))
    }

    /// What was said before, where nothing else is said now.
    pub(super) fn after(self, before: &Self) -> Self {
        Self {
            end_flg: self.end_flg.or(before.end_flg),
            score: self.score.or_else(|| before.score.clone()),
        }
    }
}

impl Learning {
    pub(super) fn graded(&self, id: Id, before: &Grades, grades: Grades) -> Vec<EvaluationEvent> {
        let order_no = self.order_no.clone();
        if let Some(score) = grades.last().cloned() {
            let result = RegisterEvaluation { order_no, score };
            return vec![EvaluationScoreRegistered { id, result }.into()];
        }
        let grades = grades.after(before);
        if grades == *before {
            return vec![];
        }
        let noted = LearningEvaluationNoted {
            id,
            order_no,
            grades,
        };
        vec![noted.into()]
    }
}

impl Score {
    /// Final is final: the same once more is no news.
    pub(super) fn stays(&self, grades: &Grades) -> Decision<EvaluationEvent> {
        let same = grades.score.as_ref().is_none_or(|score| score == self);
        if same && grades.end_flg != Some(false) {
            return Ok(vec![]);
        }
        let reason = format!("The final score has been registered already: {}.", self.0);
        let reason_ko = format!("이미 등록된 최종 평가점수({})는 바꿀 수 없습니다.", self.0);
        Err(Refusal::conflict("evaluation-final", reason).ko(reason_ko))
    }
}

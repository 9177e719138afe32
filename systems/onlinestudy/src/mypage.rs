//! My page: where a student sees how the learning stands.

use serde::{Deserialize, Serialize};
use storm::{Context, ReadModel, ShownDate};

use crate::learning_evaluation::EvaluationScoreRegistered;
use crate::learning_management::{Learning, LearningManagementCanceled, LearningManagementStarted};
use crate::order_management::Score;

/// One row an order whose learning has started, at `/learningStatusInquiries`.
pub fn context() -> Context {
    Context::new("MyPage", 8085).read_model(
        ReadModel::at(
            "learningStatusInquiries",
            "learningStatusInquiry",
            "orderNo",
        )
        .unpaged()
        .found_in_a_list()
        .hidden_when(|row: &LearningStatus| row.canceled || row.learning.is_none())
        .on(
            |started: &LearningManagementStarted| started.learning.order_no.clone(),
            LearningStatus::started,
        )
        .on(
            |registered: &EvaluationScoreRegistered| registered.result.order_no.clone(),
            LearningStatus::scored,
        )
        .on(
            |canceled: &LearningManagementCanceled| canceled.canceled.order_no.clone(),
            LearningStatus::canceled,
        ),
    )
}

/// What a student sees. Events come in any order: a score waits for the start of the learning, and
/// what was canceled is not seen again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct LearningStatus {
    #[serde(flatten)]
    learning: Option<Learning<ShownDate>>,
    score: Option<Score>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    canceled: bool,
}

impl LearningStatus {
    fn started(&mut self, started: &LearningManagementStarted) {
        self.learning = Some(started.learning.shown());
    }

    fn scored(&mut self, registered: &EvaluationScoreRegistered) {
        self.score = Some(registered.result.score.clone());
    }

    fn canceled(&mut self, _: &LearningManagementCanceled) {
        self.canceled = true;
    }
}

//! An examiner's sheet, and what comes of a result that is noted on it.

use serde::{Deserialize, Serialize};
use storm::{Decision, Id, Refusal};

use super::form::ResultForm;
use super::{ExaminationEvent, ExaminationResultRegistered, ScoresRegistered};
use crate::bidding_management::Award;
use crate::bidding_participation::BidNo;

/// How good a bid is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Scores {
    /// For its price.
    pub price_score: Option<i32>,
    /// For its skill.
    pub skill_score: Option<i32>,
}

/// What an examiner has before them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sheet {
    /// The bid.
    #[serde(flatten)]
    pub bid: BidNo,
    /// Its scores.
    #[serde(flatten)]
    pub scores: Scores,
    /// Whether it has won; nobody has said yet when there is nothing.
    pub success_bidder_flag: Option<bool>,
    /// The company.
    pub company_nm: Option<String>,
    /// Its phone.
    pub phone_number: Option<String>,
}

impl Sheet {
    pub(super) fn examined(&self, id: Id, result: &ResultForm) -> Decision<ExaminationEvent> {
        if !result.is_about(&self.bid) {
            return Err(Refusal::conflict(
                "other-bid",
                "This is the examination of another bid: `noticeNo` and `participateNo` must be its own, or be left out.",
            )
            .ko("다른 입찰의 심사입니다. 공고번호와 참여번호를 확인해 주세요."));
        }
        let sheet = Self {
            scores: Scores {
                price_score: result.price_score.or(self.scores.price_score),
                skill_score: result.skill_score.or(self.scores.skill_score),
            },
            success_bidder_flag: result.success_bidder_flag.or(self.success_bidder_flag),
            ..self.clone()
        };
        if sheet == *self {
            return Ok(vec![]);
        }
        match (self.success_bidder_flag, sheet.success_bidder_flag) {
            (Some(true), Some(false)) => Err(Refusal::conflict(
                "award-stands",
                "This bid has won; its award cannot be taken back.",
            )
            .ko("이미 낙찰된 입찰의 결과는 바꿀 수 없습니다.")),
            (before, Some(won)) if before != Some(won) => Ok(vec![sheet.result(id, won).into()]),
            (None | Some(_), None | Some(_)) => Ok(vec![sheet.scores(id).into()]),
        }
    }

    pub(super) fn scores(self, id: Id) -> ScoresRegistered {
        ScoresRegistered {
            id,
            bid: self.bid,
            scores: self.scores,
        }
    }

    pub(super) fn result(self, id: Id, success_bidder_flag: bool) -> ExaminationResultRegistered {
        ExaminationResultRegistered {
            id,
            bid: self.bid,
            scores: self.scores,
            success_bidder_flag,
            company_nm: self.company_nm,
            phone_number: self.phone_number,
        }
    }

    /// A company that did not say its name is called by its bid's number.
    pub(super) fn award(&self) -> Award {
        let name = self.company_nm.as_ref();
        Award {
            notice_no: self.bid.notice_no.clone(),
            succ_bidder_nm: name.unwrap_or(&self.bid.participate_no).clone(),
            phone_number: self.phone_number.clone(),
            participate_no: Some(self.bid.participate_no.clone()),
        }
    }
}

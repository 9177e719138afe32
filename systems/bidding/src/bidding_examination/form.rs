//! What an examiner may say.

use serde::Deserialize;
use storm::form::field;
use storm::{Refusal, text};

use crate::bidding_participation::BidNo;

/// What an examiner sends. The numbers may come along, as in the seed's command lines, and must be
/// the bid's own.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ResultForm {
    pub(super) notice_no: Option<String>,
    pub(super) participate_no: Option<String>,
    pub(super) price_score: Option<i32>,
    pub(super) skill_score: Option<i32>,
    pub(super) success_bidder_flag: Option<bool>,
}

const SCORES: std::ops::RangeInclusive<i32> = 0..=1000;

impl ResultForm {
    pub(super) fn checked(self) -> Result<Self, Refusal> {
        for (field, score) in [
            (field("priceScore", "가격 점수"), self.price_score),
            (field("skillScore", "기술 점수"), self.skill_score),
        ] {
            field.within(score, &SCORES, "score-out-of-range")?;
        }
        Ok(self)
    }

    pub(super) fn is_about(&self, bid: &BidNo) -> bool {
        let same = |sent: &Option<String>, own: &str| {
            sent.as_deref().is_none_or(|sent| text::same(sent, own))
        };
        same(&self.notice_no, &bid.notice_no) && same(&self.participate_no, &bid.participate_no)
    }
}

//! My page: where bidders see how their bids stand.

use serde::{Deserialize, Serialize};
use storm::{Context, Key, ReadModel};

use crate::bidding_examination::ExaminationResultRegistered;
use crate::bidding_participation::{BidNo, BiddingParticipated, BiddingParticipationCanceled};

/// One row a bid, at `/biddingStatusInquiries`.
pub fn context() -> Context {
    Context::new("MyPage", 8084).read_model(
        ReadModel::at("biddingStatusInquiries", "biddingStatusInquiry", "bid")
            .not_found_by_key()
            .also_found_by(&["noticeNo", "participateNo"], BiddingStatus::keys)
            .unpaged()
            .hidden_when(|status| status.canceled)
            .on(
                |participated: &BiddingParticipated| participated.bid.no().key(),
                BiddingStatus::participated,
            )
            .on(
                |result: &ExaminationResultRegistered| result.bid.key(),
                BiddingStatus::examined,
            )
            .on(
                |canceled: &BiddingParticipationCanceled| canceled.bid.key(),
                BiddingStatus::canceled,
            ),
    )
}

/// What a bidder sees. A result may come before its bid, or after the bid was canceled, which is for
/// good; and once a bid has won, nothing that was told before makes it lose.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct BiddingStatus {
    #[serde(flatten)]
    bid: BidNo,
    company_nm: Option<String>,
    /// Nobody has said yet, lost, or won.
    bidding_result: Option<bool>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    canceled: bool,
}

impl BiddingStatus {
    fn keys(&self) -> Vec<Key> {
        vec![
            Key::shared("noticeNo", &self.bid.notice_no),
            Key::shared("participateNo", &self.bid.participate_no),
        ]
    }

    fn participated(&mut self, participated: &BiddingParticipated) {
        self.bid = participated.bid.no();
        self.company_nm.clone_from(&participated.bid.company_nm);
    }

    fn examined(&mut self, result: &ExaminationResultRegistered) {
        self.bid = result.bid.clone();
        self.company_nm.clone_from(&result.company_nm);
        self.bidding_result = self.bidding_result.max(Some(result.success_bidder_flag));
    }

    fn canceled(&mut self, canceled: &BiddingParticipationCanceled) {
        self.bid = canceled.bid.clone();
        self.canceled = true;
    }
}

#[cfg(test)]
mod tests;

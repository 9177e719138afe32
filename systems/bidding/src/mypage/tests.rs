use serde_json::json;

use super::*;
use crate::bidding_examination::Scores;

fn bid() -> BidNo {
    BidNo {
        notice_no: "n33".to_owned(),
        participate_no: "p33".to_owned(),
    }
}

fn result(success_bidder_flag: bool) -> ExaminationResultRegistered {
    ExaminationResultRegistered {
        id: 1,
        bid: bid(),
        scores: Scores::default(),
        success_bidder_flag,
        company_nm: Some("doremi33".to_owned()),
        phone_number: None,
    }
}

#[test]
fn a_bid_has_no_result_until_it_is_examined() {
    let mut status = BiddingStatus::default();
    let participated =
        json!({"id": 1, "noticeNo": "n33", "participateNo": "p33", "companyNm": "doremi33"});
    status.participated(&serde_json::from_value(participated).unwrap());
    assert_eq!(
        serde_json::to_string(&status).unwrap(),
        r#"{"noticeNo":"n33","participateNo":"p33","companyNm":"doremi33","biddingResult":null}"#
    );
}

#[test]
fn a_bid_that_has_won_does_not_lose_by_what_was_told_before() {
    let mut status = BiddingStatus::default();
    status.examined(&result(false));
    assert_eq!(status.bidding_result, Some(false));
    status.examined(&result(true));
    status.examined(&result(false));
    assert_eq!(status.bidding_result, Some(true));
}

#[test]
fn a_canceled_bid_stays_canceled() {
    let mut status = BiddingStatus::default();
    let phone_number = None;
    status.canceled(&BiddingParticipationCanceled {
        id: 1,
        bid: bid(),
        phone_number,
    });
    status.examined(&result(true));
    assert!(status.canceled);
    let kept = serde_json::to_string(&status).unwrap();
    assert_eq!(
        serde_json::from_str::<BiddingStatus>(&kept).unwrap(),
        status
    );
}

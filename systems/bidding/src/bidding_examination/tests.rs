use serde_json::{Value, json};
use storm::EventSet as _;
use testkit::{given, given_nothing};

use super::*;

fn bid() -> BidNo {
    BidNo {
        notice_no: "n33".to_owned(),
        participate_no: "p33".to_owned(),
    }
}

fn sheet() -> Sheet {
    Sheet {
        bid: bid(),
        company_nm: Some("doremi33".to_owned()),
        phone_number: Some("010-1234-1234".to_owned()),
        ..Sheet::default()
    }
}

fn scored() -> Sheet {
    Sheet {
        scores: Scores {
            price_score: Some(80),
            skill_score: Some(90),
        },
        ..sheet()
    }
}

fn result(flag: Option<bool>, skill_score: Option<i32>) -> ExaminationCommand {
    ExaminationCommand::Examine(ResultForm {
        success_bidder_flag: flag,
        price_score: skill_score.map(|_| 80),
        skill_score,
        ..ResultForm::default()
    })
}

fn received() -> ExaminationEvent {
    let sheet = sheet();
    BidReceived { id: 1, sheet }.into()
}

fn canceled() -> ExaminationEvent {
    BiddingExaminationCanceled { id: 1, bid: bid() }.into()
}

#[test]
fn a_bid_is_received_once_and_its_result_is_registered_once() {
    given_nothing::<Examination>()
        .when(ExaminationCommand::Prepare(sheet()))
        .then([received()])
        .when(ExaminationCommand::Prepare(sheet()))
        .then_no_news()
        .when(result(Some(true), Some(90)))
        .then([scored().result(1, true).into()])
        .when(result(Some(true), Some(90)))
        .then_no_news()
        .when(ExaminationCommand::Complete)
        .then_no_news();
}

#[test]
fn scores_can_come_before_the_result_and_alone() {
    given::<Examination>([received()])
        .when(result(None, None))
        .then_no_news()
        .when(result(None, Some(90)))
        .then([scored().scores(1).into()])
        .when(result(Some(false), None))
        .then([scored().result(1, false).into()])
        .when(result(Some(false), Some(90)))
        .then_no_news();
}

#[test]
fn what_has_won_has_won_and_what_has_lost_may_still_win() {
    given::<Examination>([received()])
        .when(result(Some(false), None))
        .then([sheet().result(1, false).into()])
        .when(result(Some(true), None))
        .then([sheet().result(1, true).into()])
        .when(result(Some(false), None))
        .then_refused("award-stands");
}

#[test]
fn scores_that_come_with_an_award_are_kept_when_its_echo_was_faster() {
    given::<Examination>([received()])
        .when(ExaminationCommand::Complete)
        .then([sheet().result(1, true).into()])
        .when(result(Some(true), Some(90)))
        .then([scored().scores(1).into()]);
}

#[test]
fn the_numbers_that_are_sent_must_be_the_bids_own() {
    let about = |notice_no: &str, participate_no: &str| {
        ExaminationCommand::Examine(ResultForm {
            notice_no: Some(notice_no.to_owned()),
            participate_no: Some(participate_no.to_owned()),
            ..ResultForm::default()
        })
    };
    given::<Examination>([received()])
        .when(about("n33", " p33"))
        .then_no_news()
        .when(about("n34", "p33"))
        .then_refused("other-bid")
        .when(about("n33", "p34"))
        .then_refused("other-bid");
}

#[test]
fn an_examination_goes_with_its_bid_even_before_it_came() {
    given::<Examination>([received()])
        .when(ExaminationCommand::Cancel(bid()))
        .then([canceled()])
        .when(ExaminationCommand::Cancel(bid()))
        .then_no_news()
        .when(result(Some(true), None))
        .then_refused("bid-canceled");
    given_nothing::<Examination>()
        .when(ExaminationCommand::Cancel(bid()))
        .then([canceled()])
        .when(ExaminationCommand::Prepare(sheet()))
        .then_no_news();
    assert!(
        given::<Examination>([received(), canceled()])
            .state()
            .shown()
            .is_none()
    );
}

#[test]
fn an_award_that_comes_when_the_bid_is_gone_is_told_to_be_taken_back() {
    given::<Examination>([received(), canceled()])
        .when(ExaminationCommand::Complete)
        .then([canceled()]);
}

#[test]
fn the_notice_is_asked_before_a_bid_wins_and_only_then() {
    let asks = |examination: &Examination, command: &ExaminationCommand| {
        winning_asks_notice_to_register_winner(1, examination, command).is_some()
    };
    let underway = Examination::Underway(sheet());
    assert!(asks(&underway, &result(Some(true), None)));
    assert!(!asks(&underway, &result(Some(false), None)));
    assert!(!asks(&underway, &result(None, Some(1))));
    assert!(!asks(
        &Examination::Canceled(bid()),
        &result(Some(true), None)
    ));
    let won = Examination::Underway(Sheet {
        success_bidder_flag: Some(true),
        ..sheet()
    });
    assert!(!asks(&won, &result(Some(true), None)));
    let other = ResultForm {
        notice_no: Some("n34".to_owned()),
        success_bidder_flag: Some(true),
        ..ResultForm::default()
    };
    assert!(!asks(&underway, &ExaminationCommand::Examine(other)));
}

#[test]
fn a_company_without_a_name_wins_under_its_bids_number() {
    assert_eq!(sheet().award().succ_bidder_nm, "doremi33");
    let nameless = Sheet {
        company_nm: None,
        ..sheet()
    };
    assert_eq!(nameless.award().succ_bidder_nm, "p33");
}

#[test]
fn scores_are_from_0_to_1000() {
    let checked = |score| {
        let form = ResultForm {
            price_score: Some(score),
            ..ResultForm::default()
        };
        form.checked().map_err(|refusal| refusal.code)
    };
    assert!(checked(0).is_ok() && checked(1000).is_ok());
    assert_eq!(checked(-1).unwrap_err(), "score-out-of-range");
    assert_eq!(checked(1001).unwrap_err(), "score-out-of-range");
}

#[test]
fn the_company_is_misspelled_on_the_wire_and_filled() {
    let event = ExaminationEvent::from(scored().result(1, true));
    let event: Value = serde_json::from_str(&event.to_json().unwrap()).unwrap();
    assert_eq!(
        event,
        json!({
            "id": 1, "noticeNo": "n33", "participateNo": "p33", "priceScore": 80, "skillScore": 90,
            "successBidderFlag": true, "comapanyNm": "doremi33", "phoneNumber": "010-1234-1234",
        })
    );
}

use serde_json::{Value, json};
use storm::Date;
use testkit::{given, given_nothing};

use super::*;

fn bid(participate_no: &str) -> Bid {
    Bid {
        notice_no: "n33".to_owned(),
        participate_no: participate_no.to_owned(),
        company_no: Some("c33".to_owned()),
        company_nm: Some("doremi33".to_owned()),
        participate_date: Date::of_day(2021, 6, 30),
        offer_price: Some(10),
        offer_contents: None,
        fee_payment_flag: None,
        phone_number: Some("010-1234-1234".to_owned()),
    }
}

/// What the seed sends.
fn fill_in() -> ParticipationCommand {
    patch(&json!({
        "noticeNo": "n33", "participateNo": "p33", "companyNo": "c33", "companyNm": "doremi33",
        "phoneNumber": "010-1234-1234", "participateDate": "20210630", "offerPrice": "10",
    }))
}

fn patch(fields: &Value) -> ParticipationCommand {
    ParticipationCommand::FillIn(storm::lenient::from_value(fields).unwrap())
}

fn prepare() -> ParticipationCommand {
    ParticipationCommand::Prepare("n33".to_owned())
}

fn cancel_notice() -> ParticipationCommand {
    ParticipationCommand::CancelNotice("n33".to_owned())
}

fn received() -> ParticipationEvent {
    let notice_no = "n33".to_owned();
    BiddingNoticeReceived { id: 1, notice_no }.into()
}

fn participated() -> ParticipationEvent {
    let bid = bid("p33");
    BiddingParticipated { id: 1, bid }.into()
}

fn withdrawn() -> ParticipationEvent {
    bid("p33").canceled(1).into()
}

fn closed() -> ParticipationEvent {
    let notice_no = "n33".to_owned();
    BiddingNoticeClosed { id: 1, notice_no }.into()
}

#[test]
fn a_row_is_prepared_once_and_the_bid_goes_into_it() {
    given_nothing::<Participation>()
        .when(prepare())
        .then([received()])
        .when(prepare())
        .then_no_news()
        .when(fill_in())
        .then([participated()])
        .when(fill_in())
        .then_no_news()
        .when(prepare())
        .then_no_news();
}

#[test]
fn a_bid_can_come_beside_the_row_once() {
    given_nothing::<Participation>()
        .when(ParticipationCommand::Submit(bid("p33")))
        .then([participated()])
        .when(ParticipationCommand::Submit(bid("p33")))
        .then_no_news();
}

#[test]
fn a_submitted_bid_stays_as_it_is() {
    let dearer = Bid {
        offer_price: Some(11),
        ..bid("p33")
    };
    given::<Participation>([participated()])
        .when(ParticipationCommand::Submit(dearer))
        .then_refused("bid-submitted")
        .when(patch(&json!({"companyNm": "fasol"})))
        .then_refused("bid-submitted")
        .when(patch(&json!({"phoneNumber": null})))
        .then_refused("bid-submitted")
        .when(patch(&json!({"participateNo": "p34"})))
        .then_refused("row-taken")
        .when(patch(&json!({"noticeNo": "n34"})))
        .then_refused("other-notice");
}

#[test]
fn a_row_takes_bids_on_its_own_notice_only_and_they_say_which_bid() {
    given::<Participation>([received()])
        .when(patch(&json!({"noticeNo": "n34", "participateNo": "p33"})))
        .then_refused("other-notice")
        .when(patch(&json!({"companyNm": "doremi33"})))
        .then_refused("unreadable")
        .when(patch(&json!({"participateNo": "p33", "offerPrice": -1})))
        .then_refused("amount-negative");
}

#[test]
fn a_bid_is_withdrawn_once_and_for_good() {
    given::<Participation>([received(), participated()])
        .when(ParticipationCommand::Withdraw)
        .then([withdrawn()])
        .when(ParticipationCommand::Withdraw)
        .then_no_news()
        .when(ParticipationCommand::Submit(bid("p33")))
        .then_refused("bid-withdrawn");
}

#[test]
fn where_nobody_has_bid_there_is_nothing_to_withdraw() {
    given::<Participation>([received()])
        .when(ParticipationCommand::Withdraw)
        .then_refused("no-bid");
}

#[test]
fn a_canceled_notice_takes_its_bids_with_it_and_no_more() {
    given::<Participation>([received(), participated()])
        .when(cancel_notice())
        .then([withdrawn(), closed()])
        .when(cancel_notice())
        .then_no_news()
        .when(ParticipationCommand::CheckNotice)
        .then_refused("notice-canceled")
        .when(prepare())
        .then_no_news();
    given::<Participation>([participated()])
        .when(cancel_notice())
        .then([withdrawn()])
        .when(cancel_notice())
        .then_no_news();
}

#[test]
fn the_prepared_row_knows_of_the_cancel_whether_it_is_blank_withdrawn_or_was_never_there() {
    for before in [
        vec![],
        vec![received()],
        vec![received(), participated(), withdrawn()],
    ] {
        given::<Participation>(before)
            .when(ParticipationCommand::CheckNotice)
            .then_no_news()
            .when(cancel_notice())
            .then([closed()])
            .when(ParticipationCommand::CheckNotice)
            .then_refused("notice-canceled");
    }
}

#[test]
fn only_what_stands_is_shown() {
    let shown = |events: &[ParticipationEvent]| {
        let row = given::<Participation>(events.iter().cloned());
        serde_json::to_value(row.state().shown()).unwrap()
    };
    let blank = shown(&[received()]);
    assert_eq!(
        (&blank["noticeNo"], &blank["companyNm"]),
        (&json!("n33"), &Value::Null)
    );
    let filled = serde_json::to_string(&shown(&[received(), participated()])).unwrap();
    assert_eq!(
        filled,
        "{\"noticeNo\":\"n33\",\"participateNo\":\"p33\",\"companyNo\":\"c33\",\"companyNm\":\"doremi33\",\
         \"participateDate\":\"2021-06-30T00:00:00.000+0000\",\"offerPrice\":10,\"offerContents\":null,\
         \"feePaymentFlag\":null,\"phoneNumber\":\"010-1234-1234\"}"
    );
    assert_eq!(shown(&[participated(), withdrawn()]), Value::Null);
    assert_eq!(shown(&[received(), closed()]), Value::Null);
}

#[test]
fn the_key_of_a_bid_is_that_of_no_other() {
    let key = |notice_no: &str, participate_no: &str| {
        let (notice_no, participate_no) = (notice_no.to_owned(), participate_no.to_owned());
        BidNo {
            notice_no,
            participate_no,
        }
        .key()
    };
    assert_ne!(key("n 3", "3"), key("n", "3 3"));
    assert_ne!(key("n1", "1"), key("n", "11"));
}

#[test]
fn a_bid_that_cannot_be_read_out_is_refused() {
    let refused = |bid: Bid| bid.checked().unwrap_err().field.unwrap();
    assert_eq!(refused(bid(" ")), "participateNo");
    let phone_number = Some("0".repeat(31));
    assert_eq!(
        refused(Bid {
            phone_number,
            ..bid("p")
        }),
        "phoneNumber"
    );
    let offer_price = Some(-1);
    assert_eq!(
        refused(Bid {
            offer_price,
            ..bid("p")
        }),
        "offerPrice"
    );
}

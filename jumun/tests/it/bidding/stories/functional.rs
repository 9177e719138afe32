//! What notices and bids do.

use serde_json::{Value, json};
use story::story;

use crate::bidding::Tenders;
use crate::bidding::tenders::{RECEIVED, SYSTEM, bid_of, company, phone, told};
use crate::stage::{Setup, Shape};

// 입찰공고가 등록된 후에 입찰참여 시스템에 알려준다: 입찰공고 번호를 등록한다.

#[story]
fn functional_1_a_notice_is_registered_and_a_row_is_prepared_for_its_bid(shape: Shape) {
    let tenders = Setup::of(SYSTEM).shape(shape).start();
    let notice = json!({
        "noticeNo": "n33",
        "title": "title33",
        "dueDate": "2021-07-31",
        "price": 3_000_000_000_i64,
        "demandOrgNm": "서울시청",
        "bizInfo": "도서관 건립",
        "qualifications": "건설업 면허",
    });
    let answer = tenders
        .post("/biddingManagements", &notice)
        .expect(201)
        .json();
    let mut wanted = notice;
    wanted["dueDate"] = json!("2021-07-31T00:00:00.000+0000");
    wanted["succBidderNm"] = Value::Null;
    wanted["phoneNumber"] = Value::Null;
    let shown = tenders.becomes("/biddingManagements/1", &wanted);
    assert_eq!(shown, answer);
    assert_eq!(tenders.prepared("n33"), 1);
    let row = tenders.get("/biddingParticipations/1").expect(200).json();
    assert_eq!(row["noticeNo"], "n33");
    assert_eq!(row["companyNm"], Value::Null);
    tenders.settle();
    assert_eq!(tenders.told("BiddingNoticeReceived"), 1);
    assert!(tenders.sms().is_empty());
}

#[story]
fn functional_1_a_notice_can_be_changed_until_it_is_won_and_nobody_is_told_that_they_won(
    shape: Shape,
) {
    let tenders = Setup::of(SYSTEM).shape(shape).start();
    let notice = tenders.register("n33");
    tenders.bid("n33", "p1");
    let path = format!("/biddingManagements/{notice}");
    let changed = tenders
        .patch(&path, &json!({"title": "another", "price": "5"}))
        .expect(200);
    assert_eq!(changed.json()["title"], "another");
    let same = tenders
        .patch(&path, &json!({"title": "another"}))
        .expect(200);
    assert_eq!(same.header("etag"), changed.header("etag"), "no news");
    let other = tenders
        .patch(&path, &json!({"noticeNo": "n34"}))
        .expect(409);
    assert_eq!(other.json()["code"], "notice-no-fixed");
    tenders.settle();
    assert_eq!(tenders.told("NoticeChanged"), 1);
    assert_eq!(tenders.sms(), told("n33", &[("p1", RECEIVED)]));
    tenders
        .examine(&tenders.sheet("n33", "p1"), true)
        .expect(200);
    let late = tenders
        .patch(&path, &json!({"title": "too late"}))
        .expect(409);
    assert_eq!(late.json()["code"], "notice-awarded");
}

// 입찰참여 등록: 입찰심사에 접수된다.

#[story]
fn functional_2_a_bid_goes_into_the_prepared_row_and_is_received_for_examination(shape: Shape) {
    let tenders = Setup::of(SYSTEM).shape(shape).start();
    tenders.register("n33");
    let path = format!("/biddingParticipations/{}", tenders.prepared("n33"));
    let bid = bid_of("n33", "p33");
    let submitted = tenders.patch(&path, &bid).expect(200).json();
    for (field, value) in bid.as_object().unwrap() {
        let date = json!("2021-06-30T00:00:00.000+0000");
        let wanted = if field == "participateDate" {
            &date
        } else {
            value
        };
        assert_eq!(&submitted[field], wanted, "{field}");
    }
    let sheet = tenders.sheet("n33", "p33");
    assert_eq!(sheet["companyNm"], company("p33"));
    assert_eq!(sheet["phoneNumber"], phone("n33", "p33"));
    assert_eq!(sheet["successBidderFlag"], Value::Null);
    // Sent again it is no news; it cannot be changed, nor be made another one.
    tenders.patch(&path, &bid).expect(200);
    let second = tenders.patch(&path, &bid_of("n33", "p34")).expect(409);
    assert_eq!(second.json()["code"], "row-taken");
    let changed = tenders.patch(&path, &json!({"offerPrice": 1})).expect(409);
    assert_eq!(changed.json()["code"], "bid-submitted");
    let other = tenders
        .patch(&path, &json!({"noticeNo": "n34"}))
        .expect(409);
    assert_eq!(other.json()["code"], "other-notice");
    tenders.settle();
    assert_eq!(tenders.count("biddingExaminations"), 1);
    assert_eq!(tenders.told("BiddingParticipated"), 1);
}

#[story]
fn functional_2_many_companies_bid_on_a_notice_each_once(shape: Shape) {
    let tenders = Setup::of(SYSTEM).shape(shape).start();
    tenders.register("n33");
    tenders.prepared("n33");
    let first = tenders.bid("n33", "p1");
    assert_eq!(tenders.bid("n33", "p1"), first, "the same bid again");
    assert_ne!(tenders.bid("n33", "p2"), first);
    let mut other = bid_of("n33", "p1");
    other["offerPrice"] = json!(1);
    tenders.post("/biddingParticipations", &other).expect(409);
    // Nor does the prepared row take a bid that stands beside it.
    let path = format!("/biddingParticipations/{}", tenders.prepared("n33"));
    let taken = tenders
        .patch(&path, &json!({"participateNo": "p1"}))
        .expect(409);
    assert_eq!(taken.json()["code"], "key-taken");
    tenders.settle();
    tenders.results_become("n33", &[("p1", Value::Null), ("p2", Value::Null)]);
    assert_eq!(
        tenders.list("biddingExaminations", "noticeNo", "n33").len(),
        2
    );
    assert_eq!(
        tenders
            .list("biddingParticipations", "noticeNo", "n33")
            .len(),
        3
    );
}

// 입찰공고가 취소됨: 입찰참여 정보를 삭제한다.

#[story]
fn functional_4_a_canceled_notice_takes_its_bids_and_results_with_it(shape: Shape) {
    let tenders = Setup::of(SYSTEM).shape(shape).start();
    let notice = tenders.register("n33");
    let blank = tenders.prepared("n33");
    let bids = ["p1", "p2"].map(|bidder| tenders.bid("n33", bidder));
    tenders
        .examine(&tenders.sheet("n33", "p1"), true)
        .expect(200);
    let other = tenders.register("n34");
    tenders.bid("n34", "p1");

    tenders
        .delete(&format!("/biddingManagements/{notice}"))
        .expect(204);
    tenders.settle();
    tenders
        .get(&format!("/biddingManagements/{notice}"))
        .expect(404);
    tenders
        .get(&format!("/biddingManagements/{other}"))
        .expect(200);
    for row in bids.into_iter().chain([blank]) {
        tenders
            .get(&format!("/biddingParticipations/{row}"))
            .expect(404);
    }
    for collection in ["biddingParticipations", "biddingExaminations"] {
        assert!(
            tenders.list(collection, "noticeNo", "n33").is_empty(),
            "{collection}"
        );
    }
    assert!(tenders.results("n33").is_empty());
    assert_eq!(tenders.results("n34"), [("p1".to_owned(), Value::Null)]);
    // Nobody bids on it any more, and its number stays taken.
    let late = tenders
        .post("/biddingParticipations", &bid_of("n33", "p3"))
        .expect(409);
    assert_eq!(late.json()["code"], "notice-canceled");
    let again = tenders
        .post("/biddingManagements", &json!({"noticeNo": "n33"}))
        .expect(409);
    assert_eq!(again.json()["code"], "notice-canceled");
    tenders
        .delete(&format!("/biddingManagements/{notice}"))
        .expect(404);
    tenders.are_all_the_same_rebuilt();
}

#[story]
fn functional_4_a_withdrawn_bid_goes_alone_and_if_it_had_won_another_may(shape: Shape) {
    let tenders = Setup::of(SYSTEM).shape(shape).start();
    tenders.register("n33");
    let row = tenders.bid("n33", "p1");
    tenders.bid("n33", "p2");
    tenders
        .examine(&tenders.sheet("n33", "p1"), true)
        .expect(200);
    tenders
        .delete(&format!("/biddingParticipations/{row}"))
        .expect(204);
    tenders.settle();
    tenders
        .get(&format!("/biddingParticipations/{row}"))
        .expect(404);
    assert_eq!(tenders.winner("n33"), Value::Null);
    tenders.results_become("n33", &[("p2", Value::Null)]);
    let again = tenders
        .post("/biddingParticipations", &bid_of("n33", "p1"))
        .expect(409);
    assert_eq!(again.json()["code"], "bid-withdrawn");
    tenders
        .examine(&tenders.sheet("n33", "p2"), true)
        .expect(200);
    assert!(tenders.agree("n33", "p2"));
    tenders.are_all_the_same_rebuilt();
}

#[story]
fn functional_4_a_bid_that_came_before_its_notice_goes_with_it_and_a_blank_row_is_no_bid(
    shape: Shape,
) {
    let tenders = Setup::of(SYSTEM).shape(shape).start();
    tenders.bid("n33", "p1");
    let early = tenders
        .examine(&tenders.sheet("n33", "p1"), true)
        .expect(409);
    assert_eq!(early.json()["code"], "notice-not-open");
    let notice = tenders.register("n33");
    let blank = tenders.prepared("n33");
    let none = tenders
        .delete(&format!("/biddingParticipations/{blank}"))
        .expect(409);
    assert_eq!(none.json()["code"], "no-bid");
    tenders
        .delete(&format!("/biddingManagements/{notice}"))
        .expect(204);
    tenders.settle();
    assert_eq!(tenders.count("biddingParticipations"), 0);
    assert_eq!(tenders.count("biddingExaminations"), 0);
    assert!(tenders.results("n33").is_empty());
}

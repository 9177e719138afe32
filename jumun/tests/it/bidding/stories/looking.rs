//! What bidders are told, and what they see.

use serde_json::{Value, json};
use story::story;

use crate::bidding::Tenders;
use crate::bidding::tenders::{CANCELED, RECEIVED, SYSTEM, WON, bid_of, company, told};
use crate::stage::{Setup, Shape};

// 입찰서 등록 완료, 입찰서 등록 취소, 낙찰 되었습니다~~~

#[story]
fn functional_5_bidders_are_told_by_sms_each_once_and_on_the_right_phone(shape: Shape) {
    let tenders = Setup::of(SYSTEM).shape(shape).start();
    let notice = tenders.register("n33");
    for bidder in ["p1", "p2"] {
        tenders.bid("n33", bidder);
        tenders.bid("n33", bidder);
    }
    let withdrawn = tenders.bid("n33", "p3");
    let mut mute = bid_of("n33", "p4");
    mute["phoneNumber"] = Value::Null;
    tenders.post("/biddingParticipations", &mute).expect(201);
    tenders
        .delete(&format!("/biddingParticipations/{withdrawn}"))
        .expect(204);
    tenders
        .examine(&tenders.sheet("n33", "p1"), false)
        .expect(200);
    for _ in 0..2 {
        tenders
            .examine(&tenders.sheet("n33", "p2"), true)
            .expect(200);
    }
    tenders.settle();
    let mut all = vec![
        ("p1", RECEIVED),
        ("p2", RECEIVED),
        ("p2", WON),
        ("p3", RECEIVED),
        ("p3", CANCELED),
    ];
    assert_eq!(tenders.sms(), told("n33", &all));
    tenders
        .delete(&format!("/biddingManagements/{notice}"))
        .expect(204);
    tenders.settle();
    all.extend([("p1", CANCELED), ("p2", CANCELED)]);
    assert_eq!(tenders.sms(), told("n33", &all));
}

// 입찰현황 조회

#[story]
fn functional_6_a_bidder_sees_how_the_bids_stand_by_notice_and_by_bid(shape: Shape) {
    let tenders = Setup::of(SYSTEM).shape(shape).start();
    for notice in ["n1", "n2"] {
        tenders.register(notice);
        for bidder in ["p1", "p2"] {
            tenders.bid(notice, bidder);
        }
    }
    tenders
        .examine(&tenders.sheet("n1", "p1"), true)
        .expect(200);
    tenders
        .examine(&tenders.sheet("n2", "p1"), false)
        .expect(200);
    tenders.results_become("n1", &[("p1", json!(true)), ("p2", Value::Null)]);
    tenders.results_become("n2", &[("p1", json!(false)), ("p2", Value::Null)]);
    let mine = tenders.list("biddingStatusInquiries", "participateNo", "p1");
    let notices: Vec<_> = mine
        .iter()
        .map(|row| row["noticeNo"].as_str().unwrap())
        .collect();
    assert_eq!(notices, ["n1", "n2"]);
    let fields: Vec<_> = mine[0]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        fields,
        [
            "noticeNo",
            "participateNo",
            "companyNm",
            "biddingResult",
            "_links"
        ]
    );
    assert_eq!(mine[0]["companyNm"], company("p1"));
    // It only shows; nobody writes to it.
    tenders
        .post("/biddingStatusInquiries", &json!({}))
        .expect(405);
}

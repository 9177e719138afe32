//! Who wins, and that nobody else does.

use serde_json::{Value, json};
use story::story;

use crate::bidding::Tenders;
use crate::bidding::tenders::{RECEIVED, SYSTEM, WON, company, phone, told};
use crate::stage::{Apart, Setup, Shape, id_of};

// 심사결과등록(입찰심사)->낙찰자정보등록(입찰관리)

#[story]
fn functional_3_the_winner_stands_on_the_examination_and_on_the_notice(shape: Shape) {
    let tenders = Setup::of(SYSTEM).shape(shape).start();
    tenders.register("n33");
    for bidder in ["p1", "p2", "p3"] {
        tenders.bid("n33", bidder);
    }
    tenders
        .examine(&tenders.sheet("n33", "p1"), false)
        .expect(200);
    let won = tenders
        .examine(&tenders.sheet("n33", "p2"), true)
        .expect(200)
        .json();
    assert_eq!(
        (&won["successBidderFlag"], &won["priceScore"]),
        (&json!(true), &json!(80))
    );
    let notice = tenders
        .find("biddingManagements", "noticeNo", "n33")
        .expect("a notice");
    assert_eq!(notice["succBidderNm"], company("p2"));
    assert_eq!(notice["phoneNumber"], phone("n33", "p2"));
    tenders.results_become(
        "n33",
        &[
            ("p1", json!(false)),
            ("p2", json!(true)),
            ("p3", Value::Null),
        ],
    );
    // Said again it is no news; it cannot be taken back, and nobody else wins.
    tenders.examine(&won, true).expect(200);
    let back = tenders.examine(&won, false).expect(409);
    assert_eq!(back.json()["code"], "award-stands");
    let second = tenders
        .examine(&tenders.sheet("n33", "p3"), true)
        .expect(409);
    assert_eq!(second.json()["code"], "already-awarded");
    tenders.settle();
    assert_eq!(tenders.winner("n33"), company("p2"));
    assert_eq!(tenders.told("SuccessBidderRegistered"), 1);
    assert_eq!(tenders.told("ExaminationResultRegistered"), 2);
}

#[story]
fn functional_3_two_examiners_at_the_same_moment_make_one_winner(shape: Shape) {
    let tenders = Setup::of(SYSTEM).shape(shape).start();
    for round in 0..5 {
        let notice = format!("n{round}");
        tenders.register(&notice);
        let sheets = ["p1", "p2", "p3"].map(|bidder| {
            tenders.bid(&notice, bidder);
            tenders.sheet(&notice, bidder)
        });
        let door = &*tenders;
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let examiners = sheets.each_ref();
            let examiners = examiners.map(|sheet| scope.spawn(|| door.examine(sheet, true).status));
            examiners
                .into_iter()
                .map(|examiner| examiner.join().unwrap())
                .collect()
        });
        let won: Vec<_> = statuses.iter().filter(|status| **status == 200).collect();
        assert_eq!(won.len(), 1, "{statuses:?}");
        assert!(
            statuses.iter().all(|status| [200, 409].contains(status)),
            "{statuses:?}"
        );
        let winners = ["p1", "p2", "p3"]
            .iter()
            .filter(|bidder| tenders.agree(&notice, bidder));
        assert_eq!(winners.count(), 1);
    }
}

// @RequestMapping(value = "/biddingManagements/registSucessBidder", method = RequestMethod.GET)

#[test]
fn functional_3_callers_of_the_originals_kind_are_answered_true_or_false() {
    let tenders = Apart::of(SYSTEM);
    tenders.register("n33");
    let agency = json!({"noticeNo": "n34", "demandOrgNm": "조달청"});
    tenders.post("/biddingManagements", &agency).expect(201);
    let notices = tenders.context("BiddingManagement");
    let ask = |notice: &str, name: &str| {
        let path = "/biddingManagements/registSucessBidder";
        let query = format!("noticeNo={notice}&succBidderNm={name}&phoneNumber=010-1");
        notices.get(&format!("{path}?{query}")).expect(200).json()
    };
    assert_eq!(ask("n33", "doremi"), true);
    assert_eq!(ask("n33", "doremi"), true, "said again");
    assert_eq!(ask("n33", "fasol"), false, "there is a winner");
    assert_eq!(ask("n34", "doremi"), false, "the procurement service");
    assert_eq!(ask("n35", "doremi"), false, "no such notice");
    tenders.settle();
    assert_eq!(tenders.winner("n33"), "doremi");
    assert_eq!(tenders.sms(), [("010-1".to_owned(), WON.to_owned())]);
    tenders.has_no_dead_letters();
}

// "조달청".equals(biddingManagement.getDemandOrgNm()) == false

#[story]
fn functional_3_a_notice_of_the_procurement_service_is_not_won_here(shape: Shape) {
    let tenders = Setup::of(SYSTEM).shape(shape).start();
    let notice = json!({"noticeNo": "n33", "demandOrgNm": "조달청"});
    tenders.post("/biddingManagements", &notice).expect(201);
    tenders.bid("n33", "p1");
    let refused = tenders
        .examine(&tenders.sheet("n33", "p1"), true)
        .expect(409);
    assert_eq!(refused.json()["code"], "awarded-by-procurement-service");
    tenders
        .examine(&tenders.sheet("n33", "p1"), false)
        .expect(200);
    assert!(!tenders.agree("n33", "p1"));
    assert_eq!(tenders.winner("n33"), Value::Null);
    tenders.settle();
    assert_eq!(tenders.sms(), told("n33", &[("p1", RECEIVED)]));
}

#[story]
fn functional_3_scores_must_make_sense_and_be_of_this_bid(shape: Shape) {
    let tenders = Setup::of(SYSTEM).shape(shape).start();
    tenders.register("n33");
    tenders.bid("n33", "p1");
    let path = format!(
        "/biddingExaminations/{}",
        id_of(&tenders.sheet("n33", "p1"))
    );
    for (body, status, field) in [
        (json!({"priceScore": -1}), 422, "priceScore"),
        (json!({"skillScore": "good"}), 400, "skillScore"),
        (
            json!({"successBidderFlag": "perhaps"}),
            400,
            "successBidderFlag",
        ),
    ] {
        let refused = tenders.patch(&path, &body).expect(status);
        assert_eq!(refused.json()["field"], field);
    }
    let other = tenders.patch(&path, &json!({"participateNo": "p2", "priceScore": 1}));
    assert_eq!(other.expect(409).json()["code"], "other-bid");
    let scored = tenders
        .patch(&path, &json!({"priceScore": "70"}))
        .expect(200)
        .json();
    assert_eq!(
        (&scored["priceScore"], &scored["skillScore"]),
        (&json!(70), &Value::Null)
    );
    tenders.results_become("n33", &[("p1", Value::Null)]);
}

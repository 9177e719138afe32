//! Examination asks the notice to register the winner: what if that says no, is slow, is gone, or
//! dies half way, and what if the one who asked does? Both sides say the same within seconds.

use serde_json::{Value, json};

use crate::bidding::Tenders;
use crate::bidding::tenders::{CANCELED, RECEIVED, SYSTEM, WON, company, told};
use crate::stage::{Apart, Door, Setup, Stage, id_of};
use crate::waiting::eventually;
use crate::wire::{Connection, Request};

const NOTICES: &str = "BiddingManagement";
const EXAMINATIONS: &str = "BiddingExamination";

/// One bid on one notice; its examination.
fn one_bid(door: &Door) -> Value {
    door.register("n33");
    door.bid("n33", "p1");
    door.sheet("n33", "p1")
}

fn wins(sheet: &Value) -> Request {
    let path = format!("/biddingExaminations/{}", id_of(sheet));
    Request::new("PATCH", &path).json(&json!({"successBidderFlag": true}))
}

/// It has won, once, everywhere, and was told so once.
fn has_won_once(apart: &Apart) {
    apart.settle();
    assert!(apart.agree("n33", "p1"));
    assert_eq!(apart.told("SuccessBidderRegistered"), 1);
    assert_eq!(apart.told("ExaminationResultRegistered"), 1);
    assert_eq!(apart.sms(), told("n33", &[("p1", RECEIVED), ("p1", WON)]));
    apart.has_no_dead_letters();
    apart.are_all_the_same_rebuilt();
}

#[test]
fn a_notice_that_says_no_leaves_the_bid_as_it_was() {
    let tenders = Stage::of(SYSTEM);
    let notice = tenders.register("n33");
    tenders.bid("n33", "p1");
    tenders.bid("n33", "p2");
    tenders.bid("n34", "p1");
    tenders
        .examine(&tenders.sheet("n33", "p1"), true)
        .expect(200);
    let second = tenders.sheet("n33", "p2");
    let no = tenders.examine(&second, true).expect(409).json();
    assert_eq!(no["code"], "already-awarded");
    assert!(
        no["detail_ko"].as_str().unwrap().contains("이미 다른 업체"),
        "{no}"
    );
    assert_eq!(tenders.sheet("n33", "p2"), second, "its scores neither");
    let nowhere = tenders
        .examine(&tenders.sheet("n34", "p1"), true)
        .expect(409);
    assert_eq!(nowhere.json()["code"], "notice-not-open");
    assert!(tenders.agree("n33", "p1"));
    tenders
        .delete(&format!("/biddingManagements/{notice}"))
        .expect(204);
    let path = format!("/biddingExaminations/{}", id_of(&second));
    let gone = tenders
        .patch(&path, &json!({"successBidderFlag": true}))
        .status;
    assert!([404, 409].contains(&gone), "{gone}");
}

#[test]
fn a_notice_that_is_slow_past_the_deadline_ends_in_line() {
    let tenders = Setup::of(SYSTEM)
        .chaos()
        .set("asks.deadline", "100ms")
        .start_apart();
    let sheet = one_bid(&tenders);
    // Its deadline has passed when it begins, and it carries the question out all the same.
    tenders.turn(NOTICES, &json!({"slow": "400ms"}));
    let late = tenders.examine(&sheet, true).expect(503);
    assert!(late.header("retry-after").is_some(), "{late}");
    tenders.turn(NOTICES, &json!({"slow": ""}));
    tenders.until(&wins(&sheet), 200);
    has_won_once(&tenders);
}

#[test]
fn a_notice_that_is_down_refuses_winners_and_nothing_else() {
    let mut tenders = Setup::of(SYSTEM).set("asks.sleep", "200ms").start_apart();
    let sheet = one_bid(&tenders);
    tenders.kill(NOTICES);
    let refused = tenders.examine(&sheet, true).expect(503);
    assert!(refused.header("retry-after").is_some(), "{refused}");
    assert_eq!(tenders.sheet("n33", "p1"), sheet, "nothing half done");
    tenders.bid("n33", "p2");
    tenders
        .examine(&tenders.sheet("n33", "p2"), false)
        .expect(200);
    tenders.start(NOTICES);
    tenders.until(&wins(&sheet), 200);
    tenders.settle();
    assert!(tenders.agree("n33", "p1"));
    assert!(!tenders.agree("n33", "p2"));
    tenders.are_all_the_same_rebuilt();
}

#[test]
fn a_notice_that_hangs_is_not_waited_for_and_ends_in_line() {
    let tenders = Setup::of(SYSTEM).set("asks.sleep", "200ms").start_apart();
    let sheet = one_bid(&tenders);
    tenders.freeze(NOTICES);
    tenders.examine(&sheet, true).expect(503);
    tenders.thaw(NOTICES);
    tenders.until(&wins(&sheet), 200);
    has_won_once(&tenders);
}

#[test]
fn what_a_notice_registered_and_never_answered_reaches_the_examination_by_itself() {
    let tenders = Setup::of(SYSTEM).chaos().start_apart();
    let sheet = one_bid(&tenders);
    tenders.turn(NOTICES, &json!({"mute": true}));
    tenders.examine(&sheet, true).expect(503);
    let path = format!("/biddingExaminations/{}", id_of(&sheet));
    tenders.becomes(&path, &json!({"successBidderFlag": true}));
    has_won_once(&tenders);
}

#[test]
fn a_notice_that_dies_after_it_has_registered_and_before_it_answers_ends_in_line() {
    let mut tenders = Setup::of(SYSTEM).chaos().start_apart();
    let sheet = one_bid(&tenders);
    tenders.turn(NOTICES, &json!({"die": true}));
    tenders.examine(&sheet, true).expect(503);
    // What it has committed is heard even before it is back.
    let path = format!("/biddingExaminations/{}", id_of(&sheet));
    tenders.becomes(&path, &json!({"successBidderFlag": true}));
    tenders.kill(NOTICES);
    tenders.start(NOTICES);
    assert_eq!(tenders.winner("n33"), company("p1"));
    has_won_once(&tenders);
}

#[test]
fn an_examination_that_dies_between_the_yes_and_its_own_commit_ends_in_line() {
    let mut tenders = Setup::of(SYSTEM)
        .chaos()
        .set("asks.deadline", "10s")
        .start_apart();
    let sheet = one_bid(&tenders);
    tenders.turn(NOTICES, &json!({"mute": true}));
    // It has asked, and waits for an answer that never comes.
    let mut asks = Connection::open(tenders.address()).unwrap();
    asks.begin(&wins(&sheet)).unwrap();
    eventually("the winner on the notice", || {
        let winner = tenders.winner("n33");
        if winner == company("p1") {
            Ok(())
        } else {
            Err(winner.to_string())
        }
    });
    tenders.kill(EXAMINATIONS);
    tenders.start(EXAMINATIONS);
    let path = format!("/biddingExaminations/{}", id_of(&sheet));
    tenders.becomes(&path, &json!({"successBidderFlag": true}));
    has_won_once(&tenders);
}

#[test]
fn a_bid_that_is_withdrawn_while_it_wins_has_not_won_in_the_end() {
    let tenders = Setup::of(SYSTEM)
        .chaos()
        .set("asks.deadline", "10s")
        .start();
    tenders.register("n33");
    let row = tenders.bid("n33", "p1");
    tenders.bid("n33", "p2");
    let sheet = tenders.sheet("n33", "p1");
    tenders.turn(NOTICES, &json!({"slow": "700ms"}));
    let mut asks = Connection::open(tenders.address()).unwrap();
    asks.begin(&wins(&sheet)).unwrap();
    tenders
        .delete(&format!("/biddingParticipations/{row}"))
        .expect(204);
    let answer = asks.read("PATCH").unwrap();
    assert!([200, 404, 409].contains(&answer.status), "{answer}");
    tenders.turn(NOTICES, &json!({"slow": ""}));
    eventually("a notice that is open again", || {
        tenders.settle();
        let winner = tenders.winner("n33");
        if winner.is_null() {
            Ok(())
        } else {
            Err(winner.to_string())
        }
    });
    tenders
        .examine(&tenders.sheet("n33", "p2"), true)
        .expect(200);
    assert!(tenders.agree("n33", "p2"));
    tenders.settle();
    let mut sent = tenders.sms();
    // If it had won before it was withdrawn, it was told so; that cannot be called back.
    sent.retain(|sms| *sms != told("n33", &[("p1", WON)])[0]);
    let all = [
        ("p1", RECEIVED),
        ("p1", CANCELED),
        ("p2", RECEIVED),
        ("p2", WON),
    ];
    assert_eq!(sent, told("n33", &all));
}

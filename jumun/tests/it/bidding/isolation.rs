//! 장애격리: contexts that are really down, and back (I7).

use serde_json::{Value, json};

use crate::bidding::Tenders;
use crate::bidding::tenders::{CANCELED, RECEIVED, SYSTEM, WON, company, told};
use crate::stage::{Apart, Setup, Stage, id_of};
use crate::wire::Request;

/// Nothing happened twice, and nothing is held back.
fn once_each(tenders: &Apart, events: &[(&str, usize)]) {
    tenders.settle();
    for (event, times) in events {
        assert_eq!(tenders.told(event), *times, "{event}");
    }
    tenders.has_no_dead_letters();
    tenders.are_all_the_same_rebuilt();
}

/// The work of a day without examination: two bids on one notice, one of them withdrawn, and a
/// notice that is canceled with its bid.
fn a_day(tenders: &Apart) {
    let canceled = tenders.register("n1");
    tenders.bid("n1", "p1");
    tenders.register("n2");
    let withdrawn = tenders.bid("n2", "p1");
    tenders.bid("n2", "p2");
    tenders
        .delete(&format!("/biddingParticipations/{withdrawn}"))
        .expect(204);
    tenders
        .delete(&format!("/biddingManagements/{canceled}"))
        .expect(204);
}

fn sent_on_that_day() -> Vec<(String, String)> {
    let mut sent = told("n1", &[("p1", RECEIVED), ("p1", CANCELED)]);
    sent.extend(told(
        "n2",
        &[("p1", RECEIVED), ("p1", CANCELED), ("p2", RECEIVED)],
    ));
    sent.sort();
    sent
}

// 입찰심사 시스템이 유지보수로 인해 잠시 내려간 상태라도 입찰관리, 입찰참여 서비스에 영향이 없다.

#[test]
fn with_examination_never_started_notices_and_bids_are_taken_shown_and_told() {
    let mut tenders = Apart::without(SYSTEM, &["BiddingExamination"]);
    tenders.get("/biddingExaminations").expect(503);
    a_day(&tenders);
    tenders.settle();
    tenders.results_become("n1", &[]);
    tenders.results_become("n2", &[("p2", Value::Null)]);
    assert_eq!(tenders.sms(), sent_on_that_day());
    tenders.start("BiddingExamination");
    tenders.settle();
    assert_eq!(tenders.count("biddingExaminations"), 1);
    tenders
        .examine(&tenders.sheet("n2", "p2"), true)
        .expect(200);
    assert!(tenders.agree("n2", "p2"));
    once_each(
        &tenders,
        &[("BidReceived", 3), ("BiddingExaminationCanceled", 2)],
    );
}

#[test]
fn with_examination_killed_and_back_nothing_is_lost_and_nothing_happens_twice() {
    let mut tenders = Apart::of(SYSTEM);
    tenders.register("n0");
    tenders.bid("n0", "p1");
    tenders
        .examine(&tenders.sheet("n0", "p1"), true)
        .expect(200);
    tenders.kill("BiddingExamination");
    a_day(&tenders);
    assert_eq!(tenders.winner("n0"), company("p1"));
    tenders.start("BiddingExamination");
    tenders.settle();
    assert!(tenders.agree("n0", "p1"));
    assert_eq!(tenders.count("biddingExaminations"), 2);
    let all = [
        ("BidReceived", 4),
        ("BiddingParticipated", 4),
        ("SuccessBidderRegistered", 1),
    ];
    once_each(&tenders, &all);
}

#[test]
fn with_examination_frozen_others_do_not_wait_for_it() {
    let tenders = Apart::of(SYSTEM);
    tenders.register("n0");
    tenders.freeze("BiddingExamination");
    a_day(&tenders);
    tenders.results_become("n2", &[("p2", Value::Null)]);
    tenders.thaw("BiddingExamination");
    tenders
        .examine(&tenders.sheet("n2", "p2"), false)
        .expect(200);
    tenders.results_become("n2", &[("p2", json!(false))]);
    once_each(
        &tenders,
        &[("BidReceived", 3), ("ExaminationResultRegistered", 1)],
    );
}

#[test]
fn a_zombie_of_an_examination_says_that_it_is_ill_and_the_others_are_well() {
    let mut tenders = Setup::of(SYSTEM).chaos().start_apart();
    let zombie = tenders.context("BiddingExamination");
    zombie.get("/makeZombie").expect(200);
    zombie.get("/isHealthy").expect(500);
    tenders
        .context("BiddingManagement")
        .get("/isHealthy")
        .expect(200);
    a_day(&tenders);
    // Whoever watches it has it started anew.
    tenders.kill("BiddingExamination");
    tenders.start("BiddingExamination");
    once_each(&tenders, &[("BiddingParticipated", 3), ("BidReceived", 3)]);
}

// The others, one after the other.

#[test]
fn with_participation_gone_notices_are_registered_and_canceled_and_rows_come_later() {
    let mut tenders = Apart::of(SYSTEM);
    tenders.kill("BiddingParticipation");
    let canceled = tenders.register("n1");
    tenders.register("n2");
    tenders
        .delete(&format!("/biddingManagements/{canceled}"))
        .expect(204);
    tenders.get("/biddingParticipations").expect(503);
    tenders.start("BiddingParticipation");
    let row = tenders.prepared("n2");
    assert_eq!(row, 2, "the numbers line up");
    tenders.settle();
    tenders.get("/biddingParticipations/1").expect(404);
    let late = json!({"noticeNo": "n1", "participateNo": "p1"});
    tenders.post("/biddingParticipations", &late).expect(409);
    tenders.bid("n2", "p1");
    tenders.results_become("n2", &[("p1", Value::Null)]);
    once_each(
        &tenders,
        &[("BiddingNoticeReceived", 2), ("BiddingNoticeClosed", 1)],
    );
}

#[test]
fn with_management_gone_bids_and_losing_results_go_on_and_winners_wait() {
    let mut tenders = Setup::of(SYSTEM).set("asks.sleep", "200ms").start_apart();
    tenders.register("n2");
    tenders.prepared("n2");
    tenders.kill("BiddingManagement");
    tenders.get("/biddingManagements").expect(503);
    tenders.bid("n2", "p1");
    tenders.bid("n2", "p2");
    tenders
        .examine(&tenders.sheet("n2", "p1"), false)
        .expect(200);
    let sheet = tenders.sheet("n2", "p2");
    tenders.examine(&sheet, true).expect(503);
    tenders.results_become("n2", &[("p1", json!(false)), ("p2", Value::Null)]);
    tenders.start("BiddingManagement");
    let path = format!("/biddingExaminations/{}", id_of(&sheet));
    tenders.until(
        &Request::new("PATCH", &path).json(&json!({"successBidderFlag": true})),
        200,
    );
    assert!(tenders.agree("n2", "p2"));
    once_each(
        &tenders,
        &[
            ("SuccessBidderRegistered", 1),
            ("ExaminationResultRegistered", 2),
        ],
    );
}

#[test]
fn with_my_page_and_notification_gone_everything_goes_on_and_both_catch_up() {
    let mut tenders = Apart::without(SYSTEM, &["MyPage"]);
    tenders.kill("Notification");
    a_day(&tenders);
    tenders
        .examine(&tenders.sheet("n2", "p2"), true)
        .expect(200);
    assert_eq!(tenders.winner("n2"), company("p2"));
    tenders.start("MyPage");
    tenders.start("Notification");
    tenders.settle();
    tenders.results_become("n1", &[]);
    tenders.results_become("n2", &[("p2", json!(true))]);
    let mut sent = sent_on_that_day();
    sent.extend(told("n2", &[("p2", WON)]));
    sent.sort();
    assert_eq!(tenders.sms(), sent);
    once_each(&tenders, &[("SmsSent", 6)]);
}

#[test]
fn after_a_kill_and_a_restart_everything_is_as_it_was() {
    let mut tenders = Stage::of(SYSTEM);
    tenders.register("n2");
    tenders.bid("n2", "p1");
    tenders
        .examine(&tenders.sheet("n2", "p1"), true)
        .expect(200);
    tenders.settle();
    let before = tenders.all("biddingStatusInquiries");
    tenders.kill();
    tenders.restart();
    tenders.settle();
    assert!(tenders.agree("n2", "p1"));
    assert_eq!(tenders.all("biddingStatusInquiries").len(), before.len());
    assert_eq!(tenders.sms(), told("n2", &[("p1", RECEIVED), ("p1", WON)]));
}

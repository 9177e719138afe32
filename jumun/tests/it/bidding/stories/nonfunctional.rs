//! How the tenders do it.

use serde_json::{Value, json};
use story::story;

use crate::bidding::Tenders;
use crate::bidding::tenders::{SYSTEM, company};
use crate::stage::{Setup, Shape, id_of};
use crate::waiting::eventually;
use crate::wire::{Answer, Request};

/// 503, when to come back, and an invitation to.
#[track_caller]
fn comes_back_shortly(answer: &Answer) {
    assert_eq!(answer.status, 503, "{answer}");
    let seconds = answer
        .header("retry-after")
        .and_then(|s| s.parse::<u32>().ok());
    assert!(seconds.is_some_and(|s| (1..=60).contains(&s)), "{answer}");
    let problem = answer.json();
    // Asked and not answered at first, then not asked any more.
    let codes = ["unanswered", "try-again-shortly"];
    assert!(
        codes.iter().any(|code| problem["code"] == *code),
        "{problem}"
    );
    assert!(
        problem["detail_ko"]
            .as_str()
            .is_some_and(|ko| ko.contains("잠시 후 다시"))
    );
}

// 심사결과등록(입찰심사)->낙찰자정보등록(입찰관리) 간의 호출은 동기식 일관성을 유지하는 트랜잭션으로 처리한다.

#[story]
fn nonfunctional_1_transaction_a_result_is_registered_only_if_the_notice_takes_it(shape: Shape) {
    let tenders = Setup::of(SYSTEM).shape(shape).chaos().start();
    tenders.register("n33");
    tenders.bid("n33", "p1");
    let sheet = tenders.sheet("n33", "p1");
    tenders.turn("BiddingManagement", &json!({"refuse": true}));
    let refused = tenders.examine(&sheet, true).expect(409);
    assert_eq!(refused.json()["code"], "refused-by-chaos");
    assert_eq!(tenders.sheet("n33", "p1"), sheet, "nothing half done");
    tenders.turn("BiddingManagement", &json!({"refuse": false}));
    tenders.examine(&sheet, true).expect(200);
    assert_eq!(tenders.winner("n33"), company("p1"), "before the answer");
}

// 장애격리: 입찰심사 시스템이 잠시 내려간 상태라도 입찰관리, 입찰참여 서비스에 영향이 없다. (See `isolation`, too.)

#[story]
fn nonfunctional_2_fault_isolation_notices_and_bids_are_taken_while_examination_is_away(
    shape: Shape,
) {
    let tenders = Setup::of(SYSTEM).shape(shape).chaos().start();
    tenders.turn("BiddingExamination", &json!({"down": true}));
    tenders.get("/biddingExaminations").expect(503);
    let notice = tenders.register("n33");
    tenders.register("n34");
    let bid = tenders.bid("n33", "p1");
    tenders.bid("n34", "p1");
    tenders
        .delete(&format!("/biddingParticipations/{bid}"))
        .expect(204);
    tenders
        .delete(&format!("/biddingManagements/{notice}"))
        .expect(204);
    tenders.turn("BiddingExamination", &json!({"down": false}));
    tenders
        .examine(&tenders.sheet("n34", "p1"), true)
        .expect(200);
    assert!(tenders.agree("n34", "p1"));
    assert_eq!(tenders.count("biddingExaminations"), 1);
}

// Circuit Breaker: 낙찰자정보등록이 과도할 경우 CB 를 통하여 장애격리. (피호출 서비스 800~1100 ms, 처리시간 1000 ms)

#[story]
fn nonfunctional_2_fault_isolation_an_overloaded_notice_invites_to_come_back_shortly(shape: Shape) {
    let tenders = Setup::of(SYSTEM)
        .shape(shape)
        .chaos()
        .set("asks.deadline", "50ms")
        .set("asks.at_least", "5")
        .set("asks.sleep", "300ms")
        .start();
    tenders.register("n33");
    tenders.bid("n33", "p1");
    let sheet = tenders.sheet("n33", "p1");
    // It answers nobody.
    tenders.turn("BiddingManagement", &json!({"down": true}));
    for _ in 0..5 {
        comes_back_shortly(&tenders.examine(&sheet, true));
    }
    eventually("the breaker to answer by itself", || {
        comes_back_shortly(&tenders.examine(&sheet, true));
        let from = [r#"from="BiddingExamination""#, "short-circuited"];
        let at_once = tenders.metric("jumun_calls_total", &from);
        if at_once > 0.0 {
            Ok(())
        } else {
            Err("it asks".to_owned())
        }
    });
    // What asks nobody goes on: other results, and notices and bids themselves.
    tenders.bid("n33", "p2");
    tenders
        .examine(&tenders.sheet("n33", "p2"), false)
        .expect(200);
    assert_eq!(tenders.sheet("n33", "p1"), sheet, "nothing half done");
    tenders.turn("BiddingManagement", &json!({"down": false}));
    let path = format!("/biddingExaminations/{}", id_of(&sheet));
    let wins = Request::new("PATCH", &path).json(&json!({"successBidderFlag": true}));
    tenders.until(&wins, 200);
    assert!(tenders.agree("n33", "p1"));
    let closed = tenders.metric("jumun_breaker_state", &[r#"to="BiddingManagement""#]);
    assert!(closed.abs() < 0.5, "it is closed");
}

#[story]
fn nonfunctional_2_fault_isolation_a_notice_that_is_slow_by_the_seeds_times_ends_in_line(
    shape: Shape,
) {
    let tenders = Setup::of(SYSTEM)
        .shape(shape)
        .chaos()
        .set("asks.deadline", "100ms")
        .start();
    tenders.register("n33");
    tenders.bid("n33", "p1");
    let sheet = tenders.sheet("n33", "p1");
    tenders.turn("BiddingManagement", &json!({"slow": "80-110ms"}));
    // Now in time, now too late: whatever was answered, both say the same in the end.
    let answer = tenders.examine(&sheet, true);
    assert!([200, 503].contains(&answer.status), "{answer}");
    tenders.turn("BiddingManagement", &json!({"slow": ""}));
    let won = tenders.agree("n33", "p1");
    assert!(won || answer.status == 503, "what was answered is so");
    tenders.examine(&sheet, true).expect(200);
    assert!(tenders.agree("n33", "p1"));
}

// 성능: CQRS - 조회전용 서비스

#[story]
fn nonfunctional_3_performance_my_page_is_there_while_the_others_are_not(shape: Shape) {
    let tenders = Setup::of(SYSTEM).shape(shape).chaos().start();
    tenders.register("n33");
    tenders.bid("n33", "p1");
    tenders
        .examine(&tenders.sheet("n33", "p1"), true)
        .expect(200);
    tenders.results_become("n33", &[("p1", json!(true))]);
    for context in [
        "BiddingManagement",
        "BiddingParticipation",
        "BiddingExamination",
    ] {
        tenders.turn(context, &json!({"down": true}));
    }
    tenders.get("/biddingManagements").expect(503);
    assert_eq!(tenders.results("n33"), [("p1".to_owned(), json!(true))]);
}

// 입찰공고 트랜잭션이 블로킹 되지 않도록 처리한다.

#[story]
fn nonfunctional_3_performance_a_notice_waits_for_nobody(shape: Shape) {
    let tenders = Setup::of(SYSTEM).shape(shape).chaos().start();
    for context in [
        "BiddingParticipation",
        "BiddingExamination",
        "MyPage",
        "Notification",
    ] {
        tenders.turn(context, &json!({"down": true}));
    }
    let notice = tenders.register("n33");
    tenders
        .get(&format!("/biddingManagements/{notice}"))
        .expect(200);
    tenders
        .delete(&format!("/biddingManagements/{notice}"))
        .expect(204);
}

// The gateway: what is for other contexts does not come in by the door.

#[story]
fn nobody_makes_a_winner_through_the_door(shape: Shape) {
    let tenders = Setup::of(SYSTEM).shape(shape).start();
    tenders.register("n33");
    let award = json!({"noticeNo": "n33", "succBidderNm": "me"});
    tenders
        .put("/biddingManagements/registSucessBidder", &award)
        .expect(404);
    let query = "/biddingManagements/registSucessBidder?noticeNo=n33&succBidderNm=me&phoneNumber=1";
    tenders.get(query).expect(404);
    assert_eq!(tenders.winner("n33"), Value::Null);
}

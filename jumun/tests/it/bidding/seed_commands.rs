//! The command lines that stand in the seed, in its order, as they stand there but for the host.

use serde_json::{Value, json};

use crate::bidding::Tenders;
use crate::bidding::tenders::SYSTEM;
use crate::stage::{Apart, Door, Setup, Siege, Stage};
use crate::wire::Request;

/// 동기식 호출 과 Fallback 처리
const RESULT_1: &str = "http PATCH http://localhost:8083/biddingExaminations/1 noticeNo=n01 participateNo=p01 successBidderFlag=true";
/// 비동기식 호출 / 시간적 디커플링 / 장애격리
const NOTICE: &str = "http POST localhost:8081/biddingManagements noticeNo=n33 title=title33";
const BID: &str = "http PATCH http://localhost:8082/biddingParticipations/2 noticeNo=n33 participateNo=p33 companyNo=c33 companyNm=doremi33 phoneNumber=010-1234-1234";
const LOOK: &str = "http localhost:8081/biddingManagements/2     # 낙찰업체명 갱신 안 됨 확인";
const RESULT_2: &str = "http PATCH http://localhost:8083/biddingExaminations/2 noticeNo=n33 participateNo=p33 successBidderFlag=true";
/// Autoscale
const SIEGE_NOTICES: &str = r#"siege -c50 -t30S -v --content-type "application/json" 'http://52.231.8.61:8080/biddingManagements POST {"noticeNo":1,"title":"AAA"}'"#;
/// Circuit Breaker
const SIEGE_WINS: &str = r#"siege -c2 –t20S  -v --content-type "application/json" 'http://20.194.120.4:8080/biddingExaminations/1 PATCH {"noticeNo":"n01","participateNo":"p01","successBidderFlag":"true"}'"#;
const SIEGE_LOSES: &str = r#"siege -c2 –t20S  -v --content-type "application/json" 'http://20.194.120.4:8080/biddingExaminations/1 PATCH {"noticeNo":"n01","participateNo":"p01","successBidderFlag":"false"}'"#;

/// What the seed has done before its first line: notice n01 and bid p01.
fn the_first_notice(door: &Door) {
    let notice = json!({"noticeNo": "n01", "title": "title01"});
    assert_eq!(
        door.post("/biddingManagements", &notice).expect(201).id(),
        1
    );
    assert_eq!(door.prepared("n01"), 1);
    let bid = json!({"noticeNo": "n01", "participateNo": "p01", "companyNm": "doremi01"});
    door.patch("/biddingParticipations/1", &bid).expect(200);
    door.sheet("n01", "p01");
}

#[test]
fn without_management_no_result_is_registered_and_with_it_it_is() {
    let mut tenders = Setup::of(SYSTEM).set("asks.sleep", "200ms").start_apart();
    the_first_notice(&tenders);
    // 입찰관리(BiddingManagement) 서비스를 잠시 내려놓음 (ctrl+c)
    tenders.terminate("BiddingManagement");
    // 심사결과 등록 : Fail
    let failed = tenders.types(RESULT_1);
    assert_eq!(failed.status, 503, "{failed}");
    // 입찰관리 서비스 재기동
    tenders.start("BiddingManagement");
    // 심사결과 등록 : Success
    let wins = json!({"noticeNo": "n01", "participateNo": "p01", "successBidderFlag": "true"});
    tenders.until(
        &Request::new("PATCH", "/biddingExaminations/1").json(&wins),
        200,
    );
    let registered = tenders.types(RESULT_1).expect(200).json();
    assert_eq!(registered["successBidderFlag"], true);
    assert_eq!(tenders.winner("n01"), "doremi01");
}

#[test]
fn without_examination_notices_and_bids_are_taken_and_the_winner_comes_later() {
    let mut tenders = Apart::of(SYSTEM);
    the_first_notice(&tenders);
    // 입찰심사 서비스 (BiddingExamination) 를 잠시 내려놓음 (ctrl+c)
    tenders.terminate("BiddingExamination");
    // 입찰공고 등록 : Success
    let notice = tenders.types(NOTICE).expect(201);
    assert_eq!(notice.id(), 2, "the numbers line up");
    assert_eq!(tenders.prepared("n33"), 2);
    // 입찰참여 등록 : Success
    let bid = tenders.types(BID).expect(200).json();
    assert_eq!(
        (&bid["noticeNo"], &bid["companyNm"]),
        (&json!("n33"), &json!("doremi33"))
    );
    // 낙찰업체명 갱신 안 됨 확인
    let before = tenders.types(LOOK).expect(200).json();
    assert_eq!(before["succBidderNm"], Value::Null);
    // 입찰심사 서비스 기동
    tenders.start("BiddingExamination");
    tenders.sheet("n33", "p33");
    // 심사결과 등록 : Success
    let result = tenders.types(RESULT_2).expect(200).json();
    assert_eq!(result["successBidderFlag"], true);
    // 낙찰업체명 갱신됨 확인
    let after = tenders.types(LOOK).expect(200).json();
    assert_eq!(after["succBidderNm"], "doremi33");
    assert_eq!(after["phoneNumber"], "010-1234-1234");
    tenders.settle();
    let sms: Vec<_> = tenders
        .sms()
        .into_iter()
        .map(|(_, contents)| contents)
        .collect();
    assert_eq!(sms, ["낙찰 되었습니다~~~", "입찰서 등록 완료"]);
}

// Availability 100% 결과 확인

#[test]
fn the_siege_on_notices_succeeds_every_time_and_makes_one_notice() {
    let tenders = Stage::of(SYSTEM);
    let (successful, failed) = (30, 0);
    assert_eq!(tenders.sieges(SIEGE_NOTICES), Siege { successful, failed });
    tenders.settle();
    assert_eq!(tenders.count("biddingManagements"), 1);
    assert_eq!(tenders.count("biddingParticipations"), 1);
    assert_eq!(tenders.told("NoticeRegistered"), 1);
    let notice = tenders.get("/biddingManagements/1").expect(200).json();
    assert_eq!(
        (&notice["noticeNo"], &notice["title"]),
        (&json!("1"), &json!("AAA"))
    );
}

#[test]
fn the_sieges_on_a_result_win_once_and_never_take_it_back() {
    let tenders = Stage::of(SYSTEM);
    the_first_notice(&tenders);
    assert_eq!(tenders.sieges(SIEGE_LOSES).successful, 30);
    assert_eq!(tenders.sieges(SIEGE_WINS).successful, 30);
    assert_eq!(tenders.sieges(SIEGE_LOSES).successful, 0);
    tenders.settle();
    assert_eq!(tenders.winner("n01"), "doremi01");
    assert_eq!(tenders.told("SuccessBidderRegistered"), 1);
    assert_eq!(tenders.told("ExaminationResultRegistered"), 2);
}

#[test]
fn the_lines_that_look_show_the_fields_of_the_originals_in_their_order() {
    let tenders = Stage::of(SYSTEM);
    the_first_notice(&tenders);
    tenders.results_become("n01", &[("p01", Value::Null)]);
    for (collection, item, fields) in [
        (
            "biddingManagements",
            "biddingManagement",
            "noticeNo title dueDate price demandOrgNm bizInfo qualifications succBidderNm phoneNumber",
        ),
        (
            "biddingParticipations",
            "biddingParticipation",
            "noticeNo participateNo companyNo companyNm participateDate offerPrice offerContents feePaymentFlag phoneNumber",
        ),
        (
            "biddingExaminations",
            "biddingExamination",
            "noticeNo participateNo priceScore skillScore successBidderFlag companyNm phoneNumber",
        ),
        (
            "biddingStatusInquiries",
            "biddingStatusInquiry",
            "noticeNo participateNo companyNm biddingResult",
        ),
    ] {
        let path = format!("/{collection}/1");
        let shown = tenders
            .types(&format!("http localhost:8081{path}"))
            .expect(200)
            .json();
        let names = shown.as_object().unwrap().keys().map(String::as_str);
        let mut names: Vec<_> = names.collect();
        assert_eq!(names.pop(), Some("_links"));
        assert_eq!(names.join(" "), fields);
        let href = json!({"href": tenders.url(&path)});
        assert_eq!(shown["_links"]["self"], href);
        assert_eq!(shown["_links"][item], href);
    }
}

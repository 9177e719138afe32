//! The command lines that stand in the seed, in their order and as they stand there but for the
//! host.

use serde_json::{Value, json};

use crate::onlinestudy::School;
use crate::onlinestudy::school::PHONE;
use crate::stage::{Apart, Stage};
use crate::waiting::eventually;

const ORDER: &str = r#"http POST localhost:8081/orderManagements orderNo=01 courseNo=01 phonenum=01011111111 orderdate=20210630 begindate=20210701 enddate=20210831 status="강좌주문""#;
const MANAGEMENT: &str = "http GET localhost:8082/learningManagements/1";
const START: &str = r#"http PATCH localhost:8082/learningManagements/1 orderNo=01 managername=조상임  status="학습관리시작""#;
const EVALUATION: &str = "http GET localhost:8083/learningEvaluations/1";
const HISTORY: &str = "http GET localhost:8084/smsHistories";
const FINISH: &str = "http PATCH localhost:8083/learningEvaluations/1 endFlg=true score=90";
const SCORED: &str = "http GET localhost:8081/orderManagements/1";

/// What is asynchronous in the seed is there a moment later.
fn once_it_is_there(stage: &Stage, line: &str) -> Value {
    eventually(line, || {
        let answer = stage.types(line);
        if answer.status == 200 {
            Ok(answer.json())
        } else {
            Err(answer.to_string())
        }
    })
}

#[track_caller]
fn shows(stage: &Stage, item: &Value, path: &str, name: &str, fields: &Value) {
    let mut wanted = fields.clone();
    let href = stage.url(path);
    wanted["_links"] = json!({"self": {"href": href}, name: {"href": href}});
    assert_eq!(item, &wanted);
    let order = |value: &Value| {
        value
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(order(item), order(&wanted), "in the originals' order");
}

#[test]
fn the_lines_of_the_seed_tell_their_story() {
    let stage = Stage::of("onlinestudy");

    // 1. 주문서비스에서 강좌주문등록 (Async Pub/Sub, Command POTS->Policy)
    let ordered = stage.types(ORDER).expect(201);
    let location = stage.url("/orderManagements/1");
    assert_eq!(ordered.header("location"), Some(location.as_str()));
    let mut fields = json!({
        "orderNo": "01",
        "courseNo": "01",
        "phonenum": PHONE,
        "orderdate": "2021-06-30T00:00:00.000+0000",
        "begindate": "2021-07-01T00:00:00.000+0000",
        "enddate": "2021-08-31T00:00:00.000+0000",
        "score": null,
    });
    shows(
        &stage,
        &ordered.json(),
        "/orderManagements/1",
        "orderManagement",
        &fields,
    );

    let management = once_it_is_there(&stage, MANAGEMENT);
    let mut managed = fields.clone();
    managed.as_object_mut().unwrap().shift_remove("score");
    managed["managername"] = Value::Null;
    shows(
        &stage,
        &management,
        "/learningManagements/1",
        "learningManagement",
        &managed,
    );

    // 2. 학습관리서비스에서 학습관리시작 (Async Pub/Sub, Command PATCH->Policy)
    let started = stage.types(START).expect(200).json();
    managed["managername"] = json!("조상임");
    shows(
        &stage,
        &started,
        "/learningManagements/1",
        "learningManagement",
        &managed,
    );

    let evaluation = once_it_is_there(&stage, EVALUATION);
    let mut evaluated = managed.clone();
    for gone in ["orderdate", "managername"] {
        evaluated.as_object_mut().unwrap().shift_remove(gone);
    }
    evaluated["endFlg"] = Value::Null;
    evaluated["score"] = Value::Null;
    shows(
        &stage,
        &evaluation,
        "/learningEvaluations/1",
        "learningEvaluation",
        &evaluated,
    );

    stage.settle();
    let history = stage.types(HISTORY).expect(200).json();
    let sent: Vec<_> = history["_embedded"]["smsHistories"]
        .as_array()
        .unwrap()
        .iter()
        .map(|sms| (sms["phonenum"].clone(), sms["status"].clone()))
        .collect();
    let told = |status: &str| (json!(PHONE), json!(status));
    assert_eq!(sent.len(), 2);
    assert!(
        sent.contains(&told("강좌주문")) && sent.contains(&told("학습관리시작")),
        "{sent:?}"
    );

    // 3. 학습평가서비스에서 평가점수등록 (Sync-Req/Res)
    let finished = stage.types(FINISH).expect(200).json();
    evaluated["endFlg"] = json!(true);
    evaluated["score"] = json!("90");
    shows(
        &stage,
        &finished,
        "/learningEvaluations/1",
        "learningEvaluation",
        &evaluated,
    );
    let order = stage.types(SCORED).expect(200).json();
    fields["score"] = json!("90");
    shows(
        &stage,
        &order,
        "/orderManagements/1",
        "orderManagement",
        &fields,
    );

    // 4. MyPage 학습현황조회 – CQRS; 5. Gateway: all of this came through one door.
    School::at(&stage).page_shows("01", &json!("90"));
    let page = stage.get("/learningStatusInquiries").expect(200).json();
    let row = &page["_embedded"]["learningStatusInquiries"][0];
    evaluated.as_object_mut().unwrap().shift_remove("endFlg");
    shows(
        &stage,
        row,
        "/learningStatusInquiries/1",
        "learningStatusInquiry",
        &evaluated,
    );
}

#[test]
fn the_originals_call_of_the_order_is_answered_true_or_false() {
    let school = Apart::of("onlinestudy");
    School::at(&school).order("01");
    let order = school.context("orderManagement");
    let register = |no: &str, score: &str| {
        let path = format!("/orderManagements/registerEvaluation?orderNo={no}&score={score}");
        order.get(&path).expect(200).text()
    };
    assert_eq!(register("02", "90"), "false");
    assert_eq!(register("01", "90"), "true");
    assert_eq!(register("01", "90"), "true");
    assert_eq!(register("01", "95"), "false");
    assert_eq!(
        order.get("/orderManagements/1").expect(200).json()["score"],
        "90"
    );
    // It is for other contexts, and not for everybody.
    let path = "/orderManagements/registerEvaluation?orderNo=01&score=90";
    school.get(path).expect(404);
    assert_eq!(school.told("EvaluationRegistered"), 1);
}

//! 비기능적 요구 사항: how the school does it.

use serde_json::{Value, json};
use story::story;

use crate::onlinestudy::school::last_score;
use crate::onlinestudy::{School, form};
use crate::stage::{Setup, Shape, Stage, id_of};
use crate::waiting::eventually;
use crate::wire::{Answer, Connection, Request};

const SYSTEM: &str = "onlinestudy";

// 비기능적 요구 사항 1, 트랜잭션: 평가결과점수가 등록되면 주문관리에도 평가결과점수가 반드시 등록되어야 한다.
// (Sync 호출)

#[story]
fn nonfunctional_1_no_score_is_registered_that_the_order_has_not_taken(shape: Shape) {
    let stage = Setup::of(SYSTEM)
        .shape(shape)
        .chaos()
        .set("asks.sleep", "200ms")
        .start();
    let school = School::at(&stage);
    let evaluation = school.learn("01");
    stage.turn("orderManagement", &json!({"down": true}));
    comes_back_shortly(&school.finish(&evaluation, "90").expect(503));
    let unfinished = school.one("learningEvaluations", "01");
    assert_eq!(
        (&unfinished["endFlg"], &unfinished["score"]),
        (&Value::Null, &Value::Null)
    );
    stage.turn("orderManagement", &json!({"down": false}));
    assert_eq!(school.one("orderManagements", "01")["score"], Value::Null);
    stage.until(&last_score(&evaluation, "90"), 200);
    school.agrees_on("01", "90");
    stage.settle();
    assert_eq!(stage.told("EvaluationScoreRegistered"), 1);
    assert_eq!(stage.told("EvaluationRegistered"), 1);
}

// 비기능적 요구 사항 2, 장애격리: 학습평가 기능이 수행되지 않더라도 주문관리, 학습관리 기능은 365일 24시간
// 받을 수 있어야 한다. Async (event-driven), Eventual Consistency

#[story]
fn nonfunctional_2_orders_and_managements_are_taken_whether_evaluation_is_there_or_not(
    shape: Shape,
) {
    let stage = Setup::of(SYSTEM).shape(shape).chaos().start();
    let school = School::at(&stage);
    stage.turn("learningEvaluation", &json!({"down": true}));
    stage.get("/learningEvaluations").expect(503);
    school.order("01");
    school.name("01", "조상임").expect(200);
    school.order("02");
    school.cancel("02");
    school.page_shows("01", &Value::Null);
    stage.turn("learningEvaluation", &json!({"down": false}));
    let evaluation = school.one("learningEvaluations", "01");
    school.finish(&evaluation, "90").expect(200);
    school.agrees_on("01", "90");
    stage.settle();
    assert_eq!(school.counts(), [1, 1, 1, 1]);
    assert_eq!(stage.told("LearningEvaluationStarted"), 1);
}

// 비기능적 요구 사항 2, 장애격리: 학습관리 기능이 과중되면 사용자를 잠시 동안 받지 않고 … 잠시후에 하도록
// 유도한다. Circuit breaker, fallback

#[story]
fn nonfunctional_2_an_overloaded_management_invites_to_come_back_shortly(shape: Shape) {
    let stage = Setup::of(SYSTEM)
        .shape(shape)
        .set("commands.queue", "1")
        .start();
    let school = School::at(&stage);
    let paths: Vec<String> = (0..16)
        .map(|number| {
            let no = number.to_string();
            stage.until(&Request::post("/orderManagements", &form(&no)), 201);
            let management = school.one("learningManagements", &no);
            format!("/learningManagements/{}", id_of(&management))
        })
        .collect();
    // All at once, again and again, until it is too much; and each until it is taken.
    let refused = eventually("an invitation to come back", || {
        let answers: Vec<Answer> = std::thread::scope(|scope| {
            let all: Vec<_> = paths
                .iter()
                .map(|path| scope.spawn(|| name_until_taken(&stage, path)))
                .collect();
            all.into_iter()
                .flat_map(|one| one.join().unwrap())
                .collect()
        });
        answers
            .into_iter()
            .next()
            .ok_or("all were taken at once".to_owned())
    });
    assert!(refused.header("retry-after").is_some(), "{refused}");
    let told = refused.json()["detail"].as_str().unwrap().to_owned();
    assert!(told.contains("shortly"), "{told}");
    stage.settle();
    assert_eq!(school.counts(), [16, 16, 16, 16]);
    assert_eq!(stage.told("LearningManagementStarted"), 16, "each once");
}

/// Every refusal that it took until somebody could be named.
fn name_until_taken(stage: &Stage, path: &str) -> Vec<Answer> {
    let name = Request::new("PATCH", path).json(&json!({"managername": "조상임"}));
    let mut connection = Connection::open(stage.address()).unwrap();
    let mut refused = Vec::new();
    loop {
        let answer = connection.send(&name).unwrap();
        if answer.status == 200 {
            return refused;
        }
        refused.push(answer.expect(503));
    }
}

#[story]
fn nonfunctional_2_an_open_breaker_leaves_an_overloaded_order_alone(shape: Shape) {
    let stage = Setup::of(SYSTEM)
        .shape(shape)
        .chaos()
        .set("asks.deadline", "50ms")
        .set("asks.at_least", "5")
        .set("asks.sleep", "300ms")
        .start();
    let school = School::at(&stage);
    let evaluation = school.learn("01");
    stage.turn("orderManagement", &json!({"slow": "200ms"}));
    let last = last_score(&evaluation, "90").header("Accept-Language", "ko");
    eventually("the breaker to answer by itself", || {
        let invited = stage.send(&last).expect(503).json();
        assert!(
            invited["detail"].as_str().unwrap().contains("잠시 후 다시"),
            "{invited}"
        );
        let from = r#"from="learningEvaluation""#;
        let at_once = stage.metric("jumun_calls_total", &[from, "short-circuited"]);
        if at_once > 0.0 {
            Ok(())
        } else {
            Err("it asks".to_owned())
        }
    });
    // Others are not held up.
    school.order("02");
    stage.turn("orderManagement", &json!({"slow": ""}));
    stage.until(&last, 200);
    school.agrees_on("01", "90");
}

// 비기능적 요구 사항 3, 성능: 학생은 학습현황조회 화면에서 학습상태를 확인 할 수 있어야 한다. CQRS - 조회전용
// 서비스

#[story]
fn nonfunctional_3_the_page_is_there_while_everything_else_is_not(shape: Shape) {
    let stage = Setup::of(SYSTEM).shape(shape).chaos().start();
    let school = School::at(&stage);
    let evaluation = school.learn("01");
    school.finish(&evaluation, "90").expect(200);
    school.page_shows("01", &json!("90"));
    for context in [
        "orderManagement",
        "learningManagement",
        "learningEvaluation",
        "Notification",
    ] {
        stage.turn(context, &json!({"down": true}));
    }
    stage.get("/orderManagements").expect(503);
    let row = school.page_shows("01", &json!("90"));
    // It only shows; nobody can write to it.
    stage
        .post("/learningStatusInquiries", &json!({"orderNo": "01"}))
        .expect(405);
    stage
        .delete(&format!("/learningStatusInquiries/{}", id_of(&row)))
        .expect(405);
}

#[story]
fn nonfunctional_3_the_page_made_anew_is_the_same(shape: Shape) {
    let stage = Setup::of(SYSTEM).shape(shape).start();
    let school = School::at(&stage);
    for number in 0..6 {
        let no = number.to_string();
        let evaluation = school.learn(&no);
        match number % 3 {
            0 => drop(school.finish(&evaluation, "90").expect(200)),
            1 => school.cancel(&no),
            _ => {}
        }
    }
    stage.settle();
    assert_eq!(stage.count("learningStatusInquiries"), 4);
    stage.are_all_the_same_rebuilt();
}

/// 503, when to come back, and an invitation.
#[track_caller]
fn comes_back_shortly(answer: &Answer) {
    let seconds = answer
        .header("retry-after")
        .and_then(|s| s.parse::<u32>().ok());
    assert!(seconds.is_some_and(|s| (1..=60).contains(&s)), "{answer}");
    // Asked and not answered at first, then not asked any more.
    let code = &answer.json()["code"];
    let codes = ["unanswered", "try-again-shortly"];
    assert!(codes.iter().any(|known| code == known), "{answer}");
}

//! 기능적 요구 사항: what the school does.

use serde_json::{Value, json};
use story::story;

use crate::onlinestudy::{School, form};
use crate::stage::{Setup, Shape, id_of};
use crate::wire::{Connection, Request};

const SYSTEM: &str = "onlinestudy";

// 기능적 요구 사항 1: 학생이 강좌를 검색하여 주문한다.

#[story]
fn functional_1_a_student_searches_for_a_course_and_orders_it(shape: Shape) {
    let stage = Setup::of(SYSTEM).shape(shape).start();
    let school = School::at(&stage);
    for (no, title, teacher) in [
        ("R-1", "러스트 프로그래밍 입문", "조상임"),
        ("J-1", "자바 프로그래밍", "김철수"),
        ("C-1", "Event Storming", "조상임"),
    ] {
        let course = json!({"courseNo": no, "title": title, "teacher": teacher, "fee": "50000"});
        let course = school.post("/courses", &course).expect(201).json();
        assert_eq!(course["fee"], 50_000);
    }
    let found = |word: &str| {
        let courses = school.list("courses", "word", word);
        let numbers = courses
            .iter()
            .map(|c| c["courseNo"].as_str().unwrap().to_owned());
        numbers.collect::<Vec<_>>()
    };
    assert_eq!(found("러스트"), ["R-1"]);
    assert_eq!(found("프로"), ["R-1", "J-1"]);
    assert_eq!(found("조상임 storm"), ["C-1"]);
    assert_eq!(found("파이썬"), [""; 0]);

    let chosen = found("입문").remove(0);
    let mut order = form("01");
    order["courseNo"] = json!(chosen);
    let answer = school.post("/orderManagements", &order).expect(201);
    let location = answer.header("location").unwrap();
    assert!(location.contains("/orderManagements/"), "{location}");
    let ordered = answer.json();
    assert_eq!(ordered["courseNo"], "R-1");
    assert_eq!(ordered["begindate"], "2021-07-01T00:00:00.000+0000");
    assert_eq!(ordered["score"], Value::Null);
    assert_eq!(school.one("orderManagements", "01"), ordered);
}

#[story]
fn functional_1_the_catalogue_is_changed_and_what_is_gone_is_not_found(shape: Shape) {
    let stage = Setup::of(SYSTEM).shape(shape).start();
    let course = json!({"courseNo": "1", "title": "자바 입문", "teacher": "김철수", "fee": 1});
    let path = format!(
        "/courses/{}",
        stage.post("/courses", &course).expect(201).id()
    );
    stage
        .patch(&path, &json!({"title": "러스트 입문"}))
        .expect(200);
    assert!(stage.list("courses", "word", "자바").is_empty());
    let changed = stage.find("courses", "courseNo", "1").unwrap();
    assert_eq!(
        (&changed["title"], &changed["fee"]),
        (&json!("러스트 입문"), &json!(1))
    );
    let shorter = json!({"courseNo": "1", "title": "러스트"});
    assert_eq!(
        stage.put(&path, &shorter).expect(200).json()["teacher"],
        Value::Null
    );
    stage
        .put(&path, &json!({"courseNo": "2", "title": "러스트"}))
        .expect(409);
    let other = stage.post("/courses", &course).expect(409);
    assert_eq!(other.json()["code"], "course-differs");
    stage.delete(&path).expect(204);
    stage.get(&path).expect(404);
    assert!(stage.list("courses", "word", "러스트").is_empty());
    stage.post("/courses", &course).expect(201);
}

#[story]
fn functional_1_an_order_sent_twice_is_one_order_and_another_of_its_number_is_refused(
    shape: Shape,
) {
    let stage = Setup::of(SYSTEM).shape(shape).start();
    let school = School::at(&stage);
    let first = school.order("01");
    assert_eq!(school.order("01"), first);
    let mut other = form("01");
    other["courseNo"] = json!("02");
    let refused = school.post("/orderManagements", &other).expect(409);
    assert_eq!(refused.json()["code"], "order-differs");
    stage.settle();
    assert_eq!(school.counts(), [1, 1, 0, 0]);
    assert_eq!(stage.told("CourseOrdered"), 1);
}

// 기능적 요구 사항 2: 학습매니저가 선정되고 학습관리를 시작한다.

#[story]
fn functional_2_a_manager_is_chosen_and_learning_starts_once(shape: Shape) {
    let stage = Setup::of(SYSTEM).shape(shape).start();
    let school = School::at(&stage);
    school.order("01");
    let waiting = school.one("learningManagements", "01");
    assert_eq!(waiting["managername"], Value::Null);
    assert_eq!(waiting["orderdate"], "2021-06-30T00:00:00.000+0000");
    stage.settle();
    assert_eq!(school.counts(), [1, 1, 0, 0]);

    let started = school.name("01", "조상임").expect(200).json();
    assert_eq!(started["managername"], "조상임");
    school.one("learningEvaluations", "01");
    // Said again, it is no news; somebody else later takes over what has started.
    school.name("01", "조상임").expect(200);
    let changed = school.name("01", "김철수").expect(200).json();
    assert_eq!(changed["managername"], "김철수");
    stage.settle();
    assert_eq!(stage.told("LearningManagementStarted"), 1);
    assert_eq!(school.counts(), [1, 1, 1, 1]);
}

#[story]
fn functional_2_a_manager_of_another_order_or_without_a_name_is_refused(shape: Shape) {
    let stage = Setup::of(SYSTEM).shape(shape).start();
    let school = School::at(&stage);
    school.order("01");
    let path = format!(
        "/learningManagements/{}",
        id_of(&school.one("learningManagements", "01"))
    );
    let other = stage.patch(&path, &json!({"orderNo": "02", "managername": "조상임"}));
    assert_eq!(other.expect(409).json()["code"], "order-no-differs");
    stage.patch(&path, &json!({"managername": " "})).expect(422);
    stage
        .patch(&path, &json!({"status": "학습관리시작"}))
        .expect(400);
    stage
        .patch(
            "/learningManagements/4711",
            &json!({"managername": "조상임"}),
        )
        .expect(404);
    assert_eq!(stage.told("LearningManagementStarted"), 0);
}

#[story]
fn functional_2_what_goes_by_orders_is_not_written_by_hand(shape: Shape) {
    let stage = Setup::of(SYSTEM).shape(shape).start();
    let school = School::at(&stage);
    let evaluation = school.learn("01");
    let by_hand = json!({"orderNo": "02", "courseNo": "01", "managername": "조상임"});
    for collection in ["learningManagements", "learningEvaluations"] {
        stage.post(&format!("/{collection}"), &by_hand).expect(405);
        let path = format!("/{collection}/{}", id_of(&school.one(collection, "01")));
        stage.put(&path, &by_hand).expect(405);
        stage.delete(&path).expect(405);
    }
    let order = format!(
        "/orderManagements/{}",
        id_of(&school.one("orderManagements", "01"))
    );
    stage.patch(&order, &json!({"score": "100"})).expect(405);
    stage.put(&order, &form("01")).expect(405);
    stage.settle();
    assert_eq!(school.counts(), [1, 1, 1, 1]);
    assert_eq!(school.one("learningEvaluations", "01"), evaluation);
}

// 기능적 요구 사항 3: 학습매니저가 학습평가를 진행한다.

#[story]
fn functional_3_the_manager_evaluates_on_the_way_and_nothing_is_final_yet(shape: Shape) {
    let stage = Setup::of(SYSTEM).shape(shape).start();
    let school = School::at(&stage);
    let evaluation = school.learn("01");
    assert_eq!(evaluation["endFlg"], Value::Null);
    let path = format!("/learningEvaluations/{}", id_of(&evaluation));
    for score in ["60", "70"] {
        let noted = stage
            .patch(&path, &json!({"score": score}))
            .expect(200)
            .json();
        assert_eq!(
            (&noted["score"], &noted["endFlg"]),
            (&json!(score), &Value::Null)
        );
    }
    let noted = stage
        .patch(&path, &json!({"endFlg": "false"}))
        .expect(200)
        .json();
    assert_eq!(
        (&noted["score"], &noted["endFlg"]),
        (&json!("70"), &json!(false))
    );
    stage.settle();
    assert_eq!(school.one("orderManagements", "01")["score"], Value::Null);
    school.page_shows("01", &Value::Null);
    assert_eq!(stage.told("EvaluationScoreRegistered"), 0);
}

// 기능적 요구 사항 4: 학습종료시 학습매니저가 최종학습평가를 등록한다.

#[story]
fn functional_4_at_the_end_the_manager_registers_the_final_score(shape: Shape) {
    let stage = Setup::of(SYSTEM).shape(shape).start();
    let school = School::at(&stage);
    let evaluation = school.learn("01");
    let path = format!("/learningEvaluations/{}", id_of(&evaluation));
    let missing = stage.patch(&path, &json!({"endFlg": true})).expect(422);
    assert_eq!(missing.json()["field"], "score");
    let finished = school.finish(&evaluation, "90").expect(200).json();
    assert_eq!(
        (&finished["score"], &finished["endFlg"]),
        (&json!("90"), &json!(true))
    );
    // Final is final.
    school.finish(&evaluation, "90").expect(200);
    for other in [
        json!({"endFlg": true, "score": 95}),
        json!({"score": 95}),
        json!({"endFlg": false}),
    ] {
        let refused = stage.patch(&path, &other).expect(409);
        assert_eq!(refused.json()["code"], "evaluation-final", "{other}");
    }
    stage.settle();
    school.agrees_on("01", "90");
    assert_eq!(stage.told("EvaluationScoreRegistered"), 1);
}

// 기능적 요구 사항 5: 최종학습평가점수는 주문관리에도 반드시 등록해야만 한다.

#[story]
fn functional_5_the_final_score_is_registered_with_the_order_before_it_is_answered(shape: Shape) {
    let stage = Setup::of(SYSTEM).shape(shape).start();
    let school = School::at(&stage);
    for number in 0..10 {
        let no = format!("{number}");
        let evaluation = school.learn(&no);
        school.finish(&evaluation, "A+").expect(200);
        let order = stage.find("orderManagements", "orderNo", &no).unwrap();
        assert_eq!(order["score"], "A+");
    }
    stage.settle();
    assert_eq!(stage.told("EvaluationRegistered"), 10);
}

// 기능적 요구 사항 6: 학생이 강좌주문을 취소하면 학습관리와 학습평가도 취소된다.

#[story]
fn functional_6_when_the_student_cancels_management_and_evaluation_are_canceled_too(shape: Shape) {
    let stage = Setup::of(SYSTEM).shape(shape).start();
    let school = School::at(&stage);
    let evaluation = school.learn("01");
    school.learn("02");
    school.page_shows("01", &Value::Null);
    school.cancel("01");
    assert!(stage.find("orderManagements", "orderNo", "01").is_none());
    school.loses("learningManagements", "01");
    school.loses("learningEvaluations", "01");
    school.page_loses("01");
    school.finish(&evaluation, "90").expect(404);
    // The number stays taken: cancel is final.
    let refused = stage.post("/orderManagements", &form("01")).expect(409);
    assert_eq!(refused.json()["code"], "order-canceled");
    stage.settle();
    // Nobody else's is touched.
    assert_eq!(school.counts(), [1, 1, 1, 1]);
    school.one("learningEvaluations", "02");
    assert_eq!(stage.told("LearningManagementCanceled"), 1);
    assert_eq!(stage.told("LearningEvaluationCanceled"), 1);
}

#[story]
fn functional_6_a_cancel_at_once_leaves_nothing_that_could_start(shape: Shape) {
    let stage = Setup::of(SYSTEM).shape(shape).start();
    let school = School::at(&stage);
    let mut connection = Connection::open(stage.address()).unwrap();
    for number in 0..30 {
        let request = Request::post("/orderManagements", &form(&number.to_string()));
        let order = connection.send(&request).unwrap().expect(201).id();
        let cancel = Request::new("DELETE", &format!("/orderManagements/{order}"));
        connection.send(&cancel).unwrap().expect(204);
    }
    stage.settle();
    assert_eq!(school.counts(), [0, 0, 0, 0]);
    assert_eq!(stage.told("LearningManagementCanceled"), 30);
    stage.has_no_dead_letters();
}

#[story]
fn functional_6_of_a_cancel_and_a_final_score_at_once_the_order_decides(shape: Shape) {
    let stage = Setup::of(SYSTEM).shape(shape).start();
    let school = School::at(&stage);
    for number in 0..10 {
        let no = number.to_string();
        let evaluation = school.learn(&no);
        let finished = std::thread::scope(|scope| {
            let finish = scope.spawn(|| school.finish(&evaluation, "90"));
            school.cancel(&no);
            finish.join().unwrap()
        });
        // Before the cancel, or too late for it.
        assert!(matches!(finished.status, 200 | 404 | 409), "{finished}");
    }
    stage.settle();
    assert_eq!(school.counts(), [0, 0, 0, 0]);
    stage.has_no_dead_letters();
}

// 기능적 요구 사항 7: 강좌주문, 강좌주문취소, 학습관리, 학습관리취소는 학생에게 SMS를 발송한다.

#[story]
fn functional_7_order_start_and_their_cancels_are_told_by_sms_each_once(shape: Shape) {
    let stage = Setup::of(SYSTEM).shape(shape).start();
    let school = School::at(&stage);
    school.learn("01");
    stage.settle();
    assert_eq!(
        school.sms(),
        ["01011111111 강좌주문", "01011111111 학습관리시작"]
    );
    school.order("01");
    school.name("01", "김철수").expect(200);
    school.cancel("01");
    stage.settle();
    let all = [
        "01011111111 강좌주문",
        "01011111111 강좌주문취소",
        "01011111111 학습관리시작",
        "01011111111 학습관리취소",
    ];
    assert_eq!(school.sms(), all);
    // Nobody else can write to the history.
    let forged = json!({"phonenum": "010", "status": "강좌주문"});
    stage.post("/smsHistories", &forged).expect(405);
}

#[story]
fn functional_7_a_student_without_a_phone_is_sent_no_sms(shape: Shape) {
    let stage = Setup::of(SYSTEM).shape(shape).start();
    let school = School::at(&stage);
    let mut order = form("01");
    order["phonenum"] = json!("");
    let ordered = stage.post("/orderManagements", &order).expect(201).json();
    assert_eq!(ordered["phonenum"], Value::Null);
    order = form("02");
    order["phonenum"] = json!("전화 없음");
    let refused = stage.post("/orderManagements", &order).expect(422);
    assert_eq!(refused.json()["field"], "phonenum");
    stage.settle();
    assert_eq!(school.sms(), [""; 0]);
}

// 기능적 요구 사항 8: 학생은 학습현황을 조회 할 수 있다.

#[story]
fn functional_8_the_student_looks_up_how_the_learning_stands(shape: Shape) {
    let stage = Setup::of(SYSTEM).shape(shape).start();
    let school = School::at(&stage);
    school.order("01");
    stage.settle();
    // Before it starts there is nothing to see.
    assert!(
        stage
            .list("learningStatusInquiries", "orderNo", "01")
            .is_empty()
    );
    let evaluation = {
        school.name("01", "조상임").expect(200);
        school.one("learningEvaluations", "01")
    };
    let row = school.page_shows("01", &Value::Null);
    assert_eq!(row["courseNo"], "01");
    assert_eq!(row["enddate"], "2021-08-31T00:00:00.000+0000");
    school.finish(&evaluation, "90").expect(200);
    let scored = school.page_shows("01", &json!("90"));
    assert_eq!(id_of(&scored), id_of(&row));
    let path = format!("/learningStatusInquiries/{}", id_of(&row));
    assert_eq!(stage.get(&path).expect(200).json(), scored);
    assert_eq!(
        stage.get("/learningStatusInquiries").json()["page"],
        Value::Null,
        "unpaged"
    );
    school.cancel("01");
    school.page_loses("01");
    stage.get(&path).expect(404);
}

//! 장애격리: one context really down, frozen or ill; the others do what they promised (I7), and it
//! catches up with nothing happening twice.

use serde_json::{Value, json};

use crate::onlinestudy::School;
use crate::onlinestudy::school::last_score;
use crate::stage::{Apart, Setup};

const SYSTEM: &str = "onlinestudy";
const EVALUATION: &str = "learningEvaluation";

/// Orders, managements, starts, cancels, SMS and the page go on: `prefix-1` is learning, `prefix-2`
/// was canceled after its start, `prefix-3` before it.
fn the_others_go_on(school: &School<'_>, prefix: &str) {
    let no = |number: u8| format!("{prefix}-{number}");
    for number in 1..=3 {
        school.order(&no(number));
    }
    for number in 1..=2 {
        school.name(&no(number), "조상임").expect(200);
        school.page_shows(&no(number), &Value::Null);
    }
    for number in 2..=3 {
        school.cancel(&no(number));
        school.loses("learningManagements", &no(number));
    }
    school.page_loses(&no(2));
}

/// It has caught up: what is learning can be finished, and the rest is gone.
fn evaluation_has_caught_up(school: &Apart, prefixes: &[&str]) {
    let count = prefixes.len();
    for prefix in prefixes {
        let no = format!("{prefix}-1");
        let evaluation = School::at(school).one("learningEvaluations", &no);
        school.until(&last_score(&evaluation, "90"), 200);
        School::at(school).agrees_on(&no, "90");
    }
    school.settle();
    let there_are = count as u64;
    assert_eq!(School::at(school).counts(), [there_are; 4]);
    assert_eq!(school.told("LearningEvaluationCanceled"), count * 2);
    assert_eq!(school.told("EvaluationScoreRegistered"), count);
    assert_eq!(School::at(school).sms().len(), count * (3 + 2 + 2 + 2));
    school.has_no_dead_letters();
    school.are_all_the_same_rebuilt();
}

#[test]
fn evaluation_was_never_started() {
    let mut school = Apart::without(SYSTEM, &[EVALUATION]);
    school.get("/learningEvaluations").expect(503);
    the_others_go_on(&School::at(&school), "A");
    school.start(EVALUATION);
    evaluation_has_caught_up(&school, &["A"]);
}

#[test]
fn evaluation_is_killed() {
    let mut school = Apart::of(SYSTEM);
    the_others_go_on(&School::at(&school), "A");
    school.kill(EVALUATION);
    the_others_go_on(&School::at(&school), "B");
    school.start(EVALUATION);
    evaluation_has_caught_up(&school, &["A", "B"]);
}

#[test]
fn evaluation_is_frozen() {
    let school = Apart::of(SYSTEM);
    the_others_go_on(&School::at(&school), "A");
    school.freeze(EVALUATION);
    the_others_go_on(&School::at(&school), "B");
    school.thaw(EVALUATION);
    evaluation_has_caught_up(&school, &["A", "B"]);
}

#[test]
fn evaluation_is_a_zombie_until_it_is_restarted() {
    let mut school = Setup::of(SYSTEM).chaos().start_apart();
    school.context(EVALUATION).get("/makeZombie").expect(200);
    school.context(EVALUATION).get("/isHealthy").expect(500);
    the_others_go_on(&School::at(&school), "A");
    // As whoever looks after it would (Self-healing, liveness probe).
    school.terminate(EVALUATION);
    school.start(EVALUATION);
    school.context(EVALUATION).get("/isHealthy").expect(200);
    evaluation_has_caught_up(&school, &["A"]);
}

#[test]
fn with_management_gone_orders_are_taken_and_what_has_started_is_finished() {
    let mut school = Apart::of(SYSTEM);
    let evaluation = School::at(&school).learn("01");
    School::at(&school).page_shows("01", &Value::Null);
    school.kill("learningManagement");
    School::at(&school).order("02");
    School::at(&school).order("03");
    School::at(&school).cancel("03");
    School::at(&school).finish(&evaluation, "90").expect(200);
    School::at(&school).agrees_on("01", "90");
    let away = school.get("/learningManagements").expect(503);
    assert!(away.header("retry-after").is_some(), "{away}");
    school.start("learningManagement");
    School::at(&school).name("02", "김철수").expect(200);
    School::at(&school).one("learningEvaluations", "02");
    school.settle();
    assert_eq!(School::at(&school).counts(), [2, 2, 2, 2]);
    assert_eq!(school.told("LearningManagementPrepared"), 3);
    school.has_no_dead_letters();
}

#[test]
fn with_sms_and_page_gone_everything_is_done_and_told_later_once() {
    let mut school = Apart::of(SYSTEM);
    school.kill("Notification");
    school.kill("MyPage");
    let evaluation = School::at(&school).learn("01");
    School::at(&school).finish(&evaluation, "90").expect(200);
    School::at(&school).learn("02");
    School::at(&school).cancel("02");
    School::at(&school).loses("learningEvaluations", "02");
    school.get("/smsHistories").expect(503);
    school.start("Notification");
    school.start("MyPage");
    School::at(&school).agrees_on("01", "90");
    school.settle();
    let statuses = [
        "강좌주문",
        "강좌주문",
        "강좌주문취소",
        "학습관리시작",
        "학습관리시작",
        "학습관리취소",
    ];
    assert_eq!(
        School::at(&school).sms(),
        statuses.map(|status| format!("01011111111 {status}"))
    );
    School::at(&school).page_loses("02");
    school.are_all_the_same_rebuilt();
    // Killed once more, nobody is told again.
    school.kill("Notification");
    school.start("Notification");
    school.settle();
    assert_eq!(School::at(&school).sms().len(), 6);
}

#[test]
fn with_order_gone_learning_starts_and_is_evaluated_but_not_finished() {
    let mut school = Setup::of(SYSTEM).set("asks.sleep", "200ms").start_apart();
    School::at(&school).order("01");
    School::at(&school).one("learningManagements", "01");
    school.kill("orderManagement");
    School::at(&school).name("01", "조상임").expect(200);
    let evaluation = School::at(&school).one("learningEvaluations", "01");
    let path = format!("/learningEvaluations/{}", crate::stage::id_of(&evaluation));
    school.patch(&path, &json!({"score": "70"})).expect(200);
    School::at(&school).finish(&evaluation, "90").expect(503);
    school.start("orderManagement");
    school.until(&last_score(&evaluation, "90"), 200);
    School::at(&school).agrees_on("01", "90");
}

//! The awaited call: evaluation asks order to take the final score. Whatever becomes of the
//! question, both agree within seconds, and nothing happens twice.

use serde_json::{Value, json};

use crate::onlinestudy::School;
use crate::onlinestudy::school::last_score;
use crate::stage::{Apart, Setup, id_of};
use crate::wire::{Connection, Request};

const SYSTEM: &str = "onlinestudy";

/// Each context a process, whose faults can be chosen; its breaker does not stay open for long.
fn apart() -> Apart {
    Setup::of(SYSTEM)
        .chaos()
        .set("asks.sleep", "200ms")
        .start_apart()
}

/// Turns the faults of one process on or off.
#[track_caller]
fn turn(school: &Apart, context: &str, knobs: &Value) {
    school
        .context(context)
        .put("/actuator/chaos", knobs)
        .expect(200);
}

#[track_caller]
fn happened_once(school: &Apart) {
    school.settle();
    assert_eq!(school.told("EvaluationRegistered"), 1);
    assert_eq!(school.told("EvaluationScoreRegistered"), 1);
    school.has_no_dead_letters();
    school.are_all_the_same_rebuilt();
}

#[test]
fn the_order_says_no() {
    let stage = Setup::of(SYSTEM).chaos().start();
    let school = School::at(&stage);
    let evaluation = school.learn("01");
    stage.turn("orderManagement", &json!({"refuse": true}));
    let refused = school.finish(&evaluation, "90").expect(409);
    assert_eq!(refused.json()["code"], "refused-by-chaos");
    stage.turn("orderManagement", &json!({"refuse": false}));
    assert_eq!(
        school.one("learningEvaluations", "01")["endFlg"],
        Value::Null
    );
    assert_eq!(school.one("orderManagements", "01")["score"], Value::Null);
    school.finish(&evaluation, "95").expect(200);
    school.agrees_on("01", "95");
}

#[test]
fn the_order_was_canceled_and_evaluation_has_not_heard_of_it() {
    let mut school = apart();
    let evaluation = School::at(&school).learn("01");
    // Nobody tells evaluation of the cancel as long as this one is gone.
    school.settle();
    school.kill("learningManagement");
    School::at(&school).cancel("01");
    let refused = School::at(&school).finish(&evaluation, "90").expect(409);
    assert_eq!(refused.json()["code"], "evaluation-canceled");
    school.start("learningManagement");
    School::at(&school).loses("learningEvaluations", "01");
    school.settle();
    assert_eq!(School::at(&school).counts(), [0, 0, 0, 0]);
    assert_eq!(school.told("EvaluationScoreRegistered"), 0);
}

#[test]
fn the_order_has_another_score_already() {
    let school = apart();
    let evaluation = School::at(&school).learn("01");
    // Evaluation does not hear of it at once: it is frozen, as it would be before it died.
    school.freeze("learningEvaluation");
    let register = json!({"orderNo": "01", "score": "80"});
    let order = school.context("orderManagement");
    order
        .put("/orderManagements/registerEvaluation", &register)
        .expect(200);
    school.thaw("learningEvaluation");
    let refused = School::at(&school).finish(&evaluation, "90").expect(409);
    let code = refused.json()["code"].clone();
    assert!(
        code == "score-differs" || code == "evaluation-final",
        "{code}"
    );
    School::at(&school).agrees_on("01", "80");
    happened_once(&school);
}

#[test]
fn the_order_is_slow_past_the_deadline_and_takes_the_score_after_all() {
    let stage = Setup::of(SYSTEM)
        .chaos()
        .set("asks.deadline", "50ms")
        .start();
    let school = School::at(&stage);
    let evaluation = school.learn("01");
    stage.turn("orderManagement", &json!({"slow": "200ms"}));
    school.finish(&evaluation, "90").expect(503);
    stage.turn("orderManagement", &json!({"slow": ""}));
    // Whether the slow order has carried it out or dropped it: asked again, both agree.
    stage.until(&last_score(&evaluation, "90"), 200);
    school.agrees_on("01", "90");
    stage.settle();
    assert_eq!(stage.told("EvaluationScoreRegistered"), 1);
}

#[test]
fn the_order_is_down() {
    let mut school = apart();
    let evaluation = School::at(&school).learn("01");
    school.kill("orderManagement");
    let refused = School::at(&school).finish(&evaluation, "90").expect(503);
    assert!(refused.header("retry-after").is_some(), "{refused}");
    school.start("orderManagement");
    assert_eq!(
        School::at(&school).one("learningEvaluations", "01")["endFlg"],
        Value::Null
    );
    assert_eq!(
        School::at(&school).one("orderManagements", "01")["score"],
        Value::Null
    );
    school.until(&last_score(&evaluation, "90"), 200);
    School::at(&school).agrees_on("01", "90");
    happened_once(&school);
}

#[test]
fn the_order_takes_the_score_and_its_answer_is_lost() {
    let school = apart();
    let evaluation = School::at(&school).learn("01");
    turn(&school, "orderManagement", &json!({"mute": true}));
    School::at(&school).finish(&evaluation, "90").expect(503);
    turn(&school, "orderManagement", &json!({"mute": false}));
    // Nobody asks again: the echo alone brings them in line.
    School::at(&school).agrees_on("01", "90");
    School::at(&school).finish(&evaluation, "90").expect(200);
    happened_once(&school);
}

#[test]
fn the_order_dies_after_its_commit_and_before_its_answer() {
    let mut school = apart();
    let evaluation = School::at(&school).learn("01");
    turn(&school, "orderManagement", &json!({"die": true}));
    School::at(&school).finish(&evaluation, "90").expect(503);
    school.died("orderManagement");
    school.start("orderManagement");
    School::at(&school).agrees_on("01", "90");
    School::at(&school).finish(&evaluation, "90").expect(200);
    happened_once(&school);
}

#[test]
fn the_evaluation_dies_while_it_waits_for_the_answer() {
    let mut school = Setup::of(SYSTEM)
        .chaos()
        .set("asks.deadline", "10s")
        .start_apart();
    let evaluation = School::at(&school).learn("01");
    turn(&school, "orderManagement", &json!({"mute": true}));
    let mut asking = Connection::open(school.context("learningEvaluation").address()).unwrap();
    asking.begin(&last_score(&evaluation, "90")).unwrap();
    let order = id_of(&School::at(&school).one("orderManagements", "01"));
    let path = format!("/orderManagements/{order}");
    school
        .context("orderManagement")
        .becomes(&path, &json!({"score": "90"}));
    school.kill("learningEvaluation");
    turn(&school, "orderManagement", &json!({"mute": false}));
    school.start("learningEvaluation");
    School::at(&school).agrees_on("01", "90");
    happened_once(&school);
}

#[test]
fn the_evaluation_dies_after_its_commit_and_before_its_answer() {
    let mut school = apart();
    let evaluation = School::at(&school).learn("01");
    turn(&school, "learningEvaluation", &json!({"die": true}));
    let mut asking = Connection::open(school.context("learningEvaluation").address()).unwrap();
    asking.send(&last_score(&evaluation, "90")).unwrap_err();
    school.died("learningEvaluation");
    school.start("learningEvaluation");
    School::at(&school).agrees_on("01", "90");
    let again: Request = last_score(&evaluation, "90");
    school.send(&again).expect(200);
    happened_once(&school);
}

use serde_json::json;
use storm::EventSet as _;
use testkit::{given, given_nothing};

use super::*;
use crate::order_management::Score;

const ORDER: &str = "01";

fn learning() -> Learning {
    Learning {
        order_no: ORDER.to_owned(),
        course_no: "C1".to_owned(),
        phonenum: None,
        begindate: None,
        enddate: None,
    }
}

fn score(score: &str) -> Score {
    Score(score.to_owned())
}

fn started() -> EvaluationEvent {
    let learning = learning();
    LearningEvaluationStarted { id: 1, learning }.into()
}

fn noted(end_flg: Option<bool>, points: Option<&str>) -> EvaluationEvent {
    LearningEvaluationNoted {
        id: 1,
        order_no: ORDER.to_owned(),
        grades: grades(end_flg, points),
    }
    .into()
}

fn registered(points: &str) -> EvaluationEvent {
    let result = register(points);
    EvaluationScoreRegistered { id: 1, result }.into()
}

fn canceled() -> EvaluationEvent {
    let order_no = ORDER.to_owned();
    LearningEvaluationCanceled { id: 1, order_no }.into()
}

fn cancel() -> EvaluationCommand {
    let order_no = ORDER.to_owned();
    EvaluationCommand::Cancel { order_no }
}

fn grades(end_flg: Option<bool>, points: Option<&str>) -> Grades {
    let score = points.map(score);
    Grades { end_flg, score }
}

fn register(points: &str) -> RegisterEvaluation {
    RegisterEvaluation {
        order_no: ORDER.to_owned(),
        score: score(points),
    }
}

fn grade(end_flg: Option<bool>, points: Option<&str>) -> EvaluationCommand {
    EvaluationCommand::Grade(None, grades(end_flg, points))
}

fn finish(points: &str) -> EvaluationCommand {
    EvaluationCommand::Finish(register(points))
}

#[test]
fn an_evaluation_starts_once() {
    given_nothing::<Evaluation>()
        .when(EvaluationCommand::Start(learning()))
        .then([started()])
        .when(EvaluationCommand::Start(learning()))
        .then_no_news();
}

#[test]
fn an_interim_score_is_noted_and_is_not_final() {
    given::<Evaluation>([started()])
        .when(grade(None, Some("70")))
        .then([noted(None, Some("70"))])
        .when(grade(None, Some("70")))
        .then_no_news()
        .when(grade(Some(false), None))
        .then([noted(Some(false), Some("70"))])
        .when(grade(None, None))
        .then_no_news();
}

#[test]
fn a_final_score_is_registered_once() {
    given::<Evaluation>([started(), noted(None, Some("70"))])
        .when(grade(Some(true), Some("90")))
        .then([registered("90")])
        .when(grade(Some(true), Some("90")))
        .then_no_news()
        .when(grade(None, None))
        .then_no_news()
        .when(grade(Some(true), Some("95")))
        .then_refused("evaluation-final")
        .when(grade(Some(false), None))
        .then_refused("evaluation-final");
}

#[test]
fn the_echo_finishes_what_the_answer_did_not() {
    given::<Evaluation>([started()])
        .when(finish("90"))
        .then([registered("90")])
        .when(finish("90"))
        .then_no_news()
        .when(grade(Some(true), Some("90")))
        .then_no_news();
}

#[test]
fn an_echo_that_overtakes_the_start_waits_for_it() {
    let early = given_nothing::<Evaluation>()
        .when(finish("90"))
        .then([registered("90")]);
    assert!(early.state().shown().is_none());
    let whole = given::<Evaluation>([registered("90")])
        .when(EvaluationCommand::Start(learning()))
        .then([started()]);
    let shown = whole.state().shown().unwrap();
    assert_eq!(
        (shown.grades.end_flg, shown.grades.score),
        (Some(true), Some(score("90")))
    );
    given::<Evaluation>([registered("90"), started()])
        .when(EvaluationCommand::Start(learning()))
        .then_no_news();
}

#[test]
fn it_is_canceled_once_and_for_ever() {
    for before in [
        vec![],
        vec![started()],
        vec![started(), registered("90")],
        vec![registered("90")],
    ] {
        given::<Evaluation>(before)
            .when(cancel())
            .then([canceled()])
            .when(cancel())
            .then_no_news()
            .when(EvaluationCommand::Start(learning()))
            .then_no_news()
            .when(finish("90"))
            .then_no_news()
            .when(grade(Some(true), Some("90")))
            .then_refused("evaluation-canceled");
    }
}

#[test]
fn another_orders_evaluation_is_not_changed() {
    let other = || EvaluationCommand::Grade(Some("02".to_owned()), grades(Some(true), Some("90")));
    given::<Evaluation>([started()])
        .when(other())
        .then_refused("order-no-differs");
    given::<Evaluation>([started(), registered("90")])
        .when(other())
        .then_refused("order-no-differs");
    assert!(asks(&[started()], &other()).is_none());
}

#[test]
fn an_evaluation_of_nothing_is_waited_for() {
    given_nothing::<Evaluation>()
        .when(grade(None, None))
        .then_refused("evaluation-unknown");
}

#[test]
fn grades_are_checked() {
    let read = |body: serde_json::Value| {
        storm::lenient::from_value::<GradesForm>(&body).and_then(GradesForm::checked)
    };
    let code = |body| read(body).unwrap_err().code;
    assert_eq!(code(json!({"endFlg": "true"})), "score-missing");
    assert_eq!(code(json!({"score": "9".repeat(21)})), "text-too-long");
    assert_eq!(code(json!({"endFlg": "perhaps"})), "unreadable");
    assert_eq!(read(json!({})), Ok(grade(None, None)));
    let last = read(json!({"endFlg": "true", "score": 90}));
    assert_eq!(last, Ok(grade(Some(true), Some("90"))));
}

fn asks(events: &[EvaluationEvent], command: &EvaluationCommand) -> Option<Ask<Evaluation>> {
    let given = given::<Evaluation>(events.to_vec());
    finishing_asks_order_to_register_evaluation(1, given.state(), command)
}

#[test]
fn only_a_final_score_is_asked_for_and_only_once() {
    let last = grade(Some(true), Some("90"));
    assert!(asks(&[started()], &last).is_some());
    assert!(asks(&[started()], &grade(None, Some("90"))).is_none());
    assert!(asks(&[started()], &grade(Some(false), Some("90"))).is_none());
    assert!(asks(&[started(), registered("90")], &last).is_none());
    assert!(asks(&[started(), canceled()], &last).is_none());
    assert!(asks(&[], &last).is_none());
}

#[test]
fn it_is_shown_in_the_originals_fields() {
    let shown = |events: Vec<EvaluationEvent>| given::<Evaluation>(events).state().shown();
    let last = shown(vec![started(), registered("90")]);
    assert_eq!(
        serde_json::to_value(last).unwrap(),
        json!({
            "orderNo": "01", "courseNo": "C1", "phonenum": null, "begindate": null,
            "enddate": null, "endFlg": true, "score": "90",
        })
    );
    let first = shown(vec![started()]).unwrap();
    assert_eq!((first.grades.end_flg, first.grades.score), (None, None));
    assert!(shown(vec![started(), canceled()]).is_none());
}

#[test]
fn events_are_told_in_the_originals_fields() {
    assert_eq!(
        registered("90").to_json().unwrap(),
        r#"{"id":1,"orderNo":"01","score":"90"}"#
    );
}

use serde_json::{Value, json};
use storm::EventSet as _;
use testkit::{given, given_nothing};

use super::*;

fn form() -> Value {
    json!({
        "orderNo": "01", "courseNo": "01", "phonenum": "01011111111",
        "orderdate": "20210630", "begindate": "20210701", "enddate": "20210831",
        "status": "강좌주문", "score": "100",
    })
}

fn read(body: &Value) -> Result<CourseOrder, Refusal> {
    storm::lenient::from_value::<CourseOrder<TypedDate>>(body)?.checked()
}

fn order() -> CourseOrder {
    read(&form()).unwrap()
}

fn ordered() -> OrderEvent {
    order().ordered(1).into()
}

fn canceled() -> OrderEvent {
    order().canceled(1).into()
}

fn score(score: &str) -> Score {
    Score(score.to_owned())
}

fn evaluation(points: &str) -> RegisterEvaluation {
    RegisterEvaluation {
        order_no: "01".to_owned(),
        score: score(points),
    }
}

fn register(points: &str) -> OrderCommand {
    OrderCommand::Register(evaluation(points))
}

fn scored(points: &str) -> OrderEvent {
    let evaluation = evaluation(points);
    EvaluationRegistered { id: 1, evaluation }.into()
}

#[test]
fn a_course_is_ordered() {
    given_nothing::<Order>()
        .when(OrderCommand::Place(order()))
        .then([ordered()]);
}

#[test]
fn an_order_sent_twice_is_one_order() {
    given::<Order>([ordered()])
        .when(OrderCommand::Place(order()))
        .then_no_news();
    given::<Order>([ordered(), scored("90")])
        .when(OrderCommand::Place(order()))
        .then_no_news();
}

#[test]
fn another_order_with_the_same_number_is_refused() {
    let other = CourseOrder {
        course_no: "02".to_owned(),
        ..order()
    };
    given::<Order>([ordered()])
        .when(OrderCommand::Place(other))
        .then_refused("order-differs");
}

#[test]
fn an_order_is_canceled_once_and_for_ever() {
    given::<Order>([ordered()])
        .when(OrderCommand::Cancel)
        .then([canceled()])
        .when(OrderCommand::Cancel)
        .then_no_news()
        .when(OrderCommand::Place(order()))
        .then_refused("order-canceled")
        .when(register("90"))
        .then_refused("order-canceled");
}

#[test]
fn a_final_score_is_taken_once() {
    given::<Order>([ordered()])
        .when(register("90"))
        .then([scored("90")])
        .when(register("90"))
        .then_no_news()
        .when(register("95"))
        .then_refused("score-differs");
}

#[test]
fn an_order_with_a_score_can_be_canceled() {
    given::<Order>([ordered(), scored("90")])
        .when(OrderCommand::Cancel)
        .then([canceled()]);
}

#[test]
fn an_order_that_nobody_placed_is_waited_for() {
    given_nothing::<Order>()
        .when(OrderCommand::Cancel)
        .then_refused("order-unknown")
        .when(register("90"))
        .then_refused("order-unknown");
}

#[test]
fn what_the_seed_sends_is_shown_in_the_originals_fields() {
    let shown = given::<Order>([ordered()]).state().shown().unwrap();
    assert_eq!(
        serde_json::to_string(&shown).unwrap(),
        concat!(
            r#"{"orderNo":"01","courseNo":"01","phonenum":"01011111111","#,
            r#""orderdate":"2021-06-30T00:00:00.000+0000","begindate":"2021-07-01T00:00:00.000+0000","#,
            r#""enddate":"2021-08-31T00:00:00.000+0000","score":null}"#
        )
    );
    assert_eq!(
        ordered().to_json().unwrap(),
        concat!(
            r#"{"id":1,"orderNo":"01","courseNo":"01","phonenum":"01011111111","#,
            r#""orderdate":1625011200000,"begindate":1625097600000,"enddate":1630368000000,"#,
            r#""score":null,"status":"강좌주문"}"#
        )
    );
    let canceled = given::<Order>([ordered(), canceled()]);
    assert!(canceled.state().shown().is_none());
}

#[test]
fn an_event_of_the_originals_is_understood() {
    let told = json!({
        "eventType": "CourseOrdered", "timestamp": "20210630120000", "id": 7, "orderNo": "07",
        "courseNo": "01", "phonenum": null, "orderdate": 20_210_630, "begindate": null,
        "enddate": null, "score": null, "status": null,
    });
    let ordered: CourseOrdered = serde_json::from_value(told).unwrap();
    assert_eq!((ordered.id, &*ordered.order.order_no), (7, "07"));
    assert_eq!(ordered.status, OrderStatus::Ordered);
}

#[track_caller]
fn refused(changes: &Value, field: &str, code: &str) {
    let mut body = form();
    for (name, value) in changes.as_object().unwrap() {
        body[name] = value.clone();
    }
    let refusal = read(&body).unwrap_err();
    assert_eq!(
        (refusal.field.as_deref(), &*refusal.code),
        (Some(field), code)
    );
}

#[test]
fn an_order_form_is_checked() {
    refused(&json!({"orderNo": " "}), "orderNo", "text-missing");
    refused(&json!({"orderNo": null}), "orderNo", "unreadable");
    refused(&json!({"courseNo": ""}), "courseNo", "text-missing");
    refused(
        &json!({"orderNo": "가".repeat(101)}),
        "orderNo",
        "text-too-long",
    );
    refused(&json!({"orderNo": "0\n1"}), "orderNo", "text-unreadable");
    refused(&json!({"phonenum": "전화"}), "phonenum", "phonenum-invalid");
    refused(
        &json!({"phonenum": "0".repeat(21)}),
        "phonenum",
        "phonenum-invalid",
    );
    refused(&json!({"enddate": "20210630"}), "enddate", "dates-reversed");
    refused(&json!({"begindate": "31 June"}), "begindate", "unreadable");
    let least = read(&json!({"orderNo": 2, "courseNo": "가".repeat(100)})).unwrap();
    assert_eq!((&*least.order_no, least.phonenum), ("2", None));
}

#[test]
fn a_course_may_begin_and_end_on_one_day_whatever_the_hour() {
    let read = |begin: &str, end: &str| {
        read(&json!({"orderNo": "1", "courseNo": "1", "begindate": begin, "enddate": end}))
    };
    for (begin, end) in [
        ("2021-07-01", "2021-07-01"),
        ("2021-07-01T18:00", "2021-07-01"),
        ("2021-07-01T18:00", "2021-07-01T09:00"),
        ("2021-07-01T23:59+0900", "2021-07-01"),
        ("2021-07-01", "2021-07-01T08:00+0900"),
        ("2021-07-01T23:59+0900", "2021-07-01T00:00+0900"),
        ("9999-12-31T23:59", "99991231"),
    ] {
        assert!(read(begin, end).is_ok(), "{begin} {end}");
    }
    for (begin, end) in [
        ("2021-07-01", "2021-06-30"),
        ("2021-07-01", "2021-06-30T23:59"),
        ("2021-07-01T00:00+0900", "2021-06-30T23:59+0900"),
    ] {
        let refusal = read(begin, end).unwrap_err();
        assert_eq!(refusal.code, "dates-reversed", "{begin} {end}");
    }
}

#[test]
fn one_number_is_one_order_however_it_is_spelled() {
    let one = |order_no: &str| read(&json!({"orderNo": order_no, "courseNo": "1"})).unwrap();
    assert_eq!(one("A-1 "), one("A-1"));
    assert_eq!(one("\u{1100}\u{1161}\u{200b}"), one("가"));
}

#[test]
fn a_score_is_checked() {
    assert!(score("A+").checked().is_ok());
    assert_eq!(score(" ").checked().unwrap_err().code, "text-missing");
    assert_eq!(
        score(&"9".repeat(21)).checked().unwrap_err().code,
        "text-too-long"
    );
}

use serde_json::json;
use storm::{Date, EventSet as _};
use testkit::{given, given_nothing};

use super::*;

fn order() -> CourseOrder {
    CourseOrder {
        order_no: "01".to_owned(),
        course_no: "C1".to_owned(),
        phonenum: Some("010-1".to_owned()),
        orderdate: Some(Date::from_millis(1)),
        begindate: Some(Date::from_millis(2)),
        enddate: None,
    }
}

fn prepared() -> ManagementEvent {
    let order = order();
    LearningManagementPrepared { id: 1, order }.into()
}

fn started() -> ManagementEvent {
    order().started(1, "조상임".to_owned()).into()
}

fn cancel() -> ManagementCommand {
    ManagementCommand::Cancel(left())
}

fn left() -> Canceled {
    Canceled {
        order_no: "01".to_owned(),
        phonenum: Some("010-1".to_owned()),
    }
}

fn canceled() -> ManagementEvent {
    left().told(1).into()
}

fn name(managername: &str) -> ManagementCommand {
    name_for(Some("01"), managername)
}

fn name_for(order_no: Option<&str>, managername: &str) -> ManagementCommand {
    ManagementCommand::Name(ManagerForm {
        order_no: order_no.map(str::to_owned),
        managername: managername.to_owned(),
    })
}

#[test]
fn a_management_is_prepared_once() {
    given_nothing::<Management>()
        .when(ManagementCommand::Prepare(order()))
        .then([prepared()])
        .when(ManagementCommand::Prepare(order()))
        .then_no_news();
}

#[test]
fn learning_starts_when_a_manager_is_first_named() {
    given::<Management>([prepared()])
        .when(name("조상임"))
        .then([started()])
        .when(name("조상임"))
        .then_no_news();
}

#[test]
fn another_manager_later_starts_nothing_again() {
    let changed = order().managed_by(1, "김철수".to_owned());
    given::<Management>([prepared(), started()])
        .when(name_for(None, "김철수"))
        .then([changed.into()])
        .when(name("김철수"))
        .then_no_news();
}

#[test]
fn a_manager_of_another_order_is_refused() {
    given::<Management>([prepared()])
        .when(name_for(Some("02"), "조상임"))
        .then_refused("order-no-differs");
    given::<Management>([prepared(), started()])
        .when(name_for(Some("02"), "김철수"))
        .then_refused("order-no-differs");
}

#[test]
fn it_is_canceled_once_whether_it_has_started_or_not() {
    for before in [vec![prepared()], vec![prepared(), started()]] {
        given::<Management>(before)
            .when(cancel())
            .then([canceled()])
            .when(cancel())
            .then_no_news()
            .when(name("조상임"))
            .then_refused("management-canceled");
    }
}

#[test]
fn a_cancel_that_overtakes_the_order_stays() {
    given_nothing::<Management>()
        .when(cancel())
        .then([canceled()])
        .when(ManagementCommand::Prepare(order()))
        .then_no_news();
}

#[test]
fn a_manager_of_nothing_is_waited_for() {
    given_nothing::<Management>()
        .when(name("조상임"))
        .then_refused("management-unknown");
}

#[test]
fn a_manager_has_a_name() {
    let form = |managername: &str| ManagerForm {
        order_no: None,
        managername: managername.to_owned(),
    };
    assert!(form("조상임").checked().is_ok());
    assert_eq!(form(" ").checked().unwrap_err().code, "text-missing");
    let long = "가".repeat(101);
    assert_eq!(form(&long).checked().unwrap_err().code, "text-too-long");
}

#[test]
fn it_is_shown_in_the_originals_fields() {
    let shown = |events: Vec<ManagementEvent>| given::<Management>(events).state().shown();
    let waiting = serde_json::to_value(shown(vec![prepared()])).unwrap();
    assert_eq!(
        waiting,
        json!({
            "orderNo": "01", "courseNo": "C1", "phonenum": "010-1",
            "orderdate": "1970-01-01T00:00:00.001+0000", "begindate": "1970-01-01T00:00:00.002+0000",
            "enddate": null, "managername": null,
        })
    );
    let underway = serde_json::to_value(shown(vec![prepared(), started()])).unwrap();
    assert_eq!(underway["managername"], "조상임");
    assert!(shown(vec![prepared(), canceled()]).is_none());
}

#[test]
fn events_are_told_in_the_originals_fields() {
    assert_eq!(
        started().to_json().unwrap(),
        concat!(
            r#"{"id":1,"orderNo":"01","courseNo":"C1","phonenum":"010-1","begindate":2,"#,
            r#""enddate":null,"status":"학습관리시작","managername":"조상임"}"#
        )
    );
    assert_eq!(
        canceled().to_json().unwrap(),
        r#"{"id":1,"orderNo":"01","phonenum":"010-1","status":"학습관리취소"}"#
    );
}

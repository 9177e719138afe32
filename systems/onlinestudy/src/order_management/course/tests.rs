use serde_json::json;
use testkit::{given, given_nothing};

use super::*;

fn rust() -> Offer {
    Offer {
        course_no: "01".to_owned(),
        title: "러스트 프로그래밍 입문".to_owned(),
        teacher: Some("조상임".to_owned()),
        fee: Some(50_000),
    }
}

fn registered() -> CourseEvent {
    let offer = rust();
    CourseRegistered { id: 1, offer }.into()
}

fn cheaper() -> Offer {
    Offer {
        fee: Some(0),
        ..rust()
    }
}

fn changed() -> CourseEvent {
    let offer = cheaper();
    CourseChanged { id: 1, offer }.into()
}

fn removed() -> CourseEvent {
    let course_no = "01".to_owned();
    CourseRemoved { id: 1, course_no }.into()
}

fn change(body: &serde_json::Value) -> CourseCommand {
    CourseCommand::Change(storm::lenient::from_value(body).unwrap())
}

#[test]
fn a_course_is_registered_once() {
    given_nothing::<Course>()
        .when(CourseCommand::Register(rust()))
        .then([registered()])
        .when(CourseCommand::Register(rust()))
        .then_no_news()
        .when(CourseCommand::Register(cheaper()))
        .then_refused("course-differs");
}

#[test]
fn a_course_is_replaced_or_changed_in_part() {
    given::<Course>([registered()])
        .when(CourseCommand::Replace(cheaper()))
        .then([changed()])
        .when(CourseCommand::Replace(cheaper()))
        .then_no_news();
    given::<Course>([registered()])
        .when(change(&json!({})))
        .then_no_news()
        .when(change(&json!({"fee": -1})))
        .then_refused("fee-negative")
        .when(change(&json!({"fee": "0"})))
        .then([changed()]);
}

#[test]
fn a_change_to_null_takes_away() {
    let offer = Offer {
        teacher: None,
        ..rust()
    };
    given::<Course>([registered()])
        .when(change(&json!({"teacher": null})))
        .then([CourseChanged { id: 1, offer }.into()]);
}

#[test]
fn a_course_keeps_its_number() {
    let other = Offer {
        course_no: "02".to_owned(),
        ..rust()
    };
    given::<Course>([registered()])
        .when(CourseCommand::Replace(other))
        .then_refused("course-no-fixed");
}

#[test]
fn a_removed_course_is_not_found_any_more() {
    let removed = given::<Course>([registered()])
        .when(CourseCommand::Remove)
        .then([removed()])
        .when(CourseCommand::Remove)
        .then_no_news()
        .when(change(&json!({"fee": 1})))
        .then_refused("course-unknown");
    assert_eq!(removed.state().keys(), []);
}

#[test]
fn a_course_is_found_by_words_of_title_and_teacher() {
    let course = given::<Course>([registered()]);
    let keys = course.state().keys();
    for word in ["러스", "러스트", "입문", "조상임"] {
        assert!(keys.contains(&Key::shared("word", word)), "{word}");
    }
    assert!(!keys.contains(&Key::shared("word", "스트")));
}

#[test]
fn an_offer_is_checked() {
    assert!(rust().checked().is_ok());
    let code = |offer: Offer| offer.checked().unwrap_err().code;
    let long = |length| "가".repeat(length);
    assert_eq!(
        code(Offer {
            title: String::new(),
            ..rust()
        }),
        "text-missing"
    );
    assert_eq!(
        code(Offer {
            course_no: long(101),
            ..rust()
        }),
        "text-too-long"
    );
    assert_eq!(
        code(Offer {
            title: long(201),
            ..rust()
        }),
        "text-too-long"
    );
    assert_eq!(
        code(Offer {
            teacher: Some(long(101)),
            ..rust()
        }),
        "text-too-long"
    );
}

#[test]
fn a_number_that_an_earlier_version_kept_stays_as_it_is_spelled() {
    let offer = Offer {
        course_no: "01 ".to_owned(),
        ..rust()
    };
    let kept = given::<Course>([CourseRegistered { id: 1, offer }.into()]);
    let sent = storm::lenient::from_value(&json!({
        "courseNo": "01 ", "title": "러스트 프로그래밍 입문", "teacher": "조상임", "fee": 0,
    }));
    let offer = Offer {
        course_no: "01 ".to_owned(),
        ..cheaper()
    };
    let changed = || {
        [CourseChanged {
            id: 1,
            offer: offer.clone(),
        }
        .into()]
    };
    let kept = kept
        .when(CourseCommand::Replace(sent.unwrap()))
        .then(changed())
        .when(change(&json!({"courseNo": "01", "fee": 0})))
        .then_no_news();
    kept.when(change(&json!({"courseNo": "02"})))
        .then_refused("course-no-fixed");
}

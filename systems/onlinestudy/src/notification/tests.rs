use testkit::given_nothing;

use super::*;

fn message(status: SmsStatus) -> Message {
    Message {
        about: "CourseOrdered:01".to_owned(),
        order_no: "01".to_owned(),
        phonenum: "01011111111".to_owned(),
        status,
    }
}

const STATUSES: [(SmsStatus, &str); 4] = [
    (SmsStatus::Order(OrderStatus::Ordered), "강좌주문"),
    (SmsStatus::Order(OrderStatus::Canceled), "강좌주문취소"),
    (
        SmsStatus::Management(ManagementStatus::Started),
        "학습관리시작",
    ),
    (
        SmsStatus::Management(ManagementStatus::Canceled),
        "학습관리취소",
    ),
];

#[test]
fn a_student_is_told_once() {
    let message = message(STATUSES[0].0);
    let sent = SmsSent {
        id: 1,
        message: message.clone(),
    };
    given_nothing::<Sms>()
        .when(SmsCommand::Send(message.clone()))
        .then([sent.into()])
        .when(SmsCommand::Send(message))
        .then_no_news();
}

#[test]
fn what_was_sent_is_shown_in_the_originals_words() {
    for (status, word) in STATUSES {
        let shown = Sms {
            sent: Some(message(status)),
        }
        .shown();
        let shown = serde_json::to_value(shown).unwrap();
        assert_eq!(
            shown,
            serde_json::json!({"phonenum": "01011111111", "status": word})
        );
        let again: SmsStatus = serde_json::from_value(word.into()).unwrap();
        assert_eq!(again, status);
    }
}

#[test]
fn each_status_says_something_else_to_the_right_phone() {
    let mut texts = std::collections::BTreeSet::new();
    for (status, _) in STATUSES {
        let message = message(status);
        let said = sms_to_student(&SmsSent { id: 1, message });
        assert_eq!((said.channel, &*said.to), ("sms", "01011111111"));
        assert!(said.text.ends_with("주문번호 01"));
        texts.insert(said.text);
    }
    assert_eq!(texts.len(), 4);
}

#[test]
fn nobody_is_told_without_a_phone() {
    let status = STATUSES[0].0;
    assert!(send::<CourseOrdered>("01", None, status).is_none());
}

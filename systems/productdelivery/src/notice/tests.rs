use testkit::given_nothing;

use super::*;

fn message() -> Message {
    Message {
        order_id: 7,
        change: "Ordered".to_owned(),
        to: "customer of order 7".to_owned(),
        text: "주문 7번(tv 3개)이 접수되었습니다.".to_owned(),
    }
}

#[test]
fn a_change_is_told_once() {
    let message = message();
    given_nothing::<Notice>()
        .when(NoticeCommand::Tell(message.clone()))
        .then([NoticeSent {
            id: 1,
            message: message.clone(),
        }
        .into()])
        .when(NoticeCommand::Tell(message))
        .then_no_news();
}

#[test]
fn it_goes_out_by_kakao_in_the_customers_language() {
    let message = message();
    let told = by_kakao(&NoticeSent { id: 1, message });
    assert_eq!(
        told,
        Notification {
            channel: "kakao",
            to: "customer of order 7".to_owned(),
            text: "주문 7번(tv 3개)이 접수되었습니다.".to_owned(),
        }
    );
}

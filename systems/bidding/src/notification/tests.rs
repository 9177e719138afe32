use testkit::given_nothing;

use super::*;

fn message(contents: Contents) -> Message {
    Message {
        phone_number: "010-1234-1234".to_owned(),
        contents: contents.text().to_owned(),
        bid: BidNo {
            notice_no: "n33".to_owned(),
            participate_no: "p33".to_owned(),
        },
    }
}

#[test]
fn a_message_is_sent_once_and_shown_without_its_bid() {
    let won = message(Contents::Won);
    let sent = SmsSent {
        id: 1,
        message: won.clone(),
    };
    let sms = given_nothing::<Sms>()
        .when(SmsCommand::Send(won.clone()))
        .then([sent.into()])
        .when(SmsCommand::Send(won))
        .then_no_news();
    assert_eq!(
        serde_json::to_string(&sms.state().shown()).unwrap(),
        r#"{"phoneNumber":"010-1234-1234","contents":"낙찰 되었습니다~~~"}"#
    );
}

#[test]
fn a_bid_is_told_three_things_and_each_is_another_message() {
    let about = |contents| message(contents).about();
    assert_ne!(about(Contents::Participated), about(Contents::Canceled));
    assert_ne!(about(Contents::Canceled), about(Contents::Won));
}

#[test]
fn a_bid_without_a_phone_is_told_nothing() {
    let bid = message(Contents::Canceled).bid;
    let told = BiddingParticipationCanceled {
        id: 1,
        bid,
        phone_number: None,
    };
    assert!(whenever_bidding_participation_canceled_send_sms(&told).is_none());
}

#[test]
fn what_was_sent_is_handed_over_to_be_sent() {
    let message = message(Contents::Participated);
    let handed = sms_to_bidder(&SmsSent { id: 1, message });
    assert_eq!(
        (handed.channel, handed.to.as_str()),
        ("sms", "010-1234-1234")
    );
    assert_eq!(handed.text, "입찰서 등록 완료");
}

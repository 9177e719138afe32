use serde_json::{Value, json};
use storm::Date;
use testkit::{given, given_nothing};

use super::tender::PROCUREMENT_SERVICE;
use super::*;

fn tender() -> Tender {
    Tender {
        notice_no: "n33".to_owned(),
        title: Some("title33".to_owned()),
        due_date: Date::of_day(2021, 6, 30),
        price: Some(3_000_000_000),
        demand_org_nm: None,
        biz_info: None,
        qualifications: None,
    }
}

fn of_the_procurement_service() -> Tender {
    Tender {
        demand_org_nm: Some(PROCUREMENT_SERVICE.to_owned()),
        ..tender()
    }
}

fn award(participate_no: Option<&str>, name: &str) -> Award {
    Award {
        notice_no: "n33".to_owned(),
        succ_bidder_nm: name.to_owned(),
        phone_number: Some("010-1234-1234".to_owned()),
        participate_no: participate_no.map(str::to_owned),
    }
}

fn bid(participate_no: &str) -> BidNo {
    BidNo {
        notice_no: "n33".to_owned(),
        participate_no: participate_no.to_owned(),
    }
}

fn registered() -> NoticeEvent {
    tender().registered(1).into()
}

fn won(award: Award) -> NoticeEvent {
    SuccessBidderRegistered {
        id: 1,
        title: tender().title,
        demand_org_nm: None,
        award,
    }
    .into()
}

fn canceled() -> NoticeEvent {
    tender().canceled(1).into()
}

fn change(fields: &Value) -> NoticeCommand {
    NoticeCommand::Change(storm::lenient::from_value(fields).unwrap())
}

fn json_of(event: &NoticeEvent) -> Value {
    use storm::EventSet as _;
    serde_json::from_str(&event.to_json().unwrap()).unwrap()
}

#[test]
fn a_notice_is_registered_once_however_often_it_is_sent() {
    given_nothing::<Notice>()
        .when(NoticeCommand::Register(tender()))
        .then([registered()])
        .when(NoticeCommand::Register(tender()))
        .then_no_news()
        .when(NoticeCommand::Register(of_the_procurement_service()))
        .then_refused("notice-exists");
}

#[test]
fn a_number_of_a_canceled_notice_stays_taken() {
    given::<Notice>([registered()])
        .when(NoticeCommand::Cancel)
        .then([canceled()])
        .when(NoticeCommand::Cancel)
        .then_no_news()
        .when(NoticeCommand::Register(tender()))
        .then_refused("notice-canceled");
    assert!(
        given::<Notice>([registered(), canceled()])
            .state()
            .shown()
            .is_none()
    );
}

#[test]
fn a_notice_is_changed_where_the_patch_says_so_and_keeps_its_number() {
    let tender = Tender {
        title: None,
        price: Some(5),
        ..tender()
    };
    given::<Notice>([registered()])
        .when(change(
            &json!({"title": null, "price": "5", "noticeNo": "n33", "succBidderNm": "me"}),
        ))
        .then([NoticeChanged { id: 1, tender }.into()])
        .when(change(&json!({"price": 5})))
        .then_no_news()
        .when(change(&json!({"noticeNo": "n34"})))
        .then_refused("notice-no-fixed")
        .when(change(&json!({"price": -5})))
        .then_refused("amount-negative")
        .when(change(&json!({"dueDate": "tomorrow"})))
        .then_refused("unreadable");
}

#[test]
fn the_first_bid_that_wins_has_won() {
    let first = award(Some("p1"), "doremi");
    given::<Notice>([registered()])
        .when(NoticeCommand::Award(first.clone()))
        .then([won(first.clone())])
        .when(NoticeCommand::Award(first))
        .then_no_news()
        .when(NoticeCommand::Award(award(Some("p2"), "doremi")))
        .then_refused("already-awarded")
        .when(change(&json!({"title": "another"})))
        .then_refused("notice-awarded")
        .when(NoticeCommand::Register(tender()))
        .then_no_news();
}

#[test]
fn where_the_bid_is_not_said_the_company_tells() {
    given::<Notice>([registered(), won(award(None, "doremi"))])
        .when(NoticeCommand::Award(award(None, "doremi")))
        .then_no_news()
        .when(NoticeCommand::Award(award(None, "fasol")))
        .then_refused("already-awarded");
    given::<Notice>([registered(), won(award(Some("p1"), "doremi"))])
        .when(NoticeCommand::Award(award(None, "doremi")))
        .then_no_news();
}

#[test]
fn where_the_bid_was_not_said_no_bid_of_the_company_wins_beside_it() {
    given::<Notice>([registered(), won(award(None, "doremi"))])
        .when(NoticeCommand::Award(award(Some("p1"), "doremi")))
        .then_refused("already-awarded")
        .when(NoticeCommand::Award(award(Some("p2"), "doremi")))
        .then_refused("already-awarded");
}

#[test]
fn the_procurement_service_names_its_winners_itself() {
    given::<Notice>([of_the_procurement_service().registered(1).into()])
        .when(NoticeCommand::Award(award(Some("p1"), "doremi")))
        .then_refused("awarded-by-procurement-service");
}

#[test]
fn nothing_is_won_where_there_is_no_notice_any_more_or_yet() {
    given::<Notice>([registered(), canceled()])
        .when(NoticeCommand::Award(award(Some("p1"), "doremi")))
        .then_refused("notice-canceled");
    given_nothing::<Notice>()
        .when(NoticeCommand::Award(award(Some("p1"), "doremi")))
        .then_refused("notice-unknown");
}

#[test]
fn a_notice_is_open_again_when_the_bid_that_had_won_is_gone() {
    let back = SuccessBidderCanceled {
        id: 1,
        bid: bid("p1"),
    };
    let second = award(Some("p2"), "fasol");
    given::<Notice>([registered(), won(award(Some("p1"), "doremi"))])
        .when(NoticeCommand::TakeBackAward(bid("p2")))
        .then_no_news()
        .when(NoticeCommand::TakeBackAward(bid("p1")))
        .then([back.into()])
        .when(NoticeCommand::TakeBackAward(bid("p1")))
        .then_no_news()
        .when(NoticeCommand::Award(second.clone()))
        .then([won(second)]);
}

#[test]
fn a_notice_that_was_won_can_be_canceled_with_all_that_was_won() {
    given::<Notice>([registered(), won(award(Some("p1"), "doremi"))])
        .when(NoticeCommand::Cancel)
        .then([canceled()])
        .when(NoticeCommand::TakeBackAward(bid("p1")))
        .then_no_news();
}

#[test]
fn events_have_the_fields_of_the_originals() {
    assert_eq!(
        json_of(&registered()),
        json!({
            "id": 1, "noticeNo": "n33", "title": "title33", "dueDate": 1_625_011_200_000_i64,
            "price": 3_000_000_000_i64, "demandOrgNm": null, "bizInfo": null,
            "qualifications": null, "succBidderNm": null,
        })
    );
    assert_eq!(
        json_of(&won(award(Some("p1"), "doremi"))),
        json!({
            "id": 1, "noticeNo": "n33", "title": "title33", "demandOrgNm": null,
            "succBidderNm": "doremi", "phoneNumber": "010-1234-1234", "participateNo": "p1",
        })
    );
    assert_eq!(
        json_of(&canceled()),
        json!({"id": 1, "noticeNo": "n33", "title": "title33"})
    );
}

#[test]
fn a_notice_is_shown_with_its_winner_in_the_order_of_the_table() {
    let notice = given::<Notice>([registered(), won(award(Some("p1"), "doremi"))]);
    let shown = serde_json::to_string(&notice.state().shown()).unwrap();
    assert_eq!(
        shown,
        "{\"noticeNo\":\"n33\",\"title\":\"title33\",\"dueDate\":\"2021-06-30T00:00:00.000+0000\",\
         \"price\":3000000000,\"demandOrgNm\":null,\"bizInfo\":null,\"qualifications\":null,\
         \"succBidderNm\":\"doremi\",\"phoneNumber\":\"010-1234-1234\"}"
    );
}

#[test]
fn a_form_that_is_too_long_or_costs_less_than_nothing_is_refused() {
    let long = Tender {
        biz_info: Some("가".repeat(4001)),
        ..tender()
    };
    assert_eq!(
        long.checked().unwrap_err().field.as_deref(),
        Some("bizInfo")
    );
    let negative = Tender {
        price: Some(-1),
        ..tender()
    };
    assert_eq!(
        negative.checked().unwrap_err().field.as_deref(),
        Some("price")
    );
    let blank = Tender {
        notice_no: " ".to_owned(),
        ..tender()
    };
    assert_eq!(
        blank.checked().unwrap_err().field.as_deref(),
        Some("noticeNo")
    );
}

#[test]
fn a_description_may_have_lines_and_a_title_has_one() {
    let read = |body| storm::lenient::from_value::<Tender>(&body).and_then(Tender::checked);
    let tender =
        read(json!({"noticeNo": "n1", "bizInfo": "a\r\n\tb\n", "qualifications": " c\nd"}));
    let tender = tender.unwrap();
    assert_eq!(tender.biz_info.as_deref(), Some("a\n\tb"));
    assert_eq!(tender.qualifications.as_deref(), Some("c\nd"));
    for field in ["title", "noticeNo"] {
        let mut body = json!({"noticeNo": "n1"});
        body[field] = json!("a\nb");
        let refusal = read(body).unwrap_err();
        assert_eq!(
            (refusal.code.as_str(), refusal.field.as_deref()),
            ("text-unreadable", Some(field))
        );
    }
}

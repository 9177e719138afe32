//! The whole system, its events delivered late, twice and in any order across producers.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::{Value, json};
use storm::{Id, Verb};
use testkit::Hearsay;

/// What may happen next.
#[derive(Clone, Debug)]
enum Step {
    /// The same notice may be registered again and again.
    Register {
        notice: u8,
    },
    Change {
        choice: usize,
    },
    CancelNotice {
        choice: usize,
    },
    /// A bid beside the prepared row, perhaps before its notice is known.
    Bid {
        notice: u8,
        bidder: u8,
    },
    /// A bid in some row, perhaps one that has been filled in.
    FillIn {
        choice: usize,
        bidder: u8,
    },
    Withdraw {
        choice: usize,
    },
    Examine {
        choice: usize,
        wins: Option<bool>,
        score: i32,
    },
    /// The notice gets its winner, and examination dies before it is committed.
    AwardOnly {
        choice: usize,
    },
    /// Everything reaches everyone.
    Settle,
    /// The next event that a listener has not seen: which listener and producer, as chance wills.
    Deliver {
        choice: usize,
    },
    /// One that it has seen already, again.
    Redeliver {
        choice: usize,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let choice = any::<usize>;
    prop_oneof![
        3 => (1..4_u8).prop_map(|notice| Step::Register { notice }),
        1 => choice().prop_map(|choice| Step::Change { choice }),
        1 => choice().prop_map(|choice| Step::CancelNotice { choice }),
        4 => (1..4_u8, 1..4_u8).prop_map(|(notice, bidder)| Step::Bid { notice, bidder }),
        4 => (choice(), 1..4_u8).prop_map(|(choice, bidder)| Step::FillIn { choice, bidder }),
        1 => choice().prop_map(|choice| Step::Withdraw { choice }),
        6 => (choice(), proptest::option::of(any::<bool>()), 0..3).prop_map(
            |(choice, wins, score)| Step::Examine { choice, wins, score }
        ),
        1 => choice().prop_map(|choice| Step::AwardOnly { choice }),
        2 => Just(Step::Settle),
        24 => choice().prop_map(|choice| Step::Deliver { choice }),
        4 => choice().prop_map(|choice| Step::Redeliver { choice }),
    ]
}

const CONTEXTS: [&str; 5] = [
    "BiddingManagement",
    "BiddingParticipation",
    "BiddingExamination",
    "MyPage",
    "Notification",
];

struct Tenders {
    world: Hearsay,
}

impl Tenders {
    fn open() -> Self {
        Self {
            world: Hearsay::of(crate::system()),
        }
    }

    /// What was told under this name, in order.
    fn told(&self, event_type: &str) -> Vec<Value> {
        let spoken = self.world.spoken().iter();
        spoken
            .filter(|event| event.event_type == event_type)
            .map(|event| serde_json::from_str(&event.data).expect("events are JSON"))
            .collect()
    }

    fn take(&mut self, step: &Step) {
        // A no is as good an answer as a yes here: what counts is what holds afterwards.
        let answered = match *step {
            Step::Register { notice } => {
                let agency = (notice == 3).then_some("조달청");
                let body = json!({"noticeNo": notice, "title": "AAA", "demandOrgNm": agency});
                self.request("biddingManagements", None, &Verb::Create, &body)
            }
            Step::Change { choice } => {
                let title = json!({"title": format!("B{}", choice % 3)});
                let notice = one_of(choice);
                self.request("biddingManagements", Some(notice), &Verb::Change, &title)
            }
            Step::CancelNotice { choice } => {
                let notice = one_of(choice);
                self.request(
                    "biddingManagements",
                    Some(notice),
                    &Verb::Remove,
                    &Value::Null,
                )
            }
            Step::Bid { notice, bidder } => {
                let mut body = bid(bidder, &format!("notice{notice}"));
                body["noticeNo"] = notice.to_string().into();
                self.request("biddingParticipations", None, &Verb::Create, &body)
            }
            Step::FillIn { choice, bidder } => {
                let row = one_of(choice);
                let body = bid(bidder, &format!("row{row}"));
                self.request("biddingParticipations", Some(row), &Verb::Change, &body)
            }
            Step::Withdraw { choice } => {
                let row = one_of(choice);
                self.request(
                    "biddingParticipations",
                    Some(row),
                    &Verb::Remove,
                    &Value::Null,
                )
            }
            Step::Examine {
                choice,
                wins,
                score,
            } => {
                let result = json!({"successBidderFlag": wins, "priceScore": score});
                let row = one_of(choice);
                self.request("biddingExaminations", Some(row), &Verb::Change, &result)
            }
            Step::AwardOnly { choice } => self.award_only(choice),
            Step::Settle => {
                self.settle();
                true
            }
            Step::Deliver { choice } => {
                // Here no policy ever has to wait for another event.
                self.world.hear_one(choice).expect("an event is taken in");
                true
            }
            Step::Redeliver { choice } => {
                self.world
                    .hear_again(choice)
                    .expect("a redelivery is no news");
                true
            }
        };
        let _ = answered;
    }

    fn request(&mut self, collection: &str, id: Option<Id>, verb: &Verb, body: &Value) -> bool {
        self.world.request(collection, id, verb, body).is_ok()
    }

    /// For a bid that examination knew once: it may be gone by the time the question is answered.
    fn award_only(&mut self, choice: usize) -> bool {
        let known = self.told("BidReceived");
        if known.is_empty() {
            return false;
        }
        let sheet = &known[choice % known.len()];
        let award = json!({
            "noticeNo": sheet["noticeNo"],
            "succBidderNm": sheet["companyNm"],
            "phoneNumber": sheet["phoneNumber"],
            "participateNo": sheet["participateNo"],
        });
        let register = Verb::ActByKey("registSucessBidder");
        self.request("biddingManagements", None, &register, &award)
    }

    /// Every event reaches everyone.
    fn settle(&mut self) {
        assert_eq!(self.world.hear_all(), 0, "nothing is ever parked");
    }
}

/// One number of those that there may be.
fn one_of(choice: usize) -> Id {
    Id::try_from(choice % 8 + 1).expect("few of them")
}

/// Each bid has a phone of its own: that of a company's desk for a row, or for a notice.
fn bid(bidder: u8, desk: &str) -> Value {
    json!({
        "participateNo": format!("p{bidder}"),
        "companyNm": format!("company {bidder}"),
        "phoneNumber": format!("010-{desk}-{bidder}"),
    })
}

/// Notice and bid.
fn key(row: &Value) -> (String, String) {
    let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
    (text("noticeNo"), text("participateNo"))
}

fn by_bid(rows: Vec<Value>) -> BTreeMap<(String, String), Value> {
    let there_were = rows.len();
    let rows: BTreeMap<_, _> = rows.into_iter().map(|row| (key(&row), row)).collect();
    assert_eq!(rows.len(), there_were, "one row a bid");
    rows
}

fn invariants_hold(tenders: &Tenders) {
    let world = &tenders.world;
    let notices = world.shown("biddingManagements");
    let rows = world.shown("biddingParticipations").into_iter();
    let (blank, bids): (Vec<_>, Vec<_>) = rows.partition(|row| row["participateNo"].is_null());
    let bids = by_bid(bids);
    let sheets = by_bid(world.shown("biddingExaminations"));
    let pages = by_bid(world.rows("biddingStatusInquiries"));

    let known: Vec<_> = bids.keys().collect();
    assert_eq!(
        sheets.keys().collect::<Vec<_>>(),
        known,
        "a sheet for each bid"
    );
    assert_eq!(
        pages.keys().collect::<Vec<_>>(),
        known,
        "a page for each bid"
    );
    for (bid, sheet) in &sheets {
        assert_eq!(
            pages[bid]["biddingResult"], sheet["successBidderFlag"],
            "{bid:?}"
        );
        assert_eq!(pages[bid]["companyNm"], bids[bid]["companyNm"], "{bid:?}");
    }
    for notice in &notices {
        let number = notice["noticeNo"].as_str().expect("a number");
        let won = sheets
            .iter()
            .filter(|((of, _), sheet)| of == number && sheet["successBidderFlag"] == true);
        let won: Vec<_> = won.map(|(_, sheet)| &sheet["companyNm"]).collect();
        match &notice["succBidderNm"] {
            Value::Null => assert!(won.is_empty(), "{number} has no winner: {won:?}"),
            winner => assert_eq!(won, [winner], "{number} has one winner"),
        }
        assert!(number != "3" || won.is_empty(), "the procurement service's");
        let rows = blank.iter().filter(|row| row["noticeNo"] == number);
        assert!(rows.count() <= 1, "one row is prepared for {number}");
    }
    for canceled in tenders.told("NoticeCanceled") {
        let number = canceled["noticeNo"].as_str().expect("a number");
        let left = bids.keys().filter(|(of, _)| of == number).count();
        assert_eq!(left, 0, "bids on {number} went with it");
        assert!(blank.iter().all(|row| row["noticeNo"] != number));
        assert!(notices.iter().all(|notice| notice["noticeNo"] != number));
    }
}

/// Each of these happens once to a bid or a notice; and the phone of each bid was told each once.
fn happened_once(tenders: &Tenders) {
    for event_type in [
        "NoticeRegistered",
        "NoticeCanceled",
        "BiddingParticipated",
        "BiddingParticipationCanceled",
        "BidReceived",
    ] {
        let mut seen = BTreeSet::new();
        for event in tenders.told(event_type) {
            assert!(seen.insert(key(&event)), "{event_type} twice: {event}");
        }
    }
    let mut won = BTreeSet::new();
    for result in tenders.told("ExaminationResultRegistered") {
        let wins = result["successBidderFlag"] == true;
        assert!(!wins || won.insert(key(&result)), "won twice: {result}");
    }
    let mut due = BTreeSet::new();
    for (event_type, contents) in [
        ("BiddingParticipated", "입찰서 등록 완료"),
        ("BiddingParticipationCanceled", "입찰서 등록 취소"),
        // Told again if a bid wins that is gone, again and again; its SMS is not.
        ("SuccessBidderRegistered", "낙찰 되었습니다~~~"),
    ] {
        let told = tenders.told(event_type).into_iter();
        due.extend(told.map(|event| json!([event["phoneNumber"], contents]).to_string()));
    }
    let sent = tenders.world.shown("smsHistories").into_iter();
    let mut sent: Vec<_> = sent
        .map(|sms| json!([sms["phoneNumber"], sms["contents"]]).to_string())
        .collect();
    sent.sort();
    assert_eq!(
        sent,
        Vec::from_iter(due),
        "each SMS once, to the right phone"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_sent_and_however_events_arrive_the_invariants_hold(
        steps in prop::collection::vec(step(), 1..100),
        order in Just(CONTEXTS.to_vec()).prop_shuffle(),
    ) {
        let mut tenders = Tenders::open();
        for step in &steps {
            tenders.take(step);
        }
        tenders.settle();
        invariants_hold(&tenders);
        happened_once(&tenders);
        tenders.world.is_the_same_rebuilt("MyPage", "biddingStatusInquiries", &order);
    }
}

/// The seed's ids line up: notice 2, its row 2 and its examination 2, whoever bid on notice 1.
#[test]
fn numbers_line_up_across_the_contexts() {
    let mut tenders = Tenders::open();
    let (create, change) = (&Verb::Create, &Verb::Change);
    for notice in ["n01", "n33"] {
        let notice = json!({"noticeNo": notice, "title": "title"});
        assert!(tenders.request("biddingManagements", None, create, &notice));
    }
    tenders.settle();
    let bid = json!({"noticeNo": "n33", "participateNo": "p33", "companyNm": "doremi33"});
    assert!(tenders.request("biddingParticipations", Some(2), change, &bid));
    tenders.settle();
    let wins = json!({"noticeNo": "n33", "participateNo": "p33", "successBidderFlag": "true"});
    assert!(tenders.request("biddingExaminations", Some(2), change, &wins));
    let won = tenders.world.item("biddingManagements", 2).unwrap();
    assert_eq!(won["succBidderNm"], "doremi33");
}

#[test]
fn whatever_is_sent_is_done_or_refused_with_a_reason() {
    testkit::survives_rubbish(
        crate::system,
        &json!({
            "noticeNo": "n1", "title": "도로", "dueDate": "2021-06-30", "price": 1000,
            "demandOrgNm": "서울시", "bizInfo": "두\n줄", "qualifications": "면허", "participateNo": "p1",
            "companyNo": "c1", "companyNm": "도레미", "participateDate": "20210630",
            "offerPrice": 900, "offerContents": "한\r\n줄", "feePaymentFlag": true,
            "phoneNumber": "010-1111-1111", "priceScore": 10, "skillScore": 20,
            "successBidderFlag": true, "succBidderNm": "도레미",
        }),
    );
}

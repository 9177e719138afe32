//! The whole school, its events delivered late, twice and in any order.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};
use storm::{Id, Verb};
use testkit::{Spoken, World};

/// What may happen next.
#[derive(Clone, Debug)]
enum Step {
    Order {
        number: u8,
        course: u8,
    },
    Cancel {
        choice: usize,
    },
    Name {
        choice: usize,
        manager: u8,
    },
    Grade {
        choice: usize,
        end: Option<bool>,
        score: u8,
    },
    /// The order takes a score, and the evaluation that asked dies before it has heard.
    RegisterOnly {
        number: u8,
        score: u8,
    },
    /// An event that a listener has not heard: which, as chance wills.
    Deliver {
        choice: usize,
    },
    /// One that it has heard already, again.
    Redeliver {
        choice: usize,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let choice = any::<usize>;
    prop_oneof![
        3 => (1..5_u8, 0..8_u8).prop_map(|(number, course)| Step::Order { number, course: course / 7 }),
        1 => choice().prop_map(|choice| Step::Cancel { choice }),
        3 => (choice(), 0..2_u8).prop_map(|(choice, manager)| Step::Name { choice, manager }),
        3 => (choice(), any::<Option<bool>>(), 0..2_u8)
            .prop_map(|(choice, end, score)| Step::Grade { choice, end, score }),
        1 => (1..5_u8, 0..2_u8).prop_map(|(number, score)| Step::RegisterOnly { number, score }),
        12 => choice().prop_map(|choice| Step::Deliver { choice }),
        3 => choice().prop_map(|choice| Step::Redeliver { choice }),
    ]
}

/// The school, and which of the events told each listener has heard. Nothing here relies on the
/// order of events, not even on that of one producer: an order and its cancel are two stories, and
/// stories may overtake each other.
struct School {
    world: World,
    heard: BTreeSet<(&'static str, usize)>,
}

impl School {
    fn open() -> Self {
        Self {
            world: World::of(crate::system()),
            heard: BTreeSet::new(),
        }
    }

    /// Listeners and events that they have not heard, in the order told.
    fn waiting(&self) -> Vec<(&'static str, usize)> {
        let told = self.world.spoken().iter().enumerate();
        told.flat_map(|(number, event)| {
            let listeners = self.world.listeners(event).into_iter();
            listeners.map(move |listener| (listener, number))
        })
        .filter(|ear| !self.heard.contains(ear))
        .collect()
    }

    fn hear(&mut self, (listener, number): (&'static str, usize)) {
        let event = self.world.spoken()[number].clone();
        let taken = self.world.deliver(listener, &event);
        assert_eq!(taken, Ok(()), "{listener} cannot take in {event:?}");
        self.heard.insert((listener, number));
    }

    fn take(&mut self, step: &Step) {
        let refused = match *step {
            Step::Order { number, course } => {
                let phone = (number > 1).then(|| format!("010-{number}"));
                let body = json!({"orderNo": no(number), "courseNo": course, "phonenum": phone});
                self.request("orderManagements", None, &Verb::Create, &body)
            }
            Step::Cancel { choice } => {
                self.of("orderManagements", choice, &Verb::Remove, &json!({}))
            }
            Step::Name { choice, manager } => {
                let body = json!({"managername": format!("매니저 {manager}")});
                self.of("learningManagements", choice, &Verb::Change, &body)
            }
            Step::Grade { choice, end, score } => {
                let body = json!({"endFlg": end, "score": score});
                self.of("learningEvaluations", choice, &Verb::Change, &body)
            }
            Step::RegisterOnly { number, score } => {
                let body = json!({"orderNo": no(number), "score": score});
                let verb = Verb::ActByKey("registerEvaluation");
                self.request("orderManagements", None, &verb, &body)
            }
            Step::Deliver { choice } => {
                let waiting = self.waiting();
                if !waiting.is_empty() {
                    self.hear(waiting[choice % waiting.len()]);
                }
                false
            }
            Step::Redeliver { choice } => {
                if !self.heard.is_empty() {
                    let again = *self.heard.iter().nth(choice % self.heard.len()).unwrap();
                    self.hear(again);
                }
                false
            }
        };
        // A no is as good an answer as a yes here: what counts is what holds afterwards.
        let _ = refused;
    }

    fn request(&mut self, collection: &str, id: Option<Id>, verb: &Verb, body: &Value) -> bool {
        self.world.request(collection, id, verb, body).is_err()
    }

    fn of(&mut self, collection: &str, choice: usize, verb: &Verb, body: &Value) -> bool {
        let id = Id::try_from(choice % 8 + 1).unwrap();
        self.request(collection, Some(id), verb, body)
    }

    fn settle(&mut self) {
        loop {
            let waiting = self.waiting();
            if waiting.is_empty() {
                return;
            }
            for ear in waiting {
                self.hear(ear);
            }
        }
    }

    fn told(&self, event_type: &str, number: u8) -> Vec<Value> {
        let spoken = self.world.spoken().iter();
        let data = spoken
            .filter(|event| event.event_type == event_type)
            .map(|event| serde_json::from_str::<Value>(&event.data).unwrap());
        data.filter(|data| data["orderNo"] == no(number)).collect()
    }
}

fn no(number: u8) -> String {
    format!("0{number}")
}

fn of_order(rows: &[Value], number: u8) -> Vec<&Value> {
    rows.iter()
        .filter(|row| row["orderNo"] == no(number))
        .collect()
}

/// At every moment, whoever has heard what.
fn no_final_score_without_the_order(school: &School) {
    let orders = school.world.shown("orderManagements");
    for evaluation in school.world.shown("learningEvaluations") {
        let number = &evaluation["orderNo"];
        let order = orders.iter().find(|order| order["orderNo"] == *number);
        if let Some(order) = order
            && evaluation["endFlg"] == true
        {
            assert_eq!(evaluation["score"], order["score"], "of order {number}");
        }
    }
}

fn all_agree(school: &School) {
    let orders = school.world.shown("orderManagements");
    let managements = school.world.shown("learningManagements");
    let evaluations = school.world.shown("learningEvaluations");
    let pages = school.world.rows("learningStatusInquiries");
    for number in 1..5 {
        let order = of_order(&orders, number);
        let management = of_order(&managements, number);
        let evaluation = of_order(&evaluations, number);
        let page = of_order(&pages, number);
        assert!(order.len() <= 1, "one order {number}");
        assert_eq!(
            management.len(),
            order.len(),
            "one management for order {number}"
        );
        let underway = management
            .iter()
            .filter(|m| m["managername"] != Value::Null);
        let underway = underway.count();
        assert_eq!(
            evaluation.len(),
            underway,
            "one evaluation for order {number}"
        );
        assert_eq!(page.len(), underway, "one row for order {number}");
        if underway == 0 {
            continue;
        }
        for field in ["courseNo", "phonenum", "begindate", "enddate"] {
            let theirs = [management[0], evaluation[0], page[0]].map(|one| &one[field]);
            assert_eq!(theirs, [&order[0][field]; 3], "{field} of order {number}");
        }
        assert_eq!(page[0]["score"], order[0]["score"], "of order {number}");
        let last = evaluation[0]["endFlg"] == true;
        assert_eq!(last, order[0]["score"] != Value::Null, "of order {number}");
    }
}

fn happened_once(school: &School) {
    const OFTEN: [&str; 2] = ["LearningManagerChanged", "LearningEvaluationNoted"];
    let mut seen = BTreeSet::new();
    for event in school.world.spoken() {
        let data: Value = serde_json::from_str(&event.data).unwrap();
        let about = (
            event.event_type,
            data["orderNo"].to_string(),
            data["status"].to_string(),
        );
        let first = seen.insert(about);
        assert!(
            first || OFTEN.contains(&event.event_type),
            "{event:?} happened twice"
        );
    }
}

fn each_is_told_by_sms_once(school: &School) {
    let mut due: Vec<Value> = Vec::new();
    for number in 1..5 {
        for event_type in [
            "CourseOrdered",
            "CourseOrderCanceled",
            "LearningManagementStarted",
            "LearningManagementCanceled",
        ] {
            let told = school.told(event_type, number).into_iter();
            let told = told.filter(|data| data["phonenum"] != Value::Null);
            due.extend(
                told.map(|data| json!({"phonenum": data["phonenum"], "status": data["status"]})),
            );
        }
    }
    let mut sent = school.world.shown("smsHistories");
    for list in [&mut due, &mut sent] {
        list.sort_by_key(ToString::to_string);
    }
    assert_eq!(sent, due, "an SMS each");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_sent_and_however_events_arrive_all_agree_in_the_end(
        steps in prop::collection::vec(step(), 1..100),
        shuffle in any::<u64>(),
    ) {
        let mut school = School::open();
        for step in &steps {
            school.take(step);
            no_final_score_without_the_order(&school);
        }
        school.settle();
        all_agree(&school);
        happened_once(&school);
        each_is_told_by_sms_once(&school);
        rebuilt_is_the_same(&mut school, shuffle);
    }
}

fn rebuilt_is_the_same(school: &mut School, shuffle: u64) {
    let live = school.world.rows("learningStatusInquiries");
    school.world.forget_rows("MyPage");
    let mut told: Vec<(usize, Spoken)> =
        school.world.spoken().iter().cloned().enumerate().collect();
    told.sort_by_key(|(number, _)| {
        (*number as u64 + 1)
            .wrapping_mul(shuffle | 1)
            .rotate_left(17)
    });
    for (_, event) in &told {
        school.world.reproject("MyPage", event);
    }
    assert_eq!(school.world.rows("learningStatusInquiries"), live, "I6");
}

/// The steps of the README, so that the property above is known to be about something.
#[test]
fn the_readme_goes_through() {
    let mut school = School::open();
    let order = json!({"orderNo": "01", "courseNo": "01", "phonenum": "010"});
    assert!(!school.request("orderManagements", None, &Verb::Create, &order));
    school.settle();
    let manager = json!({"orderNo": "01", "managername": "조상임", "status": "학습관리시작"});
    assert!(!school.request("learningManagements", Some(1), &Verb::Change, &manager));
    school.settle();
    let last = json!({"endFlg": "true", "score": "90"});
    assert!(!school.request("learningEvaluations", Some(1), &Verb::Change, &last));
    school.settle();
    assert_eq!(
        school.world.item("orderManagements", 1).unwrap()["score"],
        "90"
    );
    let page = school.world.rows("learningStatusInquiries");
    assert_eq!(page[0]["score"], "90");
    assert!(!school.request("orderManagements", Some(1), &Verb::Remove, &Value::Null));
    let too_late = school.world.request(
        "learningEvaluations",
        Some(1),
        &Verb::Change,
        &json!({"score": 95}),
    );
    assert_eq!(too_late.unwrap_err().code, "evaluation-final");
    school.settle();
    for collection in [
        "orderManagements",
        "learningManagements",
        "learningEvaluations",
    ] {
        assert_eq!(
            school.world.shown(collection),
            Vec::<Value>::new(),
            "{collection}"
        );
    }
    assert_eq!(
        school.world.rows("learningStatusInquiries"),
        Vec::<Value>::new()
    );
    assert_eq!(school.world.shown("smsHistories").len(), 4);
}

#[test]
fn a_score_that_the_order_does_not_take_is_not_registered() {
    let mut school = School::open();
    let order = json!({"orderNo": "01", "courseNo": "01"});
    assert!(!school.request("orderManagements", None, &Verb::Create, &order));
    school.settle();
    assert!(!school.request(
        "learningManagements",
        Some(1),
        &Verb::Change,
        &json!({"managername": "조상임"})
    ));
    school.settle();
    assert!(!school.request("orderManagements", Some(1), &Verb::Remove, &Value::Null));
    let last = json!({"endFlg": true, "score": 90});
    let refused = school
        .world
        .request("learningEvaluations", Some(1), &Verb::Change, &last);
    assert_eq!(refused.unwrap_err().code, "order-canceled");
    assert!(school.told("EvaluationScoreRegistered", 1).is_empty());
    assert_eq!(
        school.world.item("learningEvaluations", 1).unwrap()["endFlg"],
        Value::Null
    );
}

#[test]
fn whatever_is_sent_is_done_or_refused_with_a_reason() {
    testkit::survives_rubbish(
        crate::system,
        &json!({
            "orderNo": "A-1", "courseNo": "01", "title": "자바", "teacher": "이 도령", "fee": 1000,
            "phonenum": "010-1111-1111", "orderdate": "20210630", "begindate": "2021-07-01",
            "enddate": "2021-07-01T18:00", "managername": "성춘향", "endFlg": true, "score": "A+",
        }),
    );
}

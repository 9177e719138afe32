//! The words of online study.

use std::ops::Deref;

use serde_json::{Value, json};

use crate::stage::{Door, id_of};
use crate::waiting::eventually;
use crate::wire::{Answer, Request};

/// A school, seen through its door.
pub(crate) struct School<'a>(&'a Door);

/// The student of the seed's command lines.
pub(crate) const PHONE: &str = "01011111111";

/// The seed's order, with this number.
pub(crate) fn form(no: &str) -> Value {
    json!({
        "orderNo": no,
        "courseNo": "01",
        "phonenum": PHONE,
        "orderdate": "20210630",
        "begindate": "20210701",
        "enddate": "20210831",
    })
}

impl<'a> School<'a> {
    pub(crate) fn at(door: &'a Door) -> Self {
        Self(door)
    }

    /// A course is ordered.
    #[track_caller]
    pub(crate) fn order(&self, no: &str) -> i64 {
        self.post("/orderManagements", &form(no)).expect(201).id()
    }

    /// A course is ordered, and its learning started: its evaluation.
    #[track_caller]
    pub(crate) fn learn(&self, no: &str) -> Value {
        self.order(no);
        self.name(no, "조상임").expect(200);
        self.one("learningEvaluations", no)
    }

    /// The order is canceled.
    #[track_caller]
    pub(crate) fn cancel(&self, no: &str) {
        let order = id_of(&self.one("orderManagements", no));
        self.delete(&format!("/orderManagements/{order}"))
            .expect(204);
    }

    /// Names the manager of an order's learning, once it can be.
    #[track_caller]
    pub(crate) fn name(&self, no: &str, manager: &str) -> Answer {
        let management = id_of(&self.one("learningManagements", no));
        let path = format!("/learningManagements/{management}");
        self.patch(&path, &json!({"managername": manager}))
    }

    /// Registers a final score.
    #[track_caller]
    pub(crate) fn finish(&self, evaluation: &Value, score: &str) -> Answer {
        self.send(&last_score(evaluation, score))
    }

    /// What a collection has of an order, once it has.
    #[track_caller]
    pub(crate) fn one(&self, collection: &str, no: &str) -> Value {
        self.shows(collection, "orderNo", no, &json!({"orderNo": no}))
    }

    /// Waits until a collection has nothing of an order any more.
    #[track_caller]
    pub(crate) fn loses(&self, collection: &str, no: &str) {
        eventually(&format!("{collection} without {no}"), || {
            let found = self.find(collection, "orderNo", no);
            found.map_or(Ok(()), |found| Err(found.to_string()))
        });
    }

    /// Waits until the student's page shows an order with this score.
    #[track_caller]
    pub(crate) fn page_shows(&self, no: &str, score: &Value) -> Value {
        eventually(&format!("the page of {no} with {score}"), || {
            let rows = self.list("learningStatusInquiries", "orderNo", no);
            match &rows[..] {
                [row] if row["score"] == *score => Ok(row.clone()),
                rows => Err(format!("{rows:?}")),
            }
        })
    }

    /// Waits until the student's page does not show an order any more.
    #[track_caller]
    pub(crate) fn page_loses(&self, no: &str) {
        eventually(&format!("the page without {no}"), || {
            let rows = self.list("learningStatusInquiries", "orderNo", no);
            if rows.is_empty() {
                Ok(())
            } else {
                Err(format!("{rows:?}"))
            }
        });
    }

    /// Waits until order and evaluation agree on a final score, and the page shows it.
    #[track_caller]
    pub(crate) fn agrees_on(&self, no: &str, score: &str) {
        let finished = json!({"endFlg": true, "score": score});
        self.shows("learningEvaluations", "orderNo", no, &finished);
        self.shows("orderManagements", "orderNo", no, &json!({"score": score}));
        self.page_shows(no, &json!(score));
    }

    /// What was sent by SMS, sorted: `phonenum status`.
    #[track_caller]
    pub(crate) fn sms(&self) -> Vec<String> {
        let word = |sms: &Value, field: &str| sms[field].as_str().unwrap_or("?").to_owned();
        let all = self.all("smsHistories").into_iter();
        let mut sent: Vec<_> = all
            .map(|sms| format!("{} {}", word(&sms, "phonenum"), word(&sms, "status")))
            .collect();
        sent.sort();
        sent
    }

    /// How many orders, managements, evaluations and rows of the page are shown.
    #[track_caller]
    pub(crate) fn counts(&self) -> [u64; 4] {
        [
            "orderManagements",
            "learningManagements",
            "learningEvaluations",
            "learningStatusInquiries",
        ]
        .map(|collection| self.count(collection))
    }
}

/// The request that registers a final score.
pub(crate) fn last_score(evaluation: &Value, score: &str) -> Request {
    let path = format!("/learningEvaluations/{}", id_of(evaluation));
    Request::new("PATCH", &path).json(&json!({"endFlg": true, "score": score}))
}

impl Deref for School<'_> {
    type Target = Door;
    fn deref(&self) -> &Door {
        self.0
    }
}

//! The books compared with each other, and with what people were told.

use serde_json::Value;

use super::Promises;
use crate::kill::{Books, By};

/// Everything that is not as it should be.
pub(super) fn everything(books: &Books, promises: &Promises) -> Vec<String> {
    let ledger = Ledger {
        orders: books.by("orderManagements", "orderNo"),
        managements: books.by("learningManagements", "orderNo"),
        evaluations: books.by("learningEvaluations", "orderNo"),
        rows: books.by("learningStatusInquiries", "orderNo"),
    };
    let mut wrong = Vec::new();
    for (no, _) in ledger.orders.iter() {
        wrong.extend(ledger.agrees(no).err());
    }
    wrong.extend(ledger.of_no_order());
    // A manager changes, and what is not final is noted, as often as people like.
    let often = ["LearningManagerChanged", "LearningEvaluationNoted"];
    wrong.extend(told_again(books, &often));
    wrong.extend(sms_are_those_of_the_log(books));
    wrong.extend(ledger.broken(promises));
    wrong
}

/// Effects happen once (I2, I4). An SMS is another one for each status.
fn told_again(books: &Books, often: &[&str]) -> Vec<String> {
    let mut sms = Books::default();
    let mut others = Books::default();
    for event in &books.events {
        let (what, data) = (event["type"].as_str().unwrap_or_default(), &event["data"]);
        if what == "SmsSent" {
            sms.tell(what, data);
        } else {
            others.tell(what, data);
        }
    }
    let mut wrong = others.told_again("orderNo", often);
    wrong.extend(sms.told_again("about", &[]));
    wrong
}

/// Each of the four is told to the student, and nothing else is.
fn sms_are_those_of_the_log(books: &Books) -> Vec<String> {
    let told = books.told("orderNo");
    let due = |event: &str| told.keys().filter(|(what, _)| *what == event).count();
    let sent = |status: &str| {
        let sms = books.all("smsHistories").iter();
        sms.filter(|sms| sms["status"] == status).count()
    };
    [
        ("강좌주문", "CourseOrdered"),
        ("강좌주문취소", "CourseOrderCanceled"),
        ("학습관리시작", "LearningManagementStarted"),
        ("학습관리취소", "LearningManagementCanceled"),
    ]
    .into_iter()
    .filter(|(status, event)| sent(status) != due(event))
    .map(|(status, event)| {
        format!(
            "{} SMS say {status}, for {} {event}",
            sent(status),
            due(event)
        )
    })
    .collect()
}

struct Ledger<'a> {
    orders: By<'a>,
    managements: By<'a>,
    evaluations: By<'a>,
    rows: By<'a>,
}

impl Ledger<'_> {
    /// Order, management, evaluation and page say the same, and there is one of each.
    fn agrees(&self, no: &str) -> Result<(), String> {
        let order = self.orders.one(no)?;
        let management = self.managements.one(no)?;
        if management["managername"] == Value::Null {
            let early = self.evaluations.has(no) || self.rows.has(no);
            return if early {
                Err(format!("order {no} is evaluated before it has started"))
            } else {
                Ok(())
            };
        }
        let evaluation = self.evaluations.one(no)?;
        let row = self.rows.one(no)?;
        let last = evaluation["endFlg"] == true;
        let score = if last {
            &evaluation["score"]
        } else {
            &Value::Null
        };
        if [&order["score"], &row["score"]] != [score; 2] {
            return Err(format!(
                "the scores of {no} differ: {order} {evaluation} {row}"
            ));
        }
        let same = ["courseNo", "phonenum", "begindate", "enddate"]
            .iter()
            .all(|field| {
                [management, evaluation, row]
                    .iter()
                    .all(|of| of[*field] == order[*field])
            });
        if same {
            Ok(())
        } else {
            Err(format!(
                "{no} differs: {order} {management} {evaluation} {row}"
            ))
        }
    }

    /// What was canceled is gone everywhere.
    fn of_no_order(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        for (all, what) in [
            (&self.managements, "management"),
            (&self.evaluations, "evaluation"),
            (&self.rows, "row"),
        ] {
            let gone = all.iter().filter(|(no, _)| !self.orders.has(no));
            wrong
                .extend(gone.map(|(no, _)| format!("there is no order {no}, and it has a {what}")));
        }
        wrong
    }

    /// I3: what was answered is there.
    fn broken(&self, promises: &Promises) -> Vec<String> {
        let mut wrong = Vec::new();
        for no in &promises.canceled {
            if self.orders.has(no) {
                wrong.push(format!("{no}'s cancel was answered 204, and it stands"));
            }
        }
        let stands = |no: &&String| !promises.canceled.contains(*no);
        for no in promises.ordered.keys().filter(stands) {
            if !self.orders.has(no) {
                wrong.push(format!("{no} was answered 201 and is gone"));
            }
        }
        for no in promises.started.iter().filter(stands) {
            let management = self.managements.one(no);
            if !management.is_ok_and(|m| m["managername"] != Value::Null) {
                wrong.push(format!("{no} was answered as started, and is not"));
            }
        }
        for (no, score) in promises.finished.iter().filter(|(no, _)| stands(no)) {
            let order = self.orders.one(no);
            if !order.is_ok_and(|order| order["score"] == score.as_str()) {
                wrong.push(format!("{no} was answered {score}, and has not got it"));
            }
        }
        wrong
    }
}

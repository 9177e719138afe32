//! The audit notices what it is there for: books that are in line, doctored one way at a time.

use serde_json::{Value, json};

use super::{Promises, Study};
use crate::kill::{Books, notices};

const WAITING: &str = "waiting";
const FINISHED: &str = "finished";
const CANCELED: &str = "canceled";

/// One order that waits for its manager, one that is finished, one that was canceled.
fn in_line() -> (Books, Promises) {
    let (mut books, mut promises) = (Books::default(), Promises::default());
    books.all_mut("courses");
    for (id, no) in [(1, WAITING), (2, FINISHED)] {
        let finished = no == FINISHED;
        let score = if finished { json!("90") } else { Value::Null };
        let manager = if finished {
            json!("조상임")
        } else {
            Value::Null
        };
        let order = json!({"orderNo": no, "courseNo": "C", "phonenum": "1"});
        let with = |field: &str, value: &Value| {
            let mut item = order.clone();
            item[field] = value.clone();
            item
        };
        books
            .all_mut("orderManagements")
            .push(with("score", &score));
        books
            .all_mut("learningManagements")
            .push(with("managername", &manager));
        tell(&mut books, "CourseOrdered", "강좌주문", no);
        promises.ordered.insert(no.to_owned(), id);
        let mut evaluation = with("score", &score);
        evaluation["endFlg"] = json!(true);
        let (evaluations, rows) = (usize::from(finished), usize::from(finished));
        let of = books.all_mut("learningEvaluations");
        of.extend(std::iter::repeat_n(evaluation, evaluations));
        let of = books.all_mut("learningStatusInquiries");
        of.extend(std::iter::repeat_n(with("score", &score), rows));
    }
    tell(
        &mut books,
        "LearningManagementStarted",
        "학습관리시작",
        FINISHED,
    );
    tell(&mut books, "CourseOrdered", "강좌주문", CANCELED);
    tell(&mut books, "CourseOrderCanceled", "강좌주문취소", CANCELED);
    promises.ordered.insert(CANCELED.to_owned(), 3);
    promises.started.insert(FINISHED.to_owned());
    promises
        .finished
        .insert(FINISHED.to_owned(), "90".to_owned());
    promises.canceled.insert(CANCELED.to_owned());
    (books, promises)
}

/// Something that happened, and the SMS about it.
fn tell(books: &mut Books, event: &str, status: &str, no: &str) {
    books.tell(event, &json!({"orderNo": no}));
    let about = format!("{event}:{no}");
    books.tell("SmsSent", &json!({"orderNo": no, "about": about}));
    let sms = json!({"phonenum": "1", "status": status});
    books.all_mut("smsHistories").push(sms);
}

fn of(books: &mut Books, collection: &str, no: &str) -> usize {
    let mut items = books.all_mut(collection).iter();
    items
        .position(|item| item["orderNo"] == no)
        .expect("it is there")
}

fn set(books: &mut Books, collection: &str, no: &str, field: &str, value: impl Into<Value>) {
    let at = of(books, collection, no);
    books.all_mut(collection)[at][field] = value.into();
}

fn remove(books: &mut Books, collection: &str, no: &str) {
    let at = of(books, collection, no);
    books.all_mut(collection).remove(at);
}

fn double(books: &mut Books, collection: &str, no: &str) {
    let at = of(books, collection, no);
    let again = books.all_mut(collection)[at].clone();
    books.all_mut(collection).push(again);
}

#[test]
fn whatever_is_not_in_line_is_found_and_what_is_in_line_is_not() {
    notices::<Study>(
        in_line,
        &[
            ("has 2 orderManagements", |b| {
                double(b, "orderManagements", WAITING);
            }),
            ("has no learningManagements", |b| {
                remove(b, "learningManagements", WAITING);
            }),
            ("has no learningEvaluations", |b| {
                remove(b, "learningEvaluations", FINISHED);
            }),
            ("has 2 learningEvaluations", |b| {
                double(b, "learningEvaluations", FINISHED);
            }),
            ("has 2 learningStatusInquiries", |b| {
                double(b, "learningStatusInquiries", FINISHED);
            }),
            ("before it has started", |b| {
                b.all_mut("learningEvaluations")
                    .push(json!({"orderNo": WAITING}));
            }),
            ("the scores of finished differ", |b| {
                set(b, "orderManagements", FINISHED, "score", Value::Null);
            }),
            ("the scores of finished differ", |b| {
                set(b, "learningStatusInquiries", FINISHED, "score", "91");
            }),
            ("finished differs", |b| {
                set(b, "learningStatusInquiries", FINISHED, "phonenum", "2");
            }),
            ("it has a management", |b| {
                b.all_mut("learningManagements")
                    .push(json!({"orderNo": CANCELED}));
            }),
            ("it has a row", |b| {
                b.all_mut("learningStatusInquiries")
                    .push(json!({"orderNo": CANCELED}));
            }),
            ("told 2 times", |b| {
                b.tell("LearningManagementStarted", &json!({"orderNo": FINISHED}));
            }),
            ("SmsSent was told 2 times", |b| {
                b.tell("SmsSent", &json!({"about": "CourseOrdered:waiting"}));
            }),
            ("4 SMS say 강좌주문", |b| {
                b.all_mut("smsHistories")
                    .push(json!({"status": "강좌주문"}));
            }),
            ("is gone", |b| {
                remove(b, "orderManagements", WAITING);
            }),
            ("it stands", |b| {
                b.all_mut("orderManagements")
                    .push(json!({"orderNo": CANCELED}));
            }),
            ("answered as started", |b| {
                set(
                    b,
                    "learningManagements",
                    FINISHED,
                    "managername",
                    Value::Null,
                );
            }),
            ("has not got it", |b| {
                set(b, "orderManagements", FINISHED, "score", "91");
            }),
        ],
    );
}

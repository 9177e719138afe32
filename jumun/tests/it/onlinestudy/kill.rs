//! What online study must keep, whatever is killed when (I2–I4, I6).

mod audit;
mod doctored;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::kill::{Books, Customer, Trial, pull_one_plug_at_a_time, pull_the_plug};
use crate::onlinestudy::form;
use crate::stage::id_of;
use crate::wire::Request;

/// Students who order and think better of it, and managers who start, evaluate and finish.
struct Study;

/// What the school has said yes to, by `orderNo`.
#[derive(Default)]
struct Promises {
    /// Orders answered 201, and their numbers in the links.
    ordered: BTreeMap<String, i64>,
    /// Orders whose cancel was answered 204.
    canceled: BTreeSet<String>,
    /// Orders whose manager was answered 200.
    started: BTreeSet<String>,
    /// Final scores that were answered 200.
    finished: BTreeMap<String, String>,
}

impl Trial for Study {
    type Promises = Promises;

    const SYSTEM: &'static str = "onlinestudy";

    fn step(customer: &mut Customer<'_, Self>) {
        match customer.random.u8(0..100) {
            0..40 => order(customer),
            40..62 => start(customer),
            62..82 => finish(customer),
            82..90 => cancel(customer),
            90.. => look(customer),
        }
    }

    fn audit(books: &Books, promises: &Promises) -> Vec<String> {
        audit::everything(books, promises)
    }

    fn summary(promises: &Promises) -> String {
        format!(
            "{} courses ordered, {} started, {} finished, {} canceled",
            promises.ordered.len(),
            promises.started.len(),
            promises.finished.len(),
            promises.canceled.len(),
        )
    }
}

#[test]
fn whatever_is_killed_when_what_was_answered_is_there_and_everything_is_in_line() {
    pull_the_plug::<Study>();
}

#[test]
fn whichever_context_is_killed_when_all_of_them_end_up_in_line() {
    pull_one_plug_at_a_time::<Study>();
}

mod split {
    #[test]
    fn whatever_is_struck_of_a_cluster_everything_ends_up_in_line() {
        crate::kill::batter_a_cluster::<super::Study>();
    }
}

/// One of a customer's own orders that stand: its link's number, and its `orderNo`.
fn any_order(customer: &mut Customer<'_, Study>) -> Option<(i64, String)> {
    let id = customer.any_order()?;
    let no = customer.promises(|promises| {
        let mut ordered = promises.ordered.iter();
        ordered
            .find(|(_, known)| **known == id)
            .map(|(no, _)| no.clone())
    });
    Some((id, no?))
}

/// However often it is asked for, with a key or without, it is one order: its number says so.
fn order(customer: &mut Customer<'_, Study>) {
    let mut no = String::new();
    let answered = customer.create("/orderManagements", |_, mark| {
        mark.clone_into(&mut no);
        form(mark)
    });
    let answer = match answered {
        Some((_, answer)) => answer,
        None => customer.insist(&Request::post("/orderManagements", &form(&no))),
    };
    let id = answer.expect(201).id();
    customer.orders.push(id);
    customer.promises(|promises| promises.ordered.insert(no, id));
}

fn cancel(customer: &mut Customer<'_, Study>) {
    let Some((id, no)) = any_order(customer) else {
        return;
    };
    let path = format!("/orderManagements/{id}");
    let answer = customer.insist(&Request::new("DELETE", &path));
    // Asked again after an answer that was lost, it is not there any more.
    assert!(matches!(answer.status, 204 | 404), "{answer}");
    customer.promises(|promises| promises.canceled.insert(no));
    customer.forget(id);
}

/// What a collection has of an order by now: its number.
fn found(customer: &mut Customer<'_, Study>, collection: &str, no: &str) -> Option<i64> {
    let path = format!("/{collection}/search/findByOrderNo?orderNo={no}");
    let found = customer.insist(&Request::get(&path));
    if found.status == 404 {
        return None;
    }
    let found = found.expect(200).json();
    assert_eq!(found["orderNo"], no, "{found}");
    Some(id_of(&found))
}

fn start(customer: &mut Customer<'_, Study>) {
    let Some((_, no)) = any_order(customer) else {
        return;
    };
    let Some(management) = found(customer, "learningManagements", &no) else {
        return;
    };
    let manager = format!("매니저 {}", customer.random.u8(0..2));
    let path = format!("/learningManagements/{management}");
    let name = Request::new("PATCH", &path).json(&json!({"managername": manager}));
    customer.insist(&name).expect(200);
    customer.promises(|promises| promises.started.insert(no));
}

fn finish(customer: &mut Customer<'_, Study>) {
    let Some((_, no)) = any_order(customer) else {
        return;
    };
    let Some(evaluation) = found(customer, "learningEvaluations", &no) else {
        return;
    };
    let path = format!("/learningEvaluations/{evaluation}");
    let (end, score) = (customer.random.u8(0..4) > 0, customer.random.u8(0..100));
    let grades = json!({"endFlg": end, "score": score});
    let answer = customer.insist(&Request::new("PATCH", &path).json(&grades));
    if answer.status == 409 {
        let code = answer.json()["code"].take();
        let is_final = code == "evaluation-final" || code == "score-differs";
        assert!(is_final, "{answer}");
        return;
    }
    let answer = answer.expect(200);
    if end {
        let known = customer.promises(|promises| promises.finished.insert(no, score.to_string()));
        assert!(
            known.is_none_or(|known| known == score.to_string()),
            "{answer}"
        );
    }
}

/// What was answered can be seen from then on, kills or not (I3).
fn look(customer: &mut Customer<'_, Study>) {
    let Some((id, no)) = any_order(customer) else {
        return;
    };
    let path = format!("/orderManagements/{id}");
    let seen = customer.insist(&Request::get(&path)).expect(200).json();
    assert_eq!(seen["orderNo"], no, "{seen}");
    let path = format!("/learningStatusInquiries/search/findByOrderNo?orderNo={no}");
    customer.insist(&Request::get(&path)).expect(200);
}

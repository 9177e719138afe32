//! What a command's questions took is taken back when the command comes to nothing.
#![allow(
    clippy::unnecessary_wraps,
    clippy::trivially_copy_pass_by_ref,
    reason = "it is how a question is put"
)]

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use runtime::{Asking, Done, Failure, Outgoing, Recalled, Running, Settings};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use storm::{
    Aggregate, Answer, Ask, Context, Decision, Id, Method, Nothing, Refusal, Resource, Silence,
    events,
};
use testkit::memory_store::MemoryStore;
use tokio::sync::Notify;

use crate::kitchen::{request, until};

/// A feast needs a table, wine and a dish, in this order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Feast {
    held: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct FeastHeld {
    guests: u32,
}

events! { enum FeastEvent { FeastHeld } }

#[derive(Deserialize)]
struct Invitation {
    guests: u32,
}

impl Aggregate for Feast {
    const KIND: &'static str = "feast";
    type Command = u32;
    type Event = FeastEvent;

    fn decide(&self, _: Id, guests: u32) -> Decision<FeastEvent> {
        if guests == 13 {
            return Err(Refusal::conflict("unlucky", "Thirteen are too many."));
        }
        Ok(vec![FeastHeld { guests }.into()])
    }
    fn evolve(self, _: &FeastEvent) -> Self {
        Self { held: true }
    }
}

#[allow(
    clippy::unnecessary_wraps,
    reason = "a question is asked if there is one"
)]
fn asks_the_house_for_a_table(feast: Id, _: &Feast, _: &u32) -> Option<Ask<Feast>> {
    let ask = Ask::permission(Method::Put, format!("/tables/{feast}"), &Nothing {});
    Some(ask.taken_back_by(Method::Delete, format!("/tables/{feast}"), &()))
}

#[allow(
    clippy::unnecessary_wraps,
    reason = "a question is asked if there is one"
)]
fn asks_the_cellar_for_wine(feast: Id, _: &Feast, guests: &u32) -> Option<Ask<Feast>> {
    let bottles = json!({"bottles": guests});
    let ask = Ask::permission(Method::Put, format!("/wines/{feast}"), &bottles);
    Some(ask.taken_back_by(Method::Put, format!("/wines/{feast}/back"), &bottles))
}

#[allow(
    clippy::unnecessary_wraps,
    reason = "a question is asked if there is one"
)]
fn asks_the_cook_for_a_dish(_: Id, _: &Feast, _: &u32) -> Option<Ask<Feast>> {
    Some(Ask::permission(Method::Post, "/dishes", &Nothing {}))
}

fn feasts() -> Context {
    Context::new("feasts", 0).aggregate(
        Resource::at("feasts", "feast", |feast: &Feast| Some(feast.clone()))
            .create(|invitation: Invitation| Ok(invitation.guests))
            .asks("house", asks_the_house_for_a_table)
            .asks("cellar", asks_the_cellar_for_wine)
            .asks("cook", asks_the_cook_for_a_dish),
    )
}

/// Answers each question as it is told to, otherwise with yes; remembers what it was asked.
#[derive(Default)]
struct Staff {
    answers: BTreeMap<&'static str, Answer>,
    /// Who never answers.
    hangs: Option<(&'static str, Notify)>,
    asked: Mutex<Vec<String>>,
}

impl Staff {
    fn answering<const N: usize>(answers: [(&'static str, Answer); N]) -> Arc<Self> {
        Arc::new(Self {
            answers: answers.into(),
            ..Self::default()
        })
    }

    /// What was asked for, without the numbers; taken back are those at the end.
    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Outgoing for Staff {
    fn ask(&self, asking: Asking) -> Pin<Box<dyn Future<Output = Answer> + Send + '_>> {
        let what = format!("{} {}", asking.method.as_str(), asking.path);
        Box::pin(async move {
            self.asked.lock().unwrap().push(what.clone());
            if let Some((who, asked)) = &self.hangs
                && what.starts_with(who)
            {
                asked.notify_one();
                std::future::pending::<()>().await;
            }
            let answers = self.answers.iter();
            let mut told = answers.filter(|(who, _)| what.starts_with(**who));
            told.next_back()
                .map_or(Answer::Yes(Value::Null), |(_, answer)| answer.clone())
        })
    }
}

fn start(staff: &Arc<Staff>) -> Arc<Running> {
    let store = Recalled::read(MemoryStore::new().open()).unwrap();
    let outgoing = Arc::clone(staff) as Arc<dyn Outgoing>;
    Running::start(feasts(), store, Settings::default(), outgoing).unwrap()
}

async fn invite(feasts: &Running, guests: u32) -> Result<Done, Failure> {
    feasts
        .carry_out(request("feast", None, json!({"guests": guests})))
        .await
}

async fn code(feasts: &Running, guests: u32) -> String {
    match invite(feasts, guests).await {
        Err(Failure::Refused(refusal)) => refusal.code,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

fn no() -> Answer {
    Answer::No(Refusal::conflict("no-dish", "There is nothing to eat."))
}

const ALL: [&str; 3] = ["PUT /tables/1", "PUT /wines/1", "POST /dishes"];
const BACK: [&str; 2] = ["PUT /wines/1/back", "DELETE /tables/1"];

#[tokio::test(flavor = "multi_thread")]
async fn what_is_granted_is_kept_when_the_command_is_carried_out() {
    let staff = Staff::answering([]);
    invite(&start(&staff), 2).await.unwrap();
    assert_eq!(staff.asked(), ALL);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_no_takes_back_what_was_granted_the_latest_first() {
    let staff = Staff::answering([("POST /dishes", no())]);
    assert_eq!(code(&start(&staff), 2).await, "no-dish");
    // Before the refusal is told.
    assert_eq!(staff.asked(), [&ALL[..], &BACK[..]].concat());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_has_happened_once_all_is_back() {
    for (silence, known) in [
        (Silence::NotDone, "try-again-shortly"),
        (Silence::OutOfService, "out-of-service"),
        (Silence::InDoubt, "unanswered"),
    ] {
        let staff = Staff::answering([("POST /dishes", Answer::Silence(silence))]);
        assert_eq!(code(&start(&staff), 2).await, known);
        assert_eq!(staff.asked(), [&ALL[..], &BACK[..]].concat());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_known_to_be_back_leaves_doubt() {
    let staff = Staff::answering([
        ("POST /dishes", Answer::Silence(Silence::NotDone)),
        ("DELETE /tables", Answer::Silence(Silence::NotDone)),
    ]);
    assert_eq!(code(&start(&staff), 2).await, "unanswered");
    // A no is a no all the same: who said it knows why.
    let staff = Staff::answering([
        ("POST /dishes", no()),
        ("DELETE /tables", Answer::Silence(Silence::NotDone)),
    ]);
    assert_eq!(code(&start(&staff), 2).await, "no-dish");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_without_an_answer_is_taken_back_too_for_it_may_have_been_granted() {
    let silence = Answer::Silence(Silence::InDoubt);
    let staff = Staff::answering([
        ("PUT /wines", silence.clone()),
        ("PUT /wines/1/back", silence),
    ]);
    assert_eq!(code(&start(&staff), 2).await, "unanswered");
    until("both are asked to take it back", async || {
        let asked = staff.asked();
        BACK.iter().all(|back| asked.contains(&(*back).to_owned()))
    })
    .await;
    assert!(!staff.asked().contains(&ALL[2].to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_was_not_put_or_was_refused_is_not_taken_back() {
    for answer in [Answer::Silence(Silence::NotDone), no()] {
        let staff = Staff::answering([("PUT /wines", answer)]);
        invite(&start(&staff), 2).await.unwrap_err();
        assert_eq!(staff.asked(), [ALL[0], ALL[1], BACK[1]]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_is_refused_in_the_end_gives_all_back() {
    let staff = Staff::answering([]);
    assert_eq!(code(&start(&staff), 13).await, "unlucky");
    assert_eq!(staff.asked(), [&ALL[..], &BACK[..]].concat());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_goes_away_while_others_are_asked_leaves_nothing_taken() {
    let staff = Arc::new(Staff {
        hangs: Some(("POST /dishes", Notify::new())),
        ..Staff::default()
    });
    let feasts = start(&staff);
    let asking = tokio::spawn(async move { invite(&feasts, 2).await });
    staff.hangs.as_ref().unwrap().1.notified().await;
    asking.abort();
    until("all is taken back", async || {
        staff.asked() == [&ALL[..], &BACK[..]].concat()
    })
    .await;
}

/// A question that changes something and cannot be taken back.
fn asks_the_cook_first(_: Id, _: &Feast, _: &u32) -> Option<Ask<Feast>> {
    asks_the_cook_for_a_dish(0, &Feast::default(), &0)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_earlier_yes_that_nobody_takes_back_leaves_doubt() {
    let context = Context::new("feasts", 0).aggregate(
        Resource::at("feasts", "feast", |feast: &Feast| Some(feast.clone()))
            .create(|invitation: Invitation| Ok(invitation.guests))
            .asks("cook", asks_the_cook_first)
            .asks("cellar", asks_the_cellar_for_wine),
    );
    let staff = Staff::answering([("PUT /wines", Answer::Silence(Silence::NotDone))]);
    let store = Recalled::read(MemoryStore::new().open()).unwrap();
    let outgoing = Arc::clone(&staff) as Arc<dyn Outgoing>;
    let feasts = Running::start(context, store, Settings::default(), outgoing).unwrap();
    assert_eq!(code(&feasts, 2).await, "unanswered");
}

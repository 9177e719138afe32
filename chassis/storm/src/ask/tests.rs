use serde::{Deserialize, Serialize};

use super::{Answer, Ask, Method, Silence};
use crate::{Aggregate, Decision, Id, Refusal};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Kettle;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Boiled;

crate::events! { pub(super) enum KettleEvent { Boiled } }

impl Aggregate for Kettle {
    const KIND: &'static str = "kettle";
    type Command = ();
    type Event = KettleEvent;

    fn decide(&self, _: Id, (): ()) -> Decision<KettleEvent> {
        Ok(vec![])
    }
    fn evolve(self, _: &KettleEvent) -> Self {
        self
    }
}

fn answered(answer: Answer) -> Result<(), String> {
    let no_stove = Refusal::conflict("no-stove", "There is no stove.");
    let ask = Ask::<Kettle>::permission(Method::Get, "/stoves/1", &()).on_not_found(no_stove);
    (ask.answered)(answer, ()).map_err(|refusal| refusal.code)
}

#[test]
fn that_there_is_no_such_thing_means_what_the_asker_says_and_any_other_no_stays() {
    let not_found = Answer::No(Refusal::not_found("not-found", "none"));
    assert_eq!(answered(not_found), Err("no-stove".to_owned()));
    let other = Answer::No(Refusal::conflict("cold", "The stove is cold."));
    assert_eq!(answered(other), Err("cold".to_owned()));
    assert_eq!(answered(Answer::Yes(serde_json::Value::Null)), Ok(()));
}

#[test]
fn each_silence_has_a_code_of_its_own_and_says_it_in_both_languages() {
    for (silence, code) in [
        (Silence::NotDone, "try-again-shortly"),
        (Silence::OutOfService, "out-of-service"),
        (Silence::InDoubt, "unanswered"),
    ] {
        assert_eq!(answered(Answer::Silence(silence)), Err(code.to_owned()));
        let refusal = silence.refusal();
        let knows = silence != Silence::InDoubt;
        assert_eq!(refusal.reason.contains("Nothing has been changed"), knows);
        let korean = refusal.reason_ko.unwrap();
        assert_eq!(korean.contains("바뀐 것은 없습니다"), knows, "{korean}");
    }
}

#[test]
fn a_question_that_only_reads_leaves_no_doubt() {
    assert_eq!(Silence::InDoubt.of(Method::Get), Silence::NotDone);
    for method in [Method::Post, Method::Put, Method::Patch, Method::Delete] {
        assert_eq!(Silence::InDoubt.of(method), Silence::InDoubt);
    }
}

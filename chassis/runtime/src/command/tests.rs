use serde::{Deserialize, Serialize};
use storm::{Aggregate, AnyAggregate, Decision, EventSet, Id, Key, Nothing, Resource, Verb};

use super::{Found, Whom};
use crate::request::Failure;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Cup;

#[derive(Clone, Debug, PartialEq)]
enum NoEvent {}

impl EventSet for NoEvent {
    const TYPES: &'static [&'static str] = &[];
    fn event_type(&self) -> &'static str {
        match *self {}
    }
    fn to_json(&self) -> serde_json::Result<String> {
        match *self {}
    }
}

impl Aggregate for Cup {
    const KIND: &'static str = "cup";
    type Command = ();
    type Event = NoEvent;
    fn decide(&self, _: Id, (): ()) -> Decision<NoEvent> {
        Ok(vec![])
    }
    fn evolve(self, event: &NoEvent) -> Self {
        match *event {}
    }
}

fn cups() -> Resource<Cup> {
    Resource::at("cups", "cup", |_: &Cup| Some(Nothing {}))
}

/// Who is meant, in a word.
fn settled(cups: &dyn AnyAggregate, whom: &Whom, verb: &Verb, there: Option<bool>) -> String {
    match whom.settled(cups, verb, there.map(|hidden| (7, hidden))) {
        Ok(Found::There(id)) => format!("there {id}"),
        Ok(Found::Begins(id)) => format!("begins {id}"),
        Ok(Found::New) => "new".to_owned(),
        Err(Failure::Absent { id, .. }) => format!("absent {id}"),
        Err(failure) => failure.to_string(),
    }
}

#[test]
fn whoever_has_the_number_or_the_key_is_meant_and_who_is_hidden_is_not_there_to_be_told() {
    let (number, key) = (Whom::Number(7), Whom::Key(Key::unique("name", "blue")));
    let (create, act) = (Verb::Create, Verb::ActByKey("wash"));
    for (whom, verb, there, expected) in [
        (&Whom::Nobody, &create, None, "new"),
        (&number, &create, None, "new"),
        (&number, &create, Some(false), "there 7"),
        (&number, &create, Some(true), "new"),
        (&number, &Verb::Change, None, "absent 7"),
        (&number, &Verb::Change, Some(false), "there 7"),
        (&number, &Verb::Change, Some(true), "absent 7"),
        (&key, &create, None, "new"),
        (&key, &create, Some(true), "there 7"),
        (&key, &act, None, "There is no cup with `name` blue."),
        (&key, &act, Some(true), "absent 7"),
        (&key, &act, Some(false), "there 7"),
    ] {
        assert_eq!(
            settled(&cups(), whom, verb, there),
            expected,
            "{verb:?} {there:?}"
        );
    }
}

#[test]
fn what_is_numbered_as_something_else_begins_where_nobody_is_and_a_hidden_one_still_decides() {
    let (cups, number) = (cups().numbered_as("kettle"), Whom::Number(7));
    for (verb, there, expected) in [
        (Verb::Create, None, "begins 7"),
        (Verb::Create, Some(true), "there 7"),
        (Verb::Act("wash"), None, "begins 7"),
        (Verb::Change, None, "absent 7"),
    ] {
        assert_eq!(
            settled(&cups, &number, &verb, there),
            expected,
            "{verb:?} {there:?}"
        );
    }
}

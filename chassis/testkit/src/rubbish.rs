//! Whatever is sent, in whatever order (I8).

#![allow(clippy::expect_used, reason = "a test fails where it stands")]

use fastrand::Rng;
use serde_json::{Map, Value, json};
use storm::text::{self, Lines};
use storm::{Id, RefusalKind, System, Verb};

use crate::World;

const WORLDS: u64 = 60;
const REQUESTS: usize = 120;

/// Sends a system what nobody should send, among what somebody might: to every collection, with
/// every verb, to numbers that are there and that are not, with fields of `example` as they are,
/// left out, or full of rubbish. Events reach everybody now and then, and deadlines fire.
///
/// `example` has every field that any form of the system has, with a value that may be accepted.
///
/// # Panics
/// If the system does, if a refusal does not say why, or if something happens although it was
/// refused. With the number of the world, so that it can be made again.
pub fn survives_rubbish(system: fn() -> System, example: &Value) {
    let example = example.as_object().expect("an example is an object");
    let mut accepted = 0;
    for seed in 0..WORLDS {
        let mut tester = Tester {
            world: World::of(system()),
            random: Rng::with_seed(seed),
            heard: 0,
        };
        for number in 0..REQUESTS {
            let place = format!("request {number} of world {seed}");
            match tester.random.u8(0..10) {
                0 => tester.fire(&place),
                1 => tester.catch_up(),
                _ => accepted += usize::from(tester.ask(example, &place)),
            }
        }
        tester.catch_up();
        tester.look();
    }
    assert!(accepted > 0, "nothing at all was accepted: {example:?}");
}

struct Tester {
    world: World,
    random: Rng,
    /// How many events have reached everybody.
    heard: usize,
}

impl Tester {
    /// Whether it was accepted.
    fn ask(&mut self, example: &Map<String, Value>, place: &str) -> bool {
        let doors = self.world.doors();
        let (collection, verb) = self.random.choice(&doors).expect("a system has doors");
        let id = match verb {
            Verb::Create | Verb::ActByKey(_) => None,
            Verb::Replace | Verb::Change | Verb::Remove | Verb::Act(_) => Some(self.number()),
        };
        let mut body = self.body(example);
        if let Verb::Act(_) | Verb::ActByKey(_) = verb {
            // What contexts ask of each other has been read as a form before.
            wash(&mut body);
        }
        let told = self.told_by_owner(collection);
        let Err(refusal) = self.world.request(collection, id, verb, &body) else {
            return true;
        };
        let what = format!("{place}: {verb:?} of {collection} {id:?} with {body}: {refusal:?}");
        assert!(!refusal.code.is_empty(), "no code: {what}");
        assert!(refusal.reason.len() > 5, "no reason: {what}");
        if let RefusalKind::Unreadable | RefusalKind::Invalid = refusal.kind {
            let field = refusal.field.as_deref();
            assert!(
                field.is_some_and(|field| !field.is_empty()),
                "no field: {what}"
            );
            assert!(refusal.reason_ko.is_some(), "no Korean: {what}");
        }
        // One that was asked on the way may have said yes before another said no.
        assert_eq!(self.told_by_owner(collection), told, "it happened: {what}");
        false
    }

    /// How many events the collection's context has told.
    fn told_by_owner(&self, collection: &str) -> usize {
        let owner = self.world.context_of(collection);
        let spoken = self.world.spoken().iter();
        spoken.filter(|event| Some(event.producer) == owner).count()
    }

    fn number(&mut self) -> Id {
        let odd = [0, -1, Id::MIN, Id::MAX];
        match self.random.u8(0..8) {
            0 => *self.random.choice(&odd).expect("there are some"),
            _ => self.random.i64(1..6),
        }
    }

    fn body(&mut self, example: &Map<String, Value>) -> Value {
        if self.random.u8(0..20) == 0 {
            return self.rubbish();
        }
        let mut body = Map::new();
        for (field, value) in example {
            let value = match self.random.u8(0..10) {
                0..2 => continue,
                2 => self.rubbish(),
                3 if value.is_i64() => self.number().into(),
                _ => value.clone(),
            };
            body.insert(field.clone(), value);
        }
        Value::Object(body)
    }

    fn rubbish(&mut self) -> Value {
        let all = [
            Value::Null,
            json!(true),
            json!(0),
            json!(-1),
            json!(1.5),
            json!(1e300),
            json!(i64::MIN),
            json!(i64::MAX),
            json!(u64::MAX),
            json!(i32::MAX),
            json!(""),
            json!(" "),
            json!("0"),
            json!("-0"),
            json!("NaN"),
            json!("1e9"),
            json!("사과\u{0}🍎"),
            json!("\u{202e}'; DROP TABLE orders; --"),
            json!("가".repeat(1_000)),
            json!(" \u{1112}\u{1161}\u{11ab}\u{200b}\n"),
            json!("\u{3164}"),
            json!("두\n줄"),
            json!("-0.0"),
            json!(-0.0),
            json!("99991231"),
            json!("1970-01-01T05:36:50.630+0000"),
            json!([]),
            json!([{}]),
            json!({}),
            json!({"": null}),
        ];
        self.random.choice(all).expect("there is some")
    }

    /// What is refused here was told too early or of nothing; it is not told again.
    fn catch_up(&mut self) {
        while self.heard < self.world.spoken().len() {
            let event = self.world.spoken()[self.heard].clone();
            for listener in self.world.listeners(&event) {
                let taken = self.world.deliver(listener, &event);
                drop(taken);
            }
            self.heard += 1;
        }
    }

    fn fire(&mut self, place: &str) {
        let deadlines = self.world.deadlines();
        let number = self.number();
        if let Some((collection, deadline)) = self.random.choice(deadlines) {
            let fired = self.world.fire(collection, number, deadline);
            assert!(
                fired.is_ok(),
                "{place}: {deadline} of {collection} {number}: {fired:?}"
            );
        }
    }

    /// Everything can be shown, in texts of one spelling that people can read out, and without a zero
    /// below zero.
    fn look(&self) {
        for (collection, _) in self.world.doors() {
            let shown = self.world.shown(collection);
            assert!(
                shown.iter().all(Value::is_object),
                "{collection}: {shown:?}"
            );
            for one in &shown {
                assert!(is_clean(one), "{collection}: {one:?}");
            }
        }
    }
}

fn is_clean(value: &Value) -> bool {
    match value {
        Value::String(shown) => {
            text::clean(shown) == *shown && text::refused_in(shown, Lines::Several).is_none()
        }
        Value::Number(number) => number.to_string() != "-0.0",
        Value::Array(items) => items.iter().all(is_clean),
        Value::Object(members) => members.values().all(is_clean),
        Value::Null | Value::Bool(_) => true,
    }
}

fn wash(value: &mut Value) {
    match value {
        Value::String(sent) => {
            sent.retain(|c| text::refused_in(&format!("a{c}a"), Lines::One).is_none());
            *sent = text::clean(sent).into_owned();
        }
        Value::Array(items) => items.iter_mut().for_each(wash),
        Value::Object(members) => members.values_mut().for_each(wash),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

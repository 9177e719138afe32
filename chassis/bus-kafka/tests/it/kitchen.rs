//! Two toy contexts: kettles are filled and boil; somebody keeps tallies of how often.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use storm::{
    Aggregate, Context, Deadline, Decision, Id, Key, ReadModel, Resource, System, Tell, events,
};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct KettleFilled {
    pub(crate) kettle: Id,
    pub(crate) name: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct KettleBoiled {
    pub(crate) kettle: Id,
    pub(crate) name: String,
    pub(crate) times: i64,
}

events! {
    pub(crate) enum KettleEvent { KettleFilled, KettleBoiled }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum KettleCommand {
    Fill(String),
    Boil,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Kettle {
    name: String,
    times: i64,
}

#[derive(Deserialize)]
struct Name {
    name: String,
}

#[derive(Deserialize)]
struct Heat {}

impl Aggregate for Kettle {
    const KIND: &'static str = "kettle";
    type Command = KettleCommand;
    type Event = KettleEvent;

    fn decide(&self, kettle: Id, command: KettleCommand) -> Decision<KettleEvent> {
        Ok(vec![match command {
            KettleCommand::Fill(name) => KettleFilled { kettle, name }.into(),
            KettleCommand::Boil => KettleBoiled {
                kettle,
                name: self.name.clone(),
                times: self.times + 1,
            }
            .into(),
        }])
    }

    fn evolve(mut self, event: &KettleEvent) -> Self {
        match event {
            KettleEvent::KettleFilled(filled) => self.name.clone_from(&filled.name),
            KettleEvent::KettleBoiled(boiled) => self.times = boiled.times,
        }
        self
    }

    fn keys(&self) -> Vec<Key> {
        vec![Key::unique("name", &self.name)]
    }
}

/// Tells, and listens to nobody.
pub(crate) fn kettles() -> Context {
    Context::new("kettles", 0).aggregate(
        Resource::at("kettles", "kettle", |kettle: &Kettle| Some(kettle.clone()))
            .create(|fill: Name| Ok(KettleCommand::Fill(fill.name)))
            .change(|_: Heat| Ok(KettleCommand::Boil)),
    )
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct TallyExpected {
    name: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct TallyKept {
    name: String,
    times: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct TallyGivenUp {
    name: String,
}

events! {
    pub(crate) enum TallyEvent { TallyExpected, TallyKept, TallyGivenUp }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum TallyCommand {
    Expect(String),
    Keep(String, i64),
    GiveUp,
}

/// All that it was told, in the order in which it was told: once each, if all is well.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Tally {
    name: String,
    pub(crate) seen: Vec<i64>,
    pub(crate) given_up: bool,
}

impl Aggregate for Tally {
    const KIND: &'static str = "tally";
    type Command = TallyCommand;
    type Event = TallyEvent;

    fn decide(&self, _: Id, command: TallyCommand) -> Decision<TallyEvent> {
        Ok(vec![match command {
            TallyCommand::Expect(name) => TallyExpected { name }.into(),
            TallyCommand::Keep(name, times) => TallyKept { name, times }.into(),
            TallyCommand::GiveUp => TallyGivenUp {
                name: self.name.clone(),
            }
            .into(),
        }])
    }

    fn evolve(mut self, event: &TallyEvent) -> Self {
        match event {
            TallyEvent::TallyExpected(expected) => self.name.clone_from(&expected.name),
            TallyEvent::TallyKept(kept) => {
                self.name.clone_from(&kept.name);
                self.seen.push(kept.times);
            }
            TallyEvent::TallyGivenUp(_) => self.given_up = true,
        }
        self
    }

    fn keys(&self) -> Vec<Key> {
        vec![Key::unique("name", &self.name)]
    }
}

fn whenever_kettle_boiled_keep_tally(boiled: &KettleBoiled) -> Tell<Tally> {
    Tally::by("name", &boiled.name).tell(TallyCommand::Keep(boiled.name.clone(), boiled.times))
}

/// How long a tally that is expected waits for its kettle.
pub(crate) const EXPECTING: Duration = Duration::from_millis(100);

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Shelf {
    name: String,
    boiled: i64,
}

/// Listens to the kettles.
pub(crate) fn tallies() -> Context {
    Context::new("tallies", 0)
        .aggregate(
            Resource::at("tallies", "tally", |tally: &Tally| Some(tally.clone()))
                .create(|expect: Name| Ok(TallyCommand::Expect(expect.name)))
                .deadline(Deadline::new(
                    "expecting",
                    EXPECTING,
                    |event| matches!(event, TallyEvent::TallyExpected(_)),
                    |event| matches!(event, TallyEvent::TallyKept(_)),
                    || TallyCommand::GiveUp,
                )),
        )
        .policy(whenever_kettle_boiled_keep_tally)
        .read_model(
            ReadModel::at("shelves", "shelf", "kettle")
                .on(
                    |filled: &KettleFilled| filled.kettle,
                    |shelf: &mut Shelf, filled| shelf.name.clone_from(&filled.name),
                )
                .on(
                    |boiled: &KettleBoiled| boiled.kettle,
                    |shelf: &mut Shelf, _| shelf.boiled += 1,
                ),
        )
}

/// The system that they make, on a topic of its own.
pub(crate) fn kitchen(topic: &'static str) -> System {
    System::new("kitchen", topic, &[])
        .context(kettles())
        .context(tallies())
}

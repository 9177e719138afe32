//! A toy context of two aggregates that change in one commit: sacks hold flour, and each loaf's
//! portion is set aside from a sack.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use storm::{
    Aggregate, Context, Decision, Id, Key, Nothing, Refusal, Resource, Tell, Verb, events,
};

use runtime::{Done, Failure, Request, Running};

use crate::kitchen::{KettleBoiled, request};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SackBought {
    mill: String,
    kilos: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct FlourTaken {
    kilos: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct NoFlour {
    sack: Id,
}

events! {
    pub(crate) enum SackEvent { SackBought, FlourTaken, NoFlour }
}

#[derive(Clone, Debug)]
enum SackCommand {
    Buy(SackBought),
    Take(i64),
    Empty,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Sack {
    mill: String,
    kilos: i64,
}

impl Aggregate for Sack {
    const KIND: &'static str = "sack";
    type Command = SackCommand;
    type Event = SackEvent;

    fn decide(&self, sack: Id, command: SackCommand) -> Decision<SackEvent> {
        match command {
            SackCommand::Buy(bought) => Ok(vec![bought.into()]),
            // Told by number, and there is none: it says so, and does not begin to be.
            SackCommand::Take(_) if self.mill.is_empty() => Ok(vec![NoFlour { sack }.into()]),
            SackCommand::Take(kilos) if kilos > self.kilos => Err(Refusal::conflict(
                "flour-short",
                "There is not so much flour in this sack.",
            )),
            SackCommand::Take(kilos) => Ok(vec![FlourTaken { kilos }.into()]),
            SackCommand::Empty => Ok(vec![FlourTaken { kilos: self.kilos }.into()]),
        }
    }

    fn evolve(mut self, event: &SackEvent) -> Self {
        match event {
            SackEvent::SackBought(bought) => {
                self.mill.clone_from(&bought.mill);
                self.kilos = bought.kilos;
            }
            SackEvent::FlourTaken(taken) => self.kilos -= taken.kilos,
            SackEvent::NoFlour(_) => {}
        }
        self
    }

    fn keys(&self) -> Vec<Key> {
        vec![Key::unique("mill", &self.mill)]
    }

    fn identity(command: &SackCommand) -> Option<Key> {
        match command {
            SackCommand::Buy(bought) => Some(Key::unique("mill", &bought.mill)),
            SackCommand::Empty => Some(Key::unique("mill", "gone with the wind")),
            SackCommand::Take(_) => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct PortionSetAside {
    loaf: Id,
    sack: Id,
    kilos: i64,
}

events! {
    pub(crate) enum PortionEvent { PortionSetAside }
}

#[derive(Clone, Debug, Deserialize)]
struct SetAside {
    loaf: Id,
    sack: Id,
    kilos: i64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Portion {
    kilos: i64,
}

impl Aggregate for Portion {
    const KIND: &'static str = "portion";
    type Command = SetAside;
    type Event = PortionEvent;

    fn decide(&self, loaf: Id, command: SetAside) -> Decision<PortionEvent> {
        let SetAside { sack, kilos, .. } = command;
        Ok(match self.kilos {
            0 => vec![PortionSetAside { loaf, sack, kilos }.into()],
            _ => vec![],
        })
    }

    fn evolve(self, event: &PortionEvent) -> Self {
        match event {
            PortionEvent::PortionSetAside(set_aside) => Self {
                kilos: set_aside.kilos,
            },
        }
    }

    fn identity(command: &SetAside) -> Option<Key> {
        Some(Key::number(command.loaf))
    }
}

fn whenever_portion_set_aside_take_flour(set_aside: &PortionSetAside) -> Tell<Sack> {
    Sack::at(set_aside.sack).tell(SackCommand::Take(set_aside.kilos))
}

/// Each time a kettle boils, a kilo is set aside from sack 1 for a loaf that is numbered as it.
fn whenever_kettle_boiled_set_portion_aside(boiled: &KettleBoiled) -> Tell<Portion> {
    Portion::at(boiled.kettle).tell(SetAside {
        loaf: boiled.kettle,
        sack: 1,
        kilos: 1,
    })
}

pub(crate) fn larder() -> Context {
    Context::new("larder", 0)
        .aggregate(
            Resource::at("sacks", "sack", |sack: &Sack| Some(sack.clone()))
                .create(|bought: SackBought| Ok(SackCommand::Buy(bought)))
                .act("take", |portion: SetAside| {
                    Ok(SackCommand::Take(portion.kilos))
                })
                .act_by_key("empty", |_: Nothing| Ok(SackCommand::Empty)),
        )
        .aggregate(
            Resource::at("portions", "portion", |portion: &Portion| {
                Some(portion.clone())
            })
            .numbered_as("loaf")
            .create(|set_aside: SetAside| Ok(set_aside))
            .act("fill", |set_aside: SetAside| Ok(set_aside)),
        )
        .same_commit(whenever_portion_set_aside_take_flour)
        .policy(whenever_kettle_boiled_set_portion_aside)
}

pub(crate) async fn buy(larder: &Running, mill: &str, kilos: i64) -> Result<Done, Failure> {
    let body = json!({"mill": mill, "kilos": kilos});
    larder.carry_out(request("sack", None, body)).await
}

pub(crate) fn portion(loaf: Id, sack: Id, kilos: i64) -> Request {
    let body = json!({"loaf": loaf, "sack": sack, "kilos": kilos});
    request("portion", None, body)
}

/// As another context asks it.
pub(crate) fn act(kind: &'static str, verb: Verb, id: Option<Id>, body: Value) -> Request {
    Request {
        verb,
        ..request(kind, id, body)
    }
}

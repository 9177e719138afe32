//! A small system for tests: a kitchen that boils, a table that serves, a board that shows.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use storm::{
    Aggregate, Ask, Context, Deadline, Decision, Id, Method, Nothing, Notification, ReadModel,
    Refusal, Resource, System, Tell,
};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Kettle {
    boiled: bool,
}

#[derive(Clone, Debug)]
enum KettleCommand {
    Boil,
    Cool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct KettleBoiled {
    kettle: Id,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct KettleCooled {
    kettle: Id,
}

storm::events! {
    enum KettleEvent { KettleBoiled, KettleCooled }
}

impl Aggregate for Kettle {
    const KIND: &'static str = "kettle";
    type Command = KettleCommand;
    type Event = KettleEvent;

    fn decide(&self, me: Id, command: KettleCommand) -> Decision<KettleEvent> {
        Ok(match (self.boiled, command) {
            (false, KettleCommand::Boil) => vec![KettleBoiled { kettle: me }.into()],
            (true, KettleCommand::Cool) => vec![KettleCooled { kettle: me }.into()],
            (true, KettleCommand::Boil) | (false, KettleCommand::Cool) => Vec::new(),
        })
    }

    fn evolve(self, event: &KettleEvent) -> Self {
        Self {
            boiled: matches!(event, KettleEvent::KettleBoiled(_)),
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Cup {
    poured: bool,
}

#[derive(Clone, Debug)]
struct Pour;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct CupPoured {
    cup: Id,
}

storm::events! {
    enum CupEvent { CupPoured }
}

impl Aggregate for Cup {
    const KIND: &'static str = "cup";
    type Command = Pour;
    type Event = CupEvent;

    fn decide(&self, me: Id, _: Pour) -> Decision<CupEvent> {
        Ok(vec![CupPoured { cup: me }.into()])
    }

    fn evolve(self, _: &CupEvent) -> Self {
        Self { poured: true }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Served {
    kettle: Id,
}

fn is_the_table_laid(_: Id, _: &Kettle, command: &KettleCommand) -> Option<Ask<Kettle>> {
    matches!(command, KettleCommand::Boil)
        .then(|| Ask::permission(Method::Get, "/cups", &serde_json::Value::Null))
}

fn call_to_table(event: &CupPoured) -> Notification {
    Notification {
        channel: "gong",
        to: "everybody".to_owned(),
        text: format!("cup {} is poured", event.cup),
    }
}

fn whenever_kettle_boiled_pour_cup(event: &KettleBoiled) -> Tell<Cup> {
    Cup::by("kettle", event.kettle).tell(Pour)
}

#[allow(
    clippy::unnecessary_wraps,
    reason = "the declaration wants a parser that may refuse"
)]
fn boil(_: Nothing) -> Result<KettleCommand, Refusal> {
    Ok(KettleCommand::Boil)
}

#[allow(
    clippy::unnecessary_wraps,
    reason = "the declaration wants a parser that may refuse"
)]
fn cool(_: Nothing) -> Result<KettleCommand, Refusal> {
    Ok(KettleCommand::Cool)
}

pub(crate) fn system() -> System {
    teahouse(table())
}

/// The same, and the table calls people.
pub(crate) fn with_gong() -> System {
    teahouse(table().notifies(call_to_table))
}

fn table() -> Context {
    let cups = Resource::<Cup>::at("cups", "cup", |cup| Some(cup.clone()));
    Context::new("table", 7_082)
        .aggregate(cups)
        .policy(whenever_kettle_boiled_pour_cup)
}

fn teahouse(table: Context) -> System {
    let kettles = Resource::<Kettle>::at("kettles", "kettle", |kettle| Some(kettle.clone()))
        .create(boil)
        .remove(cool)
        .asks("table", is_the_table_laid)
        .deadline(Deadline::new(
            "cooling",
            Duration::from_secs(90),
            |event| matches!(event, KettleEvent::KettleBoiled(_)),
            |event| matches!(event, KettleEvent::KettleCooled(_)),
            || KettleCommand::Cool,
        ));
    let teas = ReadModel::<Served>::at("teas", "tea", "kettle")
        .unpaged()
        .on(
            |event: &KettleBoiled| event.kettle,
            |row, event| row.kettle = event.kettle,
        )
        .on(|event: &CupPoured| event.cup, |_, _| {});
    System::new("teahouse", "tea", &[7_088])
        .context(Context::new("kitchen", 7_081).aggregate(kettles))
        .context(table)
        .context(Context::new("display", 7_083).read_model(teas))
}

//! A toy context: kettles that are bought, described, boiled and given away.

use serde::{Deserialize, Serialize};
use storm::{
    Aggregate, Ask, Context, Decision, Id, Key, Method, ReadModel, Refusal, Resource, Verb, events,
};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct KettleBought {
    pub(crate) name: String,
    pub(crate) litres: i64,
    pub(crate) note: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct KettleDescribed {
    pub(crate) name: String,
    pub(crate) litres: i64,
    pub(crate) note: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct KettleBoiled {
    pub(crate) name: String,
    pub(crate) times: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct KettleGivenAway {
    pub(crate) name: String,
}

events! {
    #[allow(clippy::enum_variant_names, reason = "these are the events' names")]
    pub(crate) enum KettleEvent { KettleBought, KettleDescribed, KettleBoiled, KettleGivenAway }
}

#[derive(Clone, Debug)]
pub(crate) enum KettleCommand {
    Buy(Described),
    Describe(Described),
    Change(Changed),
    Boil,
    Refill(Refill),
    GiveAway,
}

/// What another context asks: it knows the kettle by its name.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Refill {
    name: String,
    litres: i64,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Described {
    name: String,
    litres: i64,
    note: Option<String>,
}

/// What is left out stays; what is null is taken away.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Changed {
    name: Option<String>,
    litres: Option<i64>,
    #[serde(default, deserialize_with = "given")]
    #[allow(clippy::option_option, reason = "left out is not null")]
    note: Option<Option<String>>,
}

#[allow(clippy::option_option, reason = "left out is not null")]
fn given<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Kettle {
    name: String,
    litres: i64,
    note: Option<String>,
    boiled: i64,
    given_away: bool,
}

/// As the outside sees it.
#[derive(Serialize)]
struct Shown {
    name: String,
    litres: i64,
    note: Option<String>,
    boiled: i64,
}

fn show(kettle: &Kettle) -> Option<Shown> {
    (!kettle.given_away).then(|| Shown {
        name: kettle.name.clone(),
        litres: kettle.litres,
        note: kettle.note.clone(),
        boiled: kettle.boiled,
    })
}

fn sound(described: Described) -> Result<Described, Refusal> {
    if described.litres < 0 {
        return Err(Refusal::invalid(
            "litres",
            "litres-negative",
            "A kettle cannot hold less than nothing.",
        ));
    }
    Ok(described)
}

impl Aggregate for Kettle {
    const KIND: &'static str = "kettle";
    type Command = KettleCommand;
    type Event = KettleEvent;

    fn decide(&self, _: Id, command: KettleCommand) -> Decision<KettleEvent> {
        let described = |name, litres, note| {
            let event = KettleDescribed { name, litres, note };
            Ok(vec![event.into()])
        };
        match command {
            KettleCommand::Buy(Described { name, litres, note }) => {
                Ok(vec![KettleBought { name, litres, note }.into()])
            }
            KettleCommand::Describe(Described { name, litres, note }) => {
                described(name, litres, note)
            }
            KettleCommand::Change(changed) => described(
                changed.name.unwrap_or_else(|| self.name.clone()),
                changed.litres.unwrap_or(self.litres),
                changed.note.unwrap_or_else(|| self.note.clone()),
            ),
            KettleCommand::Boil if self.litres == 0 => Err(Refusal::conflict(
                "kettle-empty",
                "This kettle holds nothing; fill another one.",
            )
            .ko("이 주전자는 비어 있습니다.")),
            KettleCommand::Boil => Ok(vec![
                KettleBoiled {
                    name: self.name.clone(),
                    times: self.boiled + 1,
                }
                .into(),
            ]),
            KettleCommand::Refill(refill) if refill.litres > 100 => Err(Refusal::conflict(
                "kettle-overflows",
                "This kettle cannot hold so much.",
            )),
            KettleCommand::Refill(refill) => {
                described(self.name.clone(), refill.litres, self.note.clone())
            }
            KettleCommand::GiveAway => Ok(vec![
                KettleGivenAway {
                    name: self.name.clone(),
                }
                .into(),
            ]),
        }
    }

    fn evolve(mut self, event: &KettleEvent) -> Self {
        match event {
            KettleEvent::KettleBought(KettleBought { name, litres, note })
            | KettleEvent::KettleDescribed(KettleDescribed { name, litres, note }) => {
                self.name.clone_from(name);
                self.litres = *litres;
                self.note.clone_from(note);
            }
            KettleEvent::KettleBoiled(boiled) => self.boiled = boiled.times,
            KettleEvent::KettleGivenAway(_) => self.given_away = true,
        }
        self
    }

    fn keys(&self) -> Vec<Key> {
        if self.given_away {
            return Vec::new();
        }
        let mut keys = Key::words("note", self.note.as_deref().unwrap_or_default());
        keys.push(Key::unique("name", &self.name));
        keys.push(Key::shared("litres", self.litres));
        keys
    }

    fn identity(command: &KettleCommand) -> Option<Key> {
        match command {
            KettleCommand::Refill(refill) => Some(Key::unique("name", &refill.name)),
            KettleCommand::Buy(_)
            | KettleCommand::Describe(_)
            | KettleCommand::Change(_)
            | KettleCommand::Boil
            | KettleCommand::GiveAway => None,
        }
    }
}

/// A kettle whose name begins with `permit` needs one from another context.
fn ask_for_a_permit(_: Id, _: &Kettle, command: &KettleCommand) -> Option<Ask<Kettle>> {
    let KettleCommand::Buy(bought) = command else {
        return None;
    };
    let needs_one = bought.name.starts_with("permit");
    let body = serde_json::json!({"name": bought.name, "litres": bought.litres});
    needs_one.then(|| Ask::permission(Method::Post, "/permits", &body))
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Boiling {
    kettle_name: String,
    times: i64,
}

fn boilings(collection: &'static str) -> ReadModel<Boiling> {
    ReadModel::at(collection, "boiling", "kettleName")
        .on(
            |bought: &KettleBought| bought.name.clone(),
            |row: &mut Boiling, bought| row.kettle_name.clone_from(&bought.name),
        )
        .on(
            |boiled: &KettleBoiled| boiled.name.clone(),
            |row: &mut Boiling, boiled| row.times = boiled.times,
        )
        .also_found_by(&["times"], |row| vec![Key::shared("times", row.times)])
}

pub(crate) fn context() -> Context {
    Context::new("kitchen", 8090)
        .aggregate(
            Resource::at("kettles", "kettle", show)
                .create(|body| sound(body).map(KettleCommand::Buy))
                .replace(|body| sound(body).map(KettleCommand::Describe))
                .change(|body| Ok(KettleCommand::Change(body)))
                .remove(|_| Ok(KettleCommand::GiveAway))
                .act("boil", |_: storm::Nothing| Ok(KettleCommand::Boil))
                .act_by_key("refill", |refill| Ok(KettleCommand::Refill(refill)))
                .asks("permits", ask_for_a_permit)
                .found_by("name")
                .listed_by("litres")
                .searched_by("note"),
        )
        .read_model(boilings("boilings"))
        .read_model(
            boilings("allBoilings")
                .unpaged()
                .search_called("findBykettlename"),
        )
        .read_model(
            boilings("counts").shown_as(|row: &Boiling| serde_json::json!({"n": row.times})),
        )
        .notifies(|bought: &KettleBought| {
            Some(storm::Notification {
                channel: "whistle",
                to: bought.name.clone(),
                text: "bought".to_owned(),
            })
        })
}

/// The verbs, so that a test fails when one is added that no test looks at.
pub(crate) const VERBS: [Verb; 6] = [
    Verb::Create,
    Verb::Replace,
    Verb::Change,
    Verb::Remove,
    Verb::Act("boil"),
    Verb::ActByKey("refill"),
];

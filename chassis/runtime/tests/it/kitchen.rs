//! Two toy contexts: kettles are filled and boil; cups are poured whenever a kettle has boiled.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use runtime::{
    Asking, Done, Failure, Outgoing, Preconditions, Recalled, Request, Running, Settings, Trail,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use storm::{
    Aggregate, Answer, Ask, Context, Deadline, Decision, Id, Key, Method, ReadModel, Refusal,
    Resource, Tell, Verb, events,
};
use testkit::memory_store::MemoryStore;

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

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct KettleCooled {
    pub(crate) kettle: Id,
}

events! {
    pub(crate) enum KettleEvent { KettleFilled, KettleBoiled, KettleCooled }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum KettleCommand {
    Fill(String),
    Boil,
    Cool,
    Burst,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Kettle {
    name: String,
    times: i64,
    hot: bool,
}

#[derive(Deserialize)]
struct Fill {
    name: String,
}

#[derive(Deserialize)]
struct Heat {
    to: String,
}

impl Aggregate for Kettle {
    const KIND: &'static str = "kettle";
    type Command = KettleCommand;
    type Event = KettleEvent;

    fn decide(&self, kettle: Id, command: KettleCommand) -> Decision<KettleEvent> {
        match command {
            KettleCommand::Fill(name) if name == "leaky" => {
                Err(Refusal::conflict("kettle-leaks", "This kettle leaks."))
            }
            KettleCommand::Fill(name) => Ok(vec![KettleFilled { kettle, name }.into()]),
            KettleCommand::Boil => {
                let (name, times) = (self.name.clone(), self.times + 1);
                Ok(vec![
                    KettleBoiled {
                        kettle,
                        name,
                        times,
                    }
                    .into(),
                ])
            }
            KettleCommand::Cool if self.hot => Ok(vec![KettleCooled { kettle }.into()]),
            KettleCommand::Cool => Ok(vec![]),
            KettleCommand::Burst => panic!("a kettle bursts, as this test wants it"),
        }
    }

    fn evolve(mut self, event: &KettleEvent) -> Self {
        match event {
            KettleEvent::KettleFilled(filled) => self.name.clone_from(&filled.name),
            KettleEvent::KettleBoiled(boiled) => {
                self.times = boiled.times;
                self.hot = true;
            }
            KettleEvent::KettleCooled(_) => self.hot = false,
        }
        self
    }

    fn keys(&self) -> Vec<Key> {
        vec![Key::unique("name", &self.name)]
    }
}

#[allow(clippy::needless_pass_by_value, reason = "a body is handed over whole")]
fn heat(heat: Heat) -> Result<KettleCommand, Refusal> {
    match heat.to.as_str() {
        "100" => Ok(KettleCommand::Boil),
        "20" => Ok(KettleCommand::Cool),
        "2000" => Ok(KettleCommand::Burst),
        other => Err(Refusal::invalid(
            "to",
            "no-such-heat",
            format!("cannot heat to {other}"),
        )),
    }
}

fn boiling_asks_the_grid(_: Id, kettle: &Kettle, command: &KettleCommand) -> Option<Ask<Kettle>> {
    let name = json!({"kettle": kettle.name});
    matches!(command, KettleCommand::Boil).then(|| Ask::permission(Method::Post, "/watts", &name))
}

pub(crate) fn kettles() -> Context {
    Context::new("kettles", 0).aggregate(
        Resource::at("kettles", "kettle", |kettle: &Kettle| Some(kettle.clone()))
            .found_by("name")
            .create(|fill: Fill| Ok(KettleCommand::Fill(fill.name)))
            .change(heat)
            .asks("grid", boiling_asks_the_grid)
            .deadline(Deadline::new(
                "cooling",
                Duration::from_secs(3600),
                |event| matches!(event, KettleEvent::KettleBoiled(_)),
                |event| matches!(event, KettleEvent::KettleCooled(_)),
                || KettleCommand::Cool,
            )),
    )
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct CupPoured {
    pub(crate) name: String,
}

events! {
    pub(crate) enum CupEvent { CupPoured }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum CupCommand {
    Wash(String),
    Pour,
}

/// A cup must be washed before it can be poured.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Cup {
    name: String,
    poured: i64,
}

impl Aggregate for Cup {
    const KIND: &'static str = "cup";
    type Command = CupCommand;
    type Event = CupEvent;

    fn decide(&self, _: Id, command: CupCommand) -> Decision<CupEvent> {
        match command {
            CupCommand::Wash(name) => Ok(vec![CupPoured { name }.into()]),
            CupCommand::Pour if self.name.is_empty() => Err(Refusal::not_yet(
                "cup-dirty",
                "This cup has not been washed yet.",
            )),
            CupCommand::Pour => Ok(vec![
                CupPoured {
                    name: self.name.clone(),
                }
                .into(),
            ]),
        }
    }

    fn evolve(mut self, event: &CupEvent) -> Self {
        match event {
            CupEvent::CupPoured(poured) => {
                self.poured += i64::from(!self.name.is_empty());
                self.name.clone_from(&poured.name);
            }
        }
        self
    }

    fn keys(&self) -> Vec<Key> {
        vec![Key::unique("name", &self.name)]
    }
}

fn whenever_kettle_boiled_pour_cup(boiled: &KettleBoiled) -> Tell<Cup> {
    Cup::by("name", &boiled.name).tell(CupCommand::Pour)
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Shelf {
    name: String,
    boiled: i64,
}

pub(crate) fn cups() -> Context {
    Context::new("cups", 0)
        .aggregate(
            Resource::at("cups", "cup", |cup: &Cup| Some(cup.clone()))
                .create(|wash: Fill| Ok(CupCommand::Wash(wash.name))),
        )
        .policy(whenever_kettle_boiled_pour_cup)
        .read_model(
            ReadModel::at("shelves", "shelf", "kettle")
                .on(
                    |filled: &KettleFilled| filled.kettle,
                    |shelf: &mut Shelf, filled| {
                        shelf.name.clone_from(&filled.name);
                    },
                )
                .on(
                    |boiled: &KettleBoiled| boiled.kettle,
                    |shelf: &mut Shelf, boiled| {
                        shelf.boiled += boiled.times - shelf.boiled;
                    },
                )
                .removed_by(|cooled: &KettleCooled| cooled.kettle),
        )
        .read_model(
            ReadModel::at("hobs", "hob", "kettle")
                .numbered_by_key()
                .on(
                    |boiled: &KettleBoiled| boiled.kettle,
                    |hob: &mut Shelf, boiled| hob.boiled = boiled.times,
                )
                .removed_by(|cooled: &KettleCooled| cooled.kettle),
        )
}

/// Whom kettles ask: says what it is told to say, and remembers what it was asked.
pub(crate) struct Grid {
    pub(crate) answer: Mutex<Answer>,
    pub(crate) asked: Mutex<Vec<Asking>>,
}

impl Grid {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            answer: Mutex::new(Answer::Yes(Value::Null)),
            asked: Mutex::new(Vec::new()),
        })
    }

    pub(crate) fn answers(&self, answer: Answer) {
        *self.answer.lock().unwrap() = answer;
    }
}

impl Outgoing for Grid {
    fn ask(&self, asking: Asking) -> Pin<Box<dyn Future<Output = Answer> + Send + '_>> {
        self.asked.lock().unwrap().push(asking);
        let answer = self.answer.lock().unwrap().clone();
        Box::pin(std::future::ready(answer))
    }
}

/// A context on a store that outlives it.
pub(crate) fn start(context: Context, store: &MemoryStore, settings: Settings) -> Arc<Running> {
    start_with(context, store, settings, Grid::new())
}

pub(crate) fn start_with(
    context: Context,
    store: &MemoryStore,
    settings: Settings,
    grid: Arc<Grid>,
) -> Arc<Running> {
    Running::start(
        context,
        Recalled::read(store.open()).unwrap(),
        settings,
        grid,
    )
    .unwrap()
}

pub(crate) fn request(kind: &'static str, id: Option<Id>, body: Value) -> Request {
    Request {
        kind,
        verb: if id.is_some() {
            Verb::Change
        } else {
            Verb::Create
        },
        id,
        body: body.into(),
        trail: Trail::default(),
        idempotency: None,
        preconditions: Preconditions::default(),
    }
}

pub(crate) async fn fill(kettles: &Running, name: &str) -> Result<Done, Failure> {
    kettles
        .carry_out(request("kettle", None, json!({"name": name})))
        .await
}

pub(crate) async fn heat_to(kettles: &Running, id: Id, to: &str) -> Result<Done, Failure> {
    kettles
        .carry_out(request("kettle", Some(id), json!({"to": to})))
        .await
}

pub(crate) async fn wash(cups: &Running, name: &str) -> Result<Done, Failure> {
    cups.carry_out(request("cup", None, json!({"name": name})))
        .await
}

/// Waits until it holds; says what was expected if it never does.
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, holds: impl Fn() -> F) {
    let patience = tokio::time::timeout(Duration::from_secs(20), async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    });
    assert!(patience.await.is_ok(), "never happened: {what}");
}

//! A toy context: whoever is to hear a bell is told when it is rung.

use std::pin::Pin;
use std::sync::Arc;

use runtime::{Asking, Outgoing, Recalled, Request, Running, Settings, Trail};
use serde::{Deserialize, Serialize};
use storm::{Aggregate, Answer, Context, Decision, Id, Notification, Resource, Verb, events};
use testkit::memory_store::MemoryStore;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct BellRung {
    bell: Id,
}

events! {
    enum BellEvent { BellRung }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Bell {
    rung: bool,
}

#[derive(Clone, Debug)]
struct Ring;

impl Aggregate for Bell {
    const KIND: &'static str = "bell";
    type Command = Ring;
    type Event = BellEvent;

    fn decide(&self, bell: Id, _: Ring) -> Decision<BellEvent> {
        Ok(vec![BellRung { bell }.into()])
    }

    fn evolve(self, _: &BellEvent) -> Self {
        Self { rung: true }
    }
}

fn context() -> Context {
    let bells = Resource::at("bells", "bell", |bell: &Bell| Some(bell.clone()));
    Context::new("bells", 0)
        .aggregate(bells.create(|_: storm::Nothing| Ok(Ring)))
        .notifies(|rung: &BellRung| {
            Some(Notification {
                channel: "rope",
                to: format!("ringer {}", rung.bell),
                text: "rung".to_owned(),
            })
        })
}

struct Nobody;

impl Outgoing for Nobody {
    fn ask(&self, _: Asking) -> Pin<Box<dyn Future<Output = Answer> + Send + '_>> {
        Box::pin(std::future::ready(Answer::Silence(storm::Silence::NotDone)))
    }
}

pub(crate) fn start(store: &MemoryStore) -> Arc<Running> {
    let outgoing = Arc::new(Nobody);
    Running::start(
        context(),
        Recalled::read(store.open()).unwrap(),
        Settings::default(),
        outgoing,
    )
    .unwrap()
}

/// Rings a new one.
pub(crate) async fn ring(bells: &Running) {
    let request = Request {
        kind: "bell",
        verb: Verb::Create,
        id: None,
        body: serde_json::Value::Null.into(),
        trail: Trail::default(),
        idempotency: None,
        preconditions: runtime::Preconditions::default(),
    };
    bells.carry_out(request).await.unwrap();
}

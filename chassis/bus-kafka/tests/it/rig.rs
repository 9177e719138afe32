//! Contexts on a topic of their own, and what can be asked of them.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bus_kafka::record::Records;
use bus_kafka::{Bus, Neighbours, PublishedUntil, Settings};
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use rdkafka::ClientConfig;
use rdkafka::admin::{
    AdminClient, AdminOptions, AlterConfig, NewTopic, ResourceSpecifier, TopicReplication,
};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::producer::{FutureProducer, FutureRecord};
use runtime::{Asking, Failure, Outgoing, Recalled, Request, Running, Trail};
use serde_json::{Value, json};
use storm::store::{Opened, Page};
use storm::{Answer, Context, Id, Verb};
use testkit::memory_store::MemoryStore;

use crate::kitchen::{Tally, kettles, kitchen, tallies};

/// Nobody asks anybody here.
struct Nobody;

impl Outgoing for Nobody {
    fn ask(&self, _: Asking) -> Pin<Box<dyn Future<Output = Answer> + Send + '_>> {
        Box::pin(std::future::ready(Answer::Yes(Value::Null)))
    }
}

/// What the kettles say of their outbox, as their HTTP would.
#[derive(Default)]
pub(crate) struct Street(pub(crate) Mutex<Option<Arc<Running>>>);

impl Neighbours for Street {
    fn published_until<'a>(&'a self, _: &'a str) -> PublishedUntil<'a> {
        let kettles = self.0.lock().unwrap().clone();
        Box::pin(async move { Some(kettles?.outbox().await.ok()?.until) })
    }
}

/// One process of a context, on the bus.
pub(crate) struct Replica {
    pub(crate) running: Arc<Running>,
    pub(crate) bus: Bus,
}

impl Replica {
    pub(crate) async fn stop(self) {
        self.bus.stop().await;
        self.running.stop().await;
    }
}

/// A topic, and how it is reached.
pub(crate) struct Rig {
    pub(crate) topic: &'static str,
    pub(crate) bootstrap: String,
    pub(crate) partitions: i32,
    pub(crate) replication: Option<i32>,
    pub(crate) street: Arc<Street>,
}

impl Rig {
    /// A topic that nobody has made yet.
    pub(crate) fn new(bootstrap: &str, partitions: i32) -> Self {
        let topic = format!("kitchen-{:016x}", fastrand::u64(..));
        Self {
            topic: topic.leak(),
            bootstrap: bootstrap.to_owned(),
            partitions,
            replication: None,
            street: Arc::default(),
        }
    }

    pub(crate) fn settings(&self, group: &str) -> Settings {
        let mut settings = Settings::new(&self.bootstrap, self.topic, group);
        settings.partitions = self.partitions;
        settings.replication = self.replication;
        settings.session_timeout = Duration::from_secs(3);
        settings
    }

    pub(crate) fn records(&self) -> Records {
        Records::of(&kitchen(self.topic))
    }

    pub(crate) fn run(context: Context, store: Opened) -> Arc<Running> {
        let mut producers = vec!["kettles"];
        producers.retain(|_| !context.listens().is_empty());
        let settings = runtime::Settings {
            producers,
            ..runtime::Settings::default()
        };
        Running::start(
            context,
            Recalled::read(store).unwrap(),
            settings,
            Arc::new(Nobody),
        )
        .unwrap()
    }

    /// Groups of different topics do not meet.
    pub(crate) fn group(&self, context: &str) -> String {
        format!("{}-{context}", self.topic)
    }

    pub(crate) fn connect(&self, running: &Arc<Running>, settings: Settings) -> Bus {
        let street: Arc<dyn Neighbours> = Arc::clone(&self.street) as _;
        Bus::start(running, self.records(), settings, street).unwrap()
    }

    pub(crate) fn start(&self, context: Context, store: &MemoryStore) -> Replica {
        let settings = self.settings(&self.group(context.name()));
        let running = Self::run(context, store.open());
        let bus = self.connect(&running, settings);
        Replica { running, bus }
    }

    pub(crate) fn kettles(&self, store: &MemoryStore) -> Replica {
        let replica = self.start(kettles(), store);
        *self.street.0.lock().unwrap() = Some(Arc::clone(&replica.running));
        replica
    }

    pub(crate) fn tallies(&self, store: &MemoryStore) -> Replica {
        self.start(tallies(), store)
    }

    pub(crate) fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.bootstrap);
        config
    }

    pub(crate) fn admin(&self) -> AdminClient<DefaultClientContext> {
        self.client().create().unwrap()
    }

    /// Makes the topic, before anybody else does.
    pub(crate) async fn make_topic(&self, settings: &[(&str, &str)]) {
        let mut topic = NewTopic::new(self.topic, self.partitions, TopicReplication::Fixed(1));
        for (key, value) in settings {
            topic = topic.set(key, value);
        }
        let made = self.admin();
        let made = made.create_topics([&topic], &AdminOptions::new()).await;
        assert!(made.unwrap()[0].is_ok());
        let holds = async || self.on_topic().is_some();
        until("the topic is there", holds).await;
    }

    pub(crate) async fn alter_topic(&self, key: &str, value: &str) {
        let topic = AlterConfig::new(ResourceSpecifier::Topic(self.topic));
        let topic = topic.set(key, value);
        let altered = self.admin();
        let altered = altered.alter_configs([&topic], &AdminOptions::new()).await;
        assert!(altered.unwrap()[0].is_ok());
    }

    /// How many records are on the topic; `None` if it is not there.
    pub(crate) fn on_topic(&self) -> Option<i64> {
        let consumer: BaseConsumer = self.client().create().unwrap();
        let patience = Duration::from_secs(10);
        let ends = (0..self.partitions).map(|partition| {
            let (low, high) = consumer
                .fetch_watermarks(self.topic, partition, patience)
                .ok()?;
            Some(high - low)
        });
        ends.sum()
    }

    /// Whether all brokers that should have a copy of each partition have a complete one.
    pub(crate) fn is_in_sync(&self) -> bool {
        let consumer: BaseConsumer = self.client().create().unwrap();
        let asked = consumer.fetch_metadata(Some(self.topic), Duration::from_secs(10));
        asked.is_ok_and(|metadata| {
            let partitions = metadata.topics()[0].partitions();
            let mut copies = partitions.iter().map(|of| (of.isr(), of.replicas()));
            copies.all(|(complete, all)| complete.len() == all.len())
        })
    }

    /// A record as somebody else's service writes it.
    pub(crate) async fn produce(&self, partition: i32, key: &str, value: &str) {
        let producer: FutureProducer = self.client().create().unwrap();
        let record = FutureRecord::to(self.topic)
            .partition(partition)
            .key(key)
            .payload(value);
        let produced = producer.send(record, Duration::from_secs(20)).await;
        assert!(produced.is_ok(), "{produced:?}");
    }
}

fn request(kind: &'static str, id: Option<Id>, name: &str) -> Request {
    Request {
        kind,
        verb: if id.is_some() {
            Verb::Change
        } else {
            Verb::Create
        },
        id,
        body: json!({"name": name}).into(),
        trail: Trail {
            correlation: Some(format!("story of {name}")),
            ..Trail::default()
        },
        idempotency: None,
        preconditions: runtime::Preconditions::default(),
    }
}

pub(crate) async fn fill(kettles: &Running, name: &str) -> Result<Id, Failure> {
    let done = kettles.carry_out(request("kettle", None, name)).await?;
    Ok(done.record.id)
}

pub(crate) async fn boil(kettles: &Running, id: Id) {
    let mut heat = request("kettle", Some(id), "");
    heat.trail = Trail::default();
    kettles.carry_out(heat).await.unwrap();
}

pub(crate) async fn expect(tallies: &Running, name: &str) -> Id {
    let done = tallies.carry_out(request("tally", None, name)).await;
    done.unwrap().record.id
}

/// So many kettles, each boiled so often, all at once.
pub(crate) async fn boil_all(kettles: &Arc<Running>, names: &[String], times: usize) {
    let mut boiling = tokio::task::JoinSet::new();
    for name in names {
        let (kettles, name) = (Arc::clone(kettles), name.clone());
        boiling.spawn(async move {
            let id = fill(&kettles, &name).await.unwrap();
            for _ in 0..times {
                boil(&kettles, id).await;
            }
        });
    }
    boiling.join_all().await;
}

pub(crate) fn names(count: usize) -> Vec<String> {
    (0..count)
        .map(|number| format!("kettle {number}"))
        .collect()
}

/// What each kettle's tally was told.
pub(crate) async fn seen(tallies: &Running) -> BTreeMap<String, Vec<i64>> {
    let page = Page {
        skip: 0,
        limit: 10_000,
        descending: false,
    };
    let records = tallies.page("tally", page).await.unwrap();
    let tallies = records.into_iter().map(|record| {
        let state: Value = serde_json::from_str(&record.state).unwrap();
        let tally: Tally = serde_json::from_value(state.clone()).unwrap();
        (state["name"].as_str().unwrap().to_owned(), tally.seen)
    });
    tallies.collect()
}

/// Each kettle boiled so often, each time told once, in order.
pub(crate) fn all_of(names: &[String], times: usize) -> BTreeMap<String, Vec<i64>> {
    let times: Vec<i64> = (1..=i64::try_from(times).unwrap()).collect();
    let all = names.iter().map(|name| (name.clone(), times.clone()));
    all.collect()
}

/// How many there are in all, told twice or not.
pub(crate) fn total(seen: &BTreeMap<String, Vec<i64>>) -> usize {
    seen.values().map(Vec::len).sum()
}

/// Waits until it holds; says what was expected if it never does.
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, holds: impl Fn() -> F) {
    let patience = tokio::time::timeout(Duration::from_secs(60), async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    assert!(patience.await.is_ok(), "never happened: {what}");
}

/// For so long it holds, whenever one looks.
pub(crate) async fn always<F: Future<Output = bool>>(
    what: &str,
    how_long: Duration,
    holds: impl Fn() -> F,
) {
    let end = tokio::time::Instant::now() + how_long;
    while tokio::time::Instant::now() < end {
        assert!(holds().await, "no longer: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Waits until so many were told.
pub(crate) async fn until_total(tallies: &Running, expected: usize) {
    let holds = async || total(&seen(tallies).await) >= expected;
    until(&format!("{expected} effects"), holds).await;
}

/// What a bus counts, as `/actuator/prometheus` shows it.
pub(crate) fn counted(bus: &Bus, name: &str) -> i64 {
    let mut registry = Registry::default();
    bus.metrics().register(&mut registry);
    let mut text = String::new();
    encode(&mut text, &registry).unwrap();
    let line = text.lines().find(|line| line.starts_with(name));
    let value = line.and_then(|line| line.rsplit(' ').next()).unwrap();
    value.parse().unwrap()
}

/// What a bus says does not work.
pub(crate) fn troubles(bus: &Bus) -> String {
    let troubles = bus.health().troubles.into_iter();
    let said: Vec<_> = troubles
        .map(|(part, said)| format!("{part}: {said}"))
        .collect();
    said.join("\n")
}

//! Three contexts of ours and, in the fourth's place, a Java service, on one topic.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bus_kafka::record::Records;
use bus_kafka::{Bus, Neighbours, PublishedUntil, Settings};
use engines::Kafka;
use interop::Peer;
use runtime::{Asking, Outgoing, Recalled, Request, Running, Trail};
use serde_json::{Value, json};
use storm::{Answer, Id, System, Verb};
use testkit::memory_store::MemoryStore;

/// Nothing here asks anybody.
struct Nobody;

impl Outgoing for Nobody {
    fn ask(&self, _: Asking) -> Pin<Box<dyn Future<Output = Answer> + Send + '_>> {
        Box::pin(std::future::ready(Answer::Silence(storm::Silence::NotDone)))
    }
}

impl Neighbours for Nobody {
    fn published_until<'a>(&'a self, _: &'a str) -> PublishedUntil<'a> {
        Box::pin(std::future::ready(None))
    }
}

/// A context of ours on the topic.
struct Ours {
    running: Arc<Running>,
    bus: Bus,
}

impl Ours {
    fn start(system: fn() -> System, name: &str, brokers: &str, topic: &str) -> Self {
        let records = Records::of(&system());
        let contexts = system().into_contexts().into_iter();
        let context = contexts.into_iter().find(|context| context.name() == name);
        let context = context.expect("the system has it");
        let group = format!("{}-{topic}", context.consumer_group());
        let producers = system().producers_for(&context);
        let how = runtime::Settings {
            producers,
            ..runtime::Settings::default()
        };
        let store = MemoryStore::new().open();
        let running = Running::start(
            context,
            Recalled::read(store).unwrap(),
            how,
            Arc::new(Nobody),
        )
        .unwrap();
        let settings = Settings {
            partitions: 1,
            ..Settings::new(brokers, topic, &group)
        };
        let bus = Bus::start(&running, records, settings, Arc::new(Nobody)).unwrap();
        Self { running, bus }
    }

    async fn post(&self, kind: &'static str, body: Value) -> Id {
        let request = Request {
            kind,
            verb: Verb::Create,
            id: None,
            body: body.into(),
            trail: Trail::default(),
            idempotency: None,
            preconditions: runtime::Preconditions::default(),
        };
        let done = self.running.carry_out(request).await;
        done.expect("it is accepted").record.id
    }

    /// Waits until what is kept of one record has this in it.
    async fn becomes(&self, kind: &'static str, id: Id, part: &str) {
        let patience = tokio::time::timeout(Duration::from_secs(60), async {
            loop {
                let record = self.running.record(kind, id).await.unwrap();
                if record.is_some_and(|record| record.state.contains(part)) {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        let waited = patience.await;
        let record = self.running.record(kind, id).await;
        assert!(waited.is_ok(), "{kind} {id} never had {part}: {record:?}");
    }

    async fn stop(&self) {
        self.bus.stop().await;
        self.running.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_java_delivery_takes_part_in_our_book_rental() {
    let (Some(peer), Some(kafka)) = (Peer::found(), Kafka::shared()) else {
        return;
    };
    let brokers = kafka.bootstrap();
    let topic = format!("beside-{}", std::process::id());
    let start = |name| Ours::start(bookrental::system, name, brokers, &topic);
    let (reservation, product) = (start("reservation"), start("product"));
    assert_eq!(product.post("product", json!({"stock": 10})).await, 1);
    let booking = json!({"productId": 1, "statusCode": 1});
    assert_eq!(reservation.post("reservation", booking.clone()).await, 1);
    assert_eq!(reservation.post("reservation", booking).await, 2);

    // The books received, and two reservations: in its own words.
    let heard = peer.consume(brokers, &topic, "delivery", (3, 60));
    let reserved: Vec<_> = heard
        .iter()
        .filter(|told| told["read"]["eventType"] == "Reserved")
        .map(|told| {
            assert_eq!(told["seen"]["contentType"], "application/json");
            let read = &told["read"];
            (
                &read["id"],
                &read["productId"],
                &read["statusCode"],
                &read["me"],
            )
        })
        .collect();
    let (one, two, yes) = (json!(1), json!(2), json!(true));
    assert_eq!(
        reserved,
        [(&one, &one, &one, &yes), (&two, &one, &one, &yes)]
    );

    // It delivers, and tells so as it always has: no key, no headers, and one of them twice.
    let delivered = |id: Id| {
        let value = format!(
            r#"{{"eventType":"Delivered","timestamp":"20210224014034","id":{id},"statusCode":2,"orderId":{id},"productId":1,"me":true}}"#
        );
        json!({"value": value})
    };
    peer.produce(brokers, &topic, &[delivered(1), delivered(1), delivered(2)]);
    product.becomes("loan", 2, "Lent").await;
    product.becomes("product", 1, r#""stock":8"#).await;
    reservation.becomes("reservation", 1, "Delivered").await;
    reservation.becomes("reservation", 2, "Delivered").await;
    for ours in [&reservation, &product] {
        assert_eq!(ours.running.parked().await.unwrap(), []);
        ours.stop().await;
    }
}

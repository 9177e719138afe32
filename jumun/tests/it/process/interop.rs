//! One of the originals' services beside our own processes: Java, with Kafka's own client and their JSON
//! library, in the place of one context. It hears what ours tell as it would its own (`wire.md` §5), and
//! tells what it always told, to the letter.

mod fruitstore;
mod onlinestudy;
mod poison;
mod productdelivery;

use engines::Kafka;
use interop::{Peer, Service};
use serde_json::{Value, json};
use storm::Context;

use crate::stage::{Apart, Does, Provider, Setup, systems};
use crate::waiting::eventually;

/// The contexts of a system as processes of ours, but for one, which is Java.
struct Beside {
    ours: Apart,
    java: Service,
    seat: Seat,
}

/// The place of one context.
struct Seat {
    peer: Peer,
    place: &'static str,
    topic: String,
    group: String,
}

impl Seat {
    /// Java takes it, and goes on where whoever had it stopped. The originals' topics have one partition,
    /// whoever comes first and makes it.
    fn java(&self) -> Service {
        let kafka = Kafka::shared().expect("it was there");
        let Self { topic, group, .. } = self;
        self.peer.serves(kafka.bootstrap(), topic, group, 1)
    }
}

impl Beside {
    /// `None` where there is no Java, no Kafka, or none in this build, which is said.
    fn start(system: &'static str, place: &'static str) -> Option<Self> {
        if !cfg!(feature = "kafka") {
            engines::skip("the originals' services", "jumun was built without kafka");
            return None;
        }
        let (peer, kafka) = (Peer::found()?, Kafka::shared()?);
        let prefix = format!("beside-{:08x}-", fastrand::u32(..));
        let declared = systems().find(system).expect("declared");
        let mut groups = declared.contexts().iter();
        let group = groups.find(|context| context.name() == place);
        let group = group.map(Context::consumer_group).expect("declared");
        let seat = Seat {
            peer,
            place,
            topic: format!("{prefix}{}", declared.topic()),
            group: format!("{prefix}{group}"),
        };
        let java = seat.java();
        let setup = Setup::of(system)
            .set("kafka.brokers", kafka.bootstrap())
            .set("kafka.prefix", &prefix)
            .set("kafka.partitions", "1")
            // A busy machine is no reason to say no.
            .set("asks.deadline", "10s")
            .set("commands.retries", r#"["1ms", "1ms"]"#);
        let ours = setup.start_apart_without(&[place]);
        Some(Self { ours, java, seat })
    }

    /// As the Java service answers whoever asks it over HTTP: with yes.
    fn java_says_yes(&self) -> Provider {
        let address = self.ours.context(self.seat.place).address();
        Provider::start_at(address, Does::Answer(201))
    }

    /// Waits until Java hears of this event, with these members as its class has them.
    #[track_caller]
    fn java_hears(&mut self, event_type: &str, members: &Value) -> Value {
        let told = self.java.hears(&format!("{event_type} {members}"), |told| {
            let read = &told["read"];
            let mut members = members.as_object().unwrap().iter();
            read["eventType"] == event_type && members.all(|(name, value)| read[name] == *value)
        });
        assert_eq!(told["seen"]["contentType"], "application/json", "{told}");
        told
    }

    /// Waits until a collection of ours has this of an order.
    #[track_caller]
    fn shows(&self, collection: &str, order: i64, wanted: &Value) -> Value {
        self.ours.shows(collection, "orderId", order, wanted)
    }

    /// What a context of ours holds back, in words.
    #[track_caller]
    fn held_back(&self, context: &str) -> String {
        let listing = ["list", "--all", "--context", context];
        let command = [&["dead-letters", self.ours.system()], &listing[..]].concat();
        self.ours.command(&command).fine()
    }

    /// Fails if an event is held back by any of ours.
    #[track_caller]
    fn has_no_dead_letters(&self) {
        let contexts = self.ours.contexts().into_iter();
        for context in contexts.filter(|context| *context != self.seat.place) {
            assert_eq!(self.held_back(context).trim(), "no events are held back");
        }
    }

    /// Java is replaced by ours. What was told meanwhile is ours to hear.
    #[track_caller]
    fn replaced(self, meanwhile: impl FnOnce(&Apart)) -> (Apart, Seat) {
        let Self {
            mut ours,
            java,
            seat,
        } = self;
        java.stops();
        meanwhile(&ours);
        ours.start(seat.place);
        (ours, seat)
    }
}

/// A record without a key, as the originals write them.
fn record(value: &str, headers: &Value) -> Value {
    json!({"value": value, "headers": headers})
}

/// All the headers that the originals' releases write (`wire.md` §5), and what may be left of them on
/// the way.
fn headers(event_type: &str) -> [Value; 6] {
    let json = "\"application/json\"";
    let (old, new) = (
        r#"{"contentType":"java.lang.String"}"#,
        r#"{"contentType":"java.lang.String","type":"java.lang.String"}"#,
    );
    [
        json!({}),
        json!({"contentType": json, "spring_json_header_types": old}),
        json!({"contentType": "application/json"}),
        json!({"contentType": json, "type": event_type, "spring_json_header_types": new}),
        json!({"contentType": json, "type": format!("\"{event_type}\""), "spring_json_header_types": new}),
        json!({
            "contentType": json, "type": event_type, "spring_json_header_types": new,
            "b3": "463ac35c9f6413ad-72485a3953bb6124-1", "X-B3-TraceId": "\"463ac35c9f6413ad\"",
            "nativeHeaders": "{\"b3\":[\"463ac35c9f6413ad-72485a3953bb6124-1\"]}",
        }),
    ]
}

/// Waits until this has so many.
#[track_caller]
fn has(ours: &Apart, collection: &str, count: u64) {
    eventually(&format!("{count} of {collection}"), || {
        let found = ours.count(collection);
        if found == count {
            Ok(())
        } else {
            Err(found.to_string())
        }
    });
}

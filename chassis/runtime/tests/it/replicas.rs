//! Several processes of one context, on one store: here, several `Running`s on one store in memory.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use runtime::{Heard, Idempotency, Running, Settings};
use serde_json::json;
use storm::store::{NewEvent, ParkedEvent, StoreError, StoredEvent};
use testkit::memory_store::MemoryStore;

use crate::kitchen::{cups, fill, heat_to, kettles, request, start, until, wash};

const SOURCE: &str = "teas/0";

fn boiled(position: i64, name: &str) -> Arc<StoredEvent> {
    let event = NewEvent {
        event_type: "KettleBoiled".to_owned(),
        kind: "kettle".to_owned(),
        id: 1,
        version: position,
        correlation: format!("story of {name}"),
        causation: String::new(),
        trace: String::new(),
        at: runtime::now(),
        data: json!({"kettle": 1, "name": name, "times": position}).to_string(),
    };
    Arc::new(StoredEvent { position, event })
}

/// The kettles' first events, as they lie in the first partition.
fn record(at: i64, position: i64, name: &str) -> Heard {
    Heard {
        at,
        producer: "kettles".into(),
        stored: boiled(position, name),
        fault: None,
    }
}

fn patient() -> Settings {
    Settings {
        retries: vec![Duration::from_millis(2); 10_000],
        ..Settings::default()
    }
}

async fn poured(cups: &Running, id: i64) -> i64 {
    let record = cups.record("cup", id).await.unwrap().unwrap();
    let state: serde_json::Value = serde_json::from_str(&record.state).unwrap();
    state["poured"].as_i64().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn replicas_give_each_id_once_also_those_that_are_told_before_the_commit() {
    let store = MemoryStore::new();
    let mut asking = tokio::task::JoinSet::new();
    for replica in 0..3 {
        let kettles = start(kettles(), &store, Settings::default());
        for number in 0..60 {
            let kettles = Arc::clone(&kettles);
            asking.spawn(async move {
                let name = format!("{replica}-{number}");
                fill(&kettles, &name).await.unwrap().record.id
            });
        }
    }
    let ids = asking.join_all().await;
    let different: BTreeSet<_> = ids.iter().collect();
    assert_eq!(different.len(), 180);
    assert_eq!(store.open().reader.count("kettle").unwrap(), 180);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn commands_to_one_aggregate_from_all_replicas_all_count() {
    let store = MemoryStore::new();
    let replicas = [0, 1, 2].map(|_| start(kettles(), &store, Settings::default()));
    let id = fill(&replicas[0], "blue").await.unwrap().record.id;
    let mut boiling = tokio::task::JoinSet::new();
    for turn in 0..90 {
        let replica = Arc::clone(&replicas[turn % 3]);
        boiling.spawn(async move { heat_to(&replica, id, "100").await.unwrap() });
    }
    boiling.join_all().await;
    let kettle = replicas[2].record("kettle", id).await.unwrap().unwrap();
    assert!(kettle.state.contains(r#""times":90"#), "{}", kettle.state);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_idempotency_key_at_two_replicas_makes_one_kettle() {
    let store = MemoryStore::new();
    let replicas = [0, 1].map(|_| start(kettles(), &store, Settings::default()));
    for round in 0..20 {
        let once = |replica: &Arc<Running>| {
            let mut request = request("kettle", None, json!({"name": format!("kettle {round}")}));
            request.idempotency = Some(Idempotency {
                key: format!("key {round}"),
                fingerprint: 1,
            });
            let replica = Arc::clone(replica);
            async move { replica.carry_out(request).await.unwrap().record.id }
        };
        let (one, other) = tokio::join!(once(&replicas[0]), once(&replicas[1]));
        assert_eq!(one, other);
    }
    assert_eq!(store.open().reader.count("kettle").unwrap(), 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_two_replicas_are_both_handed_has_its_effect_once() {
    let store = MemoryStore::new();
    let replicas = [0, 1, 2].map(|_| start(cups(), &store, patient()));
    let cup = wash(&replicas[0], "blue").await.unwrap().record.id;
    let mut handing = tokio::task::JoinSet::new();
    // Each reads the partition from its beginning, as a zombie does that slept through its loss,
    // and in it every event stands twice.
    for replica in replicas.clone() {
        handing.spawn(async move {
            let inlet = replica.inlet();
            for position in 1..=40 {
                let twice = [2 * position - 1, 2 * position];
                let heard = twice.map(|at| record(at, position, "blue"));
                inlet
                    .take_in(&SOURCE.into(), heard.to_vec(), 2 * position)
                    .await
                    .unwrap();
            }
        });
    }
    handing.join_all().await;
    assert_eq!(poured(&replicas[1], cup).await, 40);
    let cursor = replicas[1].inlet().cursor(SOURCE).await.unwrap();
    assert_eq!(cursor, Some(80));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_one_replica_parked_another_takes_in_once_and_its_successors_in_order() {
    let store = MemoryStore::new();
    let first = start(cups(), &store, patient());
    let heard = (1..=3).map(|at| record(at, at, "blue")).collect();
    first
        .inlet()
        .take_in(&SOURCE.into(), heard, 3)
        .await
        .unwrap();
    assert_eq!(first.parked().await.unwrap().len(), 3);
    // It dies; another one gets its partition, and more comes.
    let second = start(cups(), &store, patient());
    first.stop().await;
    second.inlet().refresh().await.unwrap();
    second
        .inlet()
        .take_in(&SOURCE.into(), vec![record(4, 4, "blue")], 4)
        .await
        .unwrap();
    assert_eq!(second.parked().await.unwrap().len(), 4);
    let cup = wash(&second, "blue").await.unwrap().record.id;
    until("all four poured", || async {
        poured(&second, cup).await == 4
    })
    .await;
    assert_eq!(second.parked().await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_idle_replica_fires_the_deadlines_of_one_that_died() {
    let store = MemoryStore::new();
    let settings = Settings {
        deadlines: [("cooling".to_owned(), Duration::from_millis(300))].into(),
        ..Settings::default()
    };
    let idle = start(kettles(), &store, settings.clone());
    let first = start(kettles(), &store, settings);
    let id = fill(&first, "blue").await.unwrap().record.id;
    heat_to(&first, id, "100").await.unwrap();
    first.stop().await;
    until("it has cooled", || async {
        let kettle = idle.record("kettle", id).await.unwrap().unwrap();
        kettle.state.contains(r#""hot":false"#)
    })
    .await;
    let told = store.open().reader.events_after(0, 100).unwrap();
    let cooled = told
        .iter()
        .filter(|stored| stored.event.event_type == "KettleCooled");
    assert_eq!(cooled.count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_deadline_waits_until_the_bus_says_that_everybody_was_heard() {
    let settings = Settings {
        deadlines: [("cooling".to_owned(), Duration::from_millis(1))].into(),
        producers: vec!["grid"],
        ..Settings::default()
    };
    let kettles = start(kettles(), &MemoryStore::new(), settings);
    let inlet = kettles.inlet();
    let mut wanted = inlet.wanted();
    let id = fill(&kettles, "blue").await.unwrap().record.id;
    heat_to(&kettles, id, "100").await.unwrap();
    let moment = *wanted.wait_for(|wanted| *wanted > 0).await.unwrap();
    inlet.heard_up_to(moment - 1);
    let kettle = kettles.record("kettle", id).await.unwrap().unwrap();
    assert!(kettle.state.contains(r#""hot":true"#));
    inlet.heard_up_to(moment);
    until("it has cooled", || async {
        let kettle = kettles.record("kettle", id).await.unwrap().unwrap();
        kettle.state.contains(r#""hot":false"#)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_with_the_bus_yet_is_in_the_outbox() {
    let store = MemoryStore::new();
    let kettles = start(kettles(), &store, Settings::default());
    fill(&kettles, "blue").await.unwrap();
    assert_eq!(kettles.outbox().await.unwrap().published, 1);
    let outlet = kettles.outlet();
    fill(&kettles, "red").await.unwrap();
    let outbox = kettles.outbox().await.unwrap();
    assert_eq!((outbox.head, outbox.published), (2, 0));
    let first = outlet.after(0, 10).await.unwrap();
    assert_eq!(outbox.until, first[0].event.at - 1);
    outlet.publish_is(2).await.unwrap();
    outlet.publish_is(1).await.unwrap();
    let outbox = kettles.outbox().await.unwrap();
    assert_eq!((outbox.head, outbox.published), (2, 2));
    assert!(outbox.until >= first[1].event.at);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_fails_takes_nothing_in_and_says_so() {
    let store = MemoryStore::new();
    let cups = start(cups(), &store, patient());
    let cup = wash(&cups, "blue").await.unwrap().record.id;
    let inlet = cups.inlet();
    store.fail_next_commit(StoreError::Unavailable {
        place: "the store".to_owned(),
        reason: "away".to_owned(),
    });
    let heard = || vec![record(1, 1, "blue")];
    inlet.take_in(&SOURCE.into(), heard(), 1).await.unwrap_err();
    inlet.take_in(&SOURCE.into(), heard(), 1).await.unwrap();
    assert_eq!(poured(&cups, cup).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_was_made_anew_is_taken_in_from_where_it_is_said() {
    let cups = start(cups(), &MemoryStore::new(), patient());
    let cup = wash(&cups, "blue").await.unwrap().record.id;
    let inlet = cups.inlet();
    let source = SOURCE.into();
    inlet
        .take_in(&source, vec![record(900, 1, "blue")], 900)
        .await
        .unwrap();
    inlet.rewind(&source, 0).await.unwrap();
    let heard = vec![record(1, 1, "blue"), record(2, 2, "blue")];
    inlet.take_in(&source, heard, 2).await.unwrap();
    assert_eq!(poured(&cups, cup).await, 2);
    assert_eq!(inlet.cursor(SOURCE).await.unwrap(), Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_say_what_it_is_is_parked_with_its_successors_and_the_rest_goes_on() {
    // There are retries, and nothing of it is retried.
    let cups = start(cups(), &MemoryStore::new(), Settings::default());
    let cup = wash(&cups, "blue").await.unwrap().record.id;
    wash(&cups, "red").await.unwrap();
    let inlet = cups.inlet();
    assert!(inlet.listens("") && inlet.listens("KettleBoiled") && !inlet.listens("KettleSold"));
    let mut poison = StoredEvent::clone(&boiled(1, "red"));
    poison.event.event_type = String::new();
    poison.event.data = r#""no event at all""#.to_owned();
    let poison = Heard {
        at: 1,
        producer: SOURCE.into(),
        stored: Arc::new(poison),
        fault: Some("is no JSON".to_owned()),
    };
    let mut behind = record(2, 2, "red");
    behind.producer = SOURCE.into();
    let heard = vec![poison, behind, record(3, 1, "blue")];
    inlet.take_in(&SOURCE.into(), heard, 3).await.unwrap();
    assert_eq!(poured(&cups, cup).await, 1);
    let parked = cups.parked().await.unwrap();
    let places: Vec<_> = parked
        .iter()
        .map(|p| (&*p.producer, p.stored.position))
        .collect();
    assert_eq!(places, [(SOURCE, 1), (SOURCE, 2)]);
    let is_dead =
        |parked: &ParkedEvent| parked.retry_at.is_none() && parked.reason.contains("is no JSON");
    assert!(is_dead(&parked[0]), "{:?}", parked[0]);
    // Trying it again does not make it go away, nor forget why it is there.
    cups.retry_parked(SOURCE.to_owned(), 1).await.unwrap();
    let parked = cups.parked().await.unwrap();
    assert_eq!(parked.len(), 2);
    assert!(is_dead(&parked[0]), "{:?}", parked[0]);
}

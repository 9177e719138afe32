//! What one context tells, another takes in.

use engines::Kafka;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use std::time::Duration;
use store_sql::{Durability, sqlite};
use testkit::memory_store::MemoryStore;

use crate::kitchen::{kettles, tallies};
use crate::rig::{Replica, Rig, all_of, boil_all, counted, names, seen, total, until, until_total};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_event_has_its_effect_once_and_in_order() {
    let Some(kafka) = Kafka::shared() else {
        return;
    };
    let rig = Rig::new(kafka.bootstrap(), 3);
    let folder = tempfile::tempdir().unwrap();
    let on_disk = |context: storm::Context| {
        let name = context.name();
        let store = sqlite::open(folder.path(), name, Durability::Durable).unwrap();
        let running = Rig::run(context, store);
        let bus = rig.connect(&running, rig.settings(&rig.group(name)));
        Replica { running, bus }
    };
    let (kettles, tallies) = (on_disk(kettles()), on_disk(tallies()));
    let names = names(20);
    boil_all(&kettles.running, &names, 10).await;
    until_total(&tallies.running, 200).await;
    assert_eq!(seen(&tallies.running).await, all_of(&names, 10));
    until("an empty outbox and no lag", async || {
        let (told, heard) = (kettles.bus.health(), tallies.bus.health());
        let outbox = kettles.running.outbox().await.unwrap();
        outbox.head == outbox.published
            && told.outbox == 0
            && told.leads
            && told.broker.is_ok()
            && heard.partitions.len() == 3
            && heard.partitions.iter().all(|partition| partition.lag == 0)
    })
    .await;
    kettles.stop().await;
    tallies.stop().await;
}

/// For lag tools, and for going back to the original.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_group_knows_how_far_the_store_is() {
    let Some(kafka) = Kafka::shared() else {
        return;
    };
    let rig = Rig::new(kafka.bootstrap(), 1);
    let (kettles, tallies) = (MemoryStore::new(), MemoryStore::new());
    let (kettles, tallies) = (rig.kettles(&kettles), rig.tallies(&tallies));
    boil_all(&kettles.running, &names(2), 5).await;
    until_total(&tallies.running, 10).await;
    kettles.stop().await;
    // What was passed over is saved as well: kettles and tallies told 22 events.
    tallies.stop().await;
    let mut config = rig.client();
    config.set("group.id", rig.group("tallies"));
    let consumer: BaseConsumer = config.create().unwrap();
    let mut asked = TopicPartitionList::new();
    asked.add_partition(rig.topic, 0);
    let known = consumer
        .committed_offsets(asked, Duration::from_secs(10))
        .unwrap();
    let known = known.find_partition(rig.topic, 0).unwrap().offset();
    assert!(
        matches!(known, Offset::Offset(12..)),
        "the group stands at {known:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_cannot_be_taken_in_is_parked_with_its_successors_and_the_rest_goes_on() {
    let Some(kafka) = Kafka::shared() else {
        return;
    };
    let rig = Rig::new(kafka.bootstrap(), 2);
    let heard = MemoryStore::new();
    let tallies = rig.tallies(&heard);
    until("the topic is there", async || rig.on_topic().is_some()).await;
    let boiled = |name: &str, times: &str| {
        format!(
            r#"{{"eventType":"KettleBoiled","timestamp":"20210119203304","kettle":7,"name":"{name}","times":{times},"me":true}}"#
        )
    };
    rig.produce(0, "bad", &boiled("bad", "1")).await;
    rig.produce(0, "bad", &boiled("bad", r#""twice""#)).await;
    rig.produce(0, "bad", &boiled("bad", "3")).await;
    rig.produce(0, "junk", "no JSON at all").await;
    rig.produce(0, "good", &boiled("good", "1")).await;
    rig.produce(1, "elsewhere", &boiled("elsewhere", "1")).await;
    until("the rest goes on", async || {
        total(&seen(&tallies.running).await) == 3
    })
    .await;
    let expected = ["bad", "elsewhere", "good"].map(|name| (name.to_owned(), vec![1]));
    assert_eq!(seen(&tallies.running).await, expected.into());
    let parked = tallies.running.parked().await.unwrap();
    let junk = parked.last().unwrap();
    assert!(
        junk.reason.contains("JSON") && junk.retry_at.is_none(),
        "it is kept with why it cannot be read: {junk:?}"
    );
    let parked: Vec<_> = parked
        .iter()
        .map(|parked| (parked.producer.clone(), parked.stored.position))
        .collect();
    // Positions of strangers are those of their records, from 1.
    let source = format!("{}/0", rig.topic);
    assert_eq!(parked, [2, 3, 4].map(|position| (source.clone(), position)));
    // What is read again, because the partitions were dealt out anew, counts again.
    assert!(counted(&tallies.bus, "jumun_kafka_unreadable_total") >= 1);
    tallies.stop().await;
}

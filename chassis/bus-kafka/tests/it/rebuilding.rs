//! Read models are rebuilt from the topic.

use engines::Kafka;
use rdkafka::admin::AdminOptions;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use runtime::Running;
use storm::store::Page;
use testkit::memory_store::MemoryStore;

use crate::kitchen::kettles;
use crate::rig::{Rig, boil_all, names, until, until_total};
use crate::stores::{Manner, Misbehaving};

async fn shelves(tallies: &Running) -> Vec<(i64, String)> {
    let page = Page {
        skip: 0,
        limit: 1_000,
        descending: false,
    };
    let records = tallies.page("shelves", page).await.unwrap();
    let rows = records.into_iter().map(|record| (record.id, record.state));
    rows.collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_read_model_rebuilt_from_the_topic_is_the_live_one() {
    let Some(kafka) = Kafka::shared() else {
        return;
    };
    let rig = Rig::new(kafka.bootstrap(), 3);
    let (told, heard) = (MemoryStore::new(), MemoryStore::new());
    let tallies = rig.tallies(&heard);
    // Everything is on the topic twice, as after a crash of the relay.
    let running = Rig::run(kettles(), Misbehaving::open(&told, Manner::ForgetsTheRelay));
    let first = rig.connect(&running, rig.settings(&rig.group("first")));
    let names = names(10);
    boil_all(&running, &names, 30).await;
    until_total(&tallies.running, 300).await;
    let once = rig.on_topic().unwrap();
    drop(first);
    running.stop().await;
    let kettles = rig.kettles(&told);
    until("all of it is there twice", async || {
        rig.on_topic().unwrap() >= once + 310
    })
    .await;
    until("all of it was taken in", async || {
        let partitions = tallies.bus.health().partitions;
        partitions.len() == 3 && partitions.iter().all(|partition| partition.lag == 0)
    })
    .await;
    let live = shelves(&tallies.running).await;
    let all = async || live.iter().all(|(_, row)| row.contains(r#""boiled":30"#));
    assert!(live.len() == 10 && all().await, "{live:?}");

    assert_eq!(tallies.running.rebuild("shelves").await.unwrap(), 310);
    assert_eq!(shelves(&tallies.running).await, live);
    kettles.stop().await;
    tallies.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_is_rebuilt_from_a_topic_that_has_forgotten_its_beginning() {
    let Some(kafka) = Kafka::shared() else {
        return;
    };
    let rig = Rig::new(kafka.bootstrap(), 1);
    let (told, heard) = (MemoryStore::new(), MemoryStore::new());
    let (kettles, tallies) = (rig.kettles(&told), rig.tallies(&heard));
    boil_all(&kettles.running, &names(2), 5).await;
    until_total(&tallies.running, 10).await;
    let live = shelves(&tallies.running).await;
    let mut before = TopicPartitionList::new();
    before
        .add_partition_offset(rig.topic, 0, Offset::Offset(4))
        .unwrap();
    let admin = rig.admin();
    let deleted = admin.delete_records(&before, &AdminOptions::new()).await;
    assert!(deleted.is_ok(), "{deleted:?}");
    let refused = tallies.running.rebuild("shelves").await.unwrap_err();
    let said = refused.to_string();
    assert!(
        said.contains("deleted the first 4 records of partition 0")
            && said.contains("retention.ms")
            && said.contains(rig.topic),
        "{said}"
    );
    assert_eq!(shelves(&tallies.running).await, live);
    kettles.stop().await;
    tallies.stop().await;
}

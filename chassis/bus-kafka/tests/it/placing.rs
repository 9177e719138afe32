//! Where a context begins to listen.

use engines::Kafka;
use rdkafka::admin::AdminOptions;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use testkit::memory_store::MemoryStore;

use crate::kitchen::tallies;
use crate::rig::{Rig, all_of, boil_all, names, seen, total, until, until_total};
use crate::stores::{Manner, Misbehaving};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_replaces_another_service_goes_on_where_that_one_stopped() {
    let Some(kafka) = Kafka::shared() else {
        return;
    };
    let rig = Rig::new(kafka.bootstrap(), 1);
    let told = MemoryStore::new();
    let kettles = rig.kettles(&told);
    boil_all(&kettles.running, &names(1), 5).await;
    until("it is on the topic", async || rig.on_topic() == Some(6)).await;
    // As the original does when it has handled three of them.
    let mut config = rig.client();
    config.set("group.id", rig.group("tallies"));
    let original: BaseConsumer = config.create().unwrap();
    let mut handled = TopicPartitionList::new();
    handled
        .add_partition_offset(rig.topic, 0, Offset::Offset(4))
        .unwrap();
    original.commit(&handled, CommitMode::Sync).unwrap();
    drop(original);

    let heard = MemoryStore::new();
    let tallies = rig.tallies(&heard);
    until_total(&tallies.running, 2).await;
    let expected = [("kettle 0".to_owned(), vec![4, 5])];
    assert_eq!(seen(&tallies.running).await, expected.into());
    kettles.stop().await;
    tallies.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_topic_that_was_made_anew_is_read_from_its_beginning() {
    let Some(kafka) = Kafka::shared() else {
        return;
    };
    let rig = Rig::new(kafka.bootstrap(), 1);
    let (told, heard) = (MemoryStore::new(), MemoryStore::new());
    let names = names(4);
    let (kettles, tallies) = (rig.kettles(&told), rig.tallies(&heard));
    boil_all(&kettles.running, &names[..3], 20).await;
    until_total(&tallies.running, 60).await;
    kettles.stop().await;
    tallies.stop().await;

    let admin = rig.admin();
    let deleted = admin.delete_topics(&[rig.topic], &AdminOptions::new());
    assert!(deleted.await.unwrap()[0].is_ok());
    until("the topic is gone", async || rig.on_topic().is_none()).await;
    let (kettles, tallies) = (rig.kettles(&told), rig.tallies(&heard));
    boil_all(&kettles.running, &names[3..], 20).await;
    until("what came after", async || {
        total(&seen(&tallies.running).await) >= 80
    })
    .await;
    assert_eq!(seen(&tallies.running).await, all_of(&names, 20));
    kettles.stop().await;
    tallies.stop().await;
}

/// Whoever waits until nothing is left to take in would else be told so by a replica that has only just
/// begun.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_is_dealt_a_partition_says_from_the_first_moment_how_much_of_it_is_left() {
    let Some(kafka) = Kafka::shared() else {
        return;
    };
    let rig = Rig::new(kafka.bootstrap(), 1);
    rig.make_topic(&[]).await;
    for number in 0..5 {
        rig.produce(0, "anybody", &number.to_string()).await;
    }
    let store = Misbehaving::open(&MemoryStore::new(), Manner::KeepsNothing);
    let running = Rig::run(tallies(), store);
    let bus = rig.connect(&running, rig.settings(&rig.group("tallies")));
    until("the partition", async || {
        !bus.health().partitions.is_empty()
    })
    .await;
    assert_eq!(bus.health().partitions[0].lag, 5);
}

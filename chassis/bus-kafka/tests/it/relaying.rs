//! What a context told gets onto the topic: all of it, in order, whoever dies when.

use engines::Kafka;
use testkit::memory_store::MemoryStore;

use crate::kitchen::kettles;
use crate::rig::{
    Replica, Rig, all_of, boil, boil_all, counted, fill, names, seen, troubles, until, until_total,
};
use crate::stores::{Manner, Misbehaving};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_relays_at_once_tell_nothing_twice_and_keep_the_order() {
    let Some(kafka) = Kafka::shared() else {
        return;
    };
    let rig = Rig::new(kafka.bootstrap(), 3);
    let (told, heard) = (MemoryStore::new(), MemoryStore::new());
    // In groups of their own each has partition 0, and takes itself for the only one.
    let leaders = ["one", "other"].map(|group| {
        let running = Rig::run(kettles(), told.open());
        let bus = rig.connect(&running, rig.settings(&rig.group(group)));
        Replica { running, bus }
    });
    let tallies = rig.tallies(&heard);
    until("both lead", async || {
        leaders.iter().all(|leader| leader.bus.health().leads)
    })
    .await;
    let names = names(20);
    boil_all(&leaders[0].running, &names, 20).await;
    until_total(&tallies.running, 400).await;
    let outbox = async || {
        let outbox = leaders[0].running.outbox().await.unwrap();
        outbox.head == outbox.published
    };
    until("an empty outbox", outbox).await;
    for leader in leaders {
        leader.stop().await;
    }
    tallies.stop().await;
    assert!(rig.on_topic() > Some(420), "nothing was told twice");
    let tallies = Rig::run(crate::kitchen::tallies(), heard.open());
    assert_eq!(seen(&tallies).await, all_of(&names, 20));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_relay_that_dies_before_it_says_how_far_it_is_repeats_itself_unheard() {
    let Some(kafka) = Kafka::shared() else {
        return;
    };
    let rig = Rig::new(kafka.bootstrap(), 3);
    let (told, heard) = (MemoryStore::new(), MemoryStore::new());
    let tallies = rig.tallies(&heard);
    let forgetful = Misbehaving::open(&told, Manner::ForgetsTheRelay);
    let running = Rig::run(kettles(), forgetful);
    let bus = rig.connect(&running, rig.settings(&rig.group("first")));
    let names = names(10);
    boil_all(&running, &names, 10).await;
    until_total(&tallies.running, 100).await;
    let before = rig.on_topic().unwrap();
    drop(bus);
    running.stop().await;

    let second = rig.kettles(&told);
    until("all of it is told again", async || {
        rig.on_topic().unwrap() >= before + 110
    })
    .await;
    let id = fill(&second.running, "the last").await.unwrap();
    boil(&second.running, id).await;
    until("what comes after", async || {
        seen(&tallies.running).await.contains_key("the last")
    })
    .await;
    let mut expected = all_of(&names, 10);
    expected.insert("the last".to_owned(), vec![1]);
    assert_eq!(seen(&tallies.running).await, expected);
    second.stop().await;
    tallies.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_event_that_is_too_large_holds_up_the_rest_until_the_topic_takes_it() {
    let Some(kafka) = Kafka::shared() else {
        return;
    };
    let rig = Rig::new(kafka.bootstrap(), 3);
    rig.make_topic(&[("max.message.bytes", "2000")]).await;
    let (told, heard) = (MemoryStore::new(), MemoryStore::new());
    let (kettles, tallies) = (rig.kettles(&told), rig.tallies(&heard));
    let few = names(5);
    boil_all(&kettles.running, &few, 2).await;
    until_total(&tallies.running, 10).await;
    until(
        "all of it is on the topic, and what the tallies made of it",
        async || rig.on_topic() == Some(15 + 10),
    )
    .await;

    let large = ["large"; 1_000].join(" ");
    let id = fill(&kettles.running, &large).await.unwrap();
    boil(&kettles.running, id).await;
    let small = fill(&kettles.running, "small").await.unwrap();
    boil(&kettles.running, small).await;
    until("it says what is wrong", async || {
        let said = troubles(&kettles.bus);
        said.contains("event 16 of the log (KettleFilled, 6")
            && said.contains("max.message.bytes")
            && said.contains(rig.topic)
    })
    .await;
    // Nothing overtakes it, in no partition, however often it is tried.
    until("it was tried again", async || {
        counted(&kettles.bus, "jumun_kafka_relay_begun_again_total") >= 3
    })
    .await;
    let outbox = kettles.running.outbox().await.unwrap();
    assert_eq!((outbox.published, outbox.head), (15, 19));
    assert_eq!(rig.on_topic(), Some(25));

    rig.alter_topic("max.message.bytes", "100000").await;
    until_total(&tallies.running, 12).await;
    let mut expected = all_of(&few, 2);
    expected.insert(large, vec![1]);
    expected.insert("small".to_owned(), vec![1]);
    assert_eq!(seen(&tallies.running).await, expected);
    until("nothing is wrong any more", async || {
        troubles(&kettles.bus).is_empty()
    })
    .await;
    kettles.stop().await;
    tallies.stop().await;
}

/// The broker refuses it then, and not our own client: with others already on their way.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_overtakes_an_event_that_the_broker_refuses() {
    let Some(kafka) = Kafka::shared() else {
        return;
    };
    let rig = Rig::new(kafka.bootstrap(), 1);
    let (told, heard) = (MemoryStore::new(), MemoryStore::new());
    let (kettles, tallies) = (rig.kettles(&told), rig.tallies(&heard));
    let names = names(40);
    boil_all(&kettles.running, &names[..2], 2).await;
    until_total(&tallies.running, 4).await;
    until("all of it is on the topic", async || {
        rig.on_topic() == Some(6 + 4)
    })
    .await;
    rig.alter_topic("max.message.bytes", "3000").await;
    let large = ["large"; 1_000].join(" ");
    let id = fill(&kettles.running, &large).await.unwrap();
    boil(&kettles.running, id).await;
    boil_all(&kettles.running, &names[2..], 5).await;
    until("it was tried again", async || {
        counted(&kettles.bus, "jumun_kafka_relay_begun_again_total") >= 3
            && troubles(&kettles.bus).contains("(KettleFilled, 6")
    })
    .await;
    let published = kettles.running.outbox().await.unwrap().published;
    let next = kettles
        .running
        .read(move |log| log.events_after(published, 1));
    let next = next.await.unwrap().remove(0);
    assert!(next.event.data.contains(&large), "{next:?}");

    rig.alter_topic("max.message.bytes", "1000000").await;
    until_total(&tallies.running, 4 + 1 + 38 * 5).await;
    let mut expected = all_of(&names[2..], 5);
    expected.extend(all_of(&names[..2], 2));
    expected.insert(large, vec![1]);
    assert_eq!(seen(&tallies.running).await, expected);
    kettles.stop().await;
    tallies.stop().await;
}

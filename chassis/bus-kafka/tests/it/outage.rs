//! Brokers and stores that are away for a while.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use engines::Kafka;
use testkit::memory_store::MemoryStore;
use tokio::sync::Mutex;

use crate::kitchen::tallies;
use crate::rig::{
    Replica, Rig, all_of, always, boil_all, counted, names, seen, troubles, until, until_total,
};
use crate::stores::{Manner, Misbehaving};

/// Brokers of one's own are heavy: one test after the other has some.
static OWN: Mutex<()> = Mutex::const_new(());

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn without_a_broker_commands_are_taken_and_told_when_it_is_back() {
    let _own = OWN.lock().await;
    let Some(mut kafka) = Kafka::start(1) else {
        return;
    };
    kafka.stop();
    let rig = Rig::new(kafka.bootstrap(), 3);
    let (told, heard) = (MemoryStore::new(), MemoryStore::new());
    // It is not there from the beginning.
    let (kettles, tallies) = (rig.kettles(&told), rig.tallies(&heard));
    let names = names(10);
    boil_all(&kettles.running, &names[..3], 5).await;
    until("the silence shows", async || {
        let health = kettles.bus.health();
        health.broker.is_err() && health.outbox == 18
    })
    .await;
    kafka.start_again();
    until_total(&tallies.running, 15).await;

    // It goes in the middle of it.
    kafka.kill();
    boil_all(&kettles.running, &names[3..], 5).await;
    until("the outbox grows", async || {
        kettles.bus.health().broker.is_err() && kettles.bus.health().outbox > 0
    })
    .await;
    kafka.start_again();
    until_total(&tallies.running, 50).await;
    assert_eq!(seen(&tallies.running).await, all_of(&names, 5));
    until("it drains, and nothing is wrong", async || {
        let health = kettles.bus.health();
        health.outbox == 0 && health.broker.is_ok() && health.troubles.is_empty()
    })
    .await;
    kettles.stop().await;
    tallies.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_stop_does_not_wait_for_a_broker_that_is_away() {
    let _own = OWN.lock().await;
    let Some(mut kafka) = Kafka::start(1) else {
        return;
    };
    let rig = Rig::new(kafka.bootstrap(), 1);
    let (told, heard) = (MemoryStore::new(), MemoryStore::new());
    let (kettles, tallies) = (rig.kettles(&told), rig.tallies(&heard));
    boil_all(&kettles.running, &names(2), 2).await;
    until_total(&tallies.running, 4).await;
    kafka.pause();
    boil_all(&kettles.running, &["late".to_owned()], 2).await;
    let stopped = tokio::time::timeout(Duration::from_secs(9), async {
        tokio::join!(kettles.stop(), tallies.stop());
    });
    assert!(stopped.await.is_ok(), "it waited for the broker");
    kafka.resume();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn while_the_store_is_away_what_came_is_kept_and_the_group_is_not_left() {
    let Some(kafka) = Kafka::shared() else {
        return;
    };
    let rig = Rig::new(kafka.bootstrap(), 3);
    let (told, heard) = (MemoryStore::new(), MemoryStore::new());
    let kettles = rig.kettles(&told);
    let away = Arc::new(AtomicBool::new(false));
    let store = Misbehaving::open(&heard, Manner::Away(Arc::clone(&away)));
    let running = Rig::run(tallies(), store);
    let mut settings = rig.settings(&rig.group("tallies"));
    settings.session_timeout = Duration::from_secs(1);
    let bus = rig.connect(&running, settings);
    let tallies = Replica { running, bus };
    let names = names(10);
    boil_all(&kettles.running, &names[..5], 5).await;
    until_total(&tallies.running, 25).await;
    let rebalances = counted(&tallies.bus, "jumun_kafka_rebalances_total");

    away.store(true, Ordering::Release);
    boil_all(&kettles.running, &names[5..], 5).await;
    until("it says so", async || {
        troubles(&tallies.bus).contains("kept until the store takes it: the store: it is away")
    })
    .await;
    let longer_than_the_session = Duration::from_millis(2_500);
    always(
        "it has its partitions",
        longer_than_the_session,
        async || tallies.bus.health().partitions.len() == 3,
    )
    .await;
    away.store(false, Ordering::Release);
    until_total(&tallies.running, 50).await;
    assert_eq!(seen(&tallies.running).await, all_of(&names, 5));
    assert_eq!(
        counted(&tallies.bus, "jumun_kafka_rebalances_total"),
        rebalances
    );
    kettles.stop().await;
    tallies.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn brokers_fall_one_after_the_other_and_nothing_is_lost() {
    let _own = OWN.lock().await;
    let Some(mut kafka) = Kafka::start(3) else {
        return;
    };
    let mut rig = Rig::new(kafka.bootstrap(), 6);
    rig.replication = Some(3);
    let (told, heard) = (MemoryStore::new(), MemoryStore::new());
    let (kettles, tallies) = (rig.kettles(&told), rig.tallies(&heard));
    let names = names(30);
    boil_all(&kettles.running, &names[..5], 10).await;
    until_total(&tallies.running, 50).await;
    let mut boiled = 5;
    for broker in 0..3 {
        kafka.kill_one(broker);
        boil_all(&kettles.running, &names[boiled..boiled + 4], 10).await;
        kafka.start_one(broker);
        boil_all(&kettles.running, &names[boiled + 4..boiled + 8], 10).await;
        boiled += 8;
        // One of three may be away, not two: the others' copies are complete first.
        until_total(&tallies.running, boiled * 10).await;
        until("its copies are complete", async || rig.is_in_sync()).await;
    }
    assert_eq!(seen(&tallies.running).await, all_of(&names[..boiled], 10));
    kettles.stop().await;
    tallies.stop().await;
}

//! Several replicas share a context's work.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use engines::Kafka;
use runtime::Running;
use testkit::memory_store::MemoryStore;
use tokio::task::JoinHandle;

use crate::kitchen::tallies;
use crate::rig::{Replica, Rig, all_of, boil_all, names, seen, total, until, until_total};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn replicas_come_and_go_under_load_and_every_effect_happens_once() {
    let Some(kafka) = Kafka::shared() else {
        return;
    };
    let rig = Rig::new(kafka.bootstrap(), 6);
    let (told, heard) = (MemoryStore::new(), MemoryStore::new());
    let (first_teller, second_teller) = (rig.kettles(&told), rig.kettles(&told));
    let first = rig.tallies(&heard);
    let (enough, load) = load(&first_teller.running, &first.running);
    until_total(&first.running, 60).await;
    let second = rig.tallies(&heard);
    until("the second has its share", async || {
        second.bus.health().partitions.len() == 3 && first.bus.health().partitions.len() == 3
    })
    .await;
    let third = rig.tallies(&heard);
    until("the third has its share", async || {
        third.bus.health().partitions.len() == 2
    })
    .await;
    // One goes in good order, the other without a word.
    first.bus.stop().await;
    drop(second.bus);
    until("the third has all", async || {
        third.bus.health().partitions.len() == 6
    })
    .await;
    // And so does who tells it all.
    let Replica { running, bus } = first_teller;
    drop(bus);
    until("the other tells now", async || {
        second_teller.bus.health().leads
    })
    .await;
    enough.store(true, Ordering::Release);
    let names = load.await.unwrap();
    until_total(&third.running, names.len() * 20).await;
    assert_eq!(seen(&third.running).await, all_of(&names, 20));
    for still in [running, first.running, second.running] {
        still.stop().await;
    }
    second_teller.stop().await;
    third.stop().await;
}

/// Boils kettle after kettle until it is enough, never far ahead of the tallies. Says which.
fn load(
    kettles: &Arc<Running>,
    tallies: &Arc<Running>,
) -> (Arc<AtomicBool>, JoinHandle<Vec<String>>) {
    let enough = Arc::new(AtomicBool::new(false));
    let (kettles, tallies) = (Arc::clone(kettles), Arc::clone(tallies));
    let until_then = Arc::clone(&enough);
    let boiling = tokio::spawn(async move {
        let mut boiled = Vec::new();
        while !until_then.load(Ordering::Acquire) {
            let more: Vec<_> = (0..3)
                .map(|n| format!("kettle {}", boiled.len() + n))
                .collect();
            boil_all(&kettles, &more, 20).await;
            boiled.extend(more);
            until("the tallies follow", async || {
                total(&seen(&tallies).await) + 240 > boiled.len() * 20
                    || until_then.load(Ordering::Acquire)
            })
            .await;
        }
        boiled
    });
    (enough, boiling)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_replica_that_stood_still_past_its_session_comes_back_harmless() {
    let Some(kafka) = Kafka::shared() else {
        return;
    };
    let rig = Rig::new(kafka.bootstrap(), 2);
    let (told, heard) = (MemoryStore::new(), MemoryStore::new());
    let kettles = rig.kettles(&told);
    // Its bus has one thread, which will stand still.
    let slow = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let zombie = {
        let _within = slow.enter();
        let running = Rig::run(tallies(), heard.open());
        let mut settings = rig.settings(&rig.group("tallies"));
        settings.session_timeout = Duration::from_secs(1);
        settings.longest_pause = Duration::from_secs(1);
        let bus = rig.connect(&running, settings);
        Replica { running, bus }
    };
    let names = names(12);
    boil_all(&kettles.running, &names[..4], 10).await;
    until_total(&zombie.running, 40).await;

    let stands_still = Arc::new(AtomicBool::new(true));
    slow.spawn({
        let stands_still = Arc::clone(&stands_still);
        async move {
            while stands_still.load(Ordering::Acquire) {
                std::thread::sleep(Duration::from_millis(10));
            }
        }
    });
    boil_all(&kettles.running, &names[4..8], 10).await;
    let heir = rig.tallies(&heard);
    until("the heir has all", async || {
        heir.bus.health().partitions.len() == 2
    })
    .await;
    until_total(&heir.running, 80).await;
    stands_still.store(false, Ordering::Release);
    boil_all(&kettles.running, &names[8..], 10).await;
    until("both have a share again", async || {
        heir.bus.health().partitions.len() == 1 && zombie.bus.health().partitions.len() == 1
    })
    .await;
    until_total(&heir.running, 120).await;
    assert_eq!(seen(&heir.running).await, all_of(&names, 10));
    kettles.stop().await;
    heir.stop().await;
    zombie.stop().await;
    slow.shutdown_background();
}

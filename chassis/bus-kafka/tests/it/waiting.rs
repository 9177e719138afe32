//! A deadline waits until everybody has been heard up to it.

use engines::Kafka;
use std::sync::Arc;
use testkit::memory_store::MemoryStore;

use crate::kitchen::{EXPECTING, Tally, kettles};
use crate::rig::{Rig, always, boil, expect, fill, seen, troubles, until};

async fn tally(tallies: &runtime::Running, id: i64) -> Tally {
    let record = tallies.record("tally", id).await.unwrap().unwrap();
    serde_json::from_str(&record.state).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_told_in_time_meets_a_deadline_however_late_it_is_heard() {
    let Some(kafka) = Kafka::shared() else {
        return;
    };
    let rig = Rig::new(kafka.bootstrap(), 2);
    let (told, heard) = (MemoryStore::new(), MemoryStore::new());
    // The kettles work, and are not connected yet.
    let running = Rig::run(kettles(), told.open());
    let _outlet = running.outlet();
    let tallies = rig.tallies(&heard);
    let expected = expect(&tallies.running, "blue").await;
    let blue = fill(&running, "blue").await.unwrap();
    boil(&running, blue).await;

    until("nobody knows what the kettles told", async || {
        troubles(&tallies.bus).contains("`kettles` does not say")
    })
    .await;
    *rig.street.0.lock().unwrap() = Some(Arc::clone(&running));
    // Long after it was due; that they say no more than "up to before blue boiled" is not enough.
    always("it is expected", EXPECTING * 5, async || {
        !tally(&tallies.running, expected).await.given_up
    })
    .await;

    let bus = rig.connect(&running, rig.settings(&rig.group("kettles")));
    until("it is heard", async || {
        seen(&tallies.running).await["blue"] == [1]
    })
    .await;
    assert!(!tally(&tallies.running, expected).await.given_up);

    // What is not told is given up soon after it was due.
    let never = expect(&tallies.running, "never").await;
    until("it is given up", async || {
        tally(&tallies.running, never).await.given_up
    })
    .await;
    bus.stop().await;
    running.stop().await;
    tallies.stop().await;
}

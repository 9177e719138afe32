//! Several replicas of a context that tells people.

use std::collections::BTreeSet;

use testkit::memory_store::MemoryStore;

use super::street::{Street, on};
use super::{boil, kitchen, quick};
use crate::kitchen::{fill, heat_to, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_replicas_that_both_think_they_lead_tell_nobody_twice() {
    let store = MemoryStore::new();
    let street = Street::open();
    let replicas = [0, 1].map(|_| kitchen(&store));
    for replica in &replicas {
        replica.notify(on(&street), quick());
    }
    let id = fill(&replicas[0], "blue").await.unwrap().record.id;
    for turn in 0..30 {
        heat_to(&replicas[turn % 2], id, "100").await.unwrap();
    }
    until("all were told", || async { street.notices().len() >= 30 }).await;
    let ids: BTreeSet<_> = street.notices().into_iter().map(|n| n.id).collect();
    assert_eq!((ids.len(), street.notices().len()), (30, 30));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_lead_tells_nobody_until_it_does() {
    let store = MemoryStore::new();
    let street = Street::open();
    let kettles = kitchen(&store);
    kettles.inlet().leads(false);
    kettles.notify(on(&street), quick());
    let id = fill(&kettles, "blue").await.unwrap().record.id;
    boil(&kettles, id, 30).await;
    // Had it led, the first would have been told long ago.
    assert_eq!(street.attempts(), 0);
    kettles.inlet().leads(true);
    until("told", || async { street.notices().len() == 30 }).await;
}

use std::sync::Arc;

use runtime::{Failure, Idempotency, Match, Preconditions, Request, Settings};
use serde_json::json;
use storm::store::StoreError;
use storm::{Answer, Refusal};
use testkit::memory_store::MemoryStore;

use crate::kitchen::{Grid, fill, heat_to, kettles, request, start, start_with};

/// At this version only.
fn only(version: i64) -> Preconditions {
    Preconditions {
        if_match: Some(Match::OneOf(vec![version])),
        ..Preconditions::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_command_does_not_disturb_its_neighbours() {
    let kettles = start(kettles(), &MemoryStore::new(), Settings::default());
    let names = ["a", "leaky", "b", "leaky", "c"];
    let all = names.map(|name| {
        let kettles = Arc::clone(&kettles);
        tokio::spawn(async move { fill(&kettles, name).await.is_ok() })
    });
    for (name, filled) in names.into_iter().zip(all) {
        assert_eq!(filled.await.unwrap(), name != "leaky", "{name}");
    }
    assert_eq!(kettles.count("kettle").await, Ok(3));
}

#[tokio::test(flavor = "multi_thread")]
async fn many_commands_share_a_commit() {
    let kettles = start(kettles(), &MemoryStore::new(), Settings::default());
    let all: Vec<_> = (0..200)
        .map(|number| {
            let kettles = Arc::clone(&kettles);
            tokio::spawn(async move { fill(&kettles, &format!("k{number}")).await })
        })
        .collect();
    let mut ids = Vec::new();
    for filled in all {
        ids.push(filled.await.unwrap().unwrap().record.id);
    }
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 200, "each id once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unique_key_is_taken_only_once() {
    let kettles = start(kettles(), &MemoryStore::new(), Settings::default());
    fill(&kettles, "blue").await.unwrap();
    let again = fill(&kettles, "blue").await.unwrap_err();
    assert!(matches!(again, Failure::Refused(Refusal { code, .. }) if code == "key-taken"));
    assert_eq!(
        fill(&kettles, "red").await.unwrap().record.id,
        2,
        "the refused one took no id"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_guards_against_changes_unseen() {
    let kettles = start(kettles(), &MemoryStore::new(), Settings::default());
    fill(&kettles, "blue").await.unwrap();
    heat_to(&kettles, 1, "100").await.unwrap();
    let stale = Request {
        preconditions: only(1),
        ..request("kettle", Some(1), json!({"to": "20"}))
    };
    assert_eq!(
        kettles.carry_out(stale).await,
        Err(Failure::Changed { current: 2 })
    );
    let fresh = Request {
        preconditions: only(2),
        ..request("kettle", Some(1), json!({"to": "20"}))
    };
    assert_eq!(kettles.carry_out(fresh).await.unwrap().record.version, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_asked_for_a_change_of_a_version_that_is_gone() {
    let grid = Grid::new();
    let store = MemoryStore::new();
    let kettles = start_with(kettles(), &store, Settings::default(), Arc::clone(&grid));
    fill(&kettles, "blue").await.unwrap();
    let boil = |version| Request {
        preconditions: only(version),
        ..request("kettle", Some(1), json!({"to": "100"}))
    };
    assert_eq!(
        kettles.carry_out(boil(7)).await,
        Err(Failure::Changed { current: 1 })
    );
    assert_eq!(grid.asked.lock().unwrap().len(), 0);
    assert_eq!(kettles.carry_out(boil(1)).await.unwrap().record.version, 2);
    assert_eq!(grid.asked.lock().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_idempotency_key_does_it_once() {
    let kettles = start(kettles(), &MemoryStore::new(), Settings::default());
    let keyed = |name: &str, fingerprint| Request {
        idempotency: Some(Idempotency {
            key: "k".to_owned(),
            fingerprint,
        }),
        ..request("kettle", None, json!({"name": name}))
    };
    let at_once: Vec<_> = (0..8)
        .map(|_| {
            let (kettles, request) = (Arc::clone(&kettles), keyed("blue", 1));
            tokio::spawn(async move { kettles.carry_out(request).await })
        })
        .collect();
    let mut ids = Vec::new();
    let mut first_time = 0;
    for done in at_once {
        let done = done.await.unwrap().unwrap();
        assert_eq!(done.record.version, 1);
        ids.push(done.record.id);
        first_time += i32::from(!done.replayed);
    }
    ids.dedup();
    assert_eq!(ids.len(), 1, "everyone is told of the same kettle");
    assert_eq!(first_time, 1);
    assert_eq!(
        kettles.carry_out(keyed("red", 2)).await,
        Err(Failure::KeyReused)
    );
    assert_eq!(kettles.count("kettle").await, Ok(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_idempotency_key_asks_once_too() {
    let grid = Grid::new();
    let store = MemoryStore::new();
    let kettles = start_with(kettles(), &store, Settings::default(), Arc::clone(&grid));
    fill(&kettles, "blue").await.unwrap();
    let boil = |key: String| Request {
        idempotency: Some(Idempotency {
            key,
            fingerprint: 1,
        }),
        ..request("kettle", Some(1), json!({"to": "100"}))
    };
    for round in 0..20 {
        let at_once: Vec<_> = (0..8)
            .map(|_| {
                let (kettles, request) = (Arc::clone(&kettles), boil(format!("k{round}")));
                tokio::spawn(async move { kettles.carry_out(request).await })
            })
            .collect();
        for done in at_once {
            done.await.unwrap().unwrap();
        }
        assert_eq!(grid.asked.lock().unwrap().len(), round + 1);
    }
    // A no is not kept: whoever tries again asks again.
    grid.answers(Answer::Silence(storm::Silence::NotDone));
    for _ in 0..2 {
        kettles.carry_out(boil("no".to_owned())).await.unwrap_err();
    }
    assert_eq!(grid.asked.lock().unwrap().len(), 22);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_is_put_before_the_decision_and_a_no_changes_nothing() {
    let grid = Grid::new();
    let store = MemoryStore::new();
    let kettles = start_with(kettles(), &store, Settings::default(), Arc::clone(&grid));
    let filled = fill(&kettles, "blue").await.unwrap();
    grid.answers(Answer::No(Refusal::conflict("no-power", "No power.")));
    let refused = heat_to(&kettles, 1, "100").await.unwrap_err();
    assert!(matches!(refused, Failure::Refused(Refusal { code, .. }) if code == "no-power"));
    grid.answers(Answer::Silence(storm::Silence::NotDone));
    let refused = heat_to(&kettles, 1, "100").await.unwrap_err();
    assert!(
        matches!(refused, Failure::Refused(Refusal { code, .. }) if code == "try-again-shortly")
    );
    assert_eq!(
        kettles.record("kettle", 1).await.unwrap().unwrap().version,
        1
    );
    grid.answers(Answer::Yes(json!(null)));
    assert_eq!(heat_to(&kettles, 1, "100").await.unwrap().record.version, 2);
    let asked = grid.asked.lock().unwrap();
    assert_eq!(asked.len(), 3, "only boiling asks");
    assert_eq!(
        (asked[0].path.as_str(), asked[0].name),
        ("/watts", "boiling_asks_the_grid")
    );
    assert_eq!(
        asked[0].trail.correlation,
        Some(filled.record.correlation),
        "one story"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_told_to_others_are_never_given_twice_even_after_a_crash() {
    let store = MemoryStore::new();
    let first = start(kettles(), &store, Settings::default());
    let crashed = fill(&first, "blue").await.unwrap().record.id;
    drop(first);
    let second = start(kettles(), &store, Settings::default());
    let after_crash = fill(&second, "red").await.unwrap().record.id;
    assert!(after_crash > crashed);
    second.stop().await;
    let third = start(kettles(), &store, Settings::default());
    let after_stop = fill(&third, "green").await.unwrap().record.id;
    assert_eq!(after_stop, after_crash + 1, "an orderly stop leaves no gap");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_store_does_not_keep_is_not_acknowledged_and_it_recovers() {
    let store = MemoryStore::new();
    let kettles = start(kettles(), &store, Settings::default());
    fill(&kettles, "blue").await.unwrap();
    let full = StoreError::Full {
        place: "disk".to_owned(),
    };
    store.fail_next_commit(full.clone());
    assert_eq!(
        fill(&kettles, "red").await,
        Err(Failure::Store(full.clone()))
    );
    assert_eq!(kettles.health().store, Err(full));
    assert_eq!(kettles.count("kettle").await, Ok(1));
    fill(&kettles, "red").await.unwrap();
    assert_eq!(kettles.health().store, Ok(()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conflict_with_another_replica_is_decided_anew() {
    let store = MemoryStore::new();
    let kettles = start(kettles(), &store, Settings::default());
    store.fail_next_commit(StoreError::Conflict("kettle".to_owned()));
    assert_eq!(fill(&kettles, "blue").await.unwrap().record.version, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_in_a_decider_is_a_refusal_and_the_context_lives() {
    let kettles = start(kettles(), &MemoryStore::new(), Settings::default());
    fill(&kettles, "blue").await.unwrap();
    let burst = heat_to(&kettles, 1, "2000").await.unwrap_err();
    assert!(matches!(burst, Failure::Refused(Refusal { code, .. }) if code == "panicked"));
    assert!(heat_to(&kettles, 1, "100").await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_waiting_commands_are_turned_away() {
    let settings = Settings {
        queue: 0,
        ..Settings::default()
    };
    let kettles = start(kettles(), &MemoryStore::new(), settings);
    assert_eq!(fill(&kettles, "blue").await, Err(Failure::Overloaded));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_context_takes_no_commands() {
    let kettles = start(kettles(), &MemoryStore::new(), Settings::default());
    kettles.stop().await;
    assert_eq!(fill(&kettles, "blue").await, Err(Failure::Stopping));
    assert!(kettles.health().stopping);
}

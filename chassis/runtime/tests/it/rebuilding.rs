use std::sync::Arc;

use runtime::{RebuildError, Running, Settings};
use storm::Id;
use storm::store::Page;
use testkit::memory_store::MemoryStore;

use crate::kitchen::{cups, fill, heat_to, kettles, start, until, wash};

const ALL: Page = Page {
    skip: 0,
    limit: 1_000,
    descending: false,
};

async fn rows(cups: &Running) -> Vec<(i64, String)> {
    let rows = cups.page("shelves", ALL).await.unwrap();
    rows.into_iter().map(|row| (row.id, row.state)).collect()
}

async fn a_busy_kitchen(cup_store: &MemoryStore) -> (Arc<Running>, Arc<Running>) {
    let kettles = start(kettles(), &MemoryStore::new(), Settings::default());
    let cups = start(cups(), cup_store, Settings::default());
    cups.listen_to(kettles.log());
    for number in 1..=40 {
        let name = format!("k{number}");
        wash(&cups, &name).await.unwrap();
        fill(&kettles, &name).await.unwrap();
        heat_to(&kettles, number, "100").await.unwrap();
        // Not the last one: a row that is gone again looks like one that has yet to come.
        if number % 4 == 1 {
            heat_to(&kettles, number, "20").await.unwrap();
        }
    }
    until("all is taken in", || async {
        let rows = rows(&cups).await;
        rows.len() == 30 && rows.iter().all(|(_, row)| row.contains("\"boiled\":1"))
    })
    .await;
    (kettles, cups)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuilt_read_model_equals_the_live_one_ids_and_all() {
    let store = MemoryStore::new();
    let (_kettles, cups) = a_busy_kitchen(&store).await;
    let live = rows(&cups).await;
    assert_eq!(cups.rebuild("shelves").await.unwrap(), 90);
    assert_eq!(rows(&cups).await, live, "I6");
    assert_eq!(cups.count("shelves").await, Ok(30));
    assert_eq!(
        cups.page("shelves~", ALL).await,
        Ok(vec![]),
        "nothing is left aside"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_rebuilt_while_events_go_on_arriving() {
    let store = MemoryStore::new();
    let (kettles, cups) = a_busy_kitchen(&store).await;
    let busy = {
        let (kettles, cups) = (Arc::clone(&kettles), Arc::clone(&cups));
        tokio::spawn(async move {
            for number in 41..=80 {
                let name = format!("k{number}");
                wash(&cups, &name).await.unwrap();
                fill(&kettles, &name).await.unwrap();
                heat_to(&kettles, number, "100").await.unwrap();
            }
        })
    };
    cups.rebuild("shelves").await.unwrap();
    busy.await.unwrap();
    until("all is taken in", || async {
        let rows = rows(&cups).await;
        rows.len() == 70 && rows.iter().all(|(_, row)| row.contains("\"boiled\":1"))
    })
    .await;
    let live = rows(&cups).await;
    cups.rebuild("shelves").await.unwrap();
    assert_eq!(rows(&cups).await, live, "I6");
}

/// A replica may stand still in the middle of it, and go on after another one has begun.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_rebuildings_of_one_read_model_at_two_replicas_only_the_later_one_goes_on() {
    let store = MemoryStore::new();
    let (kettles, first) = a_busy_kitchen(&store).await;
    let second = start(cups(), &store, Settings::default());
    second.listen_to(kettles.log());
    let live = rows(&first).await;
    for _ in 0..50 {
        let both = tokio::join!(first.rebuild("shelves"), second.rebuild("shelves"));
        let mut done = 0;
        for rebuilt in [both.0, both.1] {
            match rebuilt {
                Ok(events) => {
                    assert_eq!(events, 90);
                    done += 1;
                }
                Err(error) => assert!(matches!(error, RebuildError::Overtaken), "{error}"),
            }
        }
        assert!(done > 0, "one of them has begun later");
        assert_eq!(rows(&first).await, live, "I6");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_there_is_not_cannot_be_rebuilt() {
    let cups = start(cups(), &MemoryStore::new(), Settings::default());
    let unknown = cups.rebuild("shelve").await.unwrap_err();
    assert!(matches!(unknown, RebuildError::Unknown { .. }));
    assert_eq!(
        unknown.to_string(),
        "there is no read model `shelve`; there are: shelves, hobs"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_can_be_numbered_by_their_key_and_take_no_number_then() {
    let kettles = start(kettles(), &MemoryStore::new(), Settings::default());
    let cups = start(cups(), &MemoryStore::new(), Settings::default());
    cups.listen_to(kettles.log());
    let hobs = || async { cups.page("hobs", ALL).await.unwrap() };
    let numbered = |number: Id, times: i64| {
        let hobs = hobs();
        async move {
            let hobs = hobs.await;
            let there = hobs.iter().map(|row| (row.id, row.state.clone()));
            there.eq([(number, format!(r#"{{"name":"","boiled":{times}}}"#))])
        }
    };
    for name in ["a", "b", "c"] {
        wash(&cups, name).await.unwrap();
        fill(&kettles, name).await.unwrap();
    }
    heat_to(&kettles, 3, "100").await.unwrap();
    until("row 3 is there", || numbered(3, 1)).await;
    heat_to(&kettles, 3, "20").await.unwrap();
    until("it is gone", || async { hobs().await.is_empty() }).await;
    heat_to(&kettles, 3, "100").await.unwrap();
    until("it is back under its number", || numbered(3, 2)).await;
    cups.rebuild("hobs").await.unwrap();
    assert!(numbered(3, 2).await, "and a rebuilt one has it, too");
    let next = wash(&cups, "d").await.unwrap().record.id;
    assert_eq!(
        next, 8,
        "three cups, and the four rows of the other read model"
    );
}

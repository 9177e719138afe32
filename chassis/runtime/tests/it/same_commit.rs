//! Two aggregates of one context in one commit, numbers of their own, and whom a command means.

use runtime::{Failure, Request, Running, Settings, Trail};
use serde_json::json;
use storm::store::Page;
use storm::{Id, LARGEST_ID, Refusal, RefusalKind, Verb};
use testkit::memory_store::MemoryStore;

use crate::kitchen::{fill, heat_to, kettles, start, until};
use crate::larder::{act, buy, larder, portion};

async fn kilos(larder: &Running, kind: &'static str, id: Id) -> Option<i64> {
    let record = larder.record(kind, id).await.unwrap()?;
    let state: serde_json::Value = serde_json::from_str(&record.state).unwrap();
    state["kilos"].as_i64()
}

async fn events(larder: &Running) -> Vec<(String, Id, String)> {
    let events = larder
        .read(|reader| reader.events_after(0, 1000))
        .await
        .unwrap();
    let told = events.into_iter().map(|stored| stored.event);
    told.map(|event| (event.event_type, event.id, event.correlation))
        .collect()
}

fn code(failure: &Failure) -> &str {
    match failure {
        Failure::Refused(refusal) => &refusal.code,
        other => panic!("{other}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_follows_in_the_same_commit_happens_with_it_and_in_its_story() {
    let larder = start(larder(), &MemoryStore::new(), Settings::default());
    buy(&larder, "north", 5).await.unwrap();
    let asked = Request {
        trail: Trail {
            correlation: Some("loaf-7".to_owned()),
            ..Trail::default()
        },
        ..portion(7, 1, 2)
    };
    let done = larder.carry_out(asked).await.unwrap();
    assert_eq!(done.record.id, 7, "numbered as the loaf");
    assert_eq!(kilos(&larder, "portion", 7).await, Some(2));
    assert_eq!(kilos(&larder, "sack", 1).await, Some(3));
    let told = events(&larder).await;
    let story = |name: &str, id| (name.to_owned(), id, "loaf-7".to_owned());
    assert_eq!(
        told[1..],
        [story("PortionSetAside", 7), story("FlourTaken", 1)]
    );
    assert_eq!(
        buy(&larder, "south", 1).await.unwrap().record.id,
        2,
        "what is numbered as something else takes no number"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_in_the_same_commit_refuses_all_of_it() {
    let larder = start(larder(), &MemoryStore::new(), Settings::default());
    buy(&larder, "north", 5).await.unwrap();
    let refused = larder.carry_out(portion(7, 1, 6)).await.unwrap_err();
    assert_eq!(code(&refused), "flour-short");
    assert_eq!(kilos(&larder, "portion", 7).await, None);
    assert_eq!(kilos(&larder, "sack", 1).await, Some(5));
    assert_eq!(events(&larder).await.len(), 1, "only the sack was told of");
    // It can still begin to be.
    larder.carry_out(portion(7, 1, 5)).await.unwrap();
    assert_eq!(kilos(&larder, "sack", 1).await, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn however_many_ask_at_once_no_more_is_taken_than_there_is() {
    let larder = start(larder(), &MemoryStore::new(), Settings::default());
    buy(&larder, "north", 30).await.unwrap();
    let all: Vec<_> = (1..=50)
        .map(|loaf| {
            let larder = std::sync::Arc::clone(&larder);
            tokio::spawn(async move { larder.carry_out(portion(loaf, 1, 1)).await.is_ok() })
        })
        .collect();
    let mut taken = 0;
    for one in all {
        taken += i64::from(one.await.unwrap());
    }
    assert_eq!(taken, 30);
    assert_eq!(kilos(&larder, "sack", 1).await, Some(0));
    assert_eq!(larder.count("portion").await, Ok(30));
}

#[tokio::test(flavor = "multi_thread")]
async fn asked_twice_it_is_done_once() {
    let larder = start(larder(), &MemoryStore::new(), Settings::default());
    buy(&larder, "north", 5).await.unwrap();
    for _ in 0..2 {
        let done = larder.carry_out(portion(7, 1, 2)).await.unwrap();
        assert_eq!((done.record.id, done.record.version), (7, 1));
    }
    assert_eq!(kilos(&larder, "sack", 1).await, Some(3));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_of_another_contexts_event_takes_in_one_commit_too() {
    let kettles = start(kettles(), &MemoryStore::new(), Settings::default());
    let store = MemoryStore::new();
    let settings = || Settings {
        producers: vec!["kettles"],
        ..Settings::default()
    };
    let larder_running = start(larder(), &store, settings());
    larder_running.listen_to(kettles.log());
    buy(&larder_running, "north", 5).await.unwrap();
    for name in ["a", "b"] {
        let id = fill(&kettles, name).await.unwrap().record.id;
        heat_to(&kettles, id, "100").await.unwrap();
    }
    until("two portions", || async {
        larder_running.count("portion").await == Ok(2)
    })
    .await;
    assert_eq!(kilos(&larder_running, "sack", 1).await, Some(3));
    larder_running.stop().await;
    // Nothing is heard twice after a restart.
    let again = start(larder(), &store, settings());
    again.listen_to(kettles.log());
    let id = fill(&kettles, "c").await.unwrap().record.id;
    heat_to(&kettles, id, "100").await.unwrap();
    until("a third portion", || async {
        again.count("portion").await == Ok(3)
    })
    .await;
    assert_eq!(kilos(&again, "sack", 1).await, Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_there_may_say_so_and_is_not_kept() {
    let larder = start(larder(), &MemoryStore::new(), Settings::default());
    larder.carry_out(portion(7, 3, 1)).await.unwrap();
    let told = events(&larder).await;
    assert_eq!(told[1].0, "NoFlour");
    let page = Page {
        skip: 0,
        limit: 10,
        descending: false,
    };
    assert_eq!(larder.page("sack", page).await.unwrap(), []);
    // The number is not spent: it goes to the third sack.
    for (mill, number) in [("a", 1), ("b", 2), ("c", 3)] {
        assert_eq!(buy(&larder, mill, 1).await.unwrap().record.id, number);
    }
    assert_eq!(kilos(&larder, "sack", 3).await, Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_act_is_part_of_the_askers_story_and_begins_what_is_numbered_as_something_else() {
    let larder = start(larder(), &MemoryStore::new(), Settings::default());
    buy(&larder, "north", 5).await.unwrap();
    let asked = |kind, verb, id, body| Request {
        trail: Trail {
            correlation: Some("loaf-9".to_owned()),
            ..Trail::default()
        },
        ..act(kind, verb, id, body)
    };
    let body = json!({"loaf": 9, "sack": 1, "kilos": 1});
    let take = asked("sack", Verb::Act("take"), Some(1), body.clone());
    larder.carry_out(take).await.unwrap();
    assert_eq!(events(&larder).await[1].2, "loaf-9");
    let fill = asked("portion", Verb::Act("fill"), Some(9), body.clone());
    larder.carry_out(fill).await.unwrap();
    assert_eq!(kilos(&larder, "portion", 9).await, Some(1));
    // A sack is numbered by the counter: nobody begins to be there.
    let nobody = asked("sack", Verb::Act("take"), Some(4), body);
    let absent = larder.carry_out(nobody).await.unwrap_err();
    assert_eq!(
        absent,
        Failure::Absent {
            kind: "sack",
            id: 4
        }
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_create_finds_what_the_first_one_made_and_an_act_by_key_makes_nothing() {
    let larder = start(larder(), &MemoryStore::new(), Settings::default());
    let first = buy(&larder, "north", 5).await.unwrap();
    assert_eq!(
        buy(&larder, "north", 5).await.unwrap().record.id,
        first.record.id
    );
    let nobody = act("sack", Verb::ActByKey("empty"), None, json!({}));
    match larder.carry_out(nobody).await.unwrap_err() {
        Failure::Refused(Refusal { kind, field, .. }) => {
            assert_eq!(kind, RefusalKind::NotFound);
            assert_eq!(field.as_deref(), Some("mill"));
        }
        other => panic!("{other}"),
    }
    buy(&larder, "gone with the wind", 5).await.unwrap();
    let somebody = act("sack", Verb::ActByKey("empty"), None, json!({}));
    assert_eq!(larder.carry_out(somebody).await.unwrap().record.id, 2);
    assert_eq!(kilos(&larder, "sack", 2).await, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_no_store_has_a_place_for_is_refused_and_holds_up_nobody() {
    let larder = start(larder(), &MemoryStore::new(), Settings::default());
    buy(&larder, "north", 5).await.unwrap();
    for loaf in [LARGEST_ID + 1, Id::MAX, -1] {
        let refused = larder.carry_out(portion(loaf, 1, 1)).await.unwrap_err();
        assert_eq!(code(&refused), "number-out-of-range");
    }
    assert_eq!(kilos(&larder, "sack", 1).await, Some(5));
    larder.carry_out(portion(LARGEST_ID, 1, 1)).await.unwrap();
    assert_eq!(kilos(&larder, "portion", LARGEST_ID).await, Some(1));
}

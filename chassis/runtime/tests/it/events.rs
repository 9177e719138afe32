use std::sync::Arc;
use std::time::Duration;

use runtime::{Heard, Recalled, Running, Settings};
use storm::store::{NewEvent, StoredEvent};
use testkit::memory_store::MemoryStore;

use crate::kitchen::{cups, fill, heat_to, kettles, start, until, wash};

/// Patient about failures, but not for long.
fn quick() -> Settings {
    Settings {
        retries: vec![Duration::from_millis(1); 3],
        ..Settings::default()
    }
}

/// So patient that nothing is given up during a test.
fn patient() -> Settings {
    Settings {
        retries: vec![Duration::from_millis(5); 10_000],
        ..Settings::default()
    }
}

async fn poured(cups: &Running, id: i64) -> i64 {
    let record = cups.record("cup", id).await.unwrap().unwrap();
    let state: serde_json::Value = serde_json::from_str(&record.state).unwrap();
    state["poured"].as_i64().unwrap()
}

async fn cups_listening(kettles: &Running, store: &MemoryStore, how: Settings) -> Arc<Running> {
    let how = Settings {
        producers: vec!["kettles"],
        ..how
    };
    let cups = start(cups(), store, how);
    cups.listen_to(kettles.log());
    std::future::ready(cups).await
}

async fn boil(kettles: &Running, name: &str, times: usize) -> i64 {
    let id = fill(kettles, name).await.unwrap().record.id;
    for _ in 0..times {
        heat_to(kettles, id, "100").await.unwrap();
    }
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_has_its_effect_once_also_across_a_restart() {
    let (kettle_store, cup_store) = (MemoryStore::new(), MemoryStore::new());
    let kettles = start(kettles(), &kettle_store, Settings::default());
    let first = cups_listening(&kettles, &cup_store, patient()).await;
    wash(&first, "blue").await.unwrap();
    boil(&kettles, "blue", 3).await;
    until("three pours", || async { poured(&first, 1).await == 3 }).await;
    first.stop().await;
    heat_to(&kettles, 1, "100").await.unwrap();
    let second = cups_listening(&kettles, &cup_store, patient()).await;
    until("the fourth pour", || async {
        poured(&second, 1).await >= 4
    })
    .await;
    until("no lag", || async {
        second.health().lag.iter().all(|lag| lag.events == 0)
    })
    .await;
    assert_eq!(poured(&second, 1).await, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_story_goes_on_under_one_correlation_id() {
    let (kettle_store, cup_store) = (MemoryStore::new(), MemoryStore::new());
    let kettles = start(kettles(), &kettle_store, Settings::default());
    let cups = cups_listening(&kettles, &cup_store, patient()).await;
    wash(&cups, "blue").await.unwrap();
    let id = boil(&kettles, "blue", 1).await;
    until("a pour", || async { poured(&cups, 1).await == 1 }).await;
    let kettle = kettles.record("kettle", id).await.unwrap().unwrap();
    let told = cups
        .read(|reader| reader.events_after(0, 10))
        .await
        .unwrap();
    assert_eq!(told.last().unwrap().event.correlation, kettle.correlation);
    assert_eq!(told.last().unwrap().event.causation, "kettles-2");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_finds_nothing_to_act_on_yet_is_tried_again() {
    let (kettle_store, cup_store) = (MemoryStore::new(), MemoryStore::new());
    let kettles = start(kettles(), &kettle_store, Settings::default());
    let cups = cups_listening(&kettles, &cup_store, patient()).await;
    boil(&kettles, "blue", 2).await;
    until("both are parked", || async {
        cups.parked().await.unwrap().len() == 2
    })
    .await;
    let blue = wash(&cups, "blue").await.unwrap().record.id;
    until("both are poured", || async {
        poured(&cups, blue).await == 2
    })
    .await;
    until("nothing is parked", || async {
        cups.parked().await.unwrap().is_empty()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_given_up_holds_back_its_own_story_and_nobody_elses() {
    let (kettle_store, cup_store) = (MemoryStore::new(), MemoryStore::new());
    let kettles = start(kettles(), &kettle_store, Settings::default());
    let cups = cups_listening(&kettles, &cup_store, quick()).await;
    let stuck = boil(&kettles, "dirty", 3).await;
    until("it is given up", || async {
        cups.health().dead_letters == 1
    })
    .await;
    let blue = wash(&cups, "blue").await.unwrap().record.id;
    boil(&kettles, "blue", 2).await;
    until("the rest goes on", || async {
        poured(&cups, blue).await == 2
    })
    .await;
    let parked = cups.parked().await.unwrap();
    assert_eq!(parked.len(), 3, "the dead letter and its successors");
    assert_eq!((parked[0].attempts, parked[0].retry_at), (4, None));
    assert!(
        parked[0].reason.contains("cup-dirty"),
        "{}",
        parked[0].reason
    );
    assert!(parked.iter().all(|event| event.stored.event.id == stuck));

    let dirty = wash(&cups, "dirty").await.unwrap().record.id;
    let (producer, at) = (parked[0].producer.clone(), parked[0].stored.position);
    cups.retry_parked(producer, at).await.unwrap();
    assert_eq!(poured(&cups, dirty).await, 3, "all three, in order");
    assert_eq!(cups.parked().await, Ok(vec![]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_dead_letter_lets_its_successors_go() {
    let (kettle_store, cup_store) = (MemoryStore::new(), MemoryStore::new());
    let kettles = start(kettles(), &kettle_store, Settings::default());
    let cups = cups_listening(&kettles, &cup_store, quick()).await;
    boil(&kettles, "dirty", 3).await;
    until("it is given up", || async {
        cups.health().dead_letters == 1
    })
    .await;
    until("all are parked", || async {
        cups.parked().await.unwrap().len() == 3
    })
    .await;
    let dirty = wash(&cups, "dirty").await.unwrap().record.id;
    let at = cups.parked().await.unwrap()[0].stored.position;
    cups.drop_parked("kettles".to_owned(), at).await.unwrap();
    assert_eq!(poured(&cups, dirty).await, 2, "the two behind it");
    assert!(
        cups.drop_parked("kettles".to_owned(), at).await.is_err(),
        "it is gone"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn parked_events_survive_a_restart() {
    let (kettle_store, cup_store) = (MemoryStore::new(), MemoryStore::new());
    let kettles = start(kettles(), &kettle_store, Settings::default());
    let first = cups_listening(&kettles, &cup_store, quick()).await;
    boil(&kettles, "dirty", 2).await;
    until("it is given up", || async {
        first.health().dead_letters == 1
    })
    .await;
    until("both are parked", || async {
        first.parked().await.unwrap().len() == 2
    })
    .await;
    let before = first.parked().await;
    first.stop().await;
    let second = cups_listening(&kettles, &cup_store, quick()).await;
    heat_to(&kettles, 1, "100").await.unwrap();
    until("the third waits, too", || async {
        second.parked().await.unwrap().len() == 3
    })
    .await;
    assert_eq!(second.parked().await.unwrap()[..2], before.unwrap()[..]);
}

/// `KettleBoiled` of a cup that is dirty, as a stranger told it; or what should have been one.
fn heard(at: i64, fault: Option<&str>) -> Heard {
    let data = if fault.is_some() {
        r#""{\"kettle\":1""#
    } else {
        r#"{"kettle":1,"name":"dirty","times":1}"#
    };
    let event = NewEvent {
        event_type: "KettleBoiled".to_owned(),
        kind: String::new(),
        id: 0,
        version: 0,
        correlation: "a-story".to_owned(),
        causation: String::new(),
        trace: String::new(),
        at: 0,
        data: data.to_owned(),
    };
    Heard {
        at,
        producer: "teas/0".into(),
        stored: Arc::new(StoredEvent {
            position: at,
            event,
        }),
        fault: fault.map(str::to_owned),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_keeps_its_own_reason_while_it_waits_behind_another() {
    let cups = start(cups(), &MemoryStore::new(), patient());
    let came = vec![heard(1, None), heard(2, Some("the record is cut off"))];
    let (inlet, source) = (cups.inlet(), "teas/0".into());
    inlet.take_in(&source, came, 2).await.unwrap();
    let parked = cups.parked().await.unwrap();
    assert!(parked[0].reason.contains("cup-dirty"), "{parked:?}");
    assert!(
        parked[1].reason.contains("the record is cut off"),
        "{parked:?}"
    );
    assert_eq!((parked[1].attempts, parked[1].retry_at), (0, None));

    wash(&cups, "dirty").await.unwrap();
    until("its turn has come", || async {
        cups.health().dead_letters == 1
    })
    .await;
    let left = cups.parked().await.unwrap();
    assert_eq!(
        (left.len(), left[0].stored.position, left[0].attempts),
        (1, 2, 1)
    );
    assert_eq!(left[0].reason, parked[1].reason);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadline_fires_unless_it_was_met_and_survives_a_restart() {
    let store = MemoryStore::new();
    let soon = || Settings {
        deadlines: [("cooling".to_owned(), Duration::from_millis(60))].into(),
        ..Settings::default()
    };
    let first = start(kettles(), &store, soon());
    boil(&first, "blue", 1).await;
    boil(&first, "met", 1).await;
    heat_to(&first, 2, "20").await.unwrap();
    first.stop().await;
    let second = start(kettles(), &store, soon());
    until("blue has cooled by itself", || async {
        second.record("kettle", 1).await.unwrap().unwrap().version == 3
    })
    .await;
    assert_eq!(
        second.record("kettle", 2).await.unwrap().unwrap().version,
        3,
        "met in time"
    );
    assert_eq!(second.read(|reader| reader.deadlines()).await, Ok(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadline_waits_until_those_who_could_have_met_it_are_heard() {
    let settings = Settings {
        producers: vec!["cups"],
        deadlines: [("cooling".to_owned(), Duration::from_millis(1))].into(),
        ..Settings::default()
    };
    let kettles = start(kettles(), &MemoryStore::new(), settings);
    let cups = start(cups(), &MemoryStore::new(), Settings::default());
    let id = boil(&kettles, "blue", 1).await;
    let version = || async { kettles.record("kettle", id).await.unwrap().unwrap().version };
    let due = runtime::now() + 100;
    until("the deadline is long past", || async {
        runtime::now() > due
    })
    .await;
    assert_eq!(version().await, 2, "cups have not been heard");
    kettles.listen_to(cups.log());
    until("it has cooled by itself", || async { version().await == 3 }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_is_shorter_than_what_was_heard_is_not_heard_until_it_has_gone_on_after_that() {
    let (newer, cup_store) = (MemoryStore::new(), MemoryStore::new());
    let kettle = start(kettles(), &newer, Settings::default());
    let first = cups_listening(&kettle, &cup_store, patient()).await;
    wash(&first, "blue").await.unwrap();
    boil(&kettle, "blue", 3).await;
    until("three pours", || async { poured(&first, 1).await == 3 }).await;
    first.stop().await;
    kettle.stop().await;

    // Its store is lost, and it begins anew with one that holds less.
    let older = MemoryStore::new();
    let kettle = start(kettles(), &older, Settings::default());
    boil(&kettle, "blue", 1).await;
    let heard = |store: &MemoryStore| Recalled::read(store.open()).unwrap().heard("kettles");
    let before = heard(&cup_store);
    assert!(before > Recalled::read(older.open()).unwrap().head());
    let second = cups_listening(&kettle, &cup_store, patient()).await;
    second.stop().await;
    assert_eq!(heard(&cup_store), before, "what was heard is not forgotten");
    kettle.stop().await;

    let mut advanced = Recalled::read(older.open()).unwrap();
    advanced.advance(before, 1_000).unwrap();
    assert_eq!((advanced.head(), advanced.ids_reserved()), (before, 1_000));
    drop(advanced);
    let kettle = start(kettles(), &older, Settings::default());
    let third = cups_listening(&kettle, &cup_store, patient()).await;
    until(
        "no lag, though nothing stands where positions were skipped",
        || async { third.health().lag.iter().all(|lag| lag.events == 0) },
    )
    .await;
    let green = fill(&kettle, "green").await.unwrap().record.id;
    assert!(green > 1_000, "no id is given again");
    heat_to(&kettle, 1, "100").await.unwrap();
    until("the fourth pour", || async { poured(&third, 1).await == 4 }).await;
}

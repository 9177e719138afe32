//! People are told, at most once, and nobody waits for it.

mod any;
mod replicas;
mod street;

use std::sync::Arc;
use std::time::Duration;

use runtime::{NotSent, NotifierSettings, Recalled, Running, Settings};
use storm::Context;
use storm::store::{Changes, NewEvent, StoreError};
use testkit::memory_store::MemoryStore;

use crate::kitchen::{Grid, KettleBoiled, cups, fill, heat_to, kettles, start, until, wash};
use street::{Street, on};

/// Whoever owns the kettle is told when it boils; owners called `quiet…` do not want to know.
fn whistling() -> Context {
    kettles().notifies(|boiled: &KettleBoiled| {
        assert!(boiled.name != "cursed", "as this test wants it");
        (!boiled.name.starts_with("quiet")).then(|| storm::Notification {
            channel: "whistle",
            to: boiled.name.clone(),
            text: format!("boiled {}", boiled.times),
        })
    })
}

fn quick() -> NotifierSettings {
    NotifierSettings {
        first_pause: Duration::from_millis(1),
        longest_pause: Duration::from_millis(2),
        ..NotifierSettings::default()
    }
}

fn kitchen(store: &MemoryStore) -> Arc<Running> {
    start(whistling(), store, Settings::default())
}

async fn boil(kettles: &Running, id: i64, times: usize) {
    for _ in 0..times {
        heat_to(kettles, id, "100").await.unwrap();
    }
}

/// A kettle of that name that has boiled so often.
async fn boiled(kettles: &Running, name: &str, times: usize) -> i64 {
    let id = fill(kettles, name).await.unwrap().record.id;
    boil(kettles, id, times).await;
    id
}

/// How far the street has been told, as the store knows it.
fn claimed(store: &MemoryStore) -> Option<i64> {
    let cursors = store.open().reader.cursors().unwrap();
    let mut cursors = cursors.into_iter();
    cursors
        .find(|cursor| cursor.producer == "notify:street")
        .map(|cursor| cursor.position)
}

/// What was told of boiling.
fn boilings(store: &MemoryStore) -> Vec<NewEvent> {
    let events = store.open().reader.events_after(0, 1_000).unwrap();
    let events = events.into_iter().map(|stored| stored.event);
    events
        .filter(|event| event.event_type == "KettleBoiled")
        .collect()
}

fn waiting(kettles: &Running) -> i64 {
    kettles.health().notifiers[0].waiting
}

/// All that was told has been dealt with.
async fn quiet(kettles: &Running) {
    until("all dealt with", || async { waiting(kettles) == 0 }).await;
}

fn counted(kettles: &Running, outcome: &str) -> u64 {
    let mut registry = prometheus_client::registry::Registry::default();
    kettles.metrics().register(&mut registry);
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
    let label = format!("outcome=\"{outcome}\"");
    let mut lines = text.lines();
    lines
        .find(|line| line.starts_with("jumun_notices_total") && line.contains(&label))
        .map_or(0, |line| line.rsplit(' ').next().unwrap().parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_says_who_is_told_what_and_why() {
    let (store, street) = (MemoryStore::new(), Street::open());
    let kettles = kitchen(&store);
    kettles.notify(
        on(&street),
        NotifierSettings {
            system: Some("teahouse".to_owned()),
            ..quick()
        },
    );
    boiled(&kettles, "blue", 1).await;
    quiet(&kettles).await;
    let [notice] = &*street.notices() else {
        panic!("one notice, not {:?}", street.notices());
    };
    let told = boilings(&store);
    assert_eq!(notice.id, "kettles-2");
    assert_eq!(notice.key(), "teahouse/kettles-2");
    assert_eq!(
        notice.to_json(),
        serde_json::json!({
            "id": "kettles-2",
            "system": "teahouse",
            "context": "kettles",
            "eventType": "KettleBoiled",
            "channel": "whistle",
            "to": "blue",
            "text": "boiled 1",
            "at": storm::ShownDate(storm::Date::from_millis(told[0].at)).to_string(),
            "correlation": told[0].correlation,
        })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn each_notice_is_sent_once_also_across_a_restart() {
    let (store, street) = (MemoryStore::new(), Street::open());
    let first = kitchen(&store);
    let id = boiled(&first, "blue", 2).await;
    first.notify(on(&street), quick());
    boil(&first, id, 1).await;
    quiet(&first).await;
    first.stop().await;
    let second = kitchen(&store);
    boil(&second, id, 1).await;
    second.notify(on(&street), quick());
    quiet(&second).await;
    assert_eq!(
        street.texts(),
        ["boiled 1", "boiled 2", "boiled 3", "boiled 4"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_to_be_told_is_passed_over_and_read_no_more() {
    let (store, street) = (MemoryStore::new(), Street::open());
    let kettles = kitchen(&store);
    kettles.notify(on(&street), quick());
    boiled(&kettles, "quiet one", 3).await;
    quiet(&kettles).await;
    assert_eq!(street.attempts(), 0);
    assert_eq!(claimed(&store), None, "nothing was committed for its sake");
    kettles.stop().await;
    assert_eq!(claimed(&store), Some(4), "a stop saves how far it has come");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_sent_is_tried_again_and_those_after_it_wait() {
    let (store, street) = (MemoryStore::new(), Street::open());
    street.next(vec![Street::closed(), Street::closed(), Street::closed()]);
    let kettles = kitchen(&store);
    kettles.notify(on(&street), quick());
    boiled(&kettles, "blue", 3).await;
    quiet(&kettles).await;
    assert_eq!(street.texts(), ["boiled 1", "boiled 2", "boiled 3"]);
    assert_eq!(street.attempts(), 6);
    assert_eq!(
        (counted(&kettles, "sent"), counted(&kettles, "failed")),
        (3, 3)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_or_perhaps_sent_is_not_tried_again() {
    let (store, street) = (MemoryStore::new(), Street::open());
    let reason = || "as this test wants it".to_owned();
    street.next(vec![
        NotSent::Refused { reason: reason() },
        NotSent::Perhaps { reason: reason() },
    ]);
    let kettles = kitchen(&store);
    kettles.notify(on(&street), quick());
    boiled(&kettles, "blue", 3).await;
    quiet(&kettles).await;
    assert_eq!(street.texts(), ["boiled 3"]);
    assert_eq!(street.attempts(), 3);
    for outcome in ["refused", "unknown", "sent"] {
        assert_eq!(counted(&kettles, outcome), 1, "{outcome}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn health_says_what_goes_wrong_until_a_notice_is_sent() {
    let (store, street) = (MemoryStore::new(), Street::open());
    street.close();
    let kettles = kitchen(&store);
    kettles.notify(on(&street), quick());
    boiled(&kettles, "blue", 2).await;
    until("failing", || async {
        kettles.health().notifiers[0].failing
    })
    .await;
    let ill = kettles.health().notifiers.remove(0);
    assert_eq!((ill.name, ill.waiting), ("street", 2));
    assert_eq!(ill.last_error.as_deref(), Some("the street is closed"));
    assert!(kettles.health().store.is_ok(), "the context itself is well");
    street.reopen();
    quiet(&kettles).await;
    let well = kettles.health().notifiers.remove(0);
    assert_eq!((well.failing, well.last_error), (false, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_never_answers_holds_up_nothing_else() {
    let (store, cup_store) = (MemoryStore::new(), MemoryStore::new());
    let (hanging, other) = (Street::hanging(), Street::open());
    let kettles = kitchen(&store);
    kettles.notify(on(&hanging), quick());
    kettles.notify(street::called("other", &other), quick());
    let listening = Settings {
        producers: vec!["kettles"],
        ..Settings::default()
    };
    let cups = start(cups(), &cup_store, listening);
    cups.listen_to(kettles.log());
    wash(&cups, "blue").await.unwrap();
    let id = boiled(&kettles, "blue", 3).await;
    until("the other one has it all", || async {
        other.texts().len() == 3
    })
    .await;
    until("the cups have it all", || async {
        cups.health().lag[0].events == 0
    })
    .await;
    until("an attempt", || async { hanging.attempts() == 1 }).await;
    let stopping = tokio::time::timeout(Duration::from_secs(9), kettles.stop());
    stopping
        .await
        .expect("a stop does not wait for the provider");

    // Nobody knows whether the first was sent, so it is not sent again.
    let street = Street::open();
    let again = kitchen(&store);
    again.notify(on(&street), quick());
    boil(&again, id, 1).await;
    quiet(&again).await;
    assert_eq!(street.texts(), ["boiled 2", "boiled 3", "boiled 4"]);
}

#[test]
fn whoever_dies_while_a_notice_is_under_way_has_not_told_it_twice() {
    let store = MemoryStore::new();
    let street = Street::hanging();
    dying(|| async {
        let kettles = kitchen(&store);
        kettles.notify(on(&street), quick());
        boiled(&kettles, "blue", 2).await;
        until("an attempt", || async { street.attempts() == 1 }).await;
        kettles
    });
    let street = Street::open();
    living(async {
        let kettles = kitchen(&store);
        kettles.notify(on(&street), quick());
        quiet(&kettles).await;
        assert_eq!(street.texts(), ["boiled 2"]);
    });
}

#[test]
fn whoever_dies_between_two_attempts_tells_it_afterwards() {
    let store = MemoryStore::new();
    let street = Street::open();
    street.close();
    dying(|| async {
        let kettles = kitchen(&store);
        let patient = NotifierSettings {
            first_pause: Duration::from_secs(3_600),
            ..quick()
        };
        kettles.notify(on(&street), patient);
        boiled(&kettles, "blue", 2).await;
        until("an attempt", || async { street.attempts() == 1 }).await;
        until("the claim is taken back", || async {
            claimed(&store) == Some(1)
        })
        .await;
        kettles
    });
    street.reopen();
    living(async {
        let kettles = kitchen(&store);
        kettles.notify(on(&street), quick());
        quiet(&kettles).await;
        assert_eq!(street.texts(), ["boiled 1", "boiled 2"]);
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_whose_claim_is_not_on_disk() {
    let (store, street) = (MemoryStore::new(), Street::open());
    let kettles = kitchen(&store);
    boiled(&kettles, "blue", 1).await;
    store.fail_next_commit(StoreError::Full {
        place: "a disk".to_owned(),
    });
    kettles.notify(on(&street), quick());
    until("a failed commit", || async {
        kettles.health().store.is_err() || street.attempts() > 0
    })
    .await;
    quiet(&kettles).await;
    assert_eq!(street.texts(), ["boiled 1"]);
    assert!(kettles.health().store.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_old_is_given_up() {
    let (store, street) = (MemoryStore::new(), Street::open());
    let kettles = kitchen(&store);
    let id = boiled(&kettles, "blue", 3).await;
    let told_at = boilings(&store)[2].at;
    until("time passes", || async { runtime::now() > told_at }).await;
    let hurried = NotifierSettings {
        give_up: Duration::ZERO,
        ..quick()
    };
    kettles.notify(on(&street), hurried);
    quiet(&kettles).await;
    assert_eq!(street.attempts(), 0);
    assert_eq!(counted(&kettles, "given-up"), 3);

    // One that fails for too long, too.
    let other = Street::open();
    other.close();
    let brief = NotifierSettings {
        give_up: Duration::from_millis(50),
        ..quick()
    };
    boil(&kettles, id, 1).await;
    kettles.notify(street::called("other", &other), brief);
    until("given up", || async {
        kettles.health().notifiers[1].waiting == 0
    })
    .await;
    assert!(other.texts().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_and_what_panics_is_passed_over() {
    let (store, street) = (MemoryStore::new(), Street::open());
    let broken = NewEvent {
        event_type: "KettleBoiled".to_owned(),
        kind: "kettle".to_owned(),
        id: 99,
        version: 1,
        correlation: "c".to_owned(),
        causation: String::new(),
        trace: String::new(),
        at: runtime::now(),
        data: "{".to_owned(),
    };
    let changes = Changes {
        events: vec![broken],
        ..Changes::default()
    };
    store.open().writer.commit(&changes).unwrap();
    let kettles = kitchen(&store);
    street.panics_once();
    kettles.notify(on(&street), quick());
    boiled(&kettles, "cursed", 1).await;
    boiled(&kettles, "blue", 2).await;
    quiet(&kettles).await;
    assert_eq!(
        street.texts(),
        ["boiled 2"],
        "perhaps the first was sent before the panic"
    );
    assert_eq!(counted(&kettles, "unreadable"), 2);
    assert_eq!(counted(&kettles, "unknown"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_context_that_declares_nothing_tells_nobody() {
    let (store, street) = (MemoryStore::new(), Street::open());
    let kettles = start(kettles(), &store, Settings::default());
    kettles.notify(on(&street), quick());
    boiled(&kettles, "blue", 1).await;
    assert!(kettles.health().notifiers.is_empty());
    kettles.stop().await;
    assert_eq!((street.attempts(), claimed(&store)), (0, None));
}

#[test]
fn an_event_may_be_told_in_one_way_only() {
    let context = whistling().notifies(|_: &KettleBoiled| None);
    let (store, grid) = (MemoryStore::new(), Grid::new());
    let refused = Running::start(
        context,
        Recalled::read(store.open()).unwrap(),
        Settings::default(),
        grid,
    );
    let error = refused.err().expect("two ways are refused").to_string();
    assert!(
        error.contains("KettleBoiled") && error.contains("twice"),
        "{error}"
    );
}

/// Runs until `what` is done, and then dies where it stands: nothing is finished or saved.
fn dying<F: Future<Output = Arc<Running>>>(what: impl FnOnce() -> F) {
    let mortal = tokio::runtime::Runtime::new().unwrap();
    let running = mortal.block_on(what());
    mortal.shutdown_background();
    // What its writer was told before, is as good as committed.
    living(async { running.stop().await });
}

fn living(what: impl Future<Output = ()>) {
    tokio::runtime::Runtime::new().unwrap().block_on(what);
}

//! Through the runtime, the webhook and real HTTP: whatever the provider does, and however often
//! the context is stopped, it takes each notice at most once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http_api::BreakerSettings;
use notifiers::{File, Url, Webhook};
use runtime::NotifierSettings;
use testkit::memory_store::MemoryStore;

use crate::bells::{ring, start};
use crate::provider::{Does, Provider};
use crate::{AMPLE, until};

const NOTICES: usize = 120;
const STOPS: usize = 4;

fn settings() -> NotifierSettings {
    NotifierSettings {
        system: Some("town".to_owned()),
        first_pause: Duration::from_millis(1),
        longest_pause: Duration::from_millis(4),
        ..NotifierSettings::default()
    }
}

fn any(random: &mut fastrand::Rng) -> Does {
    match random.u8(0..100) {
        0..50 => Does::Answer(200),
        50..65 => Does::Answer(500),
        65..80 => Does::Answer(429),
        80..88 => Does::Answer(422),
        _ => Does::Answer(504),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_taken_twice_and_what_is_left_out_has_a_reason() {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let random = Mutex::new(fastrand::Rng::with_seed(seed));
    let provider = Provider::new(move || any(&mut random.lock().unwrap()));
    let url: Url = format!("http://{}/notices", provider.serve().await)
        .parse()
        .unwrap();
    let breaker = BreakerSettings {
        sleep: Duration::from_millis(5),
        ..BreakerSettings::default()
    };
    let store = MemoryStore::new();
    for _ in 0..STOPS {
        let bells = start(&store);
        let webhook = Webhook::guarded(url.clone(), AMPLE, breaker);
        bells.notify(Arc::new(webhook), settings());
        for _ in 0..NOTICES / STOPS {
            ring(&bells).await;
        }
        bells.stop().await;
    }
    let bells = start(&store);
    let webhook = Webhook::guarded(url.clone(), AMPLE, breaker);
    bells.notify(Arc::new(webhook), settings());
    until("all dealt with", || async {
        bells.health().notifiers[0].waiting == 0
    })
    .await;

    let mut by_key = BTreeMap::<String, Vec<Does>>::new();
    let mut order = Vec::new();
    provider.look(|got| {
        for one in got {
            let id = one.body["id"].as_str().unwrap().to_owned();
            assert_eq!(one.key(), format!("town/{id}"));
            order.push(id["bells-".len()..].parse::<usize>().unwrap());
            by_key.entry(id).or_default().push(one.did);
        }
    });
    assert!(order.is_sorted(), "in the order told: {order:?}");
    let mut missed: BTreeSet<String> = (1..=NOTICES)
        .map(|number| format!("bells-{number}"))
        .filter(|id| !by_key.contains_key(id))
        .collect();
    for (id, did) in by_key {
        let (last, before) = did.split_last().unwrap();
        let again = |does: &Does| matches!(does, Does::Answer(429 | 500));
        assert!(
            before.iter().all(again),
            "{id} was sent again after {did:?}"
        );
        if again(last) {
            missed.insert(id);
        }
    }
    // A stop may find an attempt under way, and not wait for its end.
    assert!(missed.len() <= STOPS, "forgotten: {missed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_gets_all_of_it_while_the_webhook_hangs() {
    let provider = Provider::always(Does::Hang);
    let url: Url = format!("http://{}/", provider.serve().await)
        .parse()
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notices.jsonl");
    let bells = start(&MemoryStore::new());
    bells.notify(Arc::new(Webhook::new(url, AMPLE)), settings());
    bells.notify(Arc::new(File::new(&path, AMPLE)), settings());
    for _ in 0..20 {
        ring(&bells).await;
    }
    let lines = || {
        std::fs::read_to_string(&path)
            .unwrap_or_default()
            .lines()
            .count()
    };
    until("all of it", || async { lines() == 20 }).await;
    until("an attempt", || async { provider.requests() == 1 }).await;
    let stopping = tokio::time::timeout(Duration::from_secs(9), bells.stop());
    stopping
        .await
        .expect("a stop does not wait for the provider");
    assert_eq!(provider.requests(), 1);
}

//! Whatever goes wrong, and however often the process dies: nobody is told twice.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use proptest::prelude::*;
use runtime::{NotSent, Notice, Notifier, Sending};
use storm::store::StoreError;
use testkit::memory_store::MemoryStore;

use super::{boiled, dying, kitchen, living, quick, quiet};
use crate::kitchen::until;

/// How an attempt goes.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Goes {
    Well,
    Nowhere,
    /// Nowhere, and then the disk takes nothing for a moment.
    NowhereAndFull,
    Refused,
    /// In doubt for us; `true` is heard all the same.
    Lost(bool),
    /// The process dies before it is known; `true` is heard.
    Dies(bool),
}

fn goes() -> impl Strategy<Value = Goes> {
    prop_oneof![
        4 => Just(Goes::Well),
        4 => Just(Goes::Nowhere),
        1 => Just(Goes::NowhereAndFull),
        1 => Just(Goes::Refused),
        1 => any::<bool>().prop_map(Goes::Lost),
        1 => any::<bool>().prop_map(Goes::Dies),
    ]
}

#[derive(Default)]
struct Weather {
    /// In this order; then all goes well.
    next: Vec<Goes>,
    /// What was tried, and how it went.
    tried: Vec<(String, Goes)>,
    dead: bool,
}

struct Whistle(Arc<Mutex<Weather>>, MemoryStore);

impl Whistle {
    async fn blow(&self, notice: &Notice) -> Result<(), NotSent> {
        let goes = {
            let mut weather = self.0.lock().unwrap();
            let goes = weather.next.pop().unwrap_or(Goes::Well);
            weather.tried.push((notice.id.clone(), goes));
            weather.dead |= matches!(goes, Goes::Dies(_));
            goes
        };
        let reason = String::new();
        match goes {
            Goes::Well => Ok(()),
            Goes::Nowhere => Err(NotSent::ForSure { reason }),
            Goes::NowhereAndFull => {
                self.1.fail_next_commit(StoreError::Full {
                    place: "a disk".to_owned(),
                });
                Err(NotSent::ForSure { reason })
            }
            Goes::Refused => Err(NotSent::Refused { reason }),
            Goes::Lost(_) => Err(NotSent::Perhaps { reason }),
            Goes::Dies(_) => std::future::pending().await,
        }
    }
}

impl Notifier for Whistle {
    fn name(&self) -> &'static str {
        "whistle"
    }

    fn send<'a>(&'a self, notice: &'a Notice) -> Sending<'a> {
        Box::pin(self.blow(notice))
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nobody_is_told_twice_and_nothing_is_left_out_without_a_reason(
        times in 1..20_usize,
        next in prop::collection::vec(goes(), 0..30),
    ) {
        let store = MemoryStore::new();
        let weather = Arc::new(Mutex::new(Weather { next, ..Weather::default() }));
        let whistle = || Arc::new(Whistle(Arc::clone(&weather), store.clone()));
        living(async {
            let kettles = kitchen(&store);
            boiled(&kettles, "blue", times).await;
            kettles.stop().await;
        });
        loop {
            weather.lock().unwrap().dead = false;
            dying(|| async {
                let kettles = kitchen(&store);
                kettles.notify(whistle(), quick());
                until("all told, or dead", || async {
                    weather.lock().unwrap().dead || kettles.health().notifiers[0].waiting == 0
                })
                .await;
                kettles
            });
            if !weather.lock().unwrap().dead {
                break;
            }
        }
        let tried = weather.lock().unwrap().tried.clone();
        let heard: Vec<&String> = tried
            .iter()
            .filter(|(_, goes)| matches!(goes, Goes::Well | Goes::Lost(true) | Goes::Dies(true)))
            .map(|(id, _)| id)
            .collect();
        let once: BTreeSet<&String> = heard.iter().copied().collect();
        prop_assert_eq!(once.len(), heard.len(), "told twice: {:?}", tried);
        let excused = tried
            .iter()
            .filter(|(_, goes)| !matches!(goes, Goes::Well | Goes::Nowhere | Goes::NowhereAndFull))
            .map(|(id, _)| id);
        let accounted: BTreeSet<&String> = once.iter().copied().chain(excused).collect();
        prop_assert_eq!(accounted.len(), times, "left out: {:?}", tried);
        let places: Vec<usize> = heard.iter().map(|id| id["kettles-".len()..].parse().unwrap()).collect();
        prop_assert!(places.is_sorted(), "out of order: {:?}", tried);
    }
}

#[test]
fn a_long_log_is_told_whole() {
    let store = MemoryStore::new();
    let weather = Arc::new(Mutex::new(Weather::default()));
    living(async {
        let kettles = kitchen(&store);
        let whistle = Arc::new(Whistle(Arc::clone(&weather), store.clone()));
        kettles.notify(
            whistle,
            super::NotifierSettings {
                give_up: Duration::from_secs(3_600),
                ..quick()
            },
        );
        boiled(&kettles, "blue", 600).await;
        quiet(&kettles).await;
    });
    let ids: Vec<String> = weather
        .lock()
        .unwrap()
        .tried
        .iter()
        .map(|(id, _)| id.clone())
        .collect();
    let expected: Vec<String> = (2..=601).map(|place| format!("kettles-{place}")).collect();
    assert_eq!(ids, expected);
}

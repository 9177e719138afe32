//! Whom a key means, however it is spelled.

use runtime::Settings;
use serde_json::json;
use storm::store::{Changed, Changes, Record, StoredKey};
use testkit::memory_store::MemoryStore;

use crate::kitchen::start;
use crate::larder::{buy, larder};

/// A store with sack 1 of this mill, kept as an earlier version did: as it was sent.
fn kept_before(mill: &str) -> MemoryStore {
    let store = MemoryStore::new();
    let key = StoredKey {
        kind: "sack".to_owned(),
        name: "mill".to_owned(),
        value: mill.into(),
    };
    let changes = Changes {
        records: vec![Changed {
            record: Record {
                kind: "sack".to_owned(),
                id: 1,
                version: 1,
                correlation: "before".to_owned(),
                state: json!({"mill": mill, "kilos": 1}).to_string(),
                hidden: false,
            },
            loaded: 0,
        }],
        keys_added: vec![(key, 1)],
        ids_reserved: Some(1),
        counted: vec![("sack".to_owned(), 1)],
        ..Changes::default()
    };
    store.open().writer.commit(&changes).unwrap();
    store
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_means_who_has_it_in_its_one_spelling_or_as_it_was_kept_before() {
    let larder = start(larder(), &kept_before("A-1 "), Settings::default());
    let bought = async |mill: &str| buy(&larder, mill, 5).await.unwrap().record;

    let before = bought("A-1 ").await;
    assert_eq!(before.id, 1);
    assert!(before.state.contains("\"A-1 \""), "{}", before.state);

    let other = bought("A-2 ").await;
    assert_ne!(other.id, 1);
    assert!(other.state.contains("\"A-2\""), "{}", other.state);
    assert_eq!(bought("\u{feff}A-2\n").await.id, other.id);

    let clean = bought("A-1").await;
    assert_ne!(clean.id, 1);
    assert_eq!(
        bought("A-1 ").await.id,
        clean.id,
        "the clean one comes first"
    );
}

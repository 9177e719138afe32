//! Rows that are kept and not shown.

use runtime::{Running, Settings};
use serde::{Deserialize, Serialize};
use storm::store::Page;
use storm::{Context, Key, ReadModel};
use testkit::memory_store::MemoryStore;

use crate::kitchen::{
    KettleBoiled, KettleCooled, KettleFilled, fill, heat_to, kettles, start, until,
};

/// A kettle on the hob, until it has cooled: for good.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Hob {
    name: String,
    boiled: i64,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    left: bool,
}

fn hobs() -> Context {
    Context::new("hobs", 0).read_model(
        ReadModel::at("hobs", "hob", "kettle")
            .also_found_by(&["name"], |hob: &Hob| vec![Key::shared("name", &hob.name)])
            .hidden_when(|hob| hob.left)
            .on(
                |filled: &KettleFilled| filled.kettle,
                |hob, filled| hob.name.clone_from(&filled.name),
            )
            .on(
                |boiled: &KettleBoiled| boiled.kettle,
                |hob, boiled| hob.boiled = boiled.times,
            )
            .on(
                |cooled: &KettleCooled| cooled.kettle,
                |hob, _| hob.left = true,
            ),
    )
}

async fn shown(hobs: &Running) -> Vec<(i64, String)> {
    let all = Page {
        skip: 0,
        limit: 100,
        descending: false,
    };
    let rows = hobs.page("hobs", all).await.unwrap();
    rows.into_iter().map(|row| (row.id, row.state)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_row_is_not_counted_stays_away_and_does_not_come_back_with_a_rebuild() {
    let kettles = start(kettles(), &MemoryStore::new(), Settings::default());
    let hobs = start(hobs(), &MemoryStore::new(), Settings::default());
    hobs.listen_to(kettles.log());
    for (number, name) in [(1, "red"), (2, "blue")] {
        fill(&kettles, name).await.unwrap();
        heat_to(&kettles, number, "100").await.unwrap();
    }
    until("both are on the hob", || async {
        let rows = shown(&hobs).await;
        rows.len() == 2 && rows.iter().all(|(_, row)| row.contains("\"boiled\":1"))
    })
    .await;
    heat_to(&kettles, 1, "20").await.unwrap();
    heat_to(&kettles, 1, "100").await.unwrap();
    heat_to(&kettles, 2, "100").await.unwrap();
    let blue = vec![(2, r#"{"name":"blue","boiled":2}"#.to_owned())];
    until("only blue is left", || async { shown(&hobs).await == blue }).await;
    assert_eq!(hobs.count("hobs").await, Ok(1));

    hobs.rebuild("hobs").await.unwrap();
    assert_eq!(shown(&hobs).await, blue, "I6");
    assert_eq!(hobs.count("hobs").await, Ok(1));
}

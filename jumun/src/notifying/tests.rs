use std::time::Duration;

use http::{Method, Request, StatusCode};
use http_api::{Body, ContextApi, Endpoint as _};
use serde_json::Value;

use super::*;
use crate::assembly::{Assembly, Shared};
use crate::configuration::Sources;
use crate::stores::{self, Patience};
use crate::toy;

struct Teahouse {
    folder: tempfile::TempDir,
    configuration: Configuration,
}

impl Teahouse {
    /// The table writes its notices to a file.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let toml = folder.path().join("jumun.toml");
        let file = folder.path().join("gong.jsonl");
        let text = format!("[systems.teahouse.table.notify]\nfile = {file:?}\n");
        std::fs::write(&toml, text).unwrap();
        let configuration = Configuration::read(&Sources {
            file: Some(&toml),
            variables: &[],
            systems: &[toy::with_gong()],
        });
        let mut configuration = configuration.unwrap();
        configuration.data = folder.path().join("data");
        std::fs::create_dir_all(configuration.folder("teahouse")).unwrap();
        Self {
            folder,
            configuration,
        }
    }

    async fn open(&self, listen: bool) -> Assembly {
        let shared = Shared {
            configuration: &self.configuration,
            chaos: false,
            token: None,
            listen,
        };
        let system = toy::with_gong();
        let stores = stores::open(
            system.name(),
            system.contexts(),
            &self.configuration,
            &Patience::Fails,
        );
        let stores = stores.await.unwrap();
        Assembly::start(system, stores, &shared).await.unwrap()
    }

    fn gong(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.folder.path().join("gong.jsonl"));
        let text = text.unwrap_or_default();
        let lines = text.lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    async fn until_the_gong_has_sounded(&self, times: usize) {
        let sounded = async {
            while self.gong().len() < times {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(20), sounded).await;
        assert!(waited.is_ok(), "{:?}, not {times}", self.gong());
    }
}

async fn boil(kitchen: &ContextApi) {
    let request = Request::builder()
        .method(Method::POST)
        .uri("/kettles")
        .header("host", "teahouse")
        .header("content-type", "application/json");
    let request = request.body(Body::full("{}")).unwrap();
    assert_eq!(kitchen.handle(request).await.status(), StatusCode::CREATED);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_context_tells_people_as_configured_and_an_operator_who_mends_tells_nobody() {
    let teahouse = Teahouse::new();
    let open = teahouse.open(true).await;
    boil(open.find("kitchen").unwrap()).await;
    teahouse.until_the_gong_has_sounded(1).await;
    let told = teahouse.gong().remove(0);
    assert_eq!(told["id"], "table-1");
    assert_eq!(told["system"], "teahouse");
    assert_eq!(told["text"], "cup 1 is poured");
    let kitchen = open.find("kitchen").unwrap().running();
    assert!(
        kitchen.health().notifiers.is_empty(),
        "it has nothing to tell"
    );
    open.stop().await;

    let mending = teahouse.open(false).await;
    let table = mending.find("table").unwrap().running();
    assert!(table.health().notifiers.is_empty());
    mending.stop().await;

    let open = teahouse.open(true).await;
    boil(open.find("kitchen").unwrap()).await;
    teahouse.until_the_gong_has_sounded(2).await;
    open.stop().await;
    let ids: Vec<Value> = teahouse.gong().iter().map(|n| n["id"].clone()).collect();
    assert_eq!(ids, ["table-1", "table-2"]);
}

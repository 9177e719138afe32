use std::time::Duration;

use http::{Method, Request, StatusCode};
use http_api::{Body, InProcess};

use super::*;
use crate::toy;

/// Starts one context of the teahouse as a process of its own would.
async fn start(
    name: &str,
    transport: &InProcess,
    configuration: &Configuration,
) -> Arc<ContextApi> {
    let contexts = toy::system().into_contexts();
    let declared: Vec<Context> = contexts.into_iter().filter(|c| c.name() == name).collect();
    let folder = configuration.folder("teahouse");
    std::fs::create_dir_all(&folder).unwrap();
    let shared = Shared {
        configuration,
        chaos: false,
        token: None,
        listen: true,
    };
    let stores = stores::open("teahouse", &declared, configuration, &Patience::Fails);
    let store = stores.await.unwrap().pop().unwrap();
    let declared = declared.into_iter().next().unwrap();
    let transport = Arc::new(transport.clone());
    assembly::start("teahouse", declared, &[], store, transport, &shared).unwrap()
}

async fn send(
    api: &Arc<ContextApi>,
    method: Method,
    path: &str,
) -> (StatusCode, serde_json::Value) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "teahouse")
        .header("content-type", "application/json")
        .header("accept", "application/json");
    let response = api.handle(request.body(Body::full("{}")).unwrap()).await;
    let status = response.status();
    let body = response.into_body().whole(1 << 16).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

async fn cups(table: &Arc<ContextApi>) -> u64 {
    let (_, cups) = send(table, Method::GET, "/cups").await;
    cups["page"]["totalElements"].as_u64().unwrap()
}

async fn until_there_are(wanted: u64, table: &Arc<ContextApi>) {
    let there = async {
        while cups(table).await != wanted {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(20), there).await;
    assert!(waited.is_ok(), "{} cups, not {wanted}", cups(table).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_context_takes_in_what_another_process_has_told_and_tells() {
    let data = tempfile::tempdir().unwrap();
    let mut configuration = Configuration::default();
    configuration.data = data.path().to_owned();
    let transport = InProcess::new();

    let table = start("table", &transport, &configuration).await;
    let endpoint: Arc<dyn Endpoint> = Arc::clone(&table) as Arc<dyn Endpoint>;
    transport.add("table", &endpoint);
    // The other's store is not there yet.
    let folder = configuration.folder("teahouse");
    neighbour::listen(Arc::clone(table.running()), "kitchen", folder);

    let kitchen = start("kitchen", &transport, &configuration).await;
    assert_eq!(
        send(&kitchen, Method::POST, "/kettles").await.0,
        StatusCode::CREATED
    );
    until_there_are(1, &table).await;
    assert_eq!(
        send(&kitchen, Method::POST, "/kettles").await.0,
        StatusCode::CREATED
    );
    until_there_are(2, &table).await;
}

#[test]
fn contexts_are_where_the_configuration_says_or_on_their_ports_on_this_machine() {
    let mut configuration = Configuration::default();
    let found = addresses(&toy::system(), &configuration);
    assert_eq!(found[1], ("table", "http://127.0.0.1:7082".to_owned()));

    let variables = [(
        "JUMUN_SYSTEMS__TEAHOUSE__TABLE__ADDRESS".to_owned(),
        "http://table:80".to_owned(),
    )];
    configuration = Configuration::read(&crate::configuration::Sources {
        file: None,
        variables: &variables,
        systems: &[toy::system()],
    })
    .unwrap();
    let found = addresses(&toy::system(), &configuration);
    assert_eq!(found[1].1, "http://table:80");
}

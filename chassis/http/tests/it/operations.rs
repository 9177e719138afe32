//! Health, metrics, and what an operator does.

use std::sync::Arc;

use http_api::{ApiSettings, Bus, CallerSettings, InProcess};
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use runtime::{NotSent, Notice, Notifier, NotifierSettings, Sending};
use serde_json::{Map, Value, json};
use storm::store::{Changes, NewEvent, ParkedEvent, StoreError, StoredEvent};
use testkit::memory_store::MemoryStore;

use crate::app::{ANY, App, JSON, Reply};

const HEALTH: &str = "application/vnd.spring-boot.actuator.v2+json;charset=UTF-8";

#[tokio::test]
async fn health_has_the_originals_shape_with_components() {
    let app = App::new();
    let reply = app.get("/actuator/health").await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("content-type"), Some(HEALTH));
    let health = reply.json();
    assert_eq!(health["status"], "UP");
    for component in [
        "store",
        "bus",
        "breakers",
        "notifiers",
        "deadLetters",
        "livenessState",
        "readinessState",
    ] {
        assert_eq!(
            health["components"][component]["status"], "UP",
            "{component}"
        );
    }
    assert_eq!(health["components"]["bus"]["details"]["lag"]["kitchen"], 0);
    for group in ["liveness", "readiness"] {
        let reply = app.get(&format!("/actuator/health/{group}")).await;
        assert_eq!(
            (reply.status.as_u16(), &*reply.text),
            (200, r#"{"status":"UP"}"#)
        );
    }
}

/// Its others are out of reach.
struct Island;

impl Bus for Island {
    fn health(&self) -> (bool, Map<String, Value>) {
        (
            false,
            Map::from_iter([("broker".to_owned(), json!("away"))]),
        )
    }

    fn register(&self, registry: &mut Registry) {
        let boats = Gauge::<i64>::default();
        registry.register("island_boats", "Boats", boats);
    }
}

#[tokio::test]
async fn a_bus_that_reaches_nobody_is_shown_and_does_not_make_its_context_ill() {
    let app = App::new();
    app.api.joined(Arc::new(Island));
    let health = app.get("/actuator/health").await;
    assert_eq!(health.status, 200);
    let bus = &health.json()["components"]["bus"];
    assert_eq!(bus["status"], "DOWN");
    assert_eq!(bus["details"]["broker"], "away");
    assert_eq!(bus["details"]["lag"]["kitchen"], 0);
    let metrics = app.get("/actuator/prometheus").await;
    assert!(
        metrics.text.contains("\nisland_boats 0\n"),
        "{}",
        metrics.text
    );
}

/// Nobody hears it.
struct DeafStreet;

impl Notifier for DeafStreet {
    fn name(&self) -> &'static str {
        "street"
    }

    fn send<'a>(&'a self, _: &'a Notice) -> Sending<'a> {
        let reason = "nobody hears".to_owned();
        Box::pin(std::future::ready(Err(NotSent::ForSure { reason })))
    }
}

#[tokio::test]
async fn a_notifier_that_fails_is_shown_and_does_not_make_its_context_ill() {
    let app = App::new();
    let settings = NotifierSettings::default();
    app.api.running().notify(Arc::new(DeafStreet), settings);
    app.buy("a", 1).await;
    let failing = |reply: &Reply| {
        reply.json()["components"]["notifiers"]["details"]["street"]["status"] == "DOWN"
    };
    let health = app.eventually("/actuator/health", failing).await;
    assert_eq!(health.status, 200);
    let health = health.json();
    assert_eq!(health["status"], "UP");
    assert_eq!(
        health["components"]["notifiers"]["details"]["street"],
        json!({"status": "DOWN", "waiting": 1, "lastError": "nobody hears"})
    );
    let metrics = app.get("/actuator/prometheus").await.text;
    for line in [
        r#"jumun_notices_total{context="kitchen",notifier="street",outcome="failed"}"#,
        r#"jumun_notices_waiting{context="kitchen",notifier="street"} 1"#,
    ] {
        assert!(metrics.contains(line), "{line}: {metrics}");
    }
}

#[tokio::test]
async fn a_store_that_takes_nothing_is_down_and_its_context_alive() {
    let app = App::new();
    app.buy("a", 1).await;
    // The read model's commits are through: the next one is the command's.
    for search in [
        "boilings/search/findByKettleName",
        "allBoilings/search/findBykettlename",
    ] {
        let path = format!("/{search}?kettleName=a");
        app.eventually(&path, |reply| reply.status == 200).await;
    }
    app.store.fail_next_commit(StoreError::Full {
        place: "disk".to_owned(),
    });
    let refused = app.post("/kettles", r#"{"name":"b","litres":1}"#).await;
    assert_eq!(refused.status, 507);
    assert_eq!(refused.json()["code"], "store-full");
    let health = app.get("/actuator/health").await;
    assert_eq!(health.status, 503);
    assert_eq!(health.json()["status"], "DOWN");
    assert_eq!(health.json()["components"]["store"]["status"], "DOWN");
    assert_eq!(app.get("/actuator/health/readiness").await.status, 503);
    assert_eq!(app.get("/actuator/health/liveness").await.status, 200);
    app.buy("c", 1).await;
    assert_eq!(app.get("/actuator/health").await.status, 200);
}

#[tokio::test]
async fn a_context_on_its_way_out_is_out_of_service_and_still_answers() {
    let app = App::new();
    app.api.drain();
    let reply = app.get("/actuator/health/readiness").await;
    assert_eq!(reply.status, 503);
    assert_eq!(reply.json()["status"], "OUT_OF_SERVICE");
    assert_eq!(app.get("/actuator/health/liveness").await.status, 200);
    app.buy("a", 1).await;
}

#[tokio::test]
async fn a_stopped_context_invites_to_try_again() {
    let app = App::new();
    app.buy("a", 1).await;
    app.api.running().stop().await;
    let refused = app.post("/kettles", r#"{"name":"b","litres":1}"#).await;
    assert_eq!(refused.status, 503);
    assert!(refused.header("retry-after").is_some());
    assert!(
        refused.json()["detail_ko"]
            .as_str()
            .unwrap()
            .contains("잠시 후")
    );
    assert_eq!(app.get("/actuator/health").await.status, 503);
}

#[tokio::test]
async fn the_outbox_says_how_far_what_was_told_has_got() {
    let app = App::new();
    let before = app.get("/actuator/outbox").await.json();
    assert_eq!(
        (before["head"].as_i64(), before["published"].as_i64()),
        (Some(0), Some(0))
    );
    app.buy("a", 1).await;
    // Without a bus between processes, what is in the log is where others read it.
    let told = app.get("/actuator/outbox").await;
    assert_eq!(told.status, 200);
    let told = told.json();
    assert!(told["head"].as_i64() > Some(0), "{told}");
    assert_eq!(told["head"], told["published"]);
    assert!(told["until"].as_i64() >= before["until"].as_i64(), "{told}");
    // With one, all up to the moment before the first that it has not got.
    let outlet = app.api.running().outlet();
    let log = outlet.after(0, 1).await.unwrap();
    let waiting = app.get("/actuator/outbox").await.json();
    assert_eq!(waiting["head"], told["head"]);
    assert_eq!(waiting["published"], 0);
    assert_eq!(waiting["until"], log[0].event.at - 1);
    let refused = app.post("/actuator/outbox", "{}").await;
    assert_eq!(refused.status, 405);
}

#[tokio::test]
async fn info_says_what_this_is() {
    let app = App::with(ApiSettings {
        system: "house".to_owned(),
        version: "1.2.3".to_owned(),
        ..ApiSettings::default()
    });
    let info = app.get("/actuator/info").await.json();
    assert_eq!(info["system"], "house");
    assert_eq!(info["context"], "kitchen");
    assert_eq!(info["version"], "1.2.3");
    assert_eq!(info["collections"][0], "kettles");
}

#[tokio::test]
async fn metrics_count_requests_by_route_and_status() {
    let app = App::with(ApiSettings {
        caller: Some(http_api::Caller::new(
            "kitchen",
            Arc::new(InProcess::new()),
            CallerSettings::default(),
        )),
        ..ApiSettings::default()
    });
    app.buy("a", 1).await;
    app.buy("b", 1).await;
    app.get("/kettles/1").await;
    app.get("/kettles/999").await;
    app.get("/nothing/like/it").await;
    app.post("/kettles", r#"{"name":"permit-1","litres":1}"#)
        .await;
    let reply = app.get("/actuator/prometheus").await;
    assert!(
        reply
            .header("content-type")
            .unwrap()
            .starts_with("application/openmetrics-text")
    );
    for line in [
        r#"jumun_http_requests_total{context="kitchen",method="POST",route="/kettles",status="2xx"} 2"#,
        r#"jumun_http_requests_total{context="kitchen",method="POST",route="/kettles",status="5xx"} 1"#,
        r#"jumun_http_requests_total{context="kitchen",method="GET",route="/kettles/{id}",status="2xx"} 1"#,
        r#"jumun_http_requests_total{context="kitchen",method="GET",route="/kettles/{id}",status="4xx"} 1"#,
        r#"jumun_http_requests_total{context="kitchen",method="GET",route="unknown",status="4xx"} 1"#,
        r#"jumun_http_request_duration_seconds_count{context="kitchen",method="POST",route="/kettles"} 3"#,
        r#"jumun_breaker_state{from="kitchen",to="permits",question="ask_for_a_permit"} 0"#,
        r#"jumun_calls_total{from="kitchen",to="permits",question="ask_for_a_permit",outcome="failed"} 1"#,
        "jumun_commits_total{context=\"kitchen\"}",
    ] {
        assert!(reply.text.contains(line), "{line}\n{}", reply.text);
    }
}

#[tokio::test]
async fn contexts_of_one_name_in_two_systems_are_told_apart_by_their_system_s() {
    let texts = ["house", "garden"].map(async |system| {
        let app = App::with(ApiSettings {
            system: system.to_owned(),
            ..ApiSettings::default()
        });
        app.get("/kettles/999").await;
        app.get("/actuator/prometheus").await.text
    });
    let [house, garden] = texts;
    let merged = http_api::merged([house.await, garden.await]);
    let samples = merged.lines().filter(|line| !line.starts_with('#'));
    let series: Vec<&str> = samples
        .filter_map(|line| line.rsplit_once(' ').map(|(series, _)| series))
        .collect();
    let different: std::collections::BTreeSet<&str> = series.iter().copied().collect();
    assert_eq!(different.len(), series.len(), "{merged}");
    for system in ["house", "garden"] {
        let sample = format!(
            r#"jumun_http_requests_total{{system="{system}",context="kitchen",method="GET",route="/kettles/{{id}}",status="4xx"}} 1"#
        );
        assert!(merged.contains(&sample), "{sample}\n{merged}");
    }
}

fn operator() -> App {
    operator_of(MemoryStore::new())
}

fn operator_of(store: MemoryStore) -> App {
    let settings = ApiSettings {
        admin_token: Some("let-me-in".to_owned()),
        ..ApiSettings::default()
    };
    App::on(store, settings)
}

/// A kitchen that has given up on one event of its own.
fn dead_letter() -> MemoryStore {
    let event = NewEvent {
        event_type: "KettleBought".to_owned(),
        kind: "kettle".to_owned(),
        id: 1,
        version: 1,
        correlation: "story-7".to_owned(),
        causation: "r-1".to_owned(),
        trace: String::new(),
        at: 1_000,
        data: r#"{"name":"a","litres":1,"note":null}"#.to_owned(),
    };
    let parked = ParkedEvent {
        producer: "kitchen".to_owned(),
        stored: StoredEvent {
            position: 1,
            event: event.clone(),
        },
        attempts: 9,
        retry_at: None,
        reason: "the lid was stuck".to_owned(),
    };
    let changes = Changes {
        events: vec![event],
        cursors: vec![("kitchen".to_owned(), 1)],
        parked: vec![parked],
        ..Changes::default()
    };
    let store = MemoryStore::new();
    store.open().writer.commit(&changes).unwrap();
    store
}

#[tokio::test]
async fn who_shows_no_token_finds_nothing_to_operate() {
    let app = operator();
    for (method, path) in [
        ("GET", "/actuator/dead-letters"),
        ("POST", "/actuator/dead-letters/kitchen/1/retry"),
        ("DELETE", "/actuator/dead-letters/kitchen/1"),
        ("POST", "/actuator/rebuild/boilings"),
    ] {
        for headers in [
            &[ANY][..],
            &[ANY, ("authorization", "Bearer wrong")],
            &[ANY, ("authorization", "Bearer let-me-in2")],
            &[ANY, ("authorization", "Bearer ")],
            &[ANY, ("authorization", "Basic let-me-in")],
        ] {
            let reply = app.send(method, path, headers, "").await;
            assert_eq!(reply.status, 404, "{method} {path} {headers:?}");
        }
        let closed = App::new();
        let reply = closed
            .send(method, path, &[("authorization", "Bearer ")], "")
            .await;
        assert_eq!(reply.status, 404, "{method} {path}");
    }
}

const TOKEN: (&str, &str) = ("authorization", "Bearer let-me-in");

#[tokio::test]
async fn an_operator_rebuilds_a_read_model() {
    let app = operator();
    app.buy("a", 1).await;
    app.eventually("/boilings/search/findByKettleName?kettleName=a", |r| {
        r.status == 200
    })
    .await;
    let rebuilt = app
        .send("POST", "/actuator/rebuild/boilings", &[TOKEN], "")
        .await;
    assert_eq!(rebuilt.status, 200, "{}", rebuilt.text);
    assert_eq!(rebuilt.json()["events"], 1);
    let unknown = app
        .send("POST", "/actuator/rebuild/cups", &[TOKEN], "")
        .await;
    assert_eq!(unknown.status, 404);
    assert!(
        unknown.json()["detail"]
            .as_str()
            .unwrap()
            .contains("boilings")
    );
    let get = app
        .send("GET", "/actuator/rebuild/boilings", &[TOKEN], "")
        .await;
    assert_eq!(
        (get.status.as_u16(), get.header("allow")),
        (405, Some("POST"))
    );
}

#[tokio::test]
async fn an_operator_looks_into_dead_letters_and_drops_them() {
    let app = operator_of(dead_letter());
    let listed = app
        .send("GET", "/actuator/dead-letters", &[TOKEN], "")
        .await
        .json();
    let letter = &listed["deadLetters"][0];
    assert_eq!(letter["position"], 1);
    assert_eq!(letter["reason"], "the lid was stuck");
    assert_eq!(letter["type"], "KettleBought");
    assert_eq!(letter["data"]["name"], "a");
    for path in [
        "/actuator/dead-letters/kitchen/x",
        "/actuator/dead-letters/kitchen/x/retry",
    ] {
        let method = if path.ends_with("retry") {
            "POST"
        } else {
            "DELETE"
        };
        assert_eq!(
            app.send(method, path, &[TOKEN], "").await.status,
            400,
            "{path}"
        );
    }
    for path in [
        "/actuator/dead-letters/kitchen/99",
        "/actuator/dead-letters/cellar/1",
    ] {
        assert_eq!(
            app.send("DELETE", path, &[TOKEN], "").await.status,
            404,
            "{path}"
        );
    }
    let path = "/actuator/dead-letters/kitchen/1";
    assert_eq!(app.send("PUT", path, &[TOKEN, JSON], "").await.status, 405);
    let dropped = app.send("DELETE", path, &[TOKEN], "").await;
    assert_eq!(dropped.status, 204, "{}", dropped.text);
    let listed = app
        .send("GET", "/actuator/dead-letters", &[TOKEN], "")
        .await
        .json();
    assert_eq!(listed["deadLetters"], serde_json::json!([]));
}

#[tokio::test]
async fn an_operator_tries_a_dead_letter_again() {
    let app = operator_of(dead_letter());
    let path = "/actuator/dead-letters/kitchen/1/retry";
    assert_eq!(app.send("GET", path, &[TOKEN], "").await.status, 405);
    let retried = app.send("POST", path, &[TOKEN], "").await;
    assert_eq!(retried.status, 204, "{}", retried.text);
    let row = "/boilings/search/findByKettleName?kettleName=a";
    app.eventually(row, |reply| reply.status == 200).await;
}

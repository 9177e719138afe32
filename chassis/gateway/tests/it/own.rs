use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use gateway::{Gateway, Upstream};
use http::{Method, Request, Response, StatusCode};
use http_api::{Answering, Body, Endpoint};
use serde_json::json;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::stage::{backend, door, get, remote, request, send, teahouse, toy};

/// A context whose operators' pages and root say this.
fn context(name: &str, says: &'static str) -> gateway::Backend {
    let upstream = toy(move |request| {
        let body = match request.uri().path() {
            "/" => json!({"_links": {
                "kettles": {"href": "http://shop/kettles{?page}", "templated": true},
                "profile": {"href": "http://shop/profile"},
            }}),
            "/actuator/health/liveness" => json!({"status": "UP"}),
            _ => json!({"status": says, "asked": request.uri().path()}),
        };
        let mut response = Response::new(Body::full(body.to_string()));
        if body["status"] == "DOWN" || body["status"] == "OUT_OF_SERVICE" {
            *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        }
        response
    });
    backend(name, &["kettles"], Upstream::Here(upstream))
}

async fn health(door: &Gateway, group: &str) -> (StatusCode, String) {
    let answer = get(door, &format!("/actuator/health{group}")).await;
    let status = answer.json()["status"].as_str().unwrap().to_owned();
    (answer.status, status)
}

#[tokio::test]
async fn the_root_links_to_all_collections_as_their_contexts_write_them() {
    let answer = get(&door(vec![context("kitchen", "UP")]), "/").await;
    assert_eq!(
        answer.header("content-type"),
        Some("application/hal+json;charset=UTF-8")
    );
    assert_eq!(
        answer.json(),
        json!({"_links": {
            "kettles": {"href": "http://shop/kettles{?page}", "templated": true},
            "profile": {"href": "http://shop/profile"},
        }})
    );
}

#[tokio::test]
async fn a_context_of_another_process_that_is_away_does_not_end_the_door_before_it() {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
        .await
        .unwrap();
    let nobody = listener.local_addr().unwrap();
    drop(listener);
    let away = backend("table", &["cups"], remote(nobody, Duration::from_secs(5)));
    let door = door(vec![context("kitchen", "UP"), away]);
    assert_eq!(health(&door, "").await.0, StatusCode::SERVICE_UNAVAILABLE);
    for group in ["/liveness", "/readiness"] {
        assert_eq!(health(&door, group).await.0, StatusCode::OK, "{group}");
    }
    door.stop();
    let readiness = health(&door, "/readiness").await;
    assert_eq!(readiness.1, "OUT_OF_SERVICE");
}

#[tokio::test]
async fn health_is_as_bad_as_the_worst_context_s() {
    let up = door(vec![context("kitchen", "UP"), context("table", "UP")]);
    assert_eq!(health(&up, "").await, (StatusCode::OK, "UP".to_owned()));

    for (says, status) in [
        ("DOWN", "DOWN"),
        ("OUT_OF_SERVICE", "OUT_OF_SERVICE"),
        ("?", "DOWN"),
    ] {
        let ill = door(vec![context("kitchen", says), context("table", "UP")]);
        let expected = (StatusCode::SERVICE_UNAVAILABLE, status.to_owned());
        assert_eq!(health(&ill, "").await, expected);
        assert_eq!(health(&ill, "/readiness").await, expected);
        assert_eq!(health(&ill, "/liveness").await.0, StatusCode::OK);
    }
}

/// Answers when it is told to, and counts how often it was asked.
#[derive(Default)]
struct Slow {
    asked: AtomicUsize,
    told: Notify,
}

impl Endpoint for Slow {
    fn handle(&self, _: Request<Body>) -> Answering<'_> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        Box::pin(async {
            self.told.notified().await;
            Response::new(Body::full(r#"{"status":"UP"}"#))
        })
    }
}

#[tokio::test]
async fn all_who_ask_for_health_at_once_share_one_look_at_each_context() {
    let kitchen = Arc::new(Slow::default());
    let upstream = Upstream::Here(Arc::clone(&kitchen) as Arc<dyn Endpoint>);
    let door = Arc::new(door(vec![backend("kitchen", &["kettles"], upstream)]));
    for (asked_so_far, group) in ["", "/liveness", "/readiness"].iter().enumerate() {
        let mut probes = JoinSet::new();
        let waiting = Arc::new(AtomicUsize::new(0));
        for _ in 0..600 {
            let (door, waiting) = (Arc::clone(&door), Arc::clone(&waiting));
            probes.spawn(async move {
                let mut probe = Box::pin(health(&door, group));
                // It runs as far as it can, and joins the others.
                let at_once = std::future::poll_fn(|cx| Poll::Ready(probe.as_mut().poll(cx)));
                assert!(at_once.await.is_pending());
                waiting.fetch_add(1, Ordering::SeqCst);
                probe.await
            });
        }
        while waiting.load(Ordering::SeqCst) < 600 {
            tokio::task::yield_now().await;
        }
        kitchen.told.notify_one();
        let answers = probes.join_all().await;
        assert_eq!(kitchen.asked.load(Ordering::SeqCst), asked_so_far + 1);
        assert!(answers.iter().all(|(status, _)| *status == StatusCode::OK));
    }
}

#[tokio::test]
async fn who_asks_for_health_and_hangs_up_leaves_the_others_their_answer() {
    let kitchen = Arc::new(Slow::default());
    let upstream = Upstream::Here(Arc::clone(&kitchen) as Arc<dyn Endpoint>);
    let door = Arc::new(door(vec![backend("kitchen", &["kettles"], upstream)]));
    let ask = || {
        let door = Arc::clone(&door);
        tokio::spawn(async move { health(&door, "").await })
    };
    let first = ask();
    tokio::task::yield_now().await;
    let second = ask();
    tokio::task::yield_now().await;
    first.abort();
    assert!(first.await.is_err());
    // Once for whoever hung up, once for the other.
    kitchen.told.notify_one();
    tokio::task::yield_now().await;
    kitchen.told.notify_one();
    assert_eq!(second.await.unwrap().0, StatusCode::OK);
}

#[tokio::test]
async fn each_context_s_own_report_stands_in_the_whole() {
    let answer = get(
        &door(vec![context("kitchen", "UP"), context("table", "DOWN")]),
        "/actuator/health",
    )
    .await;
    assert_eq!(
        answer.header("content-type"),
        Some("application/vnd.spring-boot.actuator.v2+json;charset=UTF-8")
    );
    let components = answer.json()["components"].clone();
    assert_eq!(components["kitchen"]["status"], "UP");
    assert_eq!(components["table"]["status"], "DOWN");
}

#[tokio::test]
async fn a_context_that_cannot_be_reached_is_down() {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
        .await
        .unwrap();
    let nobody = listener.local_addr().unwrap();
    drop(listener);
    let door = door(vec![backend(
        "kitchen",
        &["kettles"],
        remote(nobody, Duration::from_secs(5)),
    )]);
    assert_eq!(health(&door, "").await.1, "DOWN");
}

#[tokio::test]
async fn one_that_is_being_stopped_lives_and_is_not_ready() {
    let door = door(vec![context("kitchen", "UP")]);
    door.stop();
    assert_eq!(
        health(&door, "/readiness").await.0,
        StatusCode::SERVICE_UNAVAILABLE
    );
    assert_eq!(health(&door, "/liveness").await.0, StatusCode::OK);
    assert_eq!(
        get(&door, "/kettles").await.status,
        StatusCode::OK,
        "what still comes is answered"
    );
}

#[tokio::test]
async fn operators_pages_of_a_context_are_reached_through_the_door() {
    let door = teahouse();
    let shown = [("authorization", "Bearer x")];
    let path = "/actuator/contexts/table/dead-letters/kitchen/7/retry?a=b";
    let said = send(&door, request(Method::POST, path, &shown))
        .await
        .json();
    assert_eq!(said["context"], "table");
    assert_eq!(said["target"], "/actuator/dead-letters/kitchen/7/retry?a=b");
    assert_eq!(said["headers"]["authorization"], "Bearer x");

    for path in [
        "/actuator/contexts/nobody/health",
        "/actuator/nothing",
        "/actuator/outbox",
        "/actuator",
    ] {
        assert_eq!(
            get(&door, path).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
}

#[tokio::test]
async fn the_door_tells_its_name_and_the_process_s_metrics() {
    let door = teahouse();
    let info = get(&door, "/actuator/info").await.json();
    assert_eq!(info["app"]["name"], "teahouse");
    assert_eq!(info["contexts"], json!(["kitchen", "table"]));
    assert_eq!(get(&door, "/actuator/prometheus").await.body, b"# EOF\n");
}

#[tokio::test]
async fn the_door_s_own_pages_can_only_be_read() {
    let answer = send(&teahouse(), request(Method::POST, "/actuator/health", &[])).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(answer.header("allow"), Some("GET, HEAD"));
}

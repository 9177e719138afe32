//! Faults on demand.

use std::sync::Arc;
use std::time::Duration;

use http_api::{ApiSettings, Chaos};

use crate::app::{ANY, App, JSON};

fn app() -> App {
    App::with(ApiSettings {
        chaos: Some(Arc::new(Chaos::new())),
        ..ApiSettings::default()
    })
}

#[tokio::test]
async fn where_it_is_not_allowed_there_is_nothing_to_turn() {
    let app = App::new();
    assert_eq!(app.get("/actuator/chaos").await.status, 404);
    let put = app.send("PUT", "/actuator/chaos", &[JSON], "{}").await;
    assert_eq!(put.status, 404);
    assert_eq!(app.get("/makeZombie").await.status, 404);
    let healthy = app.get("/isHealthy").await;
    assert_eq!((healthy.status.as_u16(), &*healthy.text), (200, ""));
}

#[tokio::test]
async fn a_zombie_says_that_it_is_one() {
    let app = app();
    assert_eq!(app.get("/isHealthy").await.status, 200);
    assert_eq!(app.get("/makeZombie").await.status, 200);
    let ill = app.get("/isHealthy").await;
    assert_eq!(ill.status, 500);
    let body = ill.json();
    assert_eq!(body["message"], "zombie.....");
    assert_eq!(body["error"], "Internal Server Error");
    assert_eq!(body["path"], "/isHealthy");
    assert_eq!(app.get("/actuator/health/liveness").await.status, 503);
    assert_eq!(app.get("/actuator/health").await.json()["status"], "DOWN");
}

#[tokio::test]
async fn it_refuses_what_it_is_told_to_refuse() {
    let app = app();
    let knobs = app
        .send("PUT", "/actuator/chaos", &[JSON], r#"{"refuse":true}"#)
        .await;
    assert_eq!(knobs.status, 200, "{}", knobs.text);
    let shown = r#"{"slow":"","refuse":true,"down":false,"mute":false,"die":false}"#;
    assert_eq!(knobs.text, shown);
    let refused = app.post("/kettles", r#"{"name":"a","litres":1}"#).await;
    assert_eq!(refused.status, 409);
    assert_eq!(refused.json()["code"], "refused-by-chaos");
    app.send("PUT", "/actuator/chaos", &[JSON], r#"{"refuse":false}"#)
        .await;
    app.buy("a", 1).await;
}

#[tokio::test]
async fn mute_it_does_what_it_is_told_and_never_says_so() {
    let app = app();
    let turn = |knobs| app.send("PUT", "/actuator/chaos", &[JSON], knobs);
    turn(r#"{"mute":true}"#).await;
    let bought = app.post("/kettles", r#"{"name":"a","litres":1}"#);
    let answered = tokio::time::timeout(Duration::from_millis(200), bought).await;
    assert!(answered.is_err(), "it said something");
    assert_eq!(app.get("/kettles/1").await.json()["name"], "a");
    turn(r#"{"mute":false}"#).await;
    app.buy("b", 1).await;
}

#[tokio::test]
async fn a_read_is_refused_only_where_another_context_asks_for_it() {
    let app = app();
    app.buy("a", 1).await;
    app.send("PUT", "/actuator/chaos", &[JSON], r#"{"refuse":true}"#)
        .await;
    assert_eq!(app.get("/kettles/1").await.status, 200);
    let asked = app
        .send("GET", "/kettles/1", &[("x-asked-by", "grid")], "")
        .await;
    assert_eq!(asked.status, 409);
}

#[tokio::test]
async fn it_is_down_for_all_but_its_operator() {
    let app = app();
    app.send("PUT", "/actuator/chaos", &[JSON], r#"{"down":true}"#)
        .await;
    for path in ["/", "/kettles", "/isHealthy"] {
        let reply = app.get(path).await;
        assert_eq!(reply.status, 503, "{path}");
        assert!(reply.header("retry-after").is_some());
    }
    assert_eq!(app.get("/actuator/chaos").await.json()["down"], true);
    app.send("PUT", "/actuator/chaos", &[JSON], r#"{"down":false}"#)
        .await;
    assert_eq!(app.get("/kettles").await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn it_takes_its_time_over_a_post() {
    let app = app();
    let slow = r#"{"slow":"400-620ms"}"#;
    assert_eq!(
        app.send("PUT", "/actuator/chaos", &[JSON], slow)
            .await
            .status,
        200
    );
    let began = tokio::time::Instant::now();
    app.buy("a", 1).await;
    assert!(began.elapsed() >= Duration::from_millis(400));
}

#[tokio::test]
async fn knobs_that_are_none_are_refused() {
    let app = app();
    for (body, says) in [
        (r#"{"slow":"soon"}"#, "400-620ms"),
        (r#"{"explode":true}"#, "explode"),
        ("{", "EOF"),
        (r#"{"refuse":"yes"}"#, "boolean"),
    ] {
        let reply = app.send("PUT", "/actuator/chaos", &[ANY, JSON], body).await;
        assert_eq!(reply.status, 400, "{body}");
        assert!(reply.text.contains(says), "{body}: {}", reply.text);
    }
    let delete = app.send("DELETE", "/actuator/chaos", &[], "").await;
    assert_eq!(delete.status, 405);
}

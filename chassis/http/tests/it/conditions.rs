//! `ETag`, `If-Match`, `If-None-Match`, `Idempotency-Key`.

use crate::app::{ANY, App, JSON};

const BODY: &str = r#"{"name":"blue","litres":2}"#;

#[tokio::test]
async fn a_change_to_another_version_than_this_one_is_412() {
    let app = App::new();
    app.buy("blue", 2).await;
    let put = |tag: &'static str| {
        let app = &app;
        async move {
            let headers = [ANY, JSON, ("if-match", tag)];
            app.send("PUT", "/kettles/1", &headers, BODY).await
        }
    };
    assert_eq!(put("\"1\"").await.status, 200);
    for tag in ["\"1\"", "W/\"2\"", "\"abc\"", "2"] {
        let refused = put(tag).await;
        assert_eq!(refused.status, 412, "{tag}");
        assert_eq!(refused.json()["code"], "changed-meanwhile");
    }
    assert_eq!(put("\"7\", \"2\"").await.status, 200);
    assert_eq!(put("*").await.status, 200);
    for (method, path) in [("DELETE", "/kettles/1"), ("PUT", "/kettles/1/boil")] {
        let reply = app.send(method, path, &[("if-match", "\"1\"")], "").await;
        assert_eq!(reply.status, 412, "{method} {path}");
    }
    let gone = app
        .send("DELETE", "/kettles/1", &[("if-match", "\"4\"")], "")
        .await;
    assert_eq!(gone.status, 204);
}

#[tokio::test]
async fn a_json_patch_honours_if_match_too() {
    let app = App::new();
    app.buy("blue", 2).await;
    let patch = r#"[{"op":"replace","path":"/litres","value":9}]"#;
    let kind = ("content-type", "application/json-patch+json");
    let stale = [ANY, kind, ("if-match", "\"5\"")];
    assert_eq!(
        app.send("PATCH", "/kettles/1", &stale, patch).await.status,
        412
    );
    let fresh = [ANY, kind, ("if-match", "\"1\"")];
    assert_eq!(
        app.send("PATCH", "/kettles/1", &fresh, patch).await.status,
        200
    );
}

#[tokio::test]
async fn who_has_this_version_is_not_sent_it_again() {
    let app = App::new();
    app.buy("blue", 2).await;
    let get = |tag: &'static str| {
        let app = &app;
        async move {
            app.send("GET", "/kettles/1", &[("if-none-match", tag)], "")
                .await
        }
    };
    for tag in ["\"1\"", "W/\"1\"", "\"9\", \"1\"", "*"] {
        let same = get(tag).await;
        assert_eq!((same.status.as_u16(), &*same.text), (304, ""), "{tag}");
        assert_eq!(same.header("etag"), Some("\"1\""));
    }
    assert_eq!(get("\"2\"").await.status, 200);
    app.send("PUT", "/kettles/1/boil", &[], "").await;
    assert_eq!(get("\"1\"").await.status, 200);
}

#[tokio::test]
async fn who_has_this_version_of_what_is_found_is_not_sent_it_again() {
    let app = App::new();
    app.buy("blue", 2).await;
    let path = "/kettles/search/findByName?name=blue";
    let found = app.get(path).await;
    assert_eq!(
        (found.status.as_u16(), found.header("etag")),
        (200, Some("\"1\""))
    );
    for tag in ["\"1\"", "W/\"1\"", "*"] {
        let same = app.send("GET", path, &[("if-none-match", tag)], "").await;
        assert_eq!((same.status.as_u16(), &*same.text), (304, ""), "{tag}");
        assert_eq!(same.header("etag"), Some("\"1\""));
    }
    let other = app
        .send("GET", path, &[("if-none-match", "\"2\"")], "")
        .await;
    assert_eq!(other.status, 200);
}

#[tokio::test]
async fn a_retry_with_the_same_key_buys_once() {
    let app = App::new();
    let headers = [ANY, JSON, ("idempotency-key", "k-1")];
    let first = app.send("POST", "/kettles", &headers, BODY).await;
    let second = app.send("POST", "/kettles", &headers, BODY).await;
    assert_eq!((first.status.as_u16(), second.status.as_u16()), (201, 201));
    assert_eq!(first.header("idempotent-replayed"), None);
    assert_eq!(second.header("idempotent-replayed"), Some("true"));
    assert_eq!(first.header("location"), second.header("location"));
    assert_eq!(first.text, second.text);
    assert_eq!(app.get("/kettles").await.json()["page"]["totalElements"], 1);
}

#[tokio::test]
async fn a_key_counts_for_a_place_however_its_address_is_written() {
    let app = App::new();
    let headers = [ANY, JSON, ("idempotency-key", "k-1")];
    for path in ["/kettles", "/kettles/", "/%6Bettles"] {
        let reply = app.send("POST", path, &headers, BODY).await;
        assert_eq!(reply.status, 201, "{path}");
        let location = reply.header("location").unwrap();
        assert!(location.ends_with("/kettles/1"), "{path}: {location}");
    }
    assert_eq!(app.get("/kettles").await.json()["page"]["totalElements"], 1);
    for path in ["/kettles/1/boil", "/kettles/001/boil/"] {
        let reply = app.send("PUT", path, &headers, "{}").await;
        assert_eq!(reply.json()["boiled"], 1, "{path}");
    }
}

#[tokio::test]
async fn a_key_used_for_another_body_is_422() {
    let app = App::new();
    let headers = [ANY, JSON, ("idempotency-key", "k-1")];
    app.send("POST", "/kettles", &headers, BODY).await;
    let other = r#"{"name":"red","litres":2}"#;
    let refused = app.send("POST", "/kettles", &headers, other).await;
    assert_eq!(refused.status, 422);
    assert_eq!(refused.json()["code"], "idempotency-key-reused");
    assert_eq!(app.get("/kettles").await.json()["page"]["totalElements"], 1);
}

#[tokio::test]
async fn a_key_that_is_none_is_400() {
    let app = App::new();
    for key in ["", &"x".repeat(256)] {
        let headers = [ANY, JSON, ("idempotency-key", key)];
        let refused = app.send("POST", "/kettles", &headers, BODY).await;
        assert_eq!(refused.status, 400);
        assert_eq!(refused.json()["field"], "Idempotency-Key");
    }
    assert_eq!(app.get("/kettles").await.json()["page"]["totalElements"], 0);
}

//! `ETag`, `If-Match`, `If-None-Match`, `Idempotency-Key`.

use crate::app::{ANY, App, JSON, send};

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
async fn nothing_is_changed_that_the_client_said_it_knows() {
    let app = App::new();
    app.buy("blue", 2).await;
    let merge = ("content-type", "application/merge-patch+json");
    let patch = ("content-type", "application/json-patch+json");
    let change = r#"{"litres":9}"#;
    let operations = r#"[{"op":"replace","path":"/litres","value":9}]"#;
    let requests = [
        ("PUT", "/kettles/1", JSON, r#"{"name":"red","litres":9}"#),
        ("PATCH", "/kettles/1", merge, change),
        ("PATCH", "/kettles/1", patch, operations),
        // Also one that would change nothing.
        ("PATCH", "/kettles/1", merge, r#"{"litres":2}"#),
        ("PUT", "/kettles/1/boil", JSON, "{}"),
        ("DELETE", "/kettles/1", JSON, ""),
    ];
    for (method, path, kind, body) in requests {
        for tag in ["*", "\"1\"", "W/\"1\"", "\"7\", \"1\""] {
            let headers = [ANY, kind, ("if-none-match", tag)];
            let refused = app.send(method, path, &headers, body).await;
            assert_eq!(refused.status, 412, "{method} {path} {tag}");
            assert_eq!(refused.json()["code"], "known-version");
        }
        let both = [ANY, kind, ("if-match", "\"1\""), ("if-none-match", "\"1\"")];
        let refused = app.send(method, path, &both, body).await;
        assert_eq!(refused.status, 412, "{method} {path}");
    }
    let same = app.get("/kettles/1").await;
    assert_eq!(
        (same.header("etag"), &same.json()["litres"]),
        (Some("\"1\""), &2.into())
    );
    for (method, path, kind, body) in requests {
        let before = app.get("/kettles/1").await;
        let headers = [ANY, kind, ("if-none-match", "\"0\"")];
        let done = app.send(method, path, &headers, body).await;
        assert!(done.status.is_success(), "{method} {path}: {}", done.text);
        assert!(before.status.is_success());
    }
    let gone = [("if-none-match", "*")];
    let absent = app.send("DELETE", "/kettles/1", &gone, "").await;
    assert_eq!(absent.status, 404, "there is nothing that could be known");
}

#[tokio::test]
async fn whether_it_is_there_and_its_version_come_before_what_is_said() {
    let app = App::new();
    app.buy("blue", 2).await;
    let form = ("content-type", "application/merge-patch+json");
    let patch = ("content-type", "application/json-patch+json");
    for (kind, body) in [
        (form, r#"{"litres":"many"}"#),
        (patch, r#"[{"op":"add","path":"/litres","value":"many"}]"#),
    ] {
        let send = |path: &'static str, condition: (&'static str, &'static str)| {
            let app = &app;
            async move {
                let headers = [ANY, kind, condition];
                app.send("PATCH", path, &headers, body)
                    .await
                    .status
                    .as_u16()
            }
        };
        assert_eq!(send("/kettles/7", ("if-match", "*")).await, 404, "{body}");
        assert_eq!(send("/kettles/1", ("if-match", "\"9\"")).await, 412);
        assert_eq!(send("/kettles/1", ("if-none-match", "*")).await, 412);
        assert_eq!(send("/kettles/1", ("if-match", "\"1\"")).await, 400);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writers_of_json_patches_without_a_precondition_all_succeed() {
    let app = App::new();
    app.buy("blue", 2).await;
    let kind = ("content-type", "application/json-patch+json");
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..8 {
        let api = std::sync::Arc::clone(&app.api);
        writers.spawn(async move {
            for turn in 0..25 {
                let litres = 1_000 * writer + turn;
                let body = format!(r#"[{{"op":"replace","path":"/litres","value":{litres}}}]"#);
                let path = "/kettles/1";
                let done = send(api.as_ref(), "PATCH", path, &[ANY, kind], body).await;
                assert_eq!(done.status, 200, "{}", done.text);
                assert_eq!(done.json()["litres"], litres);
            }
        });
    }
    while let Some(writer) = writers.join_next().await {
        writer.unwrap();
    }
    let etag = app.get("/kettles/1").await;
    assert_eq!(etag.header("etag"), Some("\"201\""), "none is lost");
}

#[tokio::test]
async fn a_retried_json_patch_is_answered_as_the_first_time() {
    let app = App::new();
    app.buy("blue", 2).await;
    let kind = ("content-type", "application/json-patch+json");
    let patch = |key: &'static str, body: &'static str| {
        let app = &app;
        async move {
            let headers = [ANY, kind, ("idempotency-key", key)];
            app.send("PATCH", "/kettles/1", &headers, body).await
        }
    };
    let moves =
        r#"[{"op":"test","path":"/litres","value":2},{"op":"replace","path":"/litres","value":3}]"#;
    let first = patch("k-1", moves).await;
    assert_eq!(first.status, 200, "{}", first.text);
    let unchanged = r#"[{"op":"replace","path":"/name","value":"blue"}]"#;
    let nothing = patch("k-2", unchanged).await;
    assert_eq!(nothing.status, 200, "{}", nothing.text);
    // Its test would fail now.
    assert_eq!(patch("k-3", moves).await.status, 422);
    let again = patch("k-1", moves).await;
    assert_eq!((again.status, &again.text), (first.status, &first.text));
    assert_eq!(again.header("etag"), first.header("etag"));
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    app.send("DELETE", "/kettles/1", &[], "").await;
    for (key, body, expected) in [("k-1", moves, first), ("k-2", unchanged, nothing)] {
        let again = patch(key, body).await;
        assert_eq!(
            (again.status, &again.text),
            (expected.status, &expected.text)
        );
        assert_eq!(again.header("idempotent-replayed"), Some("true"));
    }
    assert_eq!(patch("k-4", moves).await.status, 404);
    assert_eq!(patch("k-1", unchanged).await.status, 422, "another body");
}

#[tokio::test]
async fn a_patch_says_which_operation_does_not_apply() {
    let app = App::new();
    app.buy("blue", 2).await;
    let kind = ("content-type", "application/json-patch+json");
    let body = r#"[{"op":"test","path":"/litres","value":2},{"op":"replace","path":"/litres","value":3},{"op":"test","path":"/name","value":"red"}]"#;
    let refused = app.send("PATCH", "/kettles/1", &[ANY, kind], body).await;
    assert_eq!(refused.status, 422);
    assert_eq!(refused.json()["field"], "[2]");
    let detail = refused.json()["detail"].as_str().unwrap().to_owned();
    assert!(
        detail.contains("[2]") && detail.contains("/name"),
        "{detail}"
    );
    assert_eq!(app.get("/kettles/1").await.json()["litres"], 2);
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

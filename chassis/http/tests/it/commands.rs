//! POST, PUT, PATCH, DELETE and actions (`wire.md` §1 to §3).

use serde_json::json;

use crate::app::{ANY, App, JSON};

#[tokio::test]
async fn a_post_answers_201_with_location_etag_and_the_item() {
    let app = App::new();
    let reply = app
        .post("/kettles", r#"{"name":"blue","litres":"2","colour":"x"}"#)
        .await;
    assert_eq!(reply.status, 201);
    assert_eq!(reply.header("location"), Some("http://shop/kettles/1"));
    assert_eq!(reply.header("etag"), Some("\"1\""));
    assert_eq!(
        reply.header("content-type"),
        Some("application/hal+json;charset=UTF-8")
    );
    // Compact; fields in the order they are declared, nulls too; links last.
    assert_eq!(
        reply.text,
        concat!(
            r#"{"name":"blue","litres":2,"note":null,"boiled":0,"#,
            r#""_links":{"self":{"href":"http://shop/kettles/1"},"#,
            r#""kettle":{"href":"http://shop/kettles/1"}}}"#
        )
    );
}

#[tokio::test]
async fn without_accept_no_body_is_sent() {
    let app = App::new();
    let body = r#"{"name":"blue","litres":2}"#;
    let created = app.send("POST", "/kettles", &[JSON], body).await;
    assert_eq!((created.status.as_u16(), &*created.text), (201, ""));
    assert_eq!(created.header("location"), Some("/kettles/1"));
    for (method, status) in [("PUT", 204), ("PATCH", 204)] {
        let reply = app.send(method, "/kettles/1", &[JSON], body).await;
        assert_eq!(
            (reply.status.as_u16(), &*reply.text),
            (status, ""),
            "{method}"
        );
    }
}

#[tokio::test]
async fn who_asks_for_json_gets_the_same_body_as_json() {
    let app = App::new();
    app.buy("blue", 2).await;
    let hal = app.get("/kettles/1").await;
    let headers = [("host", "shop"), ("accept", "application/json, */*;q=0.5")];
    let json = app.send("GET", "/kettles/1", &headers, "").await;
    assert_eq!(
        json.header("content-type"),
        Some("application/json;charset=UTF-8")
    );
    assert_eq!(json.text, hal.text);
}

#[tokio::test]
async fn an_id_in_a_post_is_not_taken_over() {
    let app = App::new();
    app.buy("blue", 2).await;
    let reply = app
        .post("/kettles", r#"{"id":"1","name":"red","litres":3}"#)
        .await;
    assert_eq!(reply.status, 201);
    assert_ne!(reply.header("location"), Some("http://shop/kettles/1"));
    assert_eq!(app.get("/kettles/1").await.json()["name"], "blue");
}

#[tokio::test]
async fn a_put_replaces_all_fields_and_says_where() {
    let app = App::new();
    let path = app.buy("blue", 2).await;
    let headers = [("host", "shop"), ANY, JSON];
    let body = r#"{"name":"red","litres":3,"note":"new"}"#;
    let reply = app.send("PUT", &path, &headers, body).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("location"), Some("http://shop/kettles/1"));
    assert_eq!(reply.header("etag"), Some("\"2\""));
    let reply = app
        .send("PUT", &path, &headers, r#"{"name":"red","litres":3}"#)
        .await;
    assert_eq!(reply.json()["note"], json!(null));
}

#[tokio::test]
async fn a_patch_keeps_what_is_left_out_and_takes_away_what_is_null() {
    let app = App::new();
    let body = r#"{"name":"blue","litres":2,"note":"old"}"#;
    app.post("/kettles", body).await;
    for kind in [
        "application/json",
        "application/merge-patch+json",
        "application/hal+json",
    ] {
        let headers = [ANY, ("content-type", kind)];
        let reply = app
            .send("PATCH", "/kettles/1", &headers, r#"{"litres":5}"#)
            .await;
        assert_eq!(reply.status, 200, "{kind}");
        assert_eq!(reply.json()["litres"], 5);
        assert_eq!(reply.json()["note"], "old");
    }
    let reply = app
        .send("PATCH", "/kettles/1", &[ANY, JSON], r#"{"note":null}"#)
        .await;
    assert_eq!(reply.json()["note"], json!(null));
    assert_eq!(reply.json()["litres"], 5);
}

#[tokio::test]
async fn a_json_patch_is_applied_to_what_is_shown() {
    let app = App::new();
    app.buy("blue", 2).await;
    let headers = [ANY, ("content-type", "application/json-patch+json")];
    let patch = r#"[{"op":"test","path":"/litres","value":2},
        {"op":"replace","path":"/litres","value":4},{"op":"add","path":"/note","value":"x"}]"#;
    let reply = app.send("PATCH", "/kettles/1", &headers, patch).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert_eq!(reply.json()["litres"], 4);
    assert_eq!(reply.json()["note"], "x");
    let again = app.send("PATCH", "/kettles/1", &headers, patch).await;
    assert_eq!(again.status, 422);
    assert_eq!(again.json()["code"], "patch-not-applicable");
    assert_eq!(again.json()["field"], "[0]");
    let absent = app.send("PATCH", "/kettles/99", &headers, patch).await;
    assert_eq!(absent.status, 404);
    let put = app.send("PUT", "/kettles/1", &headers, patch).await;
    assert_eq!(put.status, 415);
}

#[tokio::test]
async fn a_delete_answers_204_and_then_404() {
    let app = App::new();
    let path = app.buy("blue", 2).await;
    let gone = app.send("DELETE", &path, &[ANY], "").await;
    assert_eq!((gone.status.as_u16(), &*gone.text), (204, ""));
    for method in ["GET", "DELETE", "HEAD"] {
        assert_eq!(
            app.send(method, &path, &[ANY], "").await.status,
            404,
            "{method}"
        );
    }
    let put = app
        .send("PUT", &path, &[ANY, JSON], r#"{"name":"a","litres":1}"#)
        .await;
    assert_eq!(put.status, 404);
}

#[tokio::test]
async fn an_action_needs_no_body() {
    let app = App::new();
    app.buy("blue", 2).await;
    let reply = app.send("PUT", "/kettles/1/boil", &[ANY], "").await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert_eq!(reply.json()["boiled"], 1);
    assert_eq!(
        app.send("PUT", "/kettles/1/brew", &[ANY], "").await.status,
        404
    );
    assert_eq!(
        app.send("PUT", "/kettles/9/boil", &[ANY], "").await.status,
        404
    );
    let wrong = app.send("POST", "/kettles/1/boil", &[ANY], "").await;
    assert_eq!(
        (wrong.status.as_u16(), wrong.header("allow")),
        (405, Some("PUT,OPTIONS"))
    );
}

#[tokio::test]
async fn a_refusal_says_why_in_the_language_that_is_preferred() {
    let app = App::new();
    app.buy("blue", 0).await;
    let refused = app.send("PUT", "/kettles/1/boil", &[ANY], "").await;
    assert_eq!(refused.status, 409);
    assert_eq!(
        refused.header("content-type"),
        Some("application/problem+json")
    );
    let body = refused.json();
    assert_eq!(body["code"], "kettle-empty");
    assert_eq!(
        body["message"],
        "This kettle holds nothing; fill another one."
    );
    assert_eq!(body["path"], "/kettles/1/boil");
    let korean = [ANY, ("accept-language", "ko-KR,ko;q=0.9,en;q=0.8")];
    let refused = app.send("PUT", "/kettles/1/boil", &korean, "").await;
    assert_eq!(refused.json()["detail"], "이 주전자는 비어 있습니다.");
    assert_eq!(refused.header("content-language"), Some("ko"));
}

#[tokio::test]
async fn a_unique_key_is_refused_the_second_time() {
    let app = App::new();
    app.buy("blue", 2).await;
    let second = app.post("/kettles", r#"{"name":"blue","litres":1}"#).await;
    assert_eq!(second.status, 409, "{}", second.text);
    assert_eq!(app.get("/kettles").await.json()["page"]["totalElements"], 1);
}

#[tokio::test]
async fn options_say_what_is_possible() {
    let app = App::new();
    let expected = [
        ("/kettles", "GET,HEAD,POST,OPTIONS", None),
        (
            "/kettles/1",
            "GET,HEAD,PUT,PATCH,DELETE,OPTIONS",
            Some("application/merge-patch+json,application/json-patch+json,application/json"),
        ),
        ("/kettles/1/boil", "PUT,OPTIONS", None),
        ("/boilings", "GET,HEAD,OPTIONS", None),
        ("/boilings/1", "GET,HEAD,OPTIONS", None),
        ("/", "GET,HEAD,OPTIONS", None),
    ];
    for (path, allow, patch) in expected {
        let reply = app.send("OPTIONS", path, &[], "").await;
        assert_eq!(reply.status, 200, "{path}");
        assert_eq!(reply.header("allow"), Some(allow), "{path}");
        assert_eq!(reply.header("accept-patch"), patch, "{path}");
    }
}

#[tokio::test]
async fn a_method_that_is_not_possible_is_405_with_those_that_are() {
    let app = App::new();
    app.buy("blue", 2).await;
    let collection = ["PUT", "PATCH", "DELETE", "TRACE", "BREW"];
    for method in collection {
        let reply = app.send(method, "/kettles", &[ANY, JSON], "{}").await;
        assert_eq!(reply.status, 405, "{method}");
        assert_eq!(reply.header("allow"), Some("GET,HEAD,POST,OPTIONS"));
    }
    for (method, path) in [
        ("POST", "/boilings"),
        ("PUT", "/boilings/1"),
        ("PATCH", "/boilings/1"),
        ("DELETE", "/boilings/1"),
        ("POST", "/kettles/search/findByName"),
        ("DELETE", "/"),
    ] {
        let reply = app.send(method, path, &[ANY, JSON], "{}").await;
        assert_eq!(reply.status, 405, "{method} {path}");
        assert_eq!(reply.header("allow"), Some("GET,HEAD,OPTIONS"));
    }
    let post = app.send("POST", "/kettles/1", &[ANY, JSON], "{}").await;
    assert_eq!(post.status, 405);
    assert_eq!(post.json()["code"], "method-not-allowed");
}

#[tokio::test]
async fn an_action_by_key_is_put_with_a_body_and_says_why_not() {
    let app = App::new();
    app.buy("a", 1).await;
    let put = |body| app.send("PUT", "/kettles/refill", &[JSON, ANY], body);
    let refilled = put(r#"{"name":"a","litres":"7"}"#).await;
    assert_eq!(refilled.status, 200, "{}", refilled.text);
    assert_eq!(refilled.json()["litres"], 7);
    let overflows = put(r#"{"name":"a","litres":700}"#).await;
    assert_eq!(overflows.status, 409);
    assert_eq!(overflows.json()["code"], "kettle-overflows");
    let nobody = put(r#"{"name":"b","litres":7}"#).await;
    assert_eq!(nobody.status, 404);
    assert_eq!(nobody.json()["field"], "name");
    let unread = put(r#"{"name":"a"}"#).await;
    assert_eq!(unread.status, 400);
    assert_eq!(app.get("/kettles/1").await.json()["litres"], 7);
    let not_so = app.send("DELETE", "/kettles/refill", &[], "").await;
    assert_eq!(not_so.status, 405);
    assert_eq!(not_so.header("allow"), Some("GET,PUT,OPTIONS"));
}

#[tokio::test]
async fn an_action_by_key_is_asked_the_originals_way_and_answered_true_or_false() {
    let app = App::new();
    app.buy("a", 1).await;
    for (query, answer, litres) in [
        ("name=a&litres=7", "true", 7),
        ("name=a&litres=700", "false", 7),
        ("name=b&litres=8", "false", 7),
    ] {
        let asked = app.get(&format!("/kettles/refill?{query}")).await;
        assert_eq!(
            (asked.status.as_u16(), &*asked.text),
            (200, answer),
            "{query}"
        );
        let kind = asked.header("content-type");
        assert_eq!(kind, Some("application/json;charset=UTF-8"));
        assert_eq!(app.get("/kettles/1").await.json()["litres"], litres);
    }
    let unread = app.get("/kettles/refill?name=a&litres=much").await;
    assert_eq!(unread.status, 400);
    assert_eq!(unread.json()["field"], "litres");
}

//! Reading one thing; the way in; ids on the way.

use serde_json::json;
use storm::Verb;

use crate::app::{ANY, App, JSON};
use crate::kettles;

#[tokio::test]
async fn head_answers_204_with_a_link() {
    let app = App::new();
    app.buy("blue", 2).await;
    let item = app
        .send("HEAD", "/kettles/1", &[("host", "shop")], "")
        .await;
    assert_eq!(item.status, 204);
    assert_eq!(
        item.header("link"),
        Some("<http://shop/kettles/1>;rel=\"self\"")
    );
    assert_eq!(item.header("etag"), Some("\"1\""));
    let all = app.send("HEAD", "/kettles", &[("host", "shop")], "").await;
    assert_eq!(all.status, 204);
    assert_eq!(
        all.header("link"),
        Some("<http://shop/kettles>;rel=\"self\"")
    );
}

#[tokio::test]
async fn links_follow_the_prefix_that_stands_in_front() {
    let app = App::new();
    let headers = [
        ("host", "127.0.0.1:1234"),
        ANY,
        JSON,
        ("x-forwarded-host", "shop.kr"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-prefix", "/kitchen"),
    ];
    let body = r#"{"name":"blue","litres":2}"#;
    let reply = app.send("POST", "/kettles", &headers, body).await;
    let expected = "https://shop.kr/kitchen/kettles/1";
    assert_eq!(reply.header("location"), Some(expected));
    assert_eq!(reply.json()["_links"]["self"]["href"], expected);
    let root = app.send("GET", "/", &headers, "").await.json();
    let profile = &root["_links"]["profile"]["href"];
    assert_eq!(profile, "https://shop.kr/kitchen/profile");
}

#[tokio::test]
async fn what_is_not_there_is_404_with_a_body_that_says_so() {
    let app = App::new();
    for path in [
        "/cups",
        "/kettles/1",
        "/kettles/abc",
        "/kettles/-1",
        "/kettles/1.5",
        "/kettles/99999999999999999999",
        "/kettles/1/boil/now",
        "/boilings/1",
        "/a/b/c/d/e/f/g",
        "/kettles/search/findByColour",
        "/profile/cups",
        "/actuator/nothing",
        "/Kettles",
    ] {
        let reply = app.get(path).await;
        assert_eq!(reply.status, 404, "{path}");
        assert_eq!(reply.json()["path"], path);
        assert_eq!(reply.json()["status"], 404);
    }
}

#[tokio::test]
async fn an_items_address_is_read_as_the_originals_read_it() {
    let app = App::new();
    app.buy("blue", 2).await;
    for path in [
        "/kettles/1",
        "/kettles/1/",
        "/kettles/001",
        "/%6bettles/1",
        "/kettles/1?x=y",
    ] {
        assert_eq!(app.get(path).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn the_root_lists_the_collections() {
    let app = App::new();
    let expected = json!({"_links": {
        "kettles": {"href": "http://shop/kettles{?page,size,sort}", "templated": true},
        "boilings": {"href": "http://shop/boilings{?page,size,sort}", "templated": true},
        "allBoilings": {"href": "http://shop/allBoilings"},
        "counts": {"href": "http://shop/counts{?page,size,sort}", "templated": true},
        "profile": {"href": "http://shop/profile"},
    }});
    assert_eq!(app.get("/").await.json(), expected);
}

#[tokio::test]
async fn a_profile_says_what_a_collection_is_made_of() {
    let app = App::new();
    let links = app.get("/profile").await.json();
    assert_eq!(
        links["_links"]["kettles"]["href"],
        "http://shop/profile/kettles"
    );
    let reply = app.get("/profile/kettles").await;
    assert_eq!(
        reply.header("content-type"),
        Some("application/alps+json;charset=UTF-8")
    );
    let alps = reply.json();
    let descriptors = alps["alps"]["descriptor"].as_array().unwrap();
    let fields = descriptors[0]["descriptor"].as_array().unwrap();
    let names: Vec<_> = fields.iter().map(|f| f["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["name", "litres", "note", "boiled"]);
    // The fields, two ways to look, and what clients can do. Actions are for other contexts.
    let is_open = |verb: &&Verb| !matches!(verb, Verb::Act(_) | Verb::ActByKey(_));
    let open = kettles::VERBS.iter().filter(is_open).count();
    assert_eq!(descriptors.len(), 3 + open);
    assert!(!alps.to_string().contains("boil-kettle"), "{alps}");
    let rows = app.get("/profile/boilings").await.json();
    let fields = &rows["alps"]["descriptor"][0]["descriptor"];
    assert_eq!(fields[0]["name"], "kettleName");
}

#[tokio::test]
async fn the_ids_of_a_story_are_in_its_answers() {
    let app = App::new();
    let headers = [
        ANY,
        JSON,
        ("x-correlation-id", "story-1"),
        ("x-request-id", "r-1"),
    ];
    let body = r#"{"name":"blue","litres":2}"#;
    let created = app.send("POST", "/kettles", &headers, body).await;
    assert_eq!(created.header("x-correlation-id"), Some("story-1"));
    assert_eq!(created.header("x-request-id"), Some("r-1"));
    // The kettle keeps the story that it was bought in.
    let boiled = app
        .send(
            "PUT",
            "/kettles/1/boil",
            &[("x-correlation-id", "other")],
            "",
        )
        .await;
    assert_eq!(boiled.header("x-correlation-id"), Some("story-1"));
    assert_eq!(
        app.get("/kettles/1").await.header("x-correlation-id"),
        Some("story-1")
    );
    let made = app.post("/kettles", r#"{"name":"red","litres":2}"#).await;
    assert!(!made.header("x-correlation-id").unwrap().is_empty());
    assert!(!made.header("x-request-id").unwrap().is_empty());
}

#[tokio::test]
async fn the_ids_of_a_story_are_in_its_events() {
    let app = App::new();
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let headers = [
        JSON,
        ("x-correlation-id", "story-1"),
        ("x-request-id", "r-1"),
        ("traceparent", trace),
    ];
    app.send(
        "POST",
        "/kettles",
        &headers,
        r#"{"name":"blue","litres":2}"#,
    )
    .await;
    let events = app.store.open().reader.events_after(0, 10).unwrap();
    let event = &events[0].event;
    assert_eq!(event.event_type, "KettleBought");
    assert_eq!((&*event.correlation, &*event.causation), ("story-1", "r-1"));
    assert_eq!(event.trace[..35], trace[..35]);
    assert_ne!(event.trace, trace);
}

#[tokio::test]
async fn a_problem_names_the_address_as_the_client_wrote_it() {
    let app = App::new();
    let prefixed = [("host", "shop"), ("x-forwarded-prefix", "/house"), ANY];
    let problem = app.send("GET", "/kettles/999", &prefixed, "").await.json();
    assert_eq!(problem["instance"], "/house/kettles/999");
    assert_eq!(problem["path"], "/house/kettles/999");
}

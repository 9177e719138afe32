//! Collections: pages, orders, and those without pages (`wire.md` §1).

use http_api::ApiSettings;
use serde_json::{Value, json};
use storm::store::{Changed, Changes, Record};
use testkit::memory_store::MemoryStore;

use crate::app::App;

fn names(body: &Value) -> Vec<&str> {
    let kettles = body["_embedded"]["kettles"].as_array().unwrap();
    kettles
        .iter()
        .map(|k| k["name"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn an_empty_collection_is_an_empty_list_with_its_links() {
    let app = App::new();
    let reply = app.get("/kettles").await;
    assert_eq!(reply.status, 200);
    assert_eq!(
        reply.text,
        concat!(
            r#"{"_embedded":{"kettles":[]},"#,
            r#""_links":{"self":{"href":"http://shop/kettles{?page,size,sort}","templated":true},"#,
            r#""profile":{"href":"http://shop/profile/kettles"},"#,
            r#""search":{"href":"http://shop/kettles/search"}},"#,
            r#""page":{"size":20,"totalElements":0,"totalPages":0,"number":0}}"#
        )
    );
}

#[tokio::test]
async fn pages_lead_to_each_other() {
    let app = App::new();
    for name in ["a", "b", "c", "d", "e"] {
        app.buy(name, 1).await;
    }
    let links = |body: &Value| body["_links"].clone();
    let href = |query: &str| json!({"href": format!("http://shop/kettles?{query}")});
    let first = app.get("/kettles?size=2").await.json();
    assert_eq!(names(&first), ["a", "b"]);
    assert_eq!(
        first["page"],
        json!({"size": 2, "totalElements": 5, "totalPages": 3, "number": 0})
    );
    let expected = json!({
        "first": href("page=0&size=2"),
        "self": href("page=0&size=2"),
        "next": href("page=1&size=2"),
        "last": href("page=2&size=2"),
        "profile": {"href": "http://shop/profile/kettles"},
        "search": {"href": "http://shop/kettles/search"},
    });
    assert_eq!(links(&first), expected);
    let middle = app.get("/kettles?page=1&size=2&sort=name,desc").await;
    assert_eq!(names(&middle.json()), ["c", "b"]);
    let order: Vec<_> = middle.json()["_links"]
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    assert_eq!(
        order,
        ["first", "prev", "self", "next", "last", "profile", "search"]
    );
    assert_eq!(
        links(&middle.json())["prev"],
        href("page=0&size=2&sort=name,desc")
    );
    let last = app.get("/kettles?page=2&size=2").await.json();
    assert_eq!(names(&last), ["e"]);
    assert_eq!(links(&last).get("next"), None);
    let beyond = app.get("/kettles?page=9&size=2").await.json();
    assert_eq!(names(&beyond), [""; 0]);
    assert_eq!(beyond["page"]["number"], 9);
}

#[tokio::test]
async fn paging_that_cannot_be_read_is_the_first_page() {
    let app = App::new();
    app.buy("a", 1).await;
    for query in [
        "page=-1",
        "page=x&size=0",
        "size=-3",
        "size=99999999999999999999999",
    ] {
        let body = app.get(&format!("/kettles?{query}")).await.json();
        assert_eq!(names(&body), ["a"], "{query}");
        assert_eq!(body["page"]["size"], 20, "{query}");
    }
    let huge = app
        .get("/kettles?page=18446744073709551615&size=1000")
        .await;
    assert_eq!(huge.status, 200);
    assert_eq!(names(&huge.json()), [""; 0]);
    assert_eq!(
        app.get("/kettles?size=5000").await.json()["page"]["size"],
        1_000
    );
}

#[tokio::test]
async fn a_collection_is_sorted_by_what_it_shows() {
    let app = App::new();
    for (name, litres) in [("b", 10), ("a", 9), ("c", 10), ("d", 100)] {
        app.buy(name, litres).await;
    }
    let sorted = |query: &'static str| {
        let app = &app;
        async move {
            let body = app.get(&format!("/kettles?{query}")).await.json();
            names(&body).concat()
        }
    };
    assert_eq!(sorted("sort=litres").await, "abcd");
    assert_eq!(sorted("sort=litres,desc").await, "dbca");
    assert_eq!(sorted("sort=litres,desc&sort=name,desc").await, "dcba");
    assert_eq!(sorted("sort=name").await, "abcd");
    assert_eq!(sorted("sort=id,desc").await, "dcab");
    assert_eq!(sorted("sort=colour").await, "bacd");
    assert_eq!(sorted("sort=litres&size=2&page=1").await, "cd");
    let deep = app.get("/kettles?sort=name&page=1000&size=1000").await;
    assert_eq!(deep.status, 200, "beyond the end there is nothing to sort");
}

#[tokio::test]
async fn what_is_given_away_is_neither_listed_nor_counted() {
    let app = App::new();
    app.buy("a", 1).await;
    let path = app.buy("b", 1).await;
    app.buy("c", 1).await;
    assert_eq!(app.send("DELETE", &path, &[], "").await.status, 204);
    for query in ["", "?sort=name", "?sort=id,desc"] {
        let body = app.get(&format!("/kettles{query}")).await.json();
        assert_eq!(body["page"]["totalElements"], 2, "{query}");
        let mut shown = names(&body);
        shown.sort_unstable();
        assert_eq!(shown, ["a", "c"], "{query}");
    }
}

#[tokio::test]
async fn a_read_model_is_shown_as_it_is_projected() {
    let app = App::new();
    let path = app.buy("blue", 2).await;
    app.send("PUT", &format!("{path}/boil"), &[], "").await;
    let boiled = app
        .eventually("/boilings", |reply| reply.text.contains("\"times\":1"))
        .await;
    let row = &boiled.json()["_embedded"]["boilings"][0];
    assert_eq!(row["kettleName"], "blue");
    let href = row["_links"]["boiling"]["href"].as_str().unwrap();
    let one = app.get(href.strip_prefix("http://shop").unwrap()).await;
    assert_eq!(one.json()["times"], 1);
    assert!(one.header("etag").is_some());
}

/// A kitchen with so many rows in its read model.
fn with_rows(count: i64) -> App {
    let row = |id: i64| Changed {
        record: Record {
            kind: "allBoilings".to_owned(),
            id,
            version: 1,
            correlation: "story".to_owned(),
            state: format!(r#"{{"kettleName":"kettle {id}","times":0}}"#),
            hidden: false,
        },
        loaded: 0,
    };
    let changes = Changes {
        records: (1..=count).map(row).collect(),
        counted: vec![("allBoilings".to_owned(), count)],
        ..Changes::default()
    };
    let store = MemoryStore::new();
    store.open().writer.commit(&changes).unwrap();
    App::on(store, ApiSettings::default())
}

#[tokio::test]
async fn a_read_model_without_pages_is_shown_whole_however_long_it_is() {
    for count in [0, 1, 99, 100, 101, 1_100, 2_345] {
        let app = with_rows(count);
        let all = app.get("/allBoilings?page=1&size=5").await.json();
        let rows = all["_embedded"]["allBoilings"].as_array().unwrap();
        let names = rows.iter().map(|row| row["kettleName"].as_str().unwrap());
        let expected = (1..=count).map(|id| format!("kettle {id}"));
        assert!(names.eq(expected), "{count}");
        assert_eq!(all.get("page"), None);
        assert_eq!(
            all["_links"]["self"],
            json!({"href": "http://shop/allBoilings"})
        );
    }
}

#[tokio::test]
async fn a_row_can_show_less_than_is_kept_of_it() {
    let app = App::new();
    let path = app.buy("blue", 2).await;
    app.send("PUT", &format!("{path}/boil"), &[], "").await;
    let counted = app
        .eventually("/counts", |reply| reply.text.contains("\"n\":1"))
        .await
        .json();
    let row = &counted["_embedded"]["counts"][0];
    assert_eq!(row["n"], 1);
    assert!(
        row.get("times").is_none() && row.get("kettleName").is_none(),
        "{row}"
    );
    let found = app
        .get("/counts/search/findByKettleName?kettleName=blue")
        .await;
    assert_eq!(found.json()["n"], 1, "it is found by what is kept");
}

#[tokio::test]
async fn a_collection_is_sorted_by_eight_fields_at_most_each_counting_once() {
    let app = App::new();
    for (name, litres) in [("b", 2), ("C", 1), ("a", 1)] {
        app.buy(name, litres).await;
    }
    let again = vec!["name"; 900].join(",");
    let sorted = app.get(&format!("/kettles?sort={again}")).await.json();
    assert_eq!(names(&sorted), ["C", "a", "b"]);
    assert_eq!(
        sorted["_links"]["self"]["href"],
        "http://shop/kettles?page=0&size=20&sort=name,asc"
    );
    let folded = app.get("/kettles?sort=name,desc,ignorecase").await.json();
    assert_eq!(names(&folded), ["C", "b", "a"]);
    let many: Vec<String> = (0..9).map(|i| format!("f{i}")).collect();
    let refused = app.get(&format!("/kettles?sort={}", many.join(","))).await;
    assert_eq!(refused.status, 422, "{}", refused.text);
    assert_eq!(refused.json()["field"], "sort");
}

//! Searches by business key (`wire.md` §2).

use std::fmt::Write as _;

use http_api::ApiSettings;
use serde_json::{Value, json};
use storm::KeyValue;
use storm::store::{Changed, Changes, Record, StoredKey};
use testkit::memory_store::MemoryStore;

use crate::app::App;

#[tokio::test]
async fn the_searches_are_listed() {
    let app = App::new();
    let expected = json!({"_links": {
        "findByName": {"href": "http://shop/kettles/search/findByName{?name}", "templated": true},
        "findByLitres":
            {"href": "http://shop/kettles/search/findByLitres{?litres}", "templated": true},
        "findByNote":
            {"href": "http://shop/kettles/search/findByNote{?note}", "templated": true},
        "self": {"href": "http://shop/kettles/search"},
    }});
    assert_eq!(app.get("/kettles/search").await.json(), expected);
}

#[tokio::test]
async fn a_unique_key_finds_one_or_none() {
    let app = App::new();
    let none = app.get("/kettles/search/findByName?name=red").await;
    assert_eq!(none.status, 404, "before there is any: {}", none.text);
    app.buy("파란 주전자", 2).await;
    let path = "/kettles/search/findByName?name=%ED%8C%8C%EB%9E%80+%EC%A3%BC%EC%A0%84%EC%9E%90";
    let found = app.get(path).await;
    assert_eq!(found.status, 200, "{}", found.text);
    assert_eq!(found.json()["litres"], 2);
    assert_eq!(found.header("etag"), Some("\"1\""));
    let none = app.get("/kettles/search/findByName?name=red").await;
    assert_eq!(none.status, 404);
}

#[tokio::test]
async fn a_text_that_looks_like_a_number_is_found_as_text() {
    let app = App::new();
    app.buy("007", 2).await;
    let found = app.get("/kettles/search/findByName?name=007").await;
    assert_eq!(found.json()["name"], "007");
}

#[tokio::test]
async fn a_shared_key_finds_a_list() {
    let app = App::new();
    let none = app.get("/kettles/search/findByLitres?litres=2").await;
    assert_eq!(none.json()["_embedded"]["kettles"], json!([]));
    app.buy("a", 2).await;
    let gone = app.buy("b", 2).await;
    app.buy("c", 2).await;
    app.send("DELETE", &gone, &[], "").await;
    let path = "/kettles/search/findByLitres?litres=2";
    let found = app.get(path).await.json();
    let list = found["_embedded"]["kettles"].as_array().unwrap();
    assert_eq!(list.len(), 2);
    assert_eq!(
        found["_links"]["self"]["href"],
        format!("http://shop{path}")
    );
    assert_eq!(found.get("page"), None);
    let none = app.get("/kettles/search/findByLitres?litres=9").await;
    assert_eq!(none.json()["_embedded"]["kettles"], json!([]));
}

#[tokio::test]
async fn a_row_is_found_by_its_key_and_by_others() {
    let app = App::new();
    app.buy("blue", 2).await;
    let one = app
        .eventually(
            "/boilings/search/findByKettleName?kettleName=blue",
            |reply| reply.status == 200,
        )
        .await;
    assert_eq!(one.json()["kettleName"], "blue");
    let none = app
        .get("/boilings/search/findByKettleName?kettleName=red")
        .await;
    assert_eq!(none.status, 404);
    let list = app.get("/boilings/search/findByTimes?times=0").await.json();
    assert_eq!(list["_embedded"]["boilings"][0]["kettleName"], "blue");
    let none = app.get("/boilings/search/findByTimes?times=5").await.json();
    assert_eq!(none["_embedded"]["boilings"], json!([]));
}

#[tokio::test]
async fn a_search_without_its_parameter_says_which() {
    let app = App::new();
    let reply = app.get("/kettles/search/findByName?other=1").await;
    assert_eq!(reply.status, 400);
    assert_eq!(reply.json()["field"], "name");
}

#[tokio::test]
async fn words_find_those_that_have_them_all_by_their_beginnings() {
    let app = App::new();
    for (name, note) in [
        ("a", "자바프로그래밍 입문, 3rd Edition"),
        ("b", "자바 고급"),
        ("c", "Java in a Kettle"),
    ] {
        let body = json!({"name": name, "litres": 1, "note": note});
        assert_eq!(app.post("/kettles", &body.to_string()).await.status, 201);
    }
    for (words, names) in [
        ("%EC%9E%90%EB%B0%94", vec!["a", "b"]),
        ("%EC%9E%90%EB%B0%94+%EC%9E%85%EB%AC%B8", vec!["a"]),
        ("JAVA+ket", vec!["c"]),
        ("3RD", vec!["a"]),
        ("java+%EA%B3%A0%EA%B8%89", vec![]),
        ("ettle", vec![]),
    ] {
        let path = format!("/kettles/search/findByNote?note={words}");
        let found = app.get(&path).await.json();
        let list = found["_embedded"]["kettles"].as_array().unwrap();
        let found: Vec<_> = list.iter().map(|kettle| kettle["name"].clone()).collect();
        assert_eq!(found, names, "{words}");
    }
    let nothing = app.get("/kettles/search/findByNote?note=%20,").await;
    assert_eq!(nothing.status, 400);
    assert_eq!(nothing.json()["field"], "note");
}

#[tokio::test]
async fn a_search_is_called_as_the_original_spelled_it() {
    let app = App::new();
    let searches = app.get("/allBoilings/search").await.json();
    assert_eq!(
        searches["_links"]["findBykettlename"]["href"],
        "http://shop/allBoilings/search/findBykettlename{?kettleName}"
    );
    let none = app
        .get("/allBoilings/search/findBykettlename?kettleName=red")
        .await;
    assert!(
        none.text.contains("no boiling with this kettleName"),
        "{}",
        none.text
    );
    let usual = app
        .get("/allBoilings/search/findByKettleName?kettleName=red")
        .await;
    assert_eq!(usual.status, 404);
    assert!(!usual.text.contains("no boiling with"), "{}", usual.text);
}

/// "자바" as macOS spells it.
const DECOMPOSED: &str = "\u{110c}\u{1161}\u{1107}\u{1161}";

fn encoded(text: &str) -> String {
    let bytes = text.bytes().map(|byte| format!("%{byte:02X}"));
    bytes.collect::<Vec<_>>().concat()
}

/// An app whose store has a kettle of this name and note, kept as an earlier version did: as they
/// were sent.
fn kept_before(name: &str, note: &str) -> App {
    let store = MemoryStore::new();
    let key = |name: &str, value: KeyValue| StoredKey {
        kind: "kettle".to_owned(),
        name: name.to_owned(),
        value,
    };
    let state = json!({"name": name, "litres": 2, "note": note, "boiled": 0, "given_away": false});
    let words = storm::Key::words("note", note).into_iter();
    let changes = Changes {
        records: vec![Changed {
            record: Record {
                kind: "kettle".to_owned(),
                id: 1,
                version: 1,
                correlation: "before".to_owned(),
                state: state.to_string(),
                hidden: false,
            },
            loaded: 0,
        }],
        keys_added: words
            .map(|word| (key("note", word.value), 1))
            .chain([(key("name", name.into()), 1)])
            .collect(),
        ids_reserved: Some(1),
        counted: vec![("kettle".to_owned(), 1)],
        ..Changes::default()
    };
    store.open().writer.commit(&changes).unwrap();
    App::on(store, ApiSettings::default())
}

#[tokio::test]
async fn a_text_is_found_however_it_is_spelled() {
    let app = App::new();
    let body = json!({"name": format!(" {DECOMPOSED}\n"), "litres": 2, "note": DECOMPOSED});
    app.post("/kettles", &body.to_string()).await;
    for asked in ["자바", DECOMPOSED, " 자바\t", "\u{feff}자바\u{200b}"] {
        let asked = encoded(asked);
        let path = format!("/kettles/search/findByName?name={asked}");
        assert_eq!(app.get(&path).await.json()["name"], "자바", "{path}");
        let path = format!("/kettles/search/findByNote?note={asked}");
        let found = app.get(&path).await.json();
        assert_eq!(found["_embedded"]["kettles"][0]["note"], "자바", "{path}");
    }
}

#[tokio::test]
async fn what_was_kept_before_is_found_as_it_is_spelled_and_in_its_one_spelling() {
    for (kept, asked) in [
        (DECOMPOSED, DECOMPOSED),
        (DECOMPOSED, "자바"),
        ("A-1 ", "A-1 "),
        ("A\u{7}1", "A\u{7}1"),
    ] {
        let app = kept_before(kept, kept);
        let path = format!("/kettles/search/findByName?name={}", encoded(asked));
        let found = app.get(&path).await;
        assert_eq!(found.status, 200, "{asked:?}: {}", found.text);
        assert_eq!(found.json()["name"], kept, "{asked:?}");
        let path = format!("/kettles/search/findByNote?note={}", encoded(asked));
        let found = app.get(&path).await.json();
        assert_eq!(
            found["_embedded"]["kettles"].as_array().map(Vec::len),
            Some(1)
        );
    }
}

#[tokio::test]
async fn another_context_names_what_was_kept_before_as_it_is_spelled_or_not() {
    for (kept, named, status) in [
        ("A-1 ", "A-1 ", 204),
        ("A-1", "A-1 ", 204),
        ("A\u{7}1", "A\u{7}1", 204),
        (DECOMPOSED, DECOMPOSED, 204),
        ("자바", DECOMPOSED, 204),
        ("A-1", "A-2 ", 404),
    ] {
        let app = kept_before(kept, "");
        let body = json!({"name": named, "litres": 5}).to_string();
        let headers = [("content-type", "application/json")];
        let reply = app.send("PUT", "/kettles/refill", &headers, body).await;
        assert_eq!(reply.status, status, "{kept:?} {named:?}: {}", reply.text);
        let now = app.get("/kettles/1").await.json();
        assert_eq!(now["name"], kept);
        assert_eq!(now["litres"], if status == 204 { 5 } else { 2 });
    }
}

#[tokio::test]
async fn a_search_for_what_nobody_can_read_out_is_refused_with_its_field() {
    let app = App::new();
    for path in [
        "/kettles/search/findByName?name=a%07",
        "/kettles/search/findByNote?note=%E2%80%AEa",
        "/boilings/search/findByKettleName?kettleName=a%0Ab",
    ] {
        let refused = app.get(path).await;
        assert_eq!(refused.status, 422, "{path}: {}", refused.text);
        let problem = refused.json();
        assert_eq!(problem["code"], "text-unreadable");
        let field = path.split_once('?').unwrap().1.split_once('=').unwrap().0;
        assert_eq!(problem["field"], field);
    }
}

/// A kitchen with so many kettles of two litres, numbered backwards by name.
fn with_kettles(count: i64) -> App {
    let kettle = |id: i64| Changed {
        record: Record {
            kind: "kettle".to_owned(),
            id,
            version: 1,
            correlation: "story".to_owned(),
            state: json!({
                "name": format!("k{:05}", count - id), "litres": 2, "note": null, "boiled": 0,
                "given_away": false,
            })
            .to_string(),
            hidden: false,
        },
        loaded: 0,
    };
    let key = |name: &str, value: storm::KeyValue| StoredKey {
        kind: "kettle".to_owned(),
        name: name.to_owned(),
        value,
    };
    let keys = (1..=count).flat_map(|id| {
        let words = (0..3).map(move |word| (key("note", format!("w{word}").into()), id));
        words.chain([(key("litres", 2.into()), id)])
    });
    let changes = Changes {
        records: (1..=count).map(kettle).collect(),
        keys_added: keys.collect(),
        counted: vec![("kettle".to_owned(), count)],
        ..Changes::default()
    };
    let store = MemoryStore::new();
    store.open().writer.commit(&changes).unwrap();
    App::on(store, ApiSettings::default())
}

fn names(found: &Value) -> Vec<&str> {
    let list = found["_embedded"]["kettles"].as_array().unwrap();
    list.iter()
        .map(|kettle| kettle["name"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_long_list_is_found_whole_and_not_held_whole() {
    let app = with_kettles(3_000);
    for path in [
        "/kettles/search/findByLitres?litres=2",
        "/kettles/search/findByNote?note=w0+w1",
    ] {
        let reply = app.get(path).await;
        let expected: Vec<String> = (0..3_000).rev().map(|n| format!("k{n:05}")).collect();
        let found = reply.json();
        assert_eq!(names(&found), expected, "{path}");
        assert_eq!(
            found["_links"]["self"]["href"],
            format!("http://shop{path}")
        );
        assert_eq!(found.get("page"), None);
        let head = app
            .send("HEAD", path, &[("host", "shop"), ("accept", "*/*")], "")
            .await;
        assert_eq!(head.status, 200);
        assert_eq!(
            head.header("content-length"),
            None,
            "how long it will be is not known before it is read"
        );
    }
}

#[tokio::test]
async fn a_search_honours_page_size_and_sort_where_they_are_given() {
    let app = with_kettles(250);
    let search = "/kettles/search/findByLitres?litres=2";
    let href = |query: &str| json!({"href": format!("http://shop{search}&{query}")});
    let page = app.get(&format!("{search}&size=2&page=1")).await.json();
    assert_eq!(names(&page), ["k00247", "k00246"]);
    assert_eq!(
        page["page"],
        json!({"size": 2, "totalElements": 250, "totalPages": 125, "number": 1})
    );
    let expected = json!({
        "first": href("page=0&size=2"),
        "prev": href("page=0&size=2"),
        "self": href("page=1&size=2"),
        "next": href("page=2&size=2"),
        "last": href("page=124&size=2"),
    });
    assert_eq!(page["_links"], expected);
    let sorted = app.get(&format!("{search}&size=2&sort=name")).await.json();
    assert_eq!(names(&sorted), ["k00000", "k00001"]);
    assert_eq!(
        sorted["_links"]["next"],
        href("page=1&size=2&sort=name,asc")
    );
    let whole = app.get(&format!("{search}&sort=name")).await.json();
    assert_eq!(names(&whole).len(), 250);
    assert_eq!(names(&whole)[..2], ["k00000", "k00001"]);
    assert_eq!(whole.get("page"), None);
    let newest = app.get(&format!("{search}&size=1&sort=id,desc")).await;
    assert_eq!(names(&newest.json()), ["k00000"]);
    let beyond = app.get(&format!("{search}&page=200&size=2")).await.json();
    assert_eq!(names(&beyond), [""; 0]);
    assert_eq!(beyond["page"]["number"], 200);
    let nothing = app
        .get("/kettles/search/findByLitres?litres=9&size=5")
        .await;
    assert_eq!(nothing.json()["page"]["totalElements"], 0);
}

#[tokio::test]
async fn words_count_once_and_only_so_many_are_looked_for() {
    let app = with_kettles(1_500);
    let path = |words: &[String]| {
        let mut path = "/kettles/search/findByNote?size=1&note=".to_owned();
        for word in words {
            let _ = write!(path, "{word}+");
        }
        path
    };
    let again = vec!["w0".to_owned(); 2_000];
    let found = app.get(&path(&again)).await.json();
    assert_eq!(found["page"]["totalElements"], 1_500);
    let different: Vec<String> = (0..16).map(|n| format!("w{n}")).collect();
    let found = app.get(&path(&different)).await;
    assert_eq!(found.status, 200, "{}", found.text);
    assert_eq!(found.json()["page"]["totalElements"], 0);
    let too_many: Vec<String> = (0..17).map(|n| format!("w{n}")).collect();
    let refused = app.get(&path(&too_many)).await;
    assert_eq!(refused.status, 422);
    assert_eq!(refused.json()["field"], "note");
    assert_eq!(refused.json()["code"], "too-many-words");
}

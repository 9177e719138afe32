//! Searches by business key (`wire.md` §2).

use serde_json::json;

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

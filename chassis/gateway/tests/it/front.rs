use std::sync::Arc;

use gateway::{Front, Upstream};
use http::{Method, StatusCode};

use crate::stage::{backend, door, echo, get, request, send, teahouse};

fn two_systems() -> Front {
    let other = door(vec![backend(
        "oven",
        &["breads"],
        Upstream::Here(echo("oven")),
    )]);
    Front::new(vec![
        ("teahouse".to_owned(), Arc::new(teahouse())),
        ("bakery".to_owned(), Arc::new(other)),
    ])
}

#[tokio::test]
async fn several_systems_each_live_under_their_name_which_contexts_learn_as_a_prefix() {
    let front = two_systems();
    for (path, context, target) in [
        ("/teahouse/kettles/1?x=y", "kitchen", "/kettles/1?x=y"),
        ("/bakery/breads", "oven", "/breads"),
    ] {
        let said = get(&front, path).await.json();
        assert_eq!(said["context"], context);
        assert_eq!(said["target"], target);
        let prefix = &path[..=path[1..].find('/').unwrap()];
        assert_eq!(said["headers"]["x-forwarded-prefix"], prefix);
    }
    for path in [
        "/kettles",
        "/breads",
        "/teahousex/kettles",
        "/teahouse/breads",
    ] {
        assert_eq!(
            get(&front, path).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_proxy_s_prefix_comes_before_the_system_s() {
    let proxied = [("x-forwarded-prefix", "/shops")];
    let sent = request(Method::GET, "/bakery/breads", &proxied);
    let said = send(&two_systems(), sent).await.json();
    assert_eq!(said["headers"]["x-forwarded-prefix"], "/shops/bakery");
}

#[tokio::test]
async fn the_front_page_leads_to_each_system() {
    let page = get(&two_systems(), "/").await;
    let text = String::from_utf8(page.body.clone()).unwrap();
    assert!(
        text.contains("href=\"/teahouse/\"") && text.contains("href=\"/bakery/\""),
        "{text}"
    );
    assert_eq!(get(&two_systems(), "/bakery").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_single_system_is_on_its_bare_paths_and_under_its_name() {
    let front = Front::new(vec![("teahouse".to_owned(), Arc::new(teahouse()))]);
    let bare = get(&front, "/kettles").await.json();
    assert!(bare["headers"].get("x-forwarded-prefix").is_none());
    let named = get(&front, "/teahouse/kettles").await.json();
    assert_eq!(named["target"], "/kettles");
}

use std::net::SocketAddr;
use std::sync::Arc;

use gateway::{Front, Upstream};
use http::{Method, StatusCode};

use crate::stage::{backend, door, echo, edge, get, request, send, teahouse};

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
async fn doors_before_this_one_add_their_prefixes_from_the_outside_in() {
    for (outer, whole) in [
        (&["/shops"][..], "/shops/bakery"),
        (&["/shops/"], "/shops/bakery"),
        (&["/town, /shops"], "/town/shops/bakery"),
        (&["/town", "/shops"], "/town/shops/bakery"),
        (&["shops"], "/bakery"),
        (&["//evil.example"], "/bakery"),
        (&["\"><script>"], "/bakery"),
        (&["/"], "/bakery"),
    ] {
        let headers: Vec<_> = outer
            .iter()
            .map(|part| ("x-forwarded-prefix", *part))
            .collect();
        let sent = request(Method::GET, "/bakery/breads", &headers);
        let said = send(&two_systems(), sent).await.json();
        assert_eq!(said["headers"]["x-forwarded-prefix"], whole, "{outer:?}");

        // A context of a system that is alone learns the same, without the system's.
        let alone = Front::new(vec![("teahouse".to_owned(), Arc::new(teahouse()))]);
        let said = send(&*edge(alone), request(Method::GET, "/kettles", &headers))
            .await
            .json();
        let told = &said["headers"]["x-forwarded-prefix"];
        let outer_alone = whole.strip_suffix("/bakery").unwrap();
        assert_eq!(told.as_str().unwrap_or_default(), outer_alone, "{outer:?}");
    }
}

#[tokio::test]
async fn a_client_on_another_machine_gets_links_under_the_system_too() {
    let forged = [("x-forwarded-prefix", "/evil")];
    let mut sent = request(Method::GET, "/bakery/breads", &forged);
    let peer = SocketAddr::from(([192, 0, 2, 7], 4711));
    sent.extensions_mut().insert(peer);
    let said = send(&*edge(two_systems()), sent).await.json();
    assert_eq!(said["headers"]["x-forwarded-prefix"], "/bakery");
}

#[tokio::test]
async fn a_system_s_root_is_found_with_a_slash_at_its_end_and_without() {
    for path in ["/bakery", "/bakery/", "/bakery?x=y"] {
        let answer = get(&two_systems(), path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert_eq!(
            answer.header("content-type"),
            Some("application/hal+json;charset=UTF-8")
        );
    }
    let answer = get(&two_systems(), "/bakery//").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_is_under_no_system_is_404_and_says_which_systems_there_are() {
    for path in [
        "/nothing",
        "/kettles",
        "/Bakery/breads",
        "/actuator",
        "/profile",
    ] {
        for method in [Method::GET, Method::POST] {
            let answer = send(&two_systems(), request(method, path, &[])).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
            assert_eq!(
                answer.header("content-type"),
                Some("application/problem+json")
            );
            let problem = answer.json();
            let detail = problem["detail"].as_str().unwrap();
            assert!(detail.contains("/teahouse/, /bakery/"), "{detail}");
            assert_eq!(problem["path"], path);
            assert!(answer.header("x-request-id").is_some());
        }
    }
}

#[tokio::test]
async fn a_problem_under_a_system_names_the_address_that_was_asked_for() {
    let proxied = [("x-forwarded-prefix", "/shops")];
    for path in [
        "/bakery/nothing",
        "/bakery/breads/7/bake",
        "/bakery/actuator/nothing",
    ] {
        let sent = request(Method::GET, path, &proxied);
        let problem = send(&two_systems(), sent).await.json();
        assert_eq!(problem["instance"], format!("/shops{path}"));
    }
}

#[tokio::test]
async fn a_single_system_is_on_its_bare_paths_and_under_its_name() {
    let front = Front::new(vec![("teahouse".to_owned(), Arc::new(teahouse()))]);
    let bare = get(&front, "/kettles").await.json();
    assert!(bare["headers"].get("x-forwarded-prefix").is_none());
    let named = get(&front, "/teahouse/kettles").await.json();
    assert_eq!(named["target"], "/kettles");
    for path in ["/nothing", "/teahousex", "/breads"] {
        let answer = get(&front, path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(answer.header("x-request-id").is_some(), "{path}");
    }
    let root = get(&front, "/").await;
    assert!(root.json()["_links"].is_object(), "the system's own");
}

#[tokio::test]
async fn pages_from_elsewhere_may_begin_at_the_front() {
    let elsewhere = [
        ("origin", "http://page.example"),
        ("accept", "application/json"),
    ];
    for path in ["/", "/nothing"] {
        let answer = send(&two_systems(), request(Method::GET, path, &elsewhere)).await;
        let allowed = answer.header("access-control-allow-origin");
        assert_eq!(allowed, Some("http://page.example"), "{path}");
    }
}

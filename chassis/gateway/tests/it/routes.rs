use http::{Method, StatusCode};
use http_api::Endpoint;

use crate::stage::{get, request, send, teahouse};

#[tokio::test]
async fn a_collection_and_all_below_it_lead_to_their_context_with_path_and_query_kept() {
    let door = teahouse();
    for (path, context) in [
        ("/kettles", "kitchen"),
        ("/kettles/", "kitchen"),
        ("/kettles/7?page=1&sort=a%2Cb", "kitchen"),
        ("/kettles/search/findByName?name=%EA%B3%BC", "kitchen"),
        ("/kettles/search/", "kitchen"),
        ("/kettles/%37", "kitchen"),
        ("/cups/007/", "table"),
        ("/profile/cups", "table"),
    ] {
        let said = get(&door, path).await.json();
        assert_eq!(said["context"], context, "{path}");
        assert_eq!(said["target"], path);
    }
}

#[tokio::test]
async fn the_first_context_that_claims_a_path_has_it() {
    assert_eq!(
        get(&teahouse(), "/kettles").await.json()["context"],
        "kitchen"
    );
}

#[tokio::test]
async fn other_paths_are_404_with_the_members_that_old_clients_read() {
    let door = teahouse();
    for path in [
        "/Kettles",
        "/kettlesx",
        "/kettle",
        "//kettles",
        "/x/kettles",
        "/nothing",
    ] {
        let answer = get(&door, path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(
            answer.header("content-type"),
            Some("application/problem+json")
        );
        let body = answer.json();
        assert_eq!(body["status"], 404);
        assert_eq!(body["error"], "Not Found");
        assert_eq!(body["path"], path);
        assert!(
            body["timestamp"].is_string() && body["message"].is_string(),
            "{body}"
        );
    }
}

#[tokio::test]
async fn all_else_below_a_collection_is_for_other_contexts_and_no_address_from_outside() {
    let door = teahouse();
    let unknown = get(&door, "/nothing").await.json();
    for path in [
        "/kettles/7/boil",
        "/kettles/7/boil/",
        "/kettles/7/%62oil?x=1",
        "/kettles/7/boil/over",
        "/kettles/boilAll",
        "/kettles/%EA%B3%BC",
        "/kettles/7b",
        "/kettles/-7",
        "/kettles/search/findByName/7",
        "/cups/%37/search",
        "/profile/cups/7",
    ] {
        for method in [Method::PUT, Method::GET, Method::OPTIONS, Method::POST] {
            let answer = send(&door, request(method.clone(), path, &[])).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{method} {path}");
            assert_eq!(answer.json()["detail"], unknown["detail"]);
            assert_eq!(answer.header("allow"), None);
        }
    }
}

#[tokio::test]
async fn a_path_that_cannot_be_read_is_for_its_context_to_refuse() {
    for path in [
        "/kettles/7%2fboil",
        "/kettles/../cups/1",
        "/kettles//7/boil",
    ] {
        let said = get(&teahouse(), path).await.json();
        assert_eq!(said["target"], path);
    }
}

#[tokio::test]
async fn a_request_id_is_kept_or_made_and_told_both_ways() {
    let door = teahouse();
    let mine = request(Method::GET, "/kettles", &[("x-request-id", "mine-1")]);
    let answer = send(&door, mine).await;
    assert_eq!(answer.json()["headers"]["x-request-id"], "mine-1");
    assert_eq!(answer.header("x-request-id"), Some("mine-1"));

    let (one, other) = (get(&door, "/kettles").await, get(&door, "/kettles").await);
    let made = one.header("x-request-id").unwrap();
    assert_eq!(one.json()["headers"]["x-request-id"], made);
    assert_ne!(Some(made), other.header("x-request-id"));
    assert!(
        get(&door, "/nothing")
            .await
            .header("x-request-id")
            .is_some()
    );
}

#[tokio::test]
async fn within_a_process_the_context_sees_the_client_s_own_request() {
    let door = teahouse();
    let sent = request(Method::PATCH, "/cups/1", &[("if-match", "\"3\"")]);
    let said = send(&door as &dyn Endpoint, sent).await.json();
    assert_eq!(said["method"], "PATCH");
    assert_eq!(said["headers"]["host"], "shop.example:8088");
    assert_eq!(said["headers"]["if-match"], "\"3\"");
    assert!(
        said["headers"].get("x-forwarded-host").is_none(),
        "there was no hop"
    );
}

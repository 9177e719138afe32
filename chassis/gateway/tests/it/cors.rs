use http::{Method, StatusCode};

use crate::stage::{get, request, send, teahouse};

const PAGE: (&str, &str) = ("origin", "http://pages.example");

#[tokio::test]
async fn a_page_from_elsewhere_may_read_answers_with_credentials() {
    let door = teahouse();
    for path in ["/kettles", "/nothing"] {
        let answer = send(&door, request(Method::GET, path, &[PAGE])).await;
        assert_eq!(answer.header("access-control-allow-origin"), Some(PAGE.1));
        assert_eq!(
            answer.header("access-control-allow-credentials"),
            Some("true")
        );
        assert!(answer.header("vary").unwrap().contains("Origin"));
        let exposed = answer.header("access-control-expose-headers").unwrap();
        for name in [
            "ETag",
            "Location",
            "Retry-After",
            "X-Correlation-Id",
            "X-Request-Id",
            "Idempotent-Replayed",
            "Link",
        ] {
            let mut all = exposed.split(", ");
            assert!(all.any(|one| one == name), "{name}: {exposed}");
        }
    }
}

#[tokio::test]
async fn own_pages_and_programs_get_no_such_headers() {
    let door = teahouse();
    let own = [("origin", "http://shop.example:8088")];
    let answer = send(&door, request(Method::GET, "/kettles", &own)).await;
    assert_eq!(answer.header("access-control-allow-origin"), None);
    let behind_tls = [
        ("origin", "https://shop.example"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "shop.example"),
    ];
    let answer = send(&door, request(Method::GET, "/kettles", &behind_tls)).await;
    assert_eq!(answer.header("access-control-allow-origin"), None);
    let answer = get(&door, "/kettles").await;
    assert_eq!(answer.header("access-control-allow-origin"), None);
    assert_eq!(answer.header("access-control-expose-headers"), None);
    assert_eq!(answer.header("vary"), None);
}

#[tokio::test]
async fn a_preflight_is_answered_here_with_what_it_asked_for() {
    let asked = [
        PAGE,
        ("access-control-request-method", "PATCH"),
        (
            "access-control-request-headers",
            "content-type, idempotency-key",
        ),
    ];
    let answer = send(&teahouse(), request(Method::OPTIONS, "/kettles/1", &asked)).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.body.is_empty());
    assert_eq!(answer.header("access-control-allow-origin"), Some(PAGE.1));
    assert_eq!(
        answer.header("access-control-allow-credentials"),
        Some("true")
    );
    assert_eq!(answer.header("access-control-allow-methods"), Some("PATCH"));
    assert_eq!(
        answer.header("access-control-allow-headers"),
        Some("content-type, idempotency-key")
    );
    assert_eq!(answer.header("access-control-max-age"), None);
}

#[tokio::test]
async fn options_without_a_preflight_s_headers_are_the_context_s() {
    let answer = send(&teahouse(), request(Method::OPTIONS, "/kettles", &[PAGE])).await;
    assert_eq!(answer.json()["method"], "OPTIONS");
}

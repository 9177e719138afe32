use serde_json::Value;

use super::*;

async fn body(response: Response<Body>) -> Value {
    let bytes = response.into_body().whole(10_000).await.unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

#[tokio::test]
async fn a_problem_has_the_members_of_rfc_9457_and_those_of_the_originals() {
    let refusal = Refusal::invalid("qty", "qty-out-of-range", "qty must be 1 to 10000.");
    let answer = Problem::from(refusal).answer("/orders", Language::English);
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    let mut body = body(answer).await;
    let timestamp = body["timestamp"].take();
    assert!(timestamp.as_str().unwrap().ends_with("+0000"));
    let expected = serde_json::json!({
        "type": "about:blank",
        "title": "Unprocessable Entity",
        "status": 422,
        "detail": "qty must be 1 to 10000.",
        "instance": "/orders",
        "code": "qty-out-of-range",
        "field": "qty",
        "timestamp": null,
        "error": "Unprocessable Entity",
        "message": "qty must be 1 to 10000.",
        "path": "/orders",
    });
    assert_eq!(body, expected);
}

#[tokio::test]
async fn a_refusal_speaks_the_language_that_is_preferred() {
    let refusal = Refusal::conflict("delivered", "Too late.").ko("늦었습니다.");
    let problem = Problem::from(refusal);
    let korean = problem.answer("/", Language::Korean);
    assert_eq!(korean.headers()["content-language"], "ko");
    let korean = body(korean).await;
    assert_eq!(korean["detail"], "늦었습니다.");
    assert_eq!(korean["message"], "늦었습니다.");
    assert_eq!(korean.get("detail_ko"), None);
    let english = body(problem.answer("/", Language::English)).await;
    assert_eq!(english["detail"], "Too late.");
    assert_eq!(english["detail_ko"], "늦었습니다.");
}

#[test]
fn each_failure_has_its_status() {
    let refused = |kind| {
        let refusal = Refusal {
            kind,
            ..Refusal::conflict("no", "No.")
        };
        Problem::from(Failure::Refused(refusal)).status().as_u16()
    };
    assert_eq!(refused(RefusalKind::Unreadable), 400);
    assert_eq!(refused(RefusalKind::Invalid), 422);
    assert_eq!(refused(RefusalKind::NotFound), 404);
    assert_eq!(refused(RefusalKind::Conflict), 409);
    assert_eq!(refused(RefusalKind::NotYet), 409);
    assert_eq!(refused(RefusalKind::Unavailable), 503);
    let status = |failure: Failure| Problem::from(failure).status().as_u16();
    assert_eq!(status(Failure::Absent { kind: "x", id: 1 }), 404);
    assert_eq!(status(Failure::Changed { current: 2 }), 412);
    assert_eq!(status(Failure::KeyReused), 422);
    assert_eq!(status(Failure::Overloaded), 503);
    assert_eq!(status(Failure::Stopping), 503);
}

#[tokio::test]
async fn a_store_that_fails_is_not_described_to_clients() {
    let place = || "/var/lib/secret.db".to_owned();
    let reason = || "disk I/O error".to_owned();
    let errors = [
        (StoreError::Full { place: place() }, 507, false),
        (
            StoreError::Unavailable {
                place: place(),
                reason: reason(),
            },
            503,
            true,
        ),
        (
            StoreError::ReadOnly {
                place: place(),
                reason: reason(),
            },
            500,
            false,
        ),
        (
            StoreError::Corrupt {
                place: place(),
                reason: reason(),
            },
            500,
            false,
        ),
    ];
    for (error, status, again) in errors {
        let answer = Problem::from(Failure::Store(error)).answer("/", Language::English);
        assert_eq!(answer.status(), status);
        assert_eq!(answer.headers().contains_key("retry-after"), again);
        let body = body(answer).await.to_string();
        assert!(!body.contains("secret") && !body.contains("I/O"), "{body}");
    }
}

#[test]
fn overload_says_when_to_come_back() {
    let answer = Problem::from(Failure::Overloaded).answer("/", Language::English);
    assert_eq!(answer.headers()["retry-after"], "1");
    let silence = Refusal::unavailable("try-again-shortly", "Please try again shortly.");
    let answer = Problem::from(silence).answer("/", Language::English);
    assert_eq!(answer.headers()["retry-after"], "5");
}

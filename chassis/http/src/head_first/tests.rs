use super::*;

fn head(method: Method) -> Parts {
    let request = Request::builder()
        .method(method)
        .uri("/orders?x=1")
        .header("content-length", "5")
        .header("accept", "application/json");
    request.body(()).unwrap().into_parts().0
}

#[tokio::test]
async fn what_is_asked_is_what_is_meant() {
    for (method, body) in [
        (Method::POST, Awaited::CutOff),
        (Method::PUT, Awaited::TooSlow),
        (Method::PATCH, Awaited::Coming(70_000)),
    ] {
        let asked = ask(&head(method.clone()), body);
        assert_eq!(asked.method(), Method::OPTIONS);
        assert!(!asked.headers().contains_key("content-length"));
        let (parts, rest) = meant(asked).into_parts();
        assert_eq!((&parts.method, is_alone(&parts)), (&method, true));
        assert_eq!(parts.uri, "/orders?x=1");
        assert_eq!(parts.headers["accept"], "application/json");
        assert!(!http_body::Body::is_end_stream(&rest));
        let error = rest.whole(80_000).await.unwrap_err();
        let as_asked = match body {
            Awaited::CutOff => matches!(error, BodyError::CutOff(_)),
            Awaited::TooSlow => matches!(error, BodyError::TooSlow),
            Awaited::Coming(_) => matches!(error, BodyError::Coming),
        };
        assert!(as_asked, "{body:?}: {error}");
    }
}

#[tokio::test]
async fn a_body_that_will_be_too_long_is_known_before_it_comes() {
    let (_, rest) = meant(ask(&head(Method::POST), Awaited::Coming(70_000))).into_parts();
    let error = rest.whole(65_536).await.unwrap_err();
    assert!(matches!(error, BodyError::TooLarge { limit: 65_536 }));
}

#[test]
fn other_requests_mean_what_they_say() {
    let mut plain = ask(&head(Method::POST), Awaited::CutOff);
    forget(plain.headers_mut());
    assert_eq!(meant(plain).method(), Method::OPTIONS);
    let get = ask(&head(Method::GET), Awaited::CutOff);
    assert_eq!(meant(get).method(), Method::OPTIONS, "it has no body");
    let mut post = ask(&head(Method::POST), Awaited::CutOff);
    *post.method_mut() = Method::DELETE;
    assert_eq!(meant(post).method(), Method::DELETE);
}

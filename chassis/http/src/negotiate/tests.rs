use super::*;

fn headers(name: &http::HeaderName, values: &[&str]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for value in values {
        headers.append(name.clone(), HeaderValue::from_str(value).unwrap());
    }
    headers
}

fn accepts(values: &[&str]) -> Option<Media> {
    wanted(&headers(&header::ACCEPT, values)).ok()
}

#[test]
fn who_takes_anything_gets_hal() {
    for accept in [
        &[][..],
        &["*/*"],
        &["application/*"],
        &["application/hal+json"],
        &["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"],
        &["text/html", "*/*;q=0.1"],
    ] {
        assert_eq!(accepts(accept), Some(Media::Hal), "{accept:?}");
    }
}

#[test]
fn who_names_json_gets_json() {
    for accept in [
        "application/json",
        "application/json, */*;q=0.5",
        "application/json, text/plain, */*",
        "APPLICATION/JSON;charset=UTF-8",
        "application/hal+json;q=0.5, application/json",
        "application/hal+json;q=0, */*",
    ] {
        assert_eq!(accepts(&[accept]), Some(Media::Json), "{accept}");
    }
}

#[test]
fn who_takes_neither_is_told_so() {
    for accept in [
        "text/html",
        "image/png, text/*",
        "application/json;q=0",
        "*/*;q=0.0",
    ] {
        let problem = wanted(&headers(&header::ACCEPT, &[accept])).unwrap_err();
        assert_eq!(problem.status(), StatusCode::NOT_ACCEPTABLE, "{accept}");
    }
}

#[test]
fn json_is_read_under_each_of_its_names() {
    for kind in [
        "application/json",
        "application/json; charset=utf-8",
        "application/json;charset=\"UTF-8\"",
        "Application/JSON",
        "application/hal+json",
        "application/merge-patch+json",
    ] {
        let headers = headers(&header::CONTENT_TYPE, &[kind]);
        assert_eq!(written(&headers).ok(), Some(Written::Json), "{kind}");
    }
    let patch = headers(&header::CONTENT_TYPE, &["application/json-patch+json"]);
    assert_eq!(written(&patch).ok(), Some(Written::JsonPatch));
}

#[test]
fn other_bodies_are_415() {
    for kind in [
        &[][..],
        &["application/x-www-form-urlencoded"],
        &["text/plain"],
        &["application/xml"],
        &["application/json; charset=euc-kr"],
    ] {
        let problem = written(&headers(&header::CONTENT_TYPE, kind)).unwrap_err();
        assert_eq!(
            problem.status(),
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "{kind:?}"
        );
    }
}

#[test]
fn weights_are_read_in_thousandths() {
    let read = |list| weighted(list).map(|(_, weight)| weight).collect::<Vec<_>>();
    assert_eq!(
        read("a, b;q=0.5, c;q=0, d;x=y;q=0.125"),
        [1_000, 500, 0, 125]
    );
    assert_eq!(read("a;q=wrong,,b;q=0.1234"), [1_000, 1_000]);
}

#[test]
fn korean_is_spoken_to_who_prefers_it() {
    use crate::Language;
    let speaks = |list| Language::of(&headers(&header::ACCEPT_LANGUAGE, &[list]));
    for korean in [
        "ko",
        "ko-KR,ko;q=0.9,en-US;q=0.8",
        "en;q=0.3, KO;q=0.4",
        "fr, ko;q=0.1",
    ] {
        assert_eq!(speaks(korean), Language::Korean, "{korean}");
    }
    for english in ["en", "en-GB, ko;q=0.9", "fr", "*", "ko;q=0", "kok"] {
        assert_eq!(speaks(english), Language::English, "{english}");
    }
    assert_eq!(Language::of(&HeaderMap::new()), Language::English);
}

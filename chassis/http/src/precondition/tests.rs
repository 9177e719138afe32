use super::*;

fn headers(name: &header::HeaderName, values: &[&str]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for value in values {
        headers.append(name.clone(), HeaderValue::from_str(value).unwrap());
    }
    headers
}

#[test]
fn if_match_names_versions() {
    let read = |values: &[&str]| of(&headers(&header::IF_MATCH, values)).if_match;
    assert_eq!(read(&[]), None);
    assert_eq!(read(&["*"]), Some(Match::Any));
    assert_eq!(read(&["\"3\""]), Some(Match::OneOf(vec![3])));
    assert_eq!(
        read(&["\"3\", \"4\"", "\"5\""]),
        Some(Match::OneOf(vec![3, 4, 5]))
    );
}

#[test]
fn a_tag_that_is_weak_or_not_ours_matches_nothing() {
    for tag in ["W/\"3\"", "3", "\"abc\"", ""] {
        let read = of(&headers(&header::IF_MATCH, &[tag])).if_match;
        assert_eq!(read, Some(Match::OneOf(Vec::new())), "{tag}");
    }
}

#[test]
fn if_none_match_compares_weakly() {
    let same = |tag: &str| {
        let headers = headers(&header::IF_NONE_MATCH, &[tag]);
        let named = match of(&headers).if_none_match {
            Some(Match::Any) => true,
            Some(Match::OneOf(versions)) => versions.contains(&3),
            None => false,
        };
        assert_eq!(
            named,
            none_match(&headers, 3),
            "read and changed alike: {tag}"
        );
        named
    };
    for tag in ["\"3\"", "W/\"3\"", "\"1\", \"3\"", "*"] {
        assert!(same(tag), "{tag}");
    }
    for tag in ["\"4\"", "3", ""] {
        assert!(!same(tag), "{tag}");
    }
    assert!(!none_match(&HeaderMap::new(), 3));
}

#[test]
fn an_etag_is_its_version_quoted() {
    assert_eq!(etag(7), "\"7\"");
}

#[test]
fn an_idempotency_key_holds_for_one_method_path_and_body() {
    let key = |method, path: &str, body: &[u8]| {
        let headers = headers(&header::HeaderName::from_static("idempotency-key"), &["k"]);
        idempotency(&headers, &method, || path.to_owned(), body)
            .unwrap()
            .unwrap()
    };
    let first = key(Method::POST, "/orders", b"{}");
    assert_eq!(first, key(Method::POST, "/orders", b"{}"));
    assert_ne!(first.key, key(Method::POST, "/carts", b"{}").key);
    assert_ne!(first.key, key(Method::PUT, "/orders", b"{}").key);
    let other = key(Method::POST, "/orders", b"{ }");
    assert_eq!(first.key, other.key);
    assert_ne!(first.fingerprint, other.fingerprint);
}

#[test]
fn a_fingerprint_is_the_same_in_every_build() {
    // FNV-1a's published values.
    assert_eq!(fingerprint(b"").cast_unsigned(), 0xcbf2_9ce4_8422_2325);
    assert_eq!(fingerprint(b"a").cast_unsigned(), 0xaf63_dc4c_8601_ec8c);
}

#[test]
fn an_idempotency_key_that_is_none_is_refused() {
    let name = header::HeaderName::from_static("idempotency-key");
    for wrong in ["", &"x".repeat(256)] {
        let headers = headers(&name, &[wrong]);
        assert!(idempotency(&headers, &Method::POST, || "/".to_owned(), b"").is_err());
    }
    assert_eq!(
        idempotency(&HeaderMap::new(), &Method::POST, || "/".to_owned(), b"").unwrap(),
        None
    );
}

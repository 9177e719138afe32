use http::{HeaderName, HeaderValue};

use super::*;

fn front(uri: &str, headers: &[(&str, &str)]) -> String {
    let map: HeaderMap = headers
        .iter()
        .map(|(name, value)| {
            (
                HeaderName::try_from(*name).unwrap(),
                HeaderValue::from_str(value).unwrap(),
            )
        })
        .collect();
    let uri = uri.parse().unwrap();
    let origin = Origin::of(&uri, &map);
    let mut out = String::new();
    origin.write(&mut out);
    assert_eq!(out.len(), origin.len());
    out
}

#[test]
fn links_follow_the_host_that_the_client_used() {
    assert_eq!(front("/", &[("host", "order:8080")]), "http://order:8080");
    assert_eq!(front("/", &[]), "http://localhost");
    assert_eq!(front("http://a.b/x", &[("host", "c")]), "http://a.b");
    assert_eq!(front("/", &[("host", "[::1]:80")]), "http://[::1]:80");
}

#[test]
fn links_follow_what_stands_in_front() {
    let front = |forwarded: &[(&str, &str)]| {
        let mut headers = vec![("host", "order:8080")];
        headers.extend_from_slice(forwarded);
        front("/", &headers)
    };
    assert_eq!(
        front(&[
            ("x-forwarded-proto", "https"),
            ("x-forwarded-host", "shop.kr"),
            ("x-forwarded-prefix", "/fruitstore/"),
        ]),
        "https://shop.kr/fruitstore"
    );
    assert_eq!(
        front(&[
            ("x-forwarded-host", "shop.kr, inner"),
            ("x-forwarded-port", "8088")
        ]),
        "http://shop.kr:8088"
    );
    assert_eq!(
        front(&[("x-forwarded-host", "shop.kr"), ("x-forwarded-port", "80")]),
        "http://shop.kr"
    );
    assert_eq!(
        front(&[
            ("x-forwarded-host", "shop.kr:1"),
            ("x-forwarded-port", "8088")
        ]),
        "http://shop.kr:1"
    );
    assert_eq!(
        front(&[(
            "forwarded",
            "for=1.2.3.4;Host=\"shop.kr:8088\";proto=https, for=5.6.7.8;host=x"
        )]),
        "https://shop.kr:8088"
    );
}

#[test]
fn what_could_break_out_of_a_link_is_not_repeated() {
    for (name, value) in [
        ("host", "a\"b"),
        ("x-forwarded-host", "evil/path"),
        ("x-forwarded-host", "a b"),
        ("x-forwarded-proto", "javascript"),
        ("x-forwarded-port", "99999"),
        ("x-forwarded-prefix", "//evil"),
        ("x-forwarded-prefix", "evil"),
        ("x-forwarded-prefix", "/a\"b"),
        ("forwarded", "host=\"a<b\";proto=ftp"),
    ] {
        assert_eq!(
            front("/", &[(name, value)]),
            "http://localhost",
            "{name}: {value}"
        );
    }
}

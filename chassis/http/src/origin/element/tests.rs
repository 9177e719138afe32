use http::HeaderValue;

use super::*;

fn first(line: &'static str) -> (Option<String>, Option<String>) {
    let mut headers = HeaderMap::new();
    headers.insert(FORWARDED, HeaderValue::from_static(line));
    let element = Element::first(&headers);
    let owned = |value: Option<&str>| value.map(str::to_owned);
    (owned(element.host), owned(element.proto))
}

#[test]
fn the_first_element_is_read_whatever_its_order_case_and_quotes() {
    for (line, host, proto) in [
        ("host=shop.kr;proto=https", "shop.kr", "https"),
        (
            "Proto=HTTPS; Host=\"shop.kr:8443\"",
            "shop.kr:8443",
            "HTTPS",
        ),
        (
            "for=192.0.2.1;host=shop.kr;proto=http, host=inner",
            "shop.kr",
            "http",
        ),
        (
            "for=\"[2001:db8::1]:47,11;x\";host=\"[::1]\";proto=http;by=_me",
            "[::1]",
            "http",
        ),
        (", ,host=shop.kr;proto=https;", "shop.kr", "https"),
    ] {
        let wanted = (Some(host.to_owned()), Some(proto.to_owned()));
        assert_eq!(first(line), wanted, "{line}");
    }
    assert_eq!(first("for=_hidden, host=inner"), (None, None));
    assert_eq!(first("proto=https").0, None);
}

#[test]
fn an_element_that_is_malformed_says_nothing() {
    for line in [
        "",
        "shop.kr",
        "host",
        "host=a;host=b;proto=https",
        "proto=http;proto=https;host=a",
        "host=\"a;proto=https",
        "host=\"a\\\"b\"",
        "host=\"a\"b;proto=https",
        "ho st=a",
        "=a",
    ] {
        assert_eq!(first(line), (None, None), "{line}");
    }
    let long = "for=a;".repeat(40) + "host=a";
    assert_eq!(Element::parse(&long), None);
}

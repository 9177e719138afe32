use http::Method;

use super::*;

#[test]
fn a_path_is_its_decoded_segments() {
    let read = |path| segments(path).unwrap();
    assert!(read("/").is_empty());
    assert_eq!(read("/orders"), ["orders"]);
    assert_eq!(read("/orders/"), ["orders"]);
    assert_eq!(read("/orders/5/cancel"), ["orders", "5", "cancel"]);
    assert_eq!(read("/%EC%82%AC%EA%B3%BC/a%20b"), ["사과", "a b"]);
    assert_eq!(read("/a.b/..c"), ["a.b", "..c"]);
}

#[test]
fn a_path_that_can_be_read_in_two_ways_is_refused() {
    for path in [
        "",
        "orders",
        "//",
        "//orders",
        "/orders//5",
        "/orders/5//",
        "/./orders",
        "/../orders",
        "/orders/..",
        "/%2e%2e/orders",
        "/%2E/orders",
        "/orders%2f5",
        "/orders%5C5",
        "/orders\\5",
        "/orders;x=1",
        "/orders%3Bx",
        "/orders%00",
        "/orders/%0a",
        "/orders/%7f",
        "/orders/%",
        "/orders/%4",
        "/orders/%zz",
        "/orders/%ff",
    ] {
        let problem = segments(path).unwrap_err();
        assert_eq!(problem.status(), StatusCode::BAD_REQUEST, "{path:?}");
    }
}

#[test]
fn a_query_is_decoded_pairs() {
    let read = pairs("a=1&b=x+y%2C&&c&d=%EC%82%AC").unwrap();
    let expected = [("a", "1"), ("b", "x y,"), ("c", ""), ("d", "사")];
    assert_eq!(read, expected.map(|(n, v)| (n.into(), v.into())));
    assert!(pairs("").unwrap().is_empty());
    for wrong in ["a=%", "a=%f", "%ff=1", "a=%GG"] {
        assert!(pairs(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn what_is_encoded_decodes_to_itself() {
    for text in ["qty", "사과 & 배", "a+b%c=\"d\"", "x,y"] {
        let mut encoded = String::new();
        encode_into(&mut encoded, text);
        assert!(!encoded.contains(['"', '&', '=', ' ']), "{encoded}");
        assert_eq!(decoded(&encoded, true).unwrap(), text);
    }
}

#[test]
fn a_target_is_a_path_or_a_whole_address_or_for_options_a_star() {
    let checked = |method: Method, uri: &str| {
        let uri: Uri = uri.parse().unwrap();
        check(&method, &uri).map_err(|problem| problem.status().as_u16())
    };
    assert_eq!(checked(Method::GET, "/orders?x=1"), Ok(()));
    assert_eq!(checked(Method::GET, "http://shop/orders"), Ok(()));
    assert_eq!(checked(Method::OPTIONS, "*"), Ok(()));
    assert_eq!(checked(Method::GET, "*"), Err(400));
    assert_eq!(checked(Method::CONNECT, "shop:80"), Err(400));
    let long = format!("/orders?x={}", "y".repeat(9_000));
    assert_eq!(checked(Method::GET, &long), Err(414));
}

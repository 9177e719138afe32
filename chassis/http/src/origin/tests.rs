use http::{HeaderName, HeaderValue};

use super::*;

/// Headers, and the front of links. Each row stands in `docs/decisions/forwarded-headers.md`.
type Row = (&'static [(&'static str, &'static str)], &'static str);

const HOST: (&str, &str) = ("host", "order:8080");

fn map(headers: &[(&str, &str)]) -> HeaderMap {
    let pair = |(name, value): &(&str, &str)| {
        let name = HeaderName::try_from(*name).unwrap();
        (name, HeaderValue::from_str(value).unwrap())
    };
    headers.iter().map(pair).collect()
}

fn front(uri: &str, headers: &HeaderMap) -> String {
    let uri = uri.parse().unwrap();
    let origin = Origin::of(&uri, headers);
    let mut out = String::new();
    origin.write(&mut out);
    assert_eq!(out.len(), origin.len());
    out
}

/// Here, and where a gateway has handed the request on to.
#[track_caller]
fn leads_to(headers: &[(&str, &str)], wanted: &str) {
    let mut headers = map(headers);
    assert_eq!(front("/orders", &headers), wanted, "{headers:?}");
    let before = headers.clone();
    forwarded::tell(&Uri::from_static("/orders"), &mut headers, None);
    headers.insert(header::HOST, HeaderValue::from_static("10.0.0.3:8086"));
    assert_eq!(
        front("/orders", &headers),
        wanted,
        "{before:?} by a gateway"
    );
}

fn all(table: &[Row]) {
    for (headers, wanted) in table {
        leads_to(headers, wanted);
    }
}

#[test]
fn without_a_proxy_the_host_counts_that_the_client_used() {
    all(&[
        (&[HOST], "http://order:8080"),
        (&[("host", "shop.example")], "http://shop.example"),
        (&[("host", "shop.example:80")], "http://shop.example"),
        (&[("host", "[::1]:8088")], "http://[::1]:8088"),
        (&[("host", "[::1]:80")], "http://[::1]"),
        // HTTP/1.0 without a host, or an empty one.
        (&[], ""),
        (&[("host", "")], ""),
        (&[("x-forwarded-prefix", "/shop")], "/shop"),
    ]);
    let host = map(&[("host", "c")]);
    assert_eq!(front("http://a.b/x", &host), "http://a.b");
}

#[test]
fn forwarded_wins_member_by_member() {
    all(&[
        (
            &[HOST, ("forwarded", "proto=https;host=shop.kr")],
            "https://shop.kr",
        ),
        (
            &[HOST, ("forwarded", "proto=https;host=\"shop.kr:8443\"")],
            "https://shop.kr:8443",
        ),
        (
            &[HOST, ("forwarded", "host=\"[2001:db8::7]:8443\"")],
            "http://[2001:db8::7]:8443",
        ),
        (
            &[HOST, ("forwarded", "host=shop.kr, host=inner")],
            "http://shop.kr",
        ),
        // Each member that it does not have is looked for in X-Forwarded-*.
        (
            &[
                HOST,
                ("forwarded", "proto=https"),
                ("x-forwarded-proto", "http"),
                ("x-forwarded-host", "shop.kr"),
                ("x-forwarded-port", "8443"),
            ],
            "https://shop.kr:8443",
        ),
        (
            &[
                HOST,
                ("forwarded", "host=shop.kr"),
                ("x-forwarded-proto", "https"),
                ("x-forwarded-host", "other.kr"),
            ],
            "https://shop.kr",
        ),
        (&[HOST, ("forwarded", "proto=https")], "https://order:8080"),
        (&[HOST, ("forwarded", "for=192.0.2.1")], "http://order:8080"),
        // Its host has its own port; another header's is of another host.
        (
            &[
                HOST,
                ("forwarded", "host=shop.kr"),
                ("x-forwarded-port", "8443"),
            ],
            "http://shop.kr",
        ),
    ]);
}

#[test]
fn x_forwarded_headers_win_over_host() {
    all(&[
        (
            &[("host", "shop.kr"), ("x-forwarded-proto", "https")],
            "https://shop.kr",
        ),
        (
            &[("host", "shop.kr"), ("x-forwarded-proto", "HTTPS")],
            "https://shop.kr",
        ),
        (
            &[("host", "shop.kr:443"), ("x-forwarded-proto", "https")],
            "https://shop.kr",
        ),
        (
            &[HOST, ("x-forwarded-host", "shop.kr, inner")],
            "http://shop.kr",
        ),
        (
            &[
                HOST,
                ("x-forwarded-proto", "https, http"),
                ("x-forwarded-host", "shop.kr"),
                ("x-forwarded-prefix", "/shops/"),
            ],
            "https://shop.kr/shops",
        ),
        (
            &[
                HOST,
                ("x-forwarded-host", "shop.kr"),
                ("x-forwarded-port", "8443"),
            ],
            "http://shop.kr:8443",
        ),
        (
            &[
                HOST,
                ("x-forwarded-host", "shop.kr:1"),
                ("x-forwarded-port", "8443"),
            ],
            "http://shop.kr:1",
        ),
        (
            &[
                HOST,
                ("x-forwarded-host", "[2001:db8::7]"),
                ("x-forwarded-port", "8443"),
            ],
            "http://[2001:db8::7]:8443",
        ),
        (
            &[
                HOST,
                ("x-forwarded-host", "shop.kr"),
                ("x-forwarded-proto", "https"),
                ("x-forwarded-port", "443"),
            ],
            "https://shop.kr",
        ),
        // A proxy that leaves the host alone, and tells the port.
        (
            &[
                HOST,
                ("x-forwarded-proto", "https"),
                ("x-forwarded-port", "443"),
            ],
            "https://order",
        ),
        (&[HOST, ("x-forwarded-port", "9000")], "http://order:9000"),
        (&[("x-forwarded-proto", "https")], ""),
        (&[("x-forwarded-port", "9000")], ""),
        (&[HOST, ("x-forwarded-host", "")], ""),
    ]);
}

#[test]
fn what_is_malformed_counts_as_if_it_were_not_there() {
    for (name, value) in [
        ("x-forwarded-host", "evil/path"),
        ("x-forwarded-host", "a b"),
        ("x-forwarded-host", ".."),
        ("x-forwarded-host", "a:b:c"),
        ("x-forwarded-host", "2001:db8::7"),
        ("x-forwarded-host", "\"><script>"),
        ("x-forwarded-proto", "javascript"),
        ("x-forwarded-proto", ""),
        ("x-forwarded-port", "99999"),
        ("x-forwarded-port", "+80"),
        ("x-forwarded-port", "0"),
        ("x-forwarded-port", ""),
        ("x-forwarded-prefix", "//evil"),
        ("x-forwarded-prefix", "evil"),
        ("x-forwarded-prefix", "/a\"b"),
        ("forwarded", "host=\"a<b\";proto=ftp"),
        ("forwarded", "host=evil.kr;host=shop.kr"),
        ("forwarded", "host=..;proto"),
    ] {
        leads_to(&[HOST, (name, value)], "http://order:8080");
    }
}

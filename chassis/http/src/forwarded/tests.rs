use super::*;

fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
    let pair = |(name, value): &(&'static str, &'static str)| {
        (
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        )
    };
    pairs.iter().map(pair).collect()
}

fn get<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

const CLIENT: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7)));
const PROXY: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST));

fn told(pairs: &[(&'static str, &'static str)], peer: Option<IpAddr>) -> HeaderMap {
    let mut told = headers(pairs);
    tell(&Uri::from_static("/orders"), &mut told, peer);
    told
}

#[test]
fn a_client_of_the_door_is_told_on_with_the_host_and_port_that_it_used() {
    let told = told(&[("host", "shop.example:8088")], CLIENT);
    assert_eq!(get(&told, &FOR), Some("192.0.2.7"));
    assert_eq!(get(&told, &HOST), Some("shop.example:8088"));
    assert_eq!(get(&told, &PORT), Some("8088"));
    assert_eq!(get(&told, &PROTO), Some("http"));
}

#[test]
fn the_port_that_is_told_is_the_scheme_s_where_none_is_named() {
    for (said, port) in [
        (&[("host", "shop.example")][..], Some("80")),
        (&[("host", "[::1]:9000")], Some("9000")),
        (&[("host", "[::1]")], Some("80")),
        (
            &[("host", "shop.example"), ("x-forwarded-proto", "https")],
            Some("443"),
        ),
        (
            &[("forwarded", "host=shop.example;proto=https")],
            Some("443"),
        ),
        (&[], None),
    ] {
        assert_eq!(get(&told(said, None), &PORT), port, "{said:?}");
    }
}

#[test]
fn a_proxy_is_continued_and_what_it_said_in_forwarded_is_told_in_one_way() {
    let told = told(
        &[
            ("host", "127.0.0.1:8088"),
            ("forwarded", "for=203.0.113.9;host=shop.example;proto=https"),
            ("x-forwarded-for", "203.0.113.9"),
        ],
        PROXY,
    );
    assert_eq!(get(&told, &FOR), Some("203.0.113.9, 127.0.0.1"));
    assert_eq!(get(&told, &HOST), Some("shop.example"));
    assert_eq!(get(&told, &PROTO), Some("https"));
    assert!(!told.contains_key(FORWARDED));
}

#[test]
fn prefixes_add_up_from_the_outside_in() {
    let mut told = headers(&[("x-forwarded-prefix", "/shops/")]);
    add_prefix(&mut told, "/fruitstore");
    assert_eq!(get(&told, &PREFIX), Some("/shops/fruitstore"));
}

#[test]
fn a_prefix_that_is_too_long_does_not_take_the_system_s_with_it() {
    let long = format!("/{}", "x".repeat(250));
    let mut told = HeaderMap::new();
    told.insert(PREFIX, HeaderValue::from_str(&long).unwrap());
    add_prefix(&mut told, "/fruitstore");
    assert_eq!(get(&told, &PREFIX), Some("/fruitstore"));
}

#[test]
fn proxies_are_trusted_by_address_and_by_network_and_this_machine_by_default() {
    let ip = |text: &str| text.parse::<IpAddr>().unwrap();
    let usual = TrustedProxies::default();
    for (peer, trusted) in [
        ("127.0.0.1", true),
        ("127.8.9.1", true),
        ("::1", true),
        ("::ffff:127.0.0.1", true),
        ("192.0.2.7", false),
        ("::2", false),
    ] {
        assert_eq!(usual.contain(ip(peer)), trusted, "{peer}");
    }
    let set = TrustedProxies::read(["192.0.2.7", "10.0.0.0/8", " fd00::/8"]).unwrap();
    for (peer, trusted) in [
        ("192.0.2.7", true),
        ("::ffff:192.0.2.7", true),
        ("192.0.2.8", false),
        ("10.255.0.1", true),
        ("::ffff:10.1.2.3", true),
        ("fd12::1", true),
        ("127.0.0.1", false),
    ] {
        assert_eq!(set.contain(ip(peer)), trusted, "{peer}");
    }
    assert!(set.and_loopback().contain(ip("127.0.0.1")));
    assert_eq!(TrustedProxies::read(set.list()), Ok(set));
    assert!(!TrustedProxies::read([""; 0]).unwrap().contain(ip("::1")));
}

#[test]
fn what_is_no_network_is_refused_with_how_one_is_written() {
    for wrong in ["", "shop.example", "10.0.0.0/33", "10.0.0/8", "::1/129"] {
        let error = TrustedProxies::read([wrong]).unwrap_err().to_string();
        assert!(error.contains("10.0.0.0/8"), "{error}");
    }
}

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

const STRANGER: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7)));
const PROXY: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST));

#[test]
fn a_client_of_the_door_is_told_on_with_the_host_and_port_that_it_used() {
    let mut told = headers(&[("host", "shop.example:8088")]);
    add(&mut told, STRANGER);
    assert_eq!(get(&told, &FOR), Some("192.0.2.7"));
    assert_eq!(get(&told, &FORWARDED_HOST), Some("shop.example:8088"));
    assert_eq!(get(&told, &PORT), Some("8088"));
    assert_eq!(get(&told, &PROTO), Some("http"));
}

#[test]
fn ports_are_found_behind_any_sort_of_host() {
    for (host, port) in [
        ("shop.example", "80"),
        ("[::1]:9000", "9000"),
        ("[::1]", "80"),
    ] {
        let mut told = headers(&[("host", host)]);
        add(&mut told, None);
        assert_eq!(get(&told, &PORT), Some(port), "{host}");
    }
}

#[test]
fn a_strangers_forged_headers_are_dropped() {
    let mut told = headers(&[
        ("host", "shop.example"),
        ("x-forwarded-for", "10.0.0.1"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-prefix", "/evil"),
        ("forwarded", "host=evil.example"),
    ]);
    distrust(&mut told, STRANGER);
    add(&mut told, STRANGER);
    assert_eq!(get(&told, &FOR), Some("192.0.2.7"));
    assert_eq!(get(&told, &FORWARDED_HOST), Some("shop.example"));
    assert!(!told.contains_key(PREFIX) && !told.contains_key(FORWARDED));
}

#[test]
fn a_proxy_on_this_machine_is_believed_and_continued() {
    let mut told = headers(&[
        ("host", "127.0.0.1:8088"),
        ("x-forwarded-for", "203.0.113.9"),
        ("x-forwarded-host", "shop.example"),
        ("x-forwarded-proto", "https"),
    ]);
    distrust(&mut told, PROXY);
    add(&mut told, PROXY);
    assert_eq!(get(&told, &FOR), Some("203.0.113.9, 127.0.0.1"));
    assert_eq!(get(&told, &FORWARDED_HOST), Some("shop.example"));
    assert_eq!(get(&told, &PROTO), Some("https"));
    assert_eq!(get(&told, &PORT), None, "the port is the public name's own");
}

#[test]
fn prefixes_add_up_from_the_outside_in() {
    let mut told = headers(&[("x-forwarded-prefix", "/shops/")]);
    add_prefix(&mut told, "/fruitstore");
    assert_eq!(get(&told, &PREFIX), Some("/shops/fruitstore"));
}

#[test]
fn a_prefix_that_is_longer_than_contexts_believe_does_not_take_the_system_s_with_it() {
    let long = format!("/{}", "x".repeat(250));
    let mut told = HeaderMap::new();
    told.insert(PREFIX, HeaderValue::from_str(&long).unwrap());
    add_prefix(&mut told, "/fruitstore");
    assert_eq!(get(&told, &PREFIX), Some("/fruitstore"));
}

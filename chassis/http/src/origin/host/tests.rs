use super::*;

#[test]
fn names_and_addresses_are_hosts_with_a_port_or_without() {
    for (text, name, port) in [
        ("shop.example", "shop.example", None),
        ("shop.example.", "shop.example.", None),
        ("shop.example:8443", "shop.example", Some(8443)),
        ("shop.example:", "shop.example", None),
        ("shop.example:080", "shop.example", Some(80)),
        ("order_service:8080", "order_service", Some(8080)),
        ("192.0.2.7:80", "192.0.2.7", Some(80)),
        ("[2001:db8::7]", "[2001:db8::7]", None),
        ("[2001:db8::7]:8088", "[2001:db8::7]", Some(8088)),
        ("[::ffff:192.0.2.7]:1", "[::ffff:192.0.2.7]", Some(1)),
    ] {
        assert_eq!(Host::parse(text), Some(Host { name, port }), "{text}");
    }
}

#[test]
fn what_is_no_host_is_none() {
    let long = "x".repeat(256);
    for text in [
        "",
        ".",
        "..",
        "a..b",
        ".a",
        "a:b:c",
        "a:b",
        "a:+80",
        "a:-1",
        "a:0",
        "a:65536",
        "a:80 ",
        ":80",
        "2001:db8::7",
        "[2001:db8::7",
        "[2001:db8::7]8080",
        "[fe80::1%25eth0]",
        "[::1]:x",
        "[shop]",
        "user@shop",
        "shop/path",
        "shop?x",
        "shop#x",
        "sho p",
        "shop\\",
        "\"><script>",
        "사과",
        "%41",
        &long,
    ] {
        assert_eq!(Host::parse(text), None, "{text}");
    }
}

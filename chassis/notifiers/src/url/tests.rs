use super::*;

#[test]
fn an_address_has_a_host_a_port_and_what_is_asked_for() {
    for (url, host, port, target) in [
        ("http://sms.example", "sms.example", 80, "/"),
        (
            "http://127.0.0.1:9000/a/b?key=c",
            "127.0.0.1",
            9_000,
            "/a/b?key=c",
        ),
        ("http://[::1]:9000?key=c", "::1", 9_000, "/?key=c"),
        ("HTTP://sms.example/", "sms.example", 80, "/"),
    ] {
        let parsed: Url = url.parse().unwrap();
        assert_eq!(parsed.place(), (host, port), "{url}");
        assert_eq!(parsed.target(), target, "{url}");
    }
}

#[test]
fn what_is_secret_in_it_is_not_shown() {
    let url: Url = "http://sms.example:81/secret?key=secret".parse().unwrap();
    assert_eq!(url.to_string(), "sms.example:81");
    assert_eq!(format!("{url:?}"), "Url(sms.example:81/…)");
}

#[test]
fn what_is_no_address_is_refused_with_what_to_do() {
    for (url, error) in [
        ("https://sms.example/", UrlError::Https),
        ("http://me:secret@sms.example/", UrlError::SignedIn),
        ("sms.example", UrlError::Other),
        ("ftp://sms.example", UrlError::Other),
        ("http://", UrlError::Other),
        ("http://sms.example:0/", UrlError::Other),
        ("http://sms.example:99999/", UrlError::Other),
        ("", UrlError::Other),
        ("/notices", UrlError::Other),
    ] {
        assert_eq!(url.parse::<Url>(), Err(error), "{url}");
    }
}

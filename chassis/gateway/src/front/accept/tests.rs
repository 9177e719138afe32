use http::HeaderValue;

use super::*;

fn form(accept: &[&str]) -> Option<Form> {
    let mut headers = HeaderMap::new();
    for line in accept {
        headers.append(ACCEPT, HeaderValue::from_str(line).unwrap());
    }
    wanted(&headers)
}

#[test]
fn people_get_the_page() {
    let firefox = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    for accept in [&[][..], &[""], &["*/*"], &[firefox], &["text/*"]] {
        assert_eq!(form(accept), Some(Form::Page), "{accept:?}");
    }
}

#[test]
fn programs_get_what_they_name() {
    let axios = "application/json, text/plain, */*";
    let httpie = "application/json, */*;q=0.5";
    for accept in [&[axios][..], &[httpie], &["APPLICATION/JSON"]] {
        assert_eq!(form(accept), Some(Form::Json), "{accept:?}");
    }
    for accept in [
        &["application/hal+json"][..],
        &["application/*"],
        &["application/json;q=0.5", "application/hal+json"],
        &["text/html;q=0.1, application/hal+json;q=0.2"],
    ] {
        assert_eq!(form(accept), Some(Form::Hal), "{accept:?}");
    }
}

#[test]
fn what_is_refused_is_not_sent() {
    assert_eq!(form(&["text/html;q=0, */*"]), Some(Form::Hal));
    assert_eq!(form(&["image/png"]), None);
    assert_eq!(form(&["*/*;q=0"]), None);
}

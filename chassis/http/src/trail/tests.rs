use http::{HeaderName, HeaderValue};

use super::*;

fn trail(name: &'static str, value: &str) -> Result<Trail, Problem> {
    let mut headers = HeaderMap::new();
    headers.insert(
        HeaderName::from_static(name),
        HeaderValue::from_str(value).unwrap(),
    );
    incoming(&headers)
}

#[test]
fn ids_that_are_given_are_kept() {
    let given = trail(CORRELATION, "order-7").unwrap();
    assert_eq!(given.correlation.as_deref(), Some("order-7"));
    assert_eq!(trail(REQUEST, "r-1").unwrap().causation, "r-1");
}

#[test]
fn a_request_without_ids_gets_one_of_its_own_and_no_correlation() {
    let made = incoming(&HeaderMap::new()).unwrap();
    let other = incoming(&HeaderMap::new()).unwrap();
    assert_eq!(made.correlation, None);
    assert!(!made.causation.is_empty());
    assert_ne!(made.causation, other.causation);
}

#[test]
fn an_id_that_is_none_is_refused() {
    for wrong in ["", " ", "two words", &"x".repeat(65)] {
        assert!(trail(CORRELATION, wrong).is_err(), "{wrong:?}");
        assert!(trail(REQUEST, wrong).is_err(), "{wrong:?}");
    }
    let mut headers = HeaderMap::new();
    let korean = HeaderValue::from_bytes("주문".as_bytes()).unwrap();
    headers.insert(CORRELATION, korean);
    assert!(incoming(&headers).is_err());
}

#[test]
fn a_trace_goes_on_with_a_span_of_our_own() {
    let given = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let trace = trail(TRACEPARENT, given).unwrap().trace;
    assert!(trace.starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-"));
    assert!(trace.ends_with("-01"));
    assert_ne!(trace, given);
    assert!(parse(&trace).is_some());
}

#[test]
fn a_trace_that_is_none_is_replaced_by_a_new_one() {
    let id = "4bf92f3577b34da6a3ce929d0e0e4736";
    for wrong in [
        "nonsense".to_owned(),
        format!("00-{id}-00f067aa0ba902b7"),
        format!("ff-{id}-00f067aa0ba902b7-01"),
        format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32)),
        format!("00-{id}-0000000000000000-01"),
        format!("00-{}-00f067aa0ba902b7-01", id.to_uppercase()),
        format!("00-{id}-00f067aa0ba902b7-01-more"),
    ] {
        let trace = trail(TRACEPARENT, &wrong).unwrap().trace;
        assert!(parse(&trace).is_some(), "{trace}");
        assert!(!trace.contains(id), "{wrong}");
    }
    let later = format!("01-{id}-00f067aa0ba902b7-01-more");
    assert!(trail(TRACEPARENT, &later).unwrap().trace.contains(id));
}

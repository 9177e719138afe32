//! What cannot be read is kept as it came, and says why.

use super::*;

fn fault_of(value: &[u8]) -> (String, StoredEvent) {
    let heard = hear(&Consumed {
        value: Some(value),
        ..original("")
    });
    assert_eq!(heard.teller.name(), "tea/2");
    assert_eq!(heard.stored.position, 8);
    assert_eq!(heard.stored.event.correlation, "tea/2/7");
    (heard.fault.expect("poison"), heard.stored)
}

#[test]
fn text_that_is_no_event_is_kept_as_it_came() {
    let deep = "[".repeat(100_000);
    for (value, why) in [
        ("", "the record is no JSON: EOF"),
        ("rubbish", "the record is no JSON: expected value"),
        (r#"{"eventType":"Rung""#, "the record is no JSON: EOF"),
        (&deep, "the record is no JSON: recursion limit exceeded"),
        ("[1]", "the record is JSON, but no object"),
        ("null", "the record is JSON, but no object"),
        (r#""Rung""#, "the record is JSON, but no object"),
        ("{}", "the record names no event"),
        (r#"{"eventType":" \u0000"}"#, "the record names no event"),
    ] {
        let (fault, stored) = fault_of(value.as_bytes());
        assert!(fault.starts_with(why), "{fault}");
        let kept: String = serde_json::from_str(&stored.event.data).unwrap();
        assert_eq!(kept, value);
        assert_eq!(stored.event.event_type, "");
    }
}

#[test]
fn bytes_that_are_no_text_are_kept_in_hexadecimal() {
    let (fault, stored) = fault_of(b"\x00\xffA");
    assert!(fault.starts_with("the record is no UTF-8"), "{fault}");
    assert_eq!(stored.event.data, r#""00ff41""#);
}

#[test]
fn a_tombstone_is_no_event() {
    let heard = hear(&Consumed {
        value: None,
        ..original("")
    });
    assert_eq!(heard.fault.as_deref(), Some("the record has no value"));
    assert_eq!(heard.stored.event.data, "null");
}

#[test]
fn a_name_in_the_header_stays_with_what_cannot_be_read() {
    let heard = hear(&Consumed {
        headers: vec![("type", b"\"Rung\"")],
        ..original("{")
    });
    assert!(heard.fault.is_some());
    assert_eq!(heard.stored.event.event_type, "Rung");
}

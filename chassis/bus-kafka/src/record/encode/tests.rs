use storm::System;

use super::*;

fn records(envelope: Envelope) -> Records {
    Records::of(&System::new("teahouse", "tea", &[8088]).envelope(envelope))
}

fn told(event_type: &str, at: Millis, data: &str) -> StoredEvent {
    StoredEvent {
        position: 17,
        event: NewEvent {
            event_type: event_type.to_owned(),
            kind: "delivery".to_owned(),
            id: 1171,
            version: 2,
            correlation: "order-46".to_owned(),
            causation: "order-12".to_owned(),
            trace: String::new(),
            at,
            data: data.to_owned(),
        },
    }
}

fn value_of(envelope: Envelope, event_type: &str, at: Millis, data: &str) -> String {
    let told = told(event_type, at, data);
    records(envelope).encode("delivery", &told).value
}

/// Byte for byte what `wire.md` §5 shows, of the older originals and of the newer ones.
#[test]
fn a_value_is_the_originals_to_the_letter() {
    assert_eq!(
        value_of(
            Envelope::OLD_WITH_ME,
            "DeliveryCanceled",
            1_611_088_384_000,
            r#"{"id":1171,"status":"Cancelled-delivery","orderId":46}"#
        ),
        r#"{"eventType":"DeliveryCanceled","timestamp":"20210119203304","id":1171,"status":"Cancelled-delivery","orderId":46,"me":true}"#
    );
    assert_eq!(
        value_of(
            Envelope::NEW,
            "Ordered",
            1_667_796_276_000,
            r#"{"id":12,"item":"TV","quantity":null,"status":"0","price":10}"#
        ),
        r#"{"eventType":"Ordered","timestamp":1667796276000,"id":12,"item":"TV","quantity":null,"status":"0","price":10}"#
    );
    assert_eq!(
        value_of(Envelope::OLD, "CourseOrdered", 0, r#"{"id":1}"#),
        r#"{"eventType":"CourseOrdered","timestamp":"19700101000000","id":1}"#
    );
}

#[test]
fn an_event_without_fields_is_an_object_all_the_same() {
    let written = r#"{"eventType":"BellRung","timestamp":5,"me":true}"#;
    let envelope = Envelope {
        me: true,
        ..Envelope::NEW
    };
    assert_eq!(value_of(envelope, "BellRung", 5, "{}"), written);
    let bare = records(Envelope::NEW).encode("bell", &told("BellRung", 5, "null"));
    assert_eq!(
        bare.value,
        r#"{"eventType":"BellRung","timestamp":5,"data":null}"#
    );
    assert!(bare.headers.contains(&("ce_bare", "true".into())));
}

/// `wire.md` §5's table.
#[test]
fn the_originals_headers_are_theirs_to_the_letter() {
    let event = told("Ordered", 0, "{}");
    let originals = ["contentType", "type", "spring_json_header_types"];
    let headers = |envelope| {
        let record = records(envelope).encode("order", &event);
        let mut headers = record.headers;
        headers.retain(|(name, _)| originals.contains(name));
        headers
    };
    let header = |name, value: &'static str| (name, value.into());
    let old = [
        header("contentType", "\"application/json\""),
        header(
            "spring_json_header_types",
            r#"{"contentType":"java.lang.String"}"#,
        ),
    ];
    assert_eq!(headers(Envelope::OLD), old);
    assert_eq!(headers(Envelope::OLD_WITH_ME), old);
    assert_eq!(
        headers(Envelope::NEW),
        [
            header("contentType", "\"application/json\""),
            header("type", "Ordered"),
            header(
                "spring_json_header_types",
                r#"{"contentType":"java.lang.String","type":"java.lang.String"}"#
            ),
        ]
    );
}

#[test]
fn a_record_is_a_cloud_event_in_binary_mode() {
    let mut event = told("DeliveryCanceled", 1_611_088_384_007, "{}");
    event.event.trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned();
    let record = records(Envelope::OLD).encode("delivery", &event);
    assert_eq!(record.key, "order-46");
    let headers: Vec<_> = record.headers[2..]
        .iter()
        .map(|(name, value)| (*name, &**value))
        .collect();
    assert_eq!(
        headers,
        [
            ("ce_specversion", "1.0"),
            ("ce_id", "delivery/17"),
            ("ce_source", "/jumun/teahouse/delivery"),
            ("ce_type", "DeliveryCanceled"),
            ("ce_time", "2021-01-19T20:33:04.007Z"),
            ("ce_subject", "delivery/1171"),
            ("content-type", "application/json"),
            ("ce_position", "17"),
            ("ce_version", "2"),
            ("ce_causation", "order-12"),
            (
                "traceparent",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
            ),
        ]
    );
}

/// `CloudEvents` 1.0: lower-case letters and digits, and no more than 20 of them.
#[test]
fn names_of_attributes_are_those_that_every_binding_can_carry() {
    let record = records(Envelope::NEW).encode("delivery", &told("Rung", 0, "null"));
    for (name, value) in &record.headers {
        let Some(attribute) = name.strip_prefix("ce_") else {
            continue;
        };
        let letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        assert!(attribute.bytes().all(letter), "{name}");
        assert!((1..=20).contains(&attribute.len()), "{name}");
        assert!(!value.is_empty(), "{name}");
    }
}

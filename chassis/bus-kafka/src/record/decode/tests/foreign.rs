//! The originals' records, byte for byte as `wire.md` §5 and the seeds show them.

use super::*;

const OLD: &str = r#"{"eventType":"DeliveryCanceled","timestamp":"20210119203304","id":1171,"status":"Cancelled-delivery","orderId":46,"me":true}"#;
const NEW: &str = r#"{"eventType":"Ordered","timestamp":1667796276000,"id":12,"item":"TV","quantity":null,"status":"0","price":10}"#;

const QUOTED: (&str, &[u8]) = ("contentType", b"\"application/json\"");

#[test]
fn an_older_originals_record_is_read_with_its_headers_and_without() {
    let java_types = (
        "spring_json_header_types",
        &br#"{"contentType":"java.lang.String"}"#[..],
    );
    let with = Consumed {
        headers: vec![QUOTED, java_types],
        ..original(OLD)
    };
    for consumed in [original(OLD), with] {
        let heard = hear(&consumed);
        assert_eq!(heard.fault, None);
        let place = "tea/2".to_owned();
        assert_eq!(heard.teller, Teller::Foreign { place });
        assert_eq!(
            heard.stored,
            StoredEvent {
                position: 8,
                event: NewEvent {
                    event_type: "DeliveryCanceled".to_owned(),
                    kind: String::new(),
                    id: 0,
                    version: 0,
                    correlation: "tea/2/7".to_owned(),
                    causation: String::new(),
                    trace: String::new(),
                    at: 1_611_088_390_000,
                    data: r#"{"id":1171,"status":"Cancelled-delivery","orderId":46}"#.to_owned(),
                },
            }
        );
    }
}

#[test]
fn a_newer_originals_record_is_read_whether_its_type_is_raw_quoted_or_not_there() {
    let types: [&[(&str, &[u8])]; 3] = [
        &[],
        &[QUOTED, ("type", b"Ordered")],
        &[QUOTED, ("type", b"\"Ordered\"")],
    ];
    for headers in types {
        let heard = hear(&Consumed {
            headers: headers.to_vec(),
            ..original(NEW)
        });
        assert_eq!(heard.fault, None);
        assert_eq!(heard.stored.event.event_type, "Ordered");
        assert_eq!(heard.stored.event.at, 1_667_796_276_000);
        assert_eq!(
            heard.stored.event.data,
            r#"{"id":12,"item":"TV","quantity":null,"status":"0","price":10}"#
        );
    }
}

/// One of each sort that the seeds' logs show.
#[test]
fn the_records_of_the_seeds_are_read() {
    let seeds = [
        r#"{"eventType":"Ordered","timestamp":"20210119130159","id":3,"qty":20,"status":null,"foodcaltalogid":1,"customerid":1,"me":true}"#,
        r#"{"eventType":"OrderCancelled","timestamp":"20210119203304","id":46,"qty":50,"status":"Order Canceled","foodcaltalogid":1,"customerid":2,"me":true}"#,
        r#"{"eventType":"Cancelled","timestamp":"20210119203304","id":46,"amout":50,"status":"Order Canceled-payment","orderid":75,"me":true}"#,
        r#"{"eventType":"Shipped","timestamp":"20210119205555","id":1,"status":"Delivery Start","orderId":1375,"me":true}"#,
        r#"{"eventType":"Canceled","timestamp":"20210223233224","id":1,"productId":null,"statusCode":null,"me":true}"#,
        r#"{"eventType":"Delivered","timestamp":"20210224014034","id":1,"statusCode":2,"orderId":null,"productId":null,"me":true}"#,
    ];
    for value in seeds {
        let heard = hear(&original(value));
        assert_eq!(heard.fault, None);
        let name = &heard.stored.event.event_type;
        let head = format!(r#"{{"eventType":"{name}","timestamp":"2021"#);
        assert!(value.starts_with(&head), "{name}");
        let (_, fields) = value.split_once(r#","id":"#).unwrap();
        let fields = fields.replace(r#","me":true}"#, "}");
        assert_eq!(heard.stored.event.data, format!(r#"{{"id":{fields}"#));
    }
}

#[test]
fn members_that_nobody_knows_are_kept() {
    let heard = hear(&original(r#"{"extra":[1,{"a":"b"}],"eventType":"Rung"}"#));
    assert_eq!(heard.stored.event.data, r#"{"extra":[1,{"a":"b"}]}"#);
}

#[test]
fn without_an_event_type_the_header_names_it() {
    for value in [
        r#"{"id":1}"#,
        r#"{"eventType":null,"id":1}"#,
        r#"{"eventType":"","id":1}"#,
        r#"{"eventType":7,"id":1}"#,
    ] {
        for (name, type_header) in [
            ("type", &b"Rung"[..]),
            ("type", b"\"Rung\""),
            ("ce_type", b"Rung"),
        ] {
            let heard = hear(&Consumed {
                headers: vec![(name, type_header)],
                ..original(value)
            });
            assert_eq!(heard.fault, None, "{value}");
            assert_eq!(heard.stored.event.event_type, "Rung");
            assert_eq!(heard.stored.event.data, r#"{"id":1}"#);
        }
    }
}

#[test]
fn the_value_names_the_event_before_the_header() {
    let heard = hear(&Consumed {
        headers: vec![("type", b"Else")],
        ..original(r#"{"eventType":"Rung"}"#)
    });
    assert_eq!(heard.stored.event.event_type, "Rung");
}

#[test]
fn a_key_is_the_story_if_it_would_do_as_a_correlation_id() {
    let long = "k".repeat(65);
    for (key, correlation) in [
        (&b"order-46"[..], "order-46"),
        (b"46", "46"),
        (b"", "tea/2/7"),
        (b"two words", "tea/2/7"),
        (b"nul\0", "tea/2/7"),
        (b"\xff\xfe", "tea/2/7"),
        (long.as_bytes(), "tea/2/7"),
    ] {
        let heard = hear(&Consumed {
            key: Some(key),
            ..original(OLD)
        });
        assert_eq!(heard.stored.event.correlation, correlation);
    }
}

/// The week's year would be a year too late (`wire.md` §5): what the broker knows is better.
#[test]
fn a_text_for_the_time_is_asked_last() {
    let december = r#"{"eventType":"Rung","timestamp":"20221226120000"}"#;
    assert_eq!(hear(&original(december)).stored.event.at, 1_611_088_390_000);
    for unknown in [None, Some(-1)] {
        let heard = hear(&Consumed {
            at: unknown,
            ..original(december)
        });
        assert_eq!(heard.stored.event.at, 1_672_056_000_000);
    }
}

#[test]
fn a_trace_is_taken_on_if_it_is_one() {
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let quoted = format!("\"{trace}\"");
    for (header, taken) in [
        (trace, trace),
        (&quoted, trace),
        ("00-4bf9-00f0-01", ""),
        ("anything", ""),
    ] {
        let heard = hear(&Consumed {
            headers: vec![("traceparent", header.as_bytes())],
            ..original(OLD)
        });
        assert_eq!(heard.stored.event.trace, taken);
    }
}

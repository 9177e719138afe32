//! Whatever stands on a topic, reading it ends, and loses nothing.

use proptest::prelude::*;

use super::*;

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..60),
        ".{0,40}".prop_map(String::into_bytes),
        r#"[\[\]{}"\\:,0-9a-z.-]{0,40}"#.prop_map(String::into_bytes),
        r#"\{"(eventType|timestamp|me|id)":("[A-Z]{0,3}"|-?[1-9][0-9]{0,20}|null|true)(,"(eventType|timestamp|me|data)":("[A-Z0-9]{0,16}"|1e300|null))?\}"#
            .prop_map(String::into_bytes),
    ]
}

const NAMES: [&str; 14] = [
    "contentType",
    "type",
    "spring_json_header_types",
    "content-type",
    "ce_specversion",
    "ce_id",
    "ce_source",
    "ce_type",
    "ce_time",
    "ce_subject",
    "ce_position",
    "ce_version",
    "ce_bare",
    "traceparent",
];

fn header() -> impl Strategy<Value = (&'static str, Vec<u8>)> {
    let likely = prop_oneof![
        "/jumun/teahouse/[a-z]{0,5}",
        "[a-z]{0,3}/-?[0-9]{1,20}",
        "-?[0-9]{1,20}",
        "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}.[0-9]{3}Z",
    ];
    let value = prop_oneof![bytes(), likely.prop_map(String::into_bytes)];
    (prop::sample::select(&NAMES[..]), value)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2_000, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn a_value_says_the_same_taken_apart_as_read_whole(value in bytes()) {
        let consumed = Consumed { value: Some(&value), ..Consumed::default() };
        if let Some(apart) = Apart::of(&consumed) {
            let mut whole = object(&consumed).expect("an object");
            let named = whole.get(EVENT_TYPE).and_then(Value::as_str);
            prop_assert_eq!(apart.event_type.as_deref(), named);
            prop_assert_eq!(apart.timestamp.as_ref(), whole.get(TIMESTAMP));
            without_envelope(&mut whole);
            let fields: Value = serde_json::from_str(&apart.fields).expect("an object");
            prop_assert_eq!(fields, Value::Object(whole));
        }
    }

    #[test]
    fn any_bytes_are_an_event_or_are_kept(
        value in prop::option::of(bytes()),
        key in prop::option::of(bytes()),
        headers in prop::collection::vec(header(), 0..10),
        (partition, offset) in (any::<i32>(), any::<i64>()),
        at in prop::option::of(any::<i64>()),
    ) {
        let consumed = Consumed {
            partition,
            offset,
            at,
            key: key.as_deref(),
            value: value.as_deref(),
            headers: headers.iter().map(|(name, value)| (*name, &value[..])).collect(),
        };
        for envelope in ENVELOPES {
            let heard = records(envelope).decode(&consumed);
            let event = &heard.stored.event;
            let data: Value = serde_json::from_str(&event.data).expect("data is JSON");
            let texts = [&event.event_type, &event.kind, &event.correlation, &event.causation];
            prop_assert!(texts.iter().all(|text| !text.chars().any(char::is_control)));
            match (&heard.fault, &value) {
                (Some(_), Some(value)) => {
                    let kept = data.as_str().expect("a text");
                    let hex = hexadecimal(value);
                    prop_assert!(kept.as_bytes() == value || kept == hex);
                }
                (Some(_), None) => prop_assert_eq!(data, Value::Null),
                (None, _) => prop_assert!(!event.event_type.is_empty()),
            }
        }
    }
}

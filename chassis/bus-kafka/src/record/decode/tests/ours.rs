//! Ours come back as they were committed.

use proptest::prelude::*;

use super::*;
use crate::record::Record;

fn consumed(record: &Record) -> Consumed<'_> {
    Consumed {
        partition: 1,
        offset: 99,
        at: Some(1),
        key: Some(record.key.as_bytes()),
        value: Some(record.value.as_bytes()),
        headers: record
            .headers
            .iter()
            .map(|(name, value)| (*name, value.as_bytes()))
            .collect(),
    }
}

fn kettle() -> StoredEvent {
    StoredEvent {
        position: 3,
        event: NewEvent {
            event_type: "KettleBoiled".to_owned(),
            kind: "kettle".to_owned(),
            id: 4,
            version: 5,
            correlation: "kettle-4".to_owned(),
            causation: String::new(),
            trace: String::new(),
            at: 1_611_088_384_007,
            data: r#"{"litres":1.50,"of":"물","lid":null}"#.to_owned(),
        },
    }
}

/// Some JSON, as `serde_json` writes it.
fn json(depth: u32) -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(depth, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((".{0,8}", inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
    .boxed()
}

prop_compose! {
    fn some_event()(
        position in any::<i64>(),
        event_type in "[A-Za-z가-힣\"\\\\ ]{1,20}",
        kind in "[a-z/가-힣-]{1,12}",
        (id, version) in (any::<i64>(), any::<i64>()),
        at in prop_oneof![any::<i64>(), 0..4_102_444_800_000_i64],
        correlation in "[ -~가-힣]{0,64}",
        causation in "[ -~]{0,40}",
        trace in "(00-[0-9a-f]{32}-[0-9a-f]{16}-01)?",
        data in json(3),
    ) -> StoredEvent {
        let data = data.to_string();
        let event = NewEvent {
            event_type, kind, id, version, correlation, causation, trace, at, data
        };
        StoredEvent { position, event }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_event_comes_back_as_it_was_committed(event in some_event(), which in 0..3_usize) {
        let records = records(ENVELOPES[which]);
        let record = records.encode("Brewing", &event);
        let heard = records.decode(&consumed(&record));
        prop_assert_eq!(heard.fault, None);
        prop_assert_eq!(heard.teller, Teller::Ours("Brewing".to_owned()));
        prop_assert_eq!(heard.stored, event);
    }

    /// What services read that know nothing of us.
    #[test]
    fn a_value_is_one_object_that_begins_with_the_name(event in some_event(), which in 0..3_usize) {
        let record = records(ENVELOPES[which]).encode("Brewing", &event);
        let value: Value = serde_json::from_str(&record.value).unwrap();
        let members = value.as_object().unwrap();
        prop_assert_eq!(members.keys().next().map(String::as_str), Some("eventType"));
        prop_assert_eq!(record.value.ends_with(r#","me":true}"#), ENVELOPES[which].me);
    }
}

#[test]
fn it_does_not_matter_in_which_envelope_an_older_version_of_us_wrote() {
    for written in ENVELOPES {
        let record = records(written).encode("brewing", &kettle());
        for read in ENVELOPES {
            let heard = records(read).decode(&consumed(&record));
            assert_eq!(heard.fault, None);
            let fields = |data: &str| serde_json::from_str::<Value>(data).unwrap();
            assert_eq!(
                fields(&heard.stored.event.data),
                fields(&kettle().event.data)
            );
            let data = kettle().event.data;
            let event = NewEvent {
                data,
                ..heard.stored.event
            };
            assert_eq!(event, kettle().event);
        }
    }
}

#[test]
fn a_value_that_was_written_anew_on_its_way_is_read() {
    let mut record = records(Envelope::NEW).encode("brewing", &kettle());
    record.value =
        r#" { "lid" : null, "timestamp" : 0, "litres" : 1.5, "eventType":"KettleBoiled"} "#
            .to_owned();
    let heard = records(Envelope::NEW).decode(&consumed(&record));
    assert_eq!(heard.stored.event.data, r#"{"lid":null,"litres":1.5}"#);
    assert_eq!(heard.stored.event.at, kettle().event.at);
}

#[test]
fn the_same_event_is_known_again_wherever_it_stands() {
    let record = records(Envelope::NEW).encode("brewing", &kettle());
    let mut again = consumed(&record);
    again.offset = 4711;
    let heard = records(Envelope::NEW).decode(&again);
    let place = (heard.teller.name(), heard.stored.position);
    assert_eq!(place, ("brewing", 3), "not the offset's");
}

#[test]
fn headers_that_do_not_say_all_make_a_foreign_record() {
    let record = records(Envelope::NEW).encode("brewing", &kettle());
    let needed = [
        "ce_source",
        "ce_type",
        "ce_subject",
        "ce_position",
        "ce_version",
    ];
    for missing in needed {
        let mut consumed = consumed(&record);
        consumed.headers.retain(|(name, _)| *name != missing);
        let heard = records(Envelope::NEW).decode(&consumed);
        assert_eq!(heard.teller.name(), "tea/1", "without {missing}");
        assert_eq!(heard.stored.position, 100);
        assert_eq!(heard.stored.event.correlation, "kettle-4");
        assert_eq!(heard.stored.event.event_type, "KettleBoiled");
        assert_eq!(heard.fault, None);
    }
}

/// Its position is an offset, and must never be taken for one in a context's log, nor the reverse.
#[test]
fn nobody_passes_for_a_partition() {
    let record = records(Envelope::NEW).encode("tea/1", &kettle());
    let heard = records(Envelope::NEW).decode(&consumed(&record));
    assert_eq!(heard.teller.name(), "tea/1");
    assert_eq!(heard.stored.position, 100);
}

#[test]
fn another_systems_event_is_foreign() {
    let other = Records::of(&System::new("teahouse2", "tea", &[1]));
    let record = other.encode("brewing", &kettle());
    let heard = records(Envelope::NEW).decode(&consumed(&record));
    assert_eq!(heard.teller.name(), "tea/1");
}

#[test]
fn ours_that_was_damaged_keeps_its_place_and_says_why() {
    let mut record = records(Envelope::NEW).encode("brewing", &kettle());
    record.value.truncate(20);
    let heard = records(Envelope::NEW).decode(&consumed(&record));
    assert_eq!(heard.teller.name(), "brewing");
    assert_eq!(heard.stored.position, 3);
    let kept: String = serde_json::from_str(&heard.stored.event.data).unwrap();
    assert_eq!(kept, record.value);
    let fault = heard.fault.unwrap();
    assert!(fault.starts_with("the record is no JSON"), "{fault}");
}

#[test]
fn the_headers_alone_say_what_one_of_ours_is_called() {
    let records = records(Envelope::NEW);
    let name = |record: &Record| {
        let headers = consumed(record).headers;
        records.name_of_ours(&headers).map(str::to_owned)
    };
    let mut record = records.encode("brewing", &kettle());
    assert_eq!(name(&record).as_deref(), Some("KettleBoiled"));
    // A system whose name begins as ours.
    let source = record.headers.iter_mut();
    let mut source = source.filter(|(key, _)| *key == header::CE_SOURCE);
    source.next().unwrap().1 = "/jumun/teahouses/brewing".into();
    assert_eq!(name(&record), None);
    record.headers.clear();
    assert_eq!(name(&record), None);
}

use serde::Deserialize;
use serde_json::{Value, json};

use super::from_value;
use crate::{Refusal, RefusalKind};

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Form {
    qty: i32,
    #[serde(default)]
    paid: Option<bool>,
    #[serde(default)]
    note_text: Option<String>,
    #[serde(default)]
    price: Option<f64>,
    #[serde(default)]
    lines: Vec<Line>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Line {
    unit: u8,
}

fn read(body: &Value) -> Result<Form, Refusal> {
    from_value(body)
}

fn fault(body: &Value) -> (String, String) {
    let refusal = read(body).unwrap_err();
    assert_eq!(refusal.kind, RefusalKind::Unreadable);
    (refusal.field.unwrap_or_default(), refusal.reason)
}

#[test]
fn strings_of_a_form_become_what_the_field_is() {
    let form = read(&json!({"qty": "005", "paid": "true", "noteText": 7, "price": "1000"}));
    let form = form.unwrap();
    assert_eq!((form.qty, form.paid), (5, Some(true)));
    assert_eq!(
        (form.note_text.as_deref(), form.price),
        (Some("7"), Some(1000.0))
    );
}

#[test]
fn an_empty_form_field_is_no_value_and_unknown_fields_are_ignored() {
    let form = read(&json!({"qty": 3.0, "paid": "", "noteText": "", "_links": {"a": [1]}}));
    let form = form.unwrap();
    assert_eq!((form.qty, form.paid, form.note_text), (3, None, None));
}

#[test]
fn what_cannot_be_read_is_refused_with_its_place_and_what_was_expected() {
    let expected = "`qty`: expected a whole number from -2147483648 to 2147483647, found \"many\"";
    assert_eq!(
        fault(&json!({"qty": "many"})),
        ("qty".into(), expected.into())
    );
    let expected = "`qty`: is required, and is missing or empty";
    assert_eq!(fault(&json!({})), ("qty".into(), expected.into()));
    assert_eq!(
        fault(&json!({"qty": null})),
        ("qty".into(), expected.into())
    );
    let expected = "`lines[1].unit`: is out of range: expected 0 to 255, found 300";
    let body = json!({"qty": 1, "lines": [{"unit": 1}, {"unit": 300}]});
    assert_eq!(fault(&body), ("lines[1].unit".into(), expected.into()));
    let body = json!({"qty": 1, "lines": [{}]});
    assert_eq!(fault(&body).0, "lines[0].unit");
    let expected = "`body`: expected an object, { … }, found a list";
    assert_eq!(fault(&json!([1])), ("body".into(), expected.into()));
}

#[test]
fn half_a_thing_and_numbers_beyond_the_type_are_no_whole_numbers() {
    assert!(
        fault(&json!({"qty": 1.5}))
            .1
            .contains("expected a whole number")
    );
    assert!(
        fault(&json!({"qty": 1e300}))
            .1
            .contains("expected a whole number")
    );
    let huge = "99999999999999999999999999999999999999999999";
    assert!(
        fault(&json!({"qty": huge}))
            .1
            .contains("expected a whole number")
    );
    assert!(
        fault(&json!({"qty": 3_000_000_000_i64}))
            .1
            .contains("out of range")
    );
    assert!(
        fault(&json!({"qty": 1, "price": "NaN"}))
            .1
            .contains("expected a number")
    );
}

#[test]
fn no_body_is_a_body_without_fields() {
    assert_eq!(
        from_value::<crate::Nothing>(&Value::Null),
        Ok(crate::Nothing {})
    );
    assert_eq!(fault(&Value::Null).0, "qty");
}

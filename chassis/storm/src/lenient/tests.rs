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
    let (field, ko) = (refusal.field.as_deref(), refusal.reason_ko.as_deref());
    assert!(ko.unwrap().starts_with(field.unwrap()), "{refusal:?}");
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

/// A form with every kind of text.
#[derive(Debug, Default, PartialEq, serde::Serialize, Deserialize)]
struct Texts {
    #[serde(default)]
    name: String,
    #[serde(default)]
    nick: Option<String>,
    #[serde(default, deserialize_with = "super::lines")]
    about: Option<String>,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    price: f64,
}

const CAFE: &str = "cafe\u{301}";

#[test]
fn texts_are_read_in_their_one_spelling() {
    let form: Texts = from_value(&json!({
        "name": format!(" {CAFE}\n"), "nick": "\u{3164}", "about": "a\r\n\tb ", "tags": [" x"]
    }))
    .unwrap();
    assert_eq!(form.name, "café");
    assert_eq!(form.nick, None);
    assert_eq!(form.about.as_deref(), Some("a\n\tb"));
    assert_eq!(form.tags, ["x"]);
}

#[test]
fn a_text_with_a_control_character_is_refused_with_its_field() {
    for (body, field, found) in [
        (json!({"name": "a\nb"}), "name", "U+000A"),
        (json!({"name": "\u{7}"}), "name", "U+0007"),
        (json!({"nick": "\u{202e}"}), "nick", "U+202E"),
        (json!({"about": "a\n\u{1b}b"}), "about", "U+001B"),
        (json!({"tags": ["a", "\u{9b}2J"]}), "tags[1]", "U+009B"),
    ] {
        let refusal = from_value::<Texts>(&body).unwrap_err();
        assert_eq!(refusal.kind, RefusalKind::Invalid, "{body}");
        assert_eq!(
            (refusal.code.as_str(), refusal.field.as_deref()),
            ("text-unreadable", Some(field))
        );
        assert!(refusal.reason.contains(found), "{}", refusal.reason);
        assert!(refusal.reason_ko.unwrap().contains(found));
    }
}

#[test]
fn what_another_context_says_is_read_as_it_is_spelled() {
    let body = json!({"name": format!("{CAFE} "), "about": "\u{7}\r\n"});
    let told: Texts = super::as_spelled(&body).unwrap();
    assert_eq!(
        (told.name, told.about.as_deref()),
        (format!("{CAFE} "), Some("\u{7}\r\n"))
    );
}

#[test]
fn a_patch_is_read_as_a_form_and_what_it_leaves_stays_as_it_is_spelled() {
    let kept = Texts {
        name: format!("{CAFE}\u{7} "),
        about: Some("a\nb ".to_owned()),
        ..Texts::default()
    };
    let patch = |body| from_value::<crate::Patch<Texts>>(&body).unwrap();
    let now = patch(json!({"nick": format!(" {CAFE}"), "extra": "\u{7}"}))
        .onto(&kept)
        .unwrap();
    assert_eq!((&now.name, &now.about), (&kept.name, &kept.about));
    assert_eq!(now.nick.as_deref(), Some("café"));
    let now = patch(json!({"about": " c\n\td\n"})).onto(&kept).unwrap();
    assert_eq!(now.about.as_deref(), Some("c\n\td"));
    let refused = patch(json!({"nick": "a\u{7}"})).onto(&kept).unwrap_err();
    assert_eq!(
        (refused.code.as_str(), refused.field.as_deref()),
        ("text-unreadable", Some("nick"))
    );
}

#[test]
fn nothing_has_no_sign() {
    for nothing in [json!({"price": -0.0}), json!({"price": "-0.0"})] {
        let form: Texts = from_value(&nothing).unwrap();
        assert!(form.price.is_sign_positive(), "{nothing}");
    }
    let form: Form = from_value(&json!({"qty": -0.0})).unwrap();
    assert_eq!(form.qty, 0);
    let patch: crate::Patch<Texts> = from_value(&json!({"price": -0.0})).unwrap();
    assert!(
        patch
            .onto(&Texts::default())
            .unwrap()
            .price
            .is_sign_positive()
    );
}

#[test]
fn numbers_and_words_are_read_whatever_stands_around_them() {
    #[derive(Debug, PartialEq, Deserialize)]
    enum Status {
        #[serde(rename = "café")]
        Open,
    }
    #[derive(Debug, PartialEq, Deserialize)]
    struct Row {
        qty: i32,
        paid: bool,
        status: Status,
    }
    let body = json!({"qty": "\u{feff}3 ", "paid": "true\n", "status": format!("{CAFE} ")});
    let row: Row = from_value(&body).unwrap();
    assert_eq!((row.qty, row.paid, row.status), (3, true, Status::Open));
}

#[test]
fn what_is_said_of_a_text_can_be_printed() {
    let (_, reason) = fault(&json!({"qty": "\u{1b}[2J\u{202e}"}));
    assert!(
        reason.ends_with("found \"\\u{1b}[2J\\u{202e}\""),
        "{reason}"
    );
}

#[test]
fn what_was_expected_is_said_in_korean_too() {
    let ko = |body| read(&body).unwrap_err().reason_ko.unwrap();
    assert_eq!(
        ko(json!({"qty": null})),
        "qty: 필수 항목입니다. 값을 입력해 주세요."
    );
    assert_eq!(ko(json!({"qty": "many"})), "qty: 정수를 입력해 주세요.");
    assert_eq!(
        ko(json!({"qty": 1, "lines": [{"unit": 300}]})),
        "lines[0].unit: 0부터 255까지 입력할 수 있습니다."
    );
    assert_eq!(
        ko(json!({"qty": 1, "price": []})),
        "price: 숫자를 입력해 주세요."
    );
    assert_eq!(ko(json!([])), "body: 객체 { … }를 입력해 주세요.");
}

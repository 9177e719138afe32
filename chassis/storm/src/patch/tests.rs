use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Patch, Refusal, lenient};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Form {
    name: String,
    score: Option<i32>,
}

fn form(name: &str, score: Option<i32>) -> Form {
    Form {
        name: name.to_owned(),
        score,
    }
}

fn patched(body: &Value) -> Result<Form, Refusal> {
    let patch: Patch<Form> = lenient::from_value(body)?;
    patch.onto(&form("n", Some(1)))
}

#[test]
fn what_is_absent_stays_and_null_takes_away() {
    assert_eq!(patched(&json!({})), Ok(form("n", Some(1))));
    assert_eq!(patched(&Value::Null), Ok(form("n", Some(1))));
    assert_eq!(
        patched(&json!({"score": "7", "x": 1})),
        Ok(form("n", Some(7)))
    );
    assert_eq!(patched(&json!({"score": null})), Ok(form("n", None)));
    assert_eq!(patched(&json!({"name": 5})), Ok(form("5", Some(1))));
}

#[test]
fn an_object_changes_only_the_members_that_it_names() {
    let now = json!({"lid": {"kind": "glass", "cm": 20, "knob": {"of": "wood"}}, "spout": 1});
    let body =
        json!({"lid": {"cm": null, "knob": {"red": true}}, "spout": {"cm": 3, "bent": null}});
    let patch: Patch<Value> = lenient::from_value(&body).unwrap();
    let expected = json!({
        "lid": {"kind": "glass", "knob": {"of": "wood", "red": true}},
        "spout": {"cm": 3},
    });
    assert_eq!(patch.onto(&now), Ok(expected));
}

#[test]
fn what_cannot_be_read_or_must_be_there_is_refused_with_its_field() {
    for (body, field) in [
        (json!({"name": null}), "name"),
        (json!({"score": "many"}), "score"),
        (json!([1]), "body"),
    ] {
        let refusal = patched(&body).unwrap_err();
        assert_eq!(refusal.code, "unreadable");
        assert_eq!(refusal.field.as_deref(), Some(field));
    }
}

#[test]
fn a_patch_may_fill_in_what_was_shown_otherwise() {
    let patch: Patch<Form> = lenient::from_value(&json!({"name": "n"})).unwrap();
    let shown = json!({"score": 3, "status": "prepared"});
    assert_eq!(patch.onto(&shown), Ok(form("n", Some(3))));
    assert_eq!(patch.onto(&None::<Form>), Ok(form("n", None)));
}

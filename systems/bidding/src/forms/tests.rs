use serde::Deserialize;
use serde_json::json;

use super::*;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Form {
    name: String,
    score: Option<i32>,
}

fn patch(fields: Value) -> Result<Form, Refusal> {
    let now = Form {
        name: "n".to_owned(),
        score: Some(1),
    };
    let Value::Object(fields) = fields else {
        panic!("a patch is an object")
    };
    patched(&now, &fields)
}

fn form(name: &str, score: Option<i32>) -> Form {
    Form {
        name: name.to_owned(),
        score,
    }
}

#[test]
fn a_patch_leaves_what_is_absent_and_takes_away_what_is_null() {
    assert_eq!(patch(json!({})).unwrap(), form("n", Some(1)));
    assert_eq!(
        patch(json!({"score": "7", "x": 1})).unwrap(),
        form("n", Some(7))
    );
    assert_eq!(patch(json!({"score": null})).unwrap(), form("n", None));
    assert_eq!(patch(json!({"name": 5})).unwrap(), form("5", Some(1)));
}

#[test]
fn what_must_be_there_cannot_be_taken_away() {
    let refusal = patch(json!({"name": null})).unwrap_err();
    assert_eq!(refusal.field.as_deref(), Some("name"));
    let refusal = patch(json!({"score": "many"})).unwrap_err();
    assert_eq!(refusal.field.as_deref(), Some("score"));
}

#[test]
fn a_number_is_trimmed_and_is_neither_empty_nor_broken_nor_long() {
    assert_eq!(
        number("noticeNo", " 2021-03 N17 "),
        Ok("2021-03 N17".to_owned())
    );
    for broken in ["", "  ", "a\u{1f}b", "a\nb"] {
        assert_eq!(
            number("noticeNo", broken).unwrap_err().code,
            "number-missing"
        );
    }
    assert!(number("noticeNo", &"가".repeat(64)).is_ok());
    let long = number("noticeNo", &"가".repeat(65)).unwrap_err();
    assert_eq!(
        (long.code.as_str(), long.field.as_deref()),
        ("text-too-long", Some("noticeNo"))
    );
}

#[test]
fn an_amount_may_be_nothing_and_not_less() {
    assert_eq!(amount("price", None), Ok(()));
    assert_eq!(amount("price", Some(0)), Ok(()));
    assert_eq!(
        amount("price", Some(-1)).unwrap_err().code,
        "amount-negative"
    );
}

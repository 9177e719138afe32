use proptest::prelude::*;

use super::*;

fn twice(path: &str) -> Result<Value, Unread> {
    Err(Unread::Twice(path.to_owned()))
}

#[test]
fn a_member_that_stands_twice_is_named_with_its_place() {
    for (text, path) in [
        (r#"{"qty":1,"qty":2}"#, "qty"),
        (r#"{"qty":1,"other":{},"qty":1}"#, "qty"),
        (r#"{"a":{"b":{"c":1,"c":1}}}"#, "a.b.c"),
        (r#"{"lines":[{},{"qty":1,"qty":2}]}"#, "lines[1].qty"),
        (r#"[{"op":"test","op":"add"}]"#, "[0].op"),
        (
            r#"[{"op":"add","path":"/a","value":{"x":1,"x":2}}]"#,
            "[0].value.x",
        ),
        // The same name, written in another way.
        (r#"{"qty":1,"\u0071ty":2}"#, "qty"),
    ] {
        assert_eq!(read(text.as_bytes()), twice(path), "{text}");
    }
}

#[test]
fn the_same_name_in_different_objects_is_no_member_twice() {
    let text = r#"{"a":{"a":[{"a":1},{"a":2}]},"A":0}"#;
    let expected: Value = serde_json::from_str(text).unwrap();
    assert_eq!(read(text.as_bytes()), Ok(expected));
}

#[test]
fn what_is_no_json_says_where() {
    for text in ["", "{", "{} {}", "nonsense", "\"\\ud800\"", "1e999", "[1,]"] {
        let Err(Unread::NotJson(why)) = read(text.as_bytes()) else {
            panic!("{text} was read")
        };
        assert!(why.contains("line"), "{why}");
    }
    let deep = "[".repeat(200);
    assert!(matches!(read(deep.as_bytes()), Err(Unread::NotJson(_))));
    assert!(matches!(read(b"{\"a\":\"\xff\"}"), Err(Unread::NotJson(_))));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::vec((".{0,4}", inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn everything_else_is_read_as_it_always_was(value in any_json()) {
        let text = value.to_string();
        let expected: Value = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(read(text.as_bytes()), Ok(expected));
    }
}

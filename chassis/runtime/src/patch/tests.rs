use serde_json::json;

use super::*;

fn kettle() -> Map<String, Value> {
    let Value::Object(shown) = json!({
        "name": "blue", "litres": 2, "tags": ["a"], "owner": null, "lid": {"kind": "glass", "cm": 20.0},
    }) else {
        panic!("it is an object")
    };
    shown
}

fn change(patch: &Value) -> Result<Value, Refusal> {
    JsonPatch::read(patch.clone())?.onto(&kettle())
}

#[test]
fn a_patch_comes_to_the_members_that_it_names_changed_or_not() {
    let patch = json!([
        {"op": "test", "path": "/litres", "value": 2},
        {"op": "replace", "path": "/litres", "value": 2},
        {"op": "add", "path": "/tags/-", "value": "b"},
        {"op": "remove", "path": "/name"},
        {"op": "add", "path": "/new", "value": 1},
    ]);
    let expected = json!({"litres": 2, "tags": ["a", "b"], "name": null, "new": 1});
    assert_eq!(change(&patch), Ok(expected));
    assert_eq!(change(&json!([])), Ok(json!({})));
    let only_looks = json!([{"op": "test", "path": "/name", "value": "blue"}]);
    assert_eq!(change(&only_looks), Ok(json!({})));
}

#[test]
fn members_stand_in_the_order_of_what_is_shown_however_operations_are_ordered() {
    let names = |patch: Value| -> Vec<String> {
        let change = change(&patch).unwrap();
        change.as_object().unwrap().keys().cloned().collect()
    };
    let shown: Vec<String> = kettle().keys().take(2).cloned().collect();
    let [first, second] = &shown[..] else {
        panic!("{shown:?}");
    };
    let (first, second) = (format!("/{first}"), format!("/{second}"));
    let patch = json!([
        {"op": "add", "path": "/new", "value": 1},
        {"op": "replace", "path": second, "value": 1},
        {"op": "remove", "path": first},
        {"op": "add", "path": first, "value": 1},
    ]);
    assert_eq!(names(patch), [&shown[..], &["new".to_owned()]].concat());
}

#[test]
fn what_is_moved_is_named_where_it_was_and_where_it_is() {
    let moved = json!([{"op": "move", "from": "/name", "path": "/owner"}]);
    assert_eq!(change(&moved), Ok(json!({"name": null, "owner": "blue"})));
    let copied = json!([{"op": "copy", "from": "/name", "path": "/owner"}]);
    assert_eq!(change(&copied), Ok(json!({"owner": "blue"})));
}

#[test]
fn what_is_inside_a_member_comes_to_a_merge_patch_of_that_member() {
    let lid = json!([{"op": "remove", "path": "/lid/kind"}]);
    assert_eq!(change(&lid), Ok(json!({"lid": {"cm": 20.0, "kind": null}})));
    let mut merged = Value::Object(kettle());
    json_patch::merge(&mut merged, &change(&lid).unwrap());
    assert_eq!(merged["lid"], json!({"cm": 20.0}));
}

#[test]
fn a_patch_of_the_whole_names_every_member() {
    let whole = json!([{"op": "replace", "path": "", "value": {"name": "red", "a/b": 1}}]);
    let expected = json!({
        "name": "red", "a/b": 1, "litres": null, "tags": null, "owner": null, "lid": null,
    });
    assert_eq!(change(&whole), Ok(expected));
    let escaped = json!([{"op": "add", "path": "/a~1b", "value": 1}]);
    assert_eq!(change(&escaped), Ok(json!({"a/b": 1})));
}

#[test]
fn numbers_are_the_same_if_their_values_are() {
    for value in [json!(20), json!(20.0), json!(2e1)] {
        let test = json!([{"op": "test", "path": "/lid", "value": {"cm": value, "kind": "glass"}}]);
        assert_eq!(change(&test), Ok(json!({})), "{value}");
    }
    let other = json!([{"op": "test", "path": "/lid/cm", "value": 20.5}]);
    assert!(change(&other).is_err());
}

#[test]
fn the_operation_that_does_not_apply_is_named() {
    let fine = json!({"op": "test", "path": "/litres", "value": 2});
    for (third, says) in [
        (
            json!({"op": "test", "path": "/litres", "value": 9}),
            "another value",
        ),
        (
            json!({"op": "test", "path": "/absent", "value": 9}),
            "`/absent` leads",
        ),
        (
            json!({"op": "remove", "path": "/absent"}),
            "`/absent` leads",
        ),
        (
            json!({"op": "replace", "path": "/tags/7", "value": 1}),
            "`/tags/7` leads",
        ),
        (
            json!({"op": "copy", "from": "/absent", "path": "/name"}),
            "`/absent` leads",
        ),
        (
            json!({"op": "move", "from": "/lid", "path": "/lid/kind"}),
            "into itself",
        ),
    ] {
        let patch = json!([fine, fine, third]);
        let refusal = change(&patch).unwrap_err();
        assert_eq!(refusal.field.as_deref(), Some("[2]"), "{third}");
        assert_eq!(refusal.code, "patch-not-applicable");
        assert!(refusal.reason.contains("[2]"), "{}", refusal.reason);
        assert!(refusal.reason.contains(says), "{}", refusal.reason);
        assert!(refusal.reason_ko.unwrap().contains("[2]"));
    }
}

#[test]
fn what_is_no_patch_is_unreadable() {
    for body in [
        json!({}),
        json!([1]),
        json!([{"op": "brew", "path": "/a"}]),
        json!([{"op": "add", "path": "a", "value": 1}]),
        json!([{"op": "add", "path": "/a"}]),
    ] {
        let refusal = change(&body).unwrap_err();
        assert_eq!(refusal.code, "unreadable", "{body}");
    }
    let no_object = json!([{"op": "replace", "path": "", "value": [1]}]);
    assert_eq!(change(&no_object).unwrap_err().code, "patch-not-applicable");
}

#[test]
fn a_patch_cannot_blow_up_what_it_is_applied_to() {
    let copy = |i: usize| json!({"op": "copy", "from": "", "path": format!("/x{i}")});
    let wider: Vec<Value> = (0..60).map(copy).collect();
    let refusal = change(&Value::Array(wider)).unwrap_err();
    assert_eq!(refusal.code, "patch-not-applicable");
    let test = json!({"op": "test", "path": "/litres", "value": 2});
    let many = vec![test; 257];
    assert_eq!(
        change(&Value::Array(many)).unwrap_err().code,
        "patch-not-applicable"
    );
}

use super::*;

const KETTLE: &str = r#"{"name":"blue","litres":2,"tags":["a"],"owner":null}"#;

fn changed(patch: &str) -> Result<Value, u16> {
    let Ok(body) = serde_json::from_str(patch) else {
        return Err(400);
    };
    let patch = parse(&body).map_err(|problem| problem.status().as_u16())?;
    change(KETTLE, &patch).map_err(|problem| problem.status().as_u16())
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn a_patch_comes_to_the_members_that_it_changes() {
    let patch = r#"[{"op":"test","path":"/litres","value":2},
        {"op":"replace","path":"/litres","value":3},
        {"op":"add","path":"/tags/-","value":"b"},
        {"op":"remove","path":"/name"}]"#;
    let expected = json(r#"{"litres":3,"tags":["a","b"],"name":null}"#);
    assert_eq!(changed(patch), Ok(expected));
    assert_eq!(changed("[]"), Ok(json("{}")));
}

#[test]
fn a_patch_that_does_not_apply_is_refused() {
    for patch in [
        r#"[{"op":"test","path":"/litres","value":9}]"#,
        r#"[{"op":"remove","path":"/absent"}]"#,
        r#"[{"op":"replace","path":"","value":[1]}]"#,
    ] {
        assert_eq!(changed(patch), Err(422), "{patch}");
    }
    for patch in ["{}", "[1]", r#"[{"op":"brew","path":"/a"}]"#, "nonsense"] {
        assert_eq!(changed(patch), Err(400), "{patch}");
    }
}

#[test]
fn a_patch_cannot_blow_up_what_it_is_applied_to() {
    let wider: Vec<String> = (0..60)
        .map(|i| format!(r#"{{"op":"copy","from":"","path":"/x{i}"}}"#))
        .collect();
    assert_eq!(changed(&format!("[{}]", wider.join(","))), Err(422));
    let many = vec![r#"{"op":"test","path":"/litres","value":2}"#; 257].join(",");
    assert_eq!(changed(&format!("[{many}]")), Err(422));
}

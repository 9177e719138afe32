use super::*;

fn sorts(fields: &[&str]) -> Vec<Sort> {
    let sort = |field: &&str| Sort {
        field: field.trim_start_matches('-').to_owned(),
        descending: field.starts_with('-'),
    };
    fields.iter().map(sort).collect()
}

fn order(fields: &[&str], rows: &[&str], wanted: u64, skip: u64) -> Vec<Id> {
    let sorts = sorts(fields);
    let mut best = Best::of(&sorts, wanted);
    for (row, id) in rows.iter().zip(1..) {
        best.add(row, id);
    }
    best.ids(skip)
}

#[test]
fn numbers_sort_as_numbers_and_texts_as_texts_nothing_first() {
    let rows = [
        r#"{"a":10}"#,
        r#"{"a":"b"}"#,
        r#"{"a":9.5}"#,
        r#"{"a":null}"#,
        r#"{"a":true}"#,
        r#"{"a":"B"}"#,
        r"{}",
        r#"{"a":-1}"#,
    ];
    assert_eq!(order(&["a"], &rows, 10, 0), [4, 7, 5, 8, 3, 1, 6, 2]);
    assert_eq!(order(&["-a"], &rows, 10, 0), [2, 6, 1, 3, 8, 5, 4, 7]);
}

#[test]
fn the_first_field_counts_most_and_equal_ones_keep_their_order() {
    let rows = [
        r#"{"a":1,"b":2}"#,
        r#"{"a":0,"b":1}"#,
        r#"{"a":1,"b":3}"#,
        r#"{"a":1,"b":2}"#,
    ];
    assert_eq!(order(&["a", "-b"], &rows, 10, 0), [2, 3, 1, 4]);
    assert_eq!(order(&["-id"], &rows, 10, 0), [4, 3, 2, 1]);
}

#[test]
fn a_page_is_the_same_as_its_part_of_the_whole() {
    let rows: Vec<String> = (0..500)
        .map(|i| format!(r#"{{"x":"y","a":{}}}"#, i * 7_919 % 101))
        .collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let whole = order(&["a"], &rows, 500, 0);
    assert_eq!(whole.len(), 500);
    for skip in [0, 1, 20, 480, 499] {
        let page = order(&["a"], &rows, skip + 20, skip);
        let from = usize::try_from(skip).unwrap();
        assert_eq!(page, whole[from..(from + 20).min(500)]);
    }
    assert!(order(&["a"], &rows, 1_020, 1_000).is_empty());
}

#[test]
fn fields_that_do_not_exist_are_ignored() {
    let example = r#"{"a":null,"b":1}"#;
    let read = known(&sorts(&["x", "-a", "id"]), example);
    assert_eq!(read, sorts(&["-a", "id"]));
}

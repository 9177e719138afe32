use super::*;

fn sorts(fields: &[&str]) -> Vec<Sort> {
    let sort = |field: &&str| Sort {
        field: field.trim_start_matches('-').to_owned(),
        descending: field.starts_with('-'),
        ignore_case: false,
    };
    fields.iter().map(sort).collect()
}

fn order(fields: &[&str], rows: &[&str], wanted: u64, skip: u64) -> Vec<Id> {
    let sorts = sorts(fields);
    let mut best = Best::of(&sorts, wanted, KEYS_MAX_BYTES);
    for (row, id) in rows.iter().zip(1..) {
        assert!(best.add(row, id));
    }
    let ids = best.ids().unwrap().into_iter();
    ids.skip(usize::try_from(skip).unwrap()).collect()
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

#[test]
fn capital_and_small_letters_sort_alike_where_it_is_asked_for() {
    let rows = [r#"{"a":"b"}"#, r#"{"a":"C"}"#, r#"{"a":"A"}"#];
    assert_eq!(order(&["a"], &rows, 10, 0), [3, 2, 1]);
    let sorts = [Sort {
        field: "a".to_owned(),
        descending: false,
        ignore_case: true,
    }];
    let mut best = Best::of(&sorts, 10, KEYS_MAX_BYTES);
    for (row, id) in rows.iter().zip(1..) {
        best.add(row, id);
    }
    assert_eq!(best.ids().unwrap(), [3, 1, 2]);
}

#[test]
fn a_sort_holds_no_more_than_its_budget() {
    let sorts = sorts(&["a"]);
    let long = format!(r#"{{"a":"{}"}}"#, "x".repeat(10_000));
    let mut best = Best::of(&sorts, 1_000, 100_000);
    let taken = (1..=1_000).take_while(|id| best.add(&long, *id)).count();
    assert!((5..10).contains(&taken), "{taken}");
    assert_eq!(best.ids(), None);

    // What falls out of the page is given back.
    let mut best = Best::of(&sorts, 5, 100_000);
    assert!((1..=1_000).all(|id| best.add(&long, 1_000 - id)));
    assert_eq!(best.ids().unwrap(), [0, 1, 2, 3, 4]);
}

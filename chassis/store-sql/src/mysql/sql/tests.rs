use super::*;

fn text(text: &str) -> String {
    let mut sql = Sql::default();
    sql.text(text);
    sql.0
}

#[test]
fn a_quote_does_not_end_a_text() {
    assert_eq!(text("it's"), "'it''s'");
    assert_eq!(text("'"), "''''");
    assert_eq!(text("''"), "''''''");
    assert_eq!(text("a'b'c"), "'a''b''c'");
    assert_eq!(text("서울 '강남'"), "'서울 ''강남'''");
}

#[test]
fn a_backslash_is_a_backslash() {
    assert_eq!(text(r"\"), r"'\'");
    assert_eq!(
        text(r"\'; DROP TABLE events; --"),
        r"'\''; DROP TABLE events; --'"
    );
}

#[test]
fn a_backquote_does_not_end_a_name() {
    let mut sql = Sql::default();
    sql.name("a`b");
    assert_eq!(sql.0, "`a``b`");
}

fn parts(script: &Script) -> Vec<&str> {
    script.parts().collect()
}

fn list(most: usize) -> Shape<'static> {
    Shape {
        head: "(",
        between: ",",
        tail: ")",
        most,
    }
}

fn number(sql: &mut Sql, number: i64) {
    sql.number(number);
}

#[test]
fn things_share_a_statement_up_to_the_most() {
    let mut script = Script::new();
    assert_eq!(script.each(list(2), [1, 2, 3, 4, 5], number), 3);
    assert_eq!(parts(&script), ["(1,2);(3,4);(5);"]);
}

#[test]
fn nothing_is_no_statement() {
    let mut script = Script::new();
    assert_eq!(script.each(list(2), [], number), 0);
    assert_eq!(parts(&script), [""; 0]);
}

#[test]
fn what_is_too_long_for_one_trip_is_cut_between_things() {
    let mut script = Script::in_parts_of(4);
    assert_eq!(script.each(list(9), [1, 2, 3, 4, 5], number), 3);
    script.statement(|sql| {
        sql.words("COMMIT");
    });
    assert_eq!(parts(&script), ["(1,2);", "(3,4);", "(5);", "COMMIT;"]);
}

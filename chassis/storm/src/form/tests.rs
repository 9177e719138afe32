use super::{Field, field};
use crate::{Refusal, RefusalKind};

const NAME: Field = field("name", "이름");
const FEE: Field = field("fee", "수강료");

/// Code, English, Korean; every refusal is a 422 that names its field.
fn no(checked: Result<(), Refusal>, named: &str) -> (String, String, String) {
    let refusal = checked.unwrap_err();
    assert_eq!(refusal.kind, RefusalKind::Invalid);
    assert_eq!(refusal.field.as_deref(), Some(named));
    (refusal.code, refusal.reason, refusal.reason_ko.unwrap())
}

fn is(code: &str, reason: &str, ko: &str) -> (String, String, String) {
    (code.to_owned(), reason.to_owned(), ko.to_owned())
}

#[test]
fn a_text_that_says_nothing_is_refused_with_the_code_of_its_form() {
    for empty in ["", " ", "\t\u{3000}", "\u{200b}\u{3164}"] {
        assert_eq!(
            no(NAME.filled(empty, "name-missing"), "name"),
            is(
                "name-missing",
                "`name` is required, and is empty.",
                "이름을 입력해 주세요."
            )
        );
    }
    let fee = no(FEE.filled("", "fee-missing"), "fee");
    assert_eq!(fee.2, "수강료를 입력해 주세요.");
    assert_eq!(NAME.filled(" 이 ", "name-missing"), Ok(()));
}

#[test]
fn a_text_of_several_lines_or_with_other_control_characters_is_refused() {
    for (text, found) in [
        ("a\nb", "U+000A"),
        ("a\u{1f}b", "U+001F"),
        ("\u{9f}", "U+009F"),
    ] {
        assert_eq!(
            no(NAME.one_line(text), "name"),
            is(
                "text-unreadable",
                &format!("`name` must be one line without control characters, and has {found}."),
                "이름은 제어 문자 없이 한 줄로 입력해 주세요."
            )
        );
    }
    assert_eq!(NAME.one_line("이 도령, 👩‍🌾 (A+)"), Ok(()));
}

#[test]
fn a_text_is_measured_in_characters() {
    assert_eq!(NAME.at_most("가".repeat(5).as_str(), 5), Ok(()));
    assert_eq!(
        no(NAME.at_most("가".repeat(6).as_str(), 5), "name"),
        is(
            "text-too-long",
            "`name` may have 5 characters, and has 6.",
            "이름은 5자까지 입력할 수 있습니다. 입력한 글은 6자입니다."
        )
    );
}

#[test]
fn a_number_outside_its_range_is_refused() {
    for (number, said) in [(-1, "-1"), (151, "151")] {
        assert_eq!(
            no(NAME.within(number, &(0..=150), "age-out-of-range"), "name"),
            is(
                "age-out-of-range",
                &format!("`name` must be from 0 to 150, and is {said}."),
                &format!("이름은 0 이상 150 이하여야 합니다. 입력한 값은 {said}입니다.")
            )
        );
    }
    assert_eq!(NAME.within(0, &(0..=150), "x"), Ok(()));
    assert_eq!(NAME.within(150, &(0..=150), "x"), Ok(()));
}

#[test]
fn a_number_below_the_least_is_refused() {
    assert_eq!(
        no(FEE.at_least(-1, 0, "fee-negative"), "fee"),
        is(
            "fee-negative",
            "`fee` must be 0 or more, and is -1.",
            "수강료는 0 이상이어야 합니다. 입력한 값은 -1입니다."
        )
    );
    assert_eq!(FEE.at_least(0, 0, "fee-negative"), Ok(()));
}

#[test]
fn what_is_no_number_is_neither_in_a_range_nor_enough() {
    for none in [f64::NAN, f64::NEG_INFINITY] {
        assert_eq!(no(FEE.within(none, &(0.0..=1e12), "x"), "fee").0, "x");
        assert_eq!(no(FEE.at_least(none, 0.0, "x"), "fee").0, "x");
    }
    let huge = no(FEE.within(1e300, &(0.0..=1e12), "x"), "fee").1;
    assert_eq!(huge, "`fee` must be from 0 to 1000000000000, and is 1e300.");
}

#[test]
fn what_is_absent_passes() {
    assert_eq!(NAME.filled(None, "x"), Ok(()));
    assert_eq!(NAME.one_line(None), Ok(()));
    assert_eq!(NAME.at_most(None, 0), Ok(()));
    assert_eq!(NAME.within(None, &(1..=2), "x"), Ok(()));
    assert_eq!(NAME.at_least(None, 1, "x"), Ok(()));
}

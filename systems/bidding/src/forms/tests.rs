use storm::form::field;

use super::{NUMBER, number};

#[test]
fn a_number_is_trimmed_and_is_neither_empty_nor_broken_nor_long() {
    let notice_no = field("noticeNo", "공고번호");
    assert_eq!(
        number(notice_no, " 2021-03 N17 "),
        Ok("2021-03 N17".to_owned())
    );
    for (broken, code) in [
        ("", "number-missing"),
        ("  ", "number-missing"),
        ("a\u{1f}b", "text-unreadable"),
        ("a\nb", "text-unreadable"),
        (&"가".repeat(NUMBER + 1), "text-too-long"),
    ] {
        let refusal = number(notice_no, broken).unwrap_err();
        assert_eq!(
            (refusal.code.as_str(), refusal.field.as_deref()),
            (code, Some("noticeNo"))
        );
    }
    assert!(number(notice_no, &"가".repeat(NUMBER)).is_ok());
}

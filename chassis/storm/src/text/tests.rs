use proptest::prelude::{ProptestConfig, any, proptest};
use proptest::{prop_assert, prop_assert_eq};

use super::{
    Lines, as_kept, clean, is_blank, printable, printable_json, printable_lines, refused_in, same,
    spellings, with_plain_line_breaks,
};

/// "자바" as macOS names files: in letters, not in syllables.
const DECOMPOSED: &str = "\u{110c}\u{1161}\u{1107}\u{1161}";

#[test]
fn one_text_has_one_spelling() {
    for (given, kept) in [
        ("A-1", "A-1"),
        ("A-1 ", "A-1"),
        ("\r\n A-1\t", "A-1"),
        ("\u{feff}A-1\u{200b}", "A-1"),
        ("A  1", "A  1"),
        (DECOMPOSED, "자바"),
        ("cafe\u{301}", "café"),
        ("자바", "자바"),
        ("❤\u{fe0f}", "❤\u{fe0f}"),
        ("👩\u{200d}🌾", "👩\u{200d}🌾"),
        ("", ""),
    ] {
        assert_eq!(clean(given), kept, "{given:?}");
        assert!(same(given, kept), "{given:?}");
    }
    assert!(!same("A-1", "A 1"));
}

#[test]
fn what_needs_no_change_is_not_copied() {
    for text in ["A-1", "자바 프로그래밍", ""] {
        assert!(matches!(clean(text), std::borrow::Cow::Borrowed(_)));
        assert!(matches!(printable(text), std::borrow::Cow::Borrowed(_)));
    }
}

#[test]
fn a_text_of_nothing_but_invisible_characters_is_empty() {
    for blank in [
        "",
        " ",
        "\t\n",
        "\u{3000}",
        "\u{200b}",
        "\u{3164}",
        "\u{feff}",
        "\u{ad}\u{2800}",
        "\u{200d}\u{fe0f} \u{115f}",
    ] {
        assert!(is_blank(blank), "{blank:?}");
        assert_eq!(clean(blank), "", "{blank:?}");
    }
    assert!(!is_blank("\u{301}"));
}

#[test]
fn what_a_terminal_obeys_is_refused_wherever_it_stands() {
    for (text, found) in [
        ("a\u{0}", '\u{0}'),
        ("\u{1b}[2J", '\u{1b}'),
        ("a\u{7f}b", '\u{7f}'),
        ("a\u{9b}b", '\u{9b}'),
        ("a\u{202e}b", '\u{202e}'),
        ("\u{2066}", '\u{2066}'),
    ] {
        assert_eq!(refused_in(text, Lines::One), Some(found), "{text:?}");
        assert_eq!(refused_in(text, Lines::Several), Some(found), "{text:?}");
    }
    for breaks in ["a\nb", "a\r\nb", "a\tb", "a\u{2028}b"] {
        assert!(refused_in(breaks, Lines::One).is_some(), "{breaks:?}");
        assert_eq!(refused_in(breaks, Lines::Several), None, "{breaks:?}");
    }
    for fine in ["a\n", " 이 도령, 👩\u{200d}🌾 (A+)", "\u{200f}שלום"] {
        assert_eq!(refused_in(fine, Lines::One), None, "{fine:?}");
    }
}

#[test]
fn a_line_break_is_one_character() {
    let text = with_plain_line_breaks("a\r\nb\rc\nd".into());
    assert_eq!(text, "a\nb\nc\nd");
}

#[test]
fn a_kept_text_is_looked_for_as_it_may_have_been_spelled() {
    assert_eq!(spellings("A-1"), ["A-1"]);
    assert_eq!(spellings("A-1 "), ["A-1", "A-1 "]);
    assert_eq!(spellings("자바"), ["자바", DECOMPOSED]);
    assert_eq!(spellings(DECOMPOSED), ["자바", DECOMPOSED]);
}

#[test]
fn what_is_sent_takes_the_spelling_of_what_is_kept() {
    assert_eq!(as_kept("A-1".to_owned(), "A-1 "), "A-1 ");
    assert_eq!(as_kept("자바".to_owned(), DECOMPOSED), DECOMPOSED);
    assert_eq!(as_kept("A-2".to_owned(), "A-1 "), "A-2");
}

#[test]
fn what_is_printed_is_obeyed_by_no_terminal() {
    let hostile = "a\u{1b}]0;x\u{7}\u{9b}2J\u{202e}b\nc\td";
    assert_eq!(
        printable(hostile),
        "a\\u{1b}]0;x\\u{7}\\u{9b}2J\\u{202e}b\\u{a}c\\u{9}d"
    );
    assert_eq!(
        printable_lines(hostile),
        "a\\u{1b}]0;x\\u{7}\\u{9b}2J\\u{202e}b\nc\td"
    );
    assert_eq!(printable("사과 🍎"), "사과 🍎");
    let json = serde_json::json!({"a": "\u{1b}\u{9b}2J\u{202e}"});
    let printed = format!("{json:#}");
    let printed = printable_json(&printed);
    assert_eq!(printed, "{\n  \"a\": \"\\u001b\\u009b2J\\u202e\"\n}");
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&printed).unwrap(),
        json
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    #[test]
    fn a_clean_text_stays_as_it_is(text in any::<String>()) {
        let once = clean(&text).into_owned();
        prop_assert_eq!(&clean(&once), &once);
        prop_assert_eq!(refused_in(&once, Lines::One).is_some(), refused_in(&text, Lines::One).is_some());
        prop_assert!(printable(&text).chars().all(|c| !c.is_control()));
        for spelling in spellings(&text) {
            prop_assert!(same(&spelling, &text));
        }
    }
}

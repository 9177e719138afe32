use proptest::prelude::*;

use super::*;

/// The last days of December, whose year the originals got wrong (`wire.md` §5).
#[test]
fn the_year_is_the_calendars_and_not_the_weeks() {
    for (at, written) in [
        (1_611_088_384_000, "20210119203304"),
        (1_640_476_800_000, "20211226000000"),
        (1_609_027_200_000, "20201227000000"),
        (1_703_980_800_000, "20231231000000"),
        (1_735_430_400_000, "20241229000000"),
        (0, "19700101000000"),
    ] {
        assert_eq!(digits(at).as_deref(), Some(written));
        assert_eq!(of_digits(written), Some(at));
    }
}

#[test]
fn milliseconds_are_kept_in_rfc_3339() {
    let written = "2021-01-19T20:33:04.007Z";
    assert_eq!(rfc3339(1_611_088_384_007).as_deref(), Some(written));
    assert_eq!(of_rfc3339(written), Some(1_611_088_384_007));
}

#[test]
fn what_has_no_year_of_four_digits_is_not_written() {
    for at in [i64::MIN, -62_167_219_200_001, 253_402_300_800_000, i64::MAX] {
        assert_eq!((digits(at), rfc3339(at)), (None, None), "{at}");
    }
}

#[test]
fn days_and_hours_that_are_none_are_not_read() {
    for text in [
        "20210229000000",
        "20211301000000",
        "20210119243304",
        "2021011920330",
        "２０２１",
    ] {
        assert_eq!(of_digits(text), None, "{text}");
    }
    for text in ["2021-02-29T00:00:00.000Z", "2021-01-19T20:33:04Z", ""] {
        assert_eq!(of_rfc3339(text), None, "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_moment_comes_back_as_it_was(at in -62_167_219_200_000_i64..253_402_300_800_000) {
        prop_assert_eq!(rfc3339(at).and_then(|text| of_rfc3339(&text)), Some(at));
        let second = at.div_euclid(1000) * 1000;
        prop_assert_eq!(digits(at).and_then(|text| of_digits(&text)), Some(second));
    }

    #[test]
    fn no_text_panics(text in ".{0,30}") {
        let _ = (of_digits(&text), of_rfc3339(&text));
    }
}

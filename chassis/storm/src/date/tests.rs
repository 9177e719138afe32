use serde_json::{Value, json};

use super::{Date, ShownDate, TypedDate};
use crate::lenient;

/// As a person sends it.
fn read(value: &Value) -> Date {
    lenient::from_value(value).unwrap()
}

fn refused(value: &Value) -> bool {
    lenient::from_value::<Date>(value).is_err()
}

/// As it is read from a store or an event.
fn stored(value: &Value) -> Date {
    serde_json::from_value(value.clone()).unwrap()
}

/// The last day of June 2021, as `date -d 2021-06-30 -u +%s` has it.
const JUNE_30: i64 = 1_625_011_200_000;

#[test]
fn a_plain_day_and_an_iso_day_mean_the_day_they_say() {
    for text in [
        "20210630",
        "2021-06-30",
        " 2021-06-30 ",
        "2021-06-30T00:00:00.000+0000",
    ] {
        assert_eq!(read(&json!(text)).millis(), JUNE_30, "{text}");
    }
    assert_eq!(read(&json!(20_210_630)).millis(), JUNE_30);
    assert_eq!(read(&json!(JUNE_30)).millis(), JUNE_30);
    assert_eq!(read(&json!(JUNE_30.to_string())).millis(), JUNE_30);
}

#[test]
fn a_time_may_have_seconds_and_an_offset() {
    let hour = 60 * 60 * 1000;
    for (text, millis) in [
        ("2021-06-30T09:00", JUNE_30 + 9 * hour),
        ("2021-06-30 09:00:00", JUNE_30 + 9 * hour),
        ("2021-06-30T09:00:00.25Z", JUNE_30 + 9 * hour + 250),
        ("2021-06-30T09:00:00.000+09:00", JUNE_30),
        ("2021-06-29T19:30:00.000-0430", JUNE_30),
    ] {
        assert_eq!(read(&json!(text)).millis(), millis, "{text}");
    }
}

#[derive(Debug, serde::Deserialize)]
struct Form {
    #[serde(rename = "orderdate")]
    _day: Option<Date>,
}

#[test]
fn what_is_no_date_is_refused_with_what_was_expected() {
    for wrong in [
        "",
        "soon",
        "2021-02-30",
        "2021-13-01",
        "2021-06",
        "2021-06-30T25:00",
        "2021-06-30T09:00+9",
        "2021-06-30T",
        "２０２１-06-30",
        "2021--6-30",
        "20210631",
        "9999999999999999999999",
        "21-06-30",
        "12021-06-30",
        "+20210630",
        "-20210630",
        "-",
    ] {
        assert!(refused(&json!(wrong)), "{wrong}");
    }
    assert!(refused(&json!(20_211_301)));
    let refused = lenient::from_value::<Form>(&json!({"orderdate": "soon"})).unwrap_err();
    assert_eq!(refused.field.as_deref(), Some("orderdate"));
    assert!(
        refused.reason.contains("a date such as 2021-06-30"),
        "{refused}"
    );
    assert!(lenient::from_value::<Form>(&json!({"orderdate": ""})).is_ok());
    assert!(lenient::from_value::<Form>(&json!({"orderdate": "20210630"})).is_ok());
    assert!(lenient::from_value::<Form>(&json!({"orderdate": 20_210_630})).is_ok());
}

#[test]
fn events_carry_a_number_and_http_shows_a_text() {
    let date = Date::from_millis(20_210_630_630);
    assert_eq!(
        serde_json::to_value(date).unwrap(),
        json!(20_210_630_630_i64)
    );
    let shown = serde_json::to_value(ShownDate(Date::from_millis(20_210_630))).unwrap();
    // The originals' mistake, written as they wrote it (`wire.md` §1).
    assert_eq!(shown, "1970-01-01T05:36:50.630+0000");
    let shown = serde_json::to_value(ShownDate(Date::from_millis(JUNE_30))).unwrap();
    assert_eq!(shown, "2021-06-30T00:00:00.000+0000");
    assert_eq!(
        serde_json::from_value::<ShownDate>(shown)
            .unwrap()
            .0
            .millis(),
        JUNE_30
    );
}

#[test]
fn any_number_of_milliseconds_can_be_shown() {
    for millis in [i64::MIN, -1, i64::MAX] {
        let shown = serde_json::to_value(ShownDate(Date::from_millis(millis))).unwrap();
        assert!(shown.is_string());
    }
    assert_eq!(
        ShownDate(Date::from_millis(-1)).to_string(),
        "1969-12-31T23:59:59.999+0000"
    );
}

#[test]
fn digits_mean_what_a_person_reads_or_are_refused_and_never_a_moment_of_1970() {
    for (digits, iso) in [
        ("99991231", "9999-12-31"),
        ("22000101", "2200-01-01"),
        ("18991231", "1899-12-31"),
        ("00010101", "0001-01-01"),
        ("202106300900", "2021-06-30T09:00"),
        ("20210630090059", "2021-06-30T09:00:59"),
    ] {
        assert_eq!(read(&json!(digits)), read(&json!(iso)), "{digits}");
    }
    assert_eq!(
        read(&json!(202_106_300_900_i64)),
        read(&json!("2021-06-30T09:00"))
    );
    for wrong in [
        "0",
        "1",
        "-1",
        "2021",
        "202106",
        "210630",
        "1625011200",
        "20210630630",
        "202106310900",
        "202106302400",
        "202106300960",
        "20210630090060",
        "99991332",
    ] {
        assert!(refused(&json!(wrong)), "{wrong}");
        let number: i64 = wrong.parse().unwrap();
        assert!(refused(&json!(number)), "{number}");
    }
    // Before September 2001 milliseconds have twelve digits, since then thirteen.
    for (millis, iso) in [
        (946_684_800_000_i64, "2000-01-01"),
        (1_625_011_200_000, "2021-06-30"),
        (-946_684_800_000, "1940-01-02"),
        (i64::MAX, "9223372036854775807"),
    ] {
        assert_eq!(read(&json!(millis)).millis(), millis);
        assert_eq!(read(&json!(millis.to_string())), read(&json!(iso)));
    }
}

#[test]
fn every_year_of_four_digits_has_its_days() {
    for day in ["0000-01-01", "0999-12-31", "9999-12-31"] {
        let shown = ShownDate(read(&json!(day))).to_string();
        assert_eq!(shown, format!("{day}T00:00:00.000+0000"));
    }
}

#[test]
fn a_day_is_the_one_that_was_typed() {
    let typed = |text: &str| lenient::from_value::<TypedDate>(&json!(text)).unwrap();
    let day = typed("2021-06-30");
    for same in [
        "20210630",
        "202106302359",
        "2021-06-30T23:59",
        "2021-06-30T08:00+0900",
        "2021-06-30T23:59-0930",
        "1625011200000",
    ] {
        let same = typed(same);
        assert!(
            !day.is_on_a_day_before(same) && !same.is_on_a_day_before(day),
            "{same:?}"
        );
    }
    assert!(typed("2021-06-29T23:59-0900").is_on_a_day_before(day));
    assert!(day.is_on_a_day_before(typed("2021-07-01T00:00+0900")));
}

#[test]
fn what_is_stored_is_read_as_it_was_written() {
    for number in [
        0,
        1,
        -1,
        22_000_101,
        20_210_631,
        99_991_331,
        202_106_300_900,
    ] {
        assert_eq!(stored(&json!(number)).millis(), number);
    }
    // The originals' events carry what was typed, as if it were milliseconds.
    assert_eq!(stored(&json!(20_210_630)).millis(), JUNE_30);
    assert_eq!(stored(&json!("20210630")).millis(), JUNE_30);
    assert_eq!(stored(&json!("1625011200")).millis(), 1_625_011_200);
}

#[test]
fn a_moment_that_could_not_be_read_back_is_refused() {
    // As a number it would read as the 30th of June 2021.
    assert!(refused(&json!("1970-01-01T05:36:50.630+0000")));
    assert!(!refused(&json!("1970-01-01T05:36:50.631+0000")));
}

proptest::proptest! {
    #[test]
    fn what_is_shown_can_be_sent_back_and_what_is_kept_is_read_again(
        millis in proptest::prop_oneof![
            proptest::num::i64::ANY,
            -70_000_000_000_000_i64..260_000_000_000_000,
            0_i64..100_000_000_000,
            18_000_000_i64..23_000_000,
        ]
    ) {
        let date = Date::from_millis(millis);
        let shown = serde_json::to_value(ShownDate(date)).unwrap();
        match lenient::from_value::<Date>(&shown) {
            Ok(sent_back) => {
                proptest::prop_assert_eq!(sent_back, date);
                let kept = serde_json::to_value(date).unwrap();
                proptest::prop_assert_eq!(stored(&kept), date);
            }
            // It cannot have been kept.
            Err(_) => proptest::prop_assert_ne!(stored(&json!(millis)), date),
        }
        let row: ShownDate = serde_json::from_value(shown).unwrap();
        proptest::prop_assert_eq!(row.0, date);
    }
}

use serde_json::{Value, json};

use super::{Date, ShownDate};
use crate::lenient;

fn read(value: &Value) -> Date {
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
    ] {
        assert!(
            serde_json::from_value::<Date>(json!(wrong)).is_err(),
            "{wrong}"
        );
    }
    assert!(serde_json::from_value::<Date>(json!(20_211_301)).is_err());
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

//! Moments as records write them: digits, and RFC 3339.

use time::{Date, Month, OffsetDateTime};

use storm::store::Millis;

/// `20210119203304`, in UTC. Nothing for moments that have no year of four digits.
pub(crate) fn digits(at: Millis) -> Option<String> {
    written(at, ["", "", "", "", ""])
}

/// `2021-01-19T20:33:04.123Z`. Nothing for moments that have no year of four digits.
pub(crate) fn rfc3339(at: Millis) -> Option<String> {
    let mut text = written(at, ["-", "-", "T", ":", ":"])?;
    let milli = at.rem_euclid(1_000);
    text.push('.');
    text.push(digit(milli / 100));
    two_digits(&mut text, milli);
    text.push('Z');
    Some(text)
}

/// Year, month, day, hour, minute and second, with these between them.
fn written(at: Millis, between: [&str; 5]) -> Option<String> {
    let at = OffsetDateTime::from_unix_timestamp(at.div_euclid(1_000)).ok()?;
    let year = at.year();
    if !(0..=9999).contains(&year) {
        return None;
    }
    let mut text = String::with_capacity(24);
    two_digits(&mut text, (year / 100).into());
    two_digits(&mut text, year.into());
    let rest = [
        at.month().into(),
        at.day(),
        at.hour(),
        at.minute(),
        at.second(),
    ];
    for (before, number) in between.into_iter().zip(rest) {
        text.push_str(before);
        two_digits(&mut text, number.into());
    }
    Some(text)
}

/// The last two.
fn two_digits(text: &mut String, number: i64) {
    text.push(digit(number / 10));
    text.push(digit(number));
}

/// The last one.
fn digit(number: i64) -> char {
    char::from(b'0' + u8::try_from(number.rem_euclid(10)).unwrap_or(0))
}

/// What [`digits`] wrote, to the second.
pub(crate) fn of_digits(text: &str) -> Option<Millis> {
    let plain = text.len() == 14 && text.bytes().all(|b| b.is_ascii_digit());
    if !plain {
        return None;
    }
    let number = |from, to| text.get(from..to)?.parse::<u16>().ok();
    moment(
        number(0, 4)?,
        [number(4, 6)?, number(6, 8)?],
        [number(8, 10)?, number(10, 12)?, number(12, 14)?, 0],
    )
}

/// What [`rfc3339`] wrote.
pub(crate) fn of_rfc3339(text: &str) -> Option<Millis> {
    let shape = |(byte, like): (u8, u8)| match like {
        b'0' => byte.is_ascii_digit(),
        _ => byte == like,
    };
    let like = b"0000-00-00T00:00:00.000Z";
    if text.len() != like.len() || !text.bytes().zip(*like).all(shape) {
        return None;
    }
    let number = |from, to| text.get(from..to)?.parse::<u16>().ok();
    moment(
        number(0, 4)?,
        [number(5, 7)?, number(8, 10)?],
        [
            number(11, 13)?,
            number(14, 16)?,
            number(17, 19)?,
            number(20, 23)?,
        ],
    )
}

fn moment(year: u16, [month, day]: [u16; 2], time: [u16; 4]) -> Option<Millis> {
    let byte = |number| u8::try_from(number).ok();
    let month = Month::try_from(byte(month)?).ok()?;
    let date = Date::from_calendar_date(i32::from(year), month, byte(day)?).ok()?;
    let [hour, minute, second, milli] = time;
    let at = date
        .with_hms_milli(byte(hour)?, byte(minute)?, byte(second)?, milli)
        .ok()?;
    let nanos = at.assume_utc().unix_timestamp_nanos();
    Millis::try_from(nanos / 1_000_000).ok()
}

#[cfg(test)]
mod tests;

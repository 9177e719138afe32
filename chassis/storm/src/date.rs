//! Days and moments as the originals wrote them (`wire.md` §1, §5).
//!
//! Their JSON library kept milliseconds since 1970 and had two ways to write them: a number in
//! events ([`Date`]), a text in what HTTP shows ([`ShownDate`]). Both are read here, and plain days
//! as people type them: `20210630` and `2021-06-30` mean the 30th of June, from midnight UTC.

use std::fmt;

use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use time::{Date as CalendarDate, Month, OffsetDateTime};

/// A moment, in milliseconds since 1970-01-01T00:00Z. Written as that number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(i64);

impl Date {
    /// So many milliseconds after 1970-01-01T00:00Z.
    pub fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970-01-01T00:00Z.
    pub fn millis(self) -> i64 {
        self.0
    }

    /// The beginning of a day, if there is such a day from 1900 to 2199.
    pub fn of_day(year: i64, month: i64, day: i64) -> Option<Self> {
        let year = i32::try_from(year)
            .ok()
            .filter(|year| (1900..2200).contains(year))?;
        let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
        let day = CalendarDate::from_calendar_date(year, month, u8::try_from(day).ok()?).ok()?;
        Some(Self(day.midnight().assume_utc().unix_timestamp() * 1000))
    }

    /// A number is milliseconds, unless it reads as a day: the originals took `20210630` for a
    /// moment in 1970, and nobody meant that. So `20210631` is no date at all.
    fn of_number(number: i64) -> Option<Self> {
        if !(19_000_000..22_000_000).contains(&number) {
            return Some(Self(number));
        }
        Self::of_day(number / 10_000, number / 100 % 100, number % 100)
    }

    /// A day, `2021-06-30`; with a time, `2021-06-30T09:00`, `…:00.000`, and an offset, `Z`, `+0900`
    /// or `+09:00`; or a number.
    fn of_text(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Ok(number) = text.parse() {
            return Self::of_number(number);
        }
        let (day, time) = text
            .split_once(['T', ' '])
            .map_or((text, None), |(day, time)| (day, Some(time)));
        let mut parts = day.splitn(3, '-').map(digits);
        let date = Self::of_day(parts.next()??, parts.next()??, parts.next()??)?;
        match time {
            None => Some(date),
            Some(time) => Some(Self(date.0.checked_add(millis_of_day(time)?)?)),
        }
    }
}

fn digits(text: &str) -> Option<i64> {
    let plain = !text.is_empty() && text.len() <= 9 && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| plain)
}

/// `09:00`, `09:00:00.000`, each with an offset or without.
fn millis_of_day(text: &str) -> Option<i64> {
    let (time, offset) = match text.find(['Z', '+', '-']) {
        Some(place) => (&text[..place], minutes_of_offset(&text[place..])?),
        None => (text, 0),
    };
    let mut parts = time.splitn(3, ':');
    let (hours, minutes) = (digits(parts.next()?)?, digits(parts.next()?)?);
    let (seconds, millis) = match parts.next() {
        None => (0, 0),
        Some(rest) => {
            let (seconds, fraction) = rest.split_once('.').unwrap_or((rest, "0"));
            let thousandths = format!("{fraction:0<3}");
            digits(fraction)?;
            (digits(seconds)?, digits(thousandths.get(..3)?)?)
        }
    };
    let in_range = hours < 24 && minutes < 60 && seconds < 60;
    let minutes = hours * 60 + minutes - offset;
    in_range.then_some((minutes * 60 + seconds) * 1000 + millis)
}

/// `Z`, `+0900`, `+09:00`, `+09`: minutes ahead of UTC.
fn minutes_of_offset(text: &str) -> Option<i64> {
    let (sign, rest) = match text.split_at_checked(1)? {
        ("Z", "") => return Some(0),
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let plain = rest.replace(':', "");
    let (hours, minutes) = match plain.len() {
        2 => (digits(&plain)?, 0),
        4 => (digits(plain.get(..2)?)?, digits(plain.get(2..)?)?),
        _ => return None,
    };
    (hours < 24 && minutes < 60).then_some(sign * (hours * 60 + minutes))
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.0)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reads)
    }
}

struct Reads;

impl Visitor<'_> for Reads {
    type Value = Date;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a date such as 2021-06-30 or 20210630, or milliseconds since 1970")
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Date, E> {
        let date = Date::of_number(number);
        date.ok_or_else(|| E::invalid_value(de::Unexpected::Signed(number), &self))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Date, E> {
        let date = i64::try_from(number).ok().and_then(Date::of_number);
        date.ok_or_else(|| E::invalid_value(de::Unexpected::Unsigned(number), &self))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Date, E> {
        Date::of_text(text).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
    }
}

/// A moment as HTTP shows it: `2021-06-30T00:00:00.000+0000`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShownDate(pub Date);

impl From<Date> for ShownDate {
    fn from(date: Date) -> Self {
        Self(date)
    }
}

impl fmt::Display for ShownDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ok(at) = OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0.0) * 1_000_000)
        else {
            // Beyond the year 9999 there are no digits for it.
            return self.0.0.fmt(f);
        };
        let (year, month, day) = at.to_calendar_date();
        let (hours, minutes, seconds, millis) = at.to_hms_milli();
        let month = u8::from(month);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hours:02}:{minutes:02}:{seconds:02}.{millis:03}+0000"
        )
    }
}

impl Serialize for ShownDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ShownDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Date::deserialize(deserializer).map(Self)
    }
}

#[cfg(test)]
mod tests;

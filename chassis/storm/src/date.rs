//! Days and moments as the originals wrote them (`wire.md` §1, §5).
//!
//! Their JSON library kept milliseconds since 1970 and had two ways to write them: a number in
//! events ([`Date`]), a text in what HTTP shows ([`ShownDate`]). Both are read here, and plain days
//! as people type them: `20210630` and `2021-06-30` mean the 30th of June, from midnight UTC.
//!
//! What a person sends is read as a person reads it, or refused (`Date::typed`); what is stored, or
//! told by another context, is read as it was written, whatever it is.

use std::fmt;

use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use time::{Date as CalendarDate, Month, OffsetDateTime};

use crate::lenient::MOMENT;

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

    /// The beginning of a day, if there is such a day in the years 0 to 9999.
    pub fn of_day(year: i64, month: i64, day: i64) -> Option<Self> {
        let year = i32::try_from(year)
            .ok()
            .filter(|year| (0..10_000).contains(year))?;
        let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
        let day = CalendarDate::from_calendar_date(year, month, u8::try_from(day).ok()?).ok()?;
        Some(Self(day.midnight().assume_utc().unix_timestamp() * 1000))
    }

    /// The day that it is on, by UTC, in days since 1970-01-01.
    fn day(self) -> i64 {
        self.0.div_euclid(24 * 60 * 60 * 1000)
    }

    /// What a person has typed: a day, `2021-06-30`; with a time, `2021-06-30T09:00`, `…:00.000`, and an
    /// offset, `Z`, `+0900` or `+09:00`; or digits, see [`Date::of_digits`].
    fn typed(text: &str) -> Option<TypedDate> {
        let text = text.trim();
        if is_number(text) {
            return Self::of_digits(text).map(TypedDate::from);
        }
        // One that would be read as another when it is read back cannot be kept.
        Self::of_iso(text).filter(|typed| Self::stored(typed.date.0) == typed.date)
    }

    /// `YYYYMMDD`; `YYYYMMDDhhmm` and `YYYYMMDDhhmmss` in the years 1900 to 2199; other numbers of 12
    /// digits or more are milliseconds since 1970. What has fewer digits would be a moment of the years
    /// 1970 to 1973, and nobody means that.
    fn of_digits(text: &str) -> Option<Self> {
        let number = |from: usize, to: usize| digits(text.get(from..to)?);
        let day = || Self::of_day(number(0, 4)?, number(4, 6)?, number(6, 8)?);
        let in_our_time = matches!(text.get(..2), Some("19" | "20" | "21"));
        match text.len() {
            8 => day(),
            12 if in_our_time => day()?.at(number(8, 10)?, number(10, 12)?, 0),
            14 if in_our_time => day()?.at(number(8, 10)?, number(10, 12)?, number(12, 14)?),
            0..12 => None,
            _ => text.parse().ok().map(Self),
        }
    }

    fn at(self, hours: i64, minutes: i64, seconds: i64) -> Option<Self> {
        let in_range = hours < 24 && minutes < 60 && seconds < 60;
        in_range.then_some(Self(
            self.0 + ((hours * 60 + minutes) * 60 + seconds) * 1000,
        ))
    }

    /// A number in an event or a state: milliseconds, unless it reads as a day of the years 1900 to
    /// 2199. The originals took `20210630` for a moment in 1970, and nobody meant that.
    fn stored(number: i64) -> Self {
        let day = (19_000_000..22_000_000)
            .contains(&number)
            .then(|| Self::of_day(number / 10_000, number / 100 % 100, number % 100));
        day.flatten().unwrap_or(Self(number))
    }

    fn stored_text(text: &str) -> Option<Self> {
        let text = text.trim();
        if !is_number(text) {
            return Self::of_iso(text).map(|typed| typed.date);
        }
        Self::of_digits(text).or_else(|| text.parse().ok().map(Self::stored))
    }

    fn of_iso(text: &str) -> Option<TypedDate> {
        let (day, time) = text
            .split_once(['T', ' '])
            .map_or((text, None), |(day, time)| (day, Some(time)));
        let (year, rest) = day.split_once('-').filter(|(year, _)| year.len() == 4)?;
        let (month, day) = rest.split_once('-')?;
        let day = Self::of_day(digits(year)?, digits(month)?, digits(day)?)?;
        let date = match time {
            None => day,
            Some(time) => Self(day.0.checked_add(millis_of_day(time)?)?),
        };
        Some(TypedDate {
            date,
            day: day.day(),
        })
    }
}

/// Digits, perhaps with a minus before them.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
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
        TypedDate::deserialize(deserializer).map(|typed| typed.date)
    }
}

/// A moment, and the day that was typed for it: `2021-06-30T08:00+09:00` is the 30th of June, whatever
/// day it is by UTC. For fields of forms where the day matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TypedDate {
    /// The moment.
    pub date: Date,
    /// In days since 1970-01-01.
    day: i64,
}

impl TypedDate {
    /// Whether its day comes before that of `other`, whatever the hours.
    pub fn is_on_a_day_before(self, other: Self) -> bool {
        self.day < other.day
    }
}

impl From<Date> for TypedDate {
    fn from(date: Date) -> Self {
        Self {
            date,
            day: date.day(),
        }
    }
}

impl<'de> Deserialize<'de> for TypedDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(MOMENT, Typed)
    }
}

const EXPECTED: &str = "a date such as 2021-06-30, 20210630 or 2021-06-30T09:00+09:00";

/// Reads what a person sends, if it is asked directly; what others wrote, if it is handed on.
struct Typed;

impl<'de> Visitor<'de> for Typed {
    type Value = TypedDate;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(EXPECTED)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, stored: D) -> Result<TypedDate, D::Error> {
        stored.deserialize_any(Stored).map(TypedDate::from)
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<TypedDate, E> {
        let date = Date::of_digits(&number.to_string());
        date.map(TypedDate::from)
            .ok_or_else(|| E::invalid_value(de::Unexpected::Signed(number), &self))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<TypedDate, E> {
        let date = Date::of_digits(&number.to_string());
        date.map(TypedDate::from)
            .ok_or_else(|| E::invalid_value(de::Unexpected::Unsigned(number), &self))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<TypedDate, E> {
        Date::typed(text).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
    }
}

struct Stored;

impl Visitor<'_> for Stored {
    type Value = Date;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{EXPECTED}, or milliseconds since 1970")
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Date, E> {
        Ok(Date::stored(number))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Date, E> {
        let date = i64::try_from(number).ok().map(Date::stored);
        date.ok_or_else(|| E::invalid_value(de::Unexpected::Unsigned(number), &self))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Date, E> {
        Date::stored_text(text).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
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
        let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0.0) * 1_000_000);
        let Some(at) = at.ok().filter(|at| (0..10_000).contains(&at.year())) else {
            // There are no four digits for its year: milliseconds say it, and are read back.
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

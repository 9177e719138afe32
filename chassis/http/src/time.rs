//! A moment as the originals wrote it.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970, shown as `2021-02-24T01:39:44.061+0000` (`wire.md` §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Timestamp(u64);

impl Timestamp {
    pub(crate) fn now() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let millis = since.map(|since| since.as_millis()).unwrap_or_default();
        Self(u64::try_from(millis).unwrap_or_default())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0 / 1_000;
        let (days, second) = (seconds / 86_400, seconds % 86_400);
        let (year, month, day) = date(days);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:03}+0000",
            second / 3_600,
            second / 60 % 60,
            second % 60,
            self.0 % 1_000
        )
    }
}

/// Year, month and day of a day counted from 1970-01-01. Years begin in March here, so that the
/// leap day is a year's last; 146 097 days are 400 years.
fn date(days: u64) -> (u64, u64, u64) {
    let day = days + 719_468;
    let (era, day) = (day / 146_097, day % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let of_month = day - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    (era * 400 + year + next, month, of_month)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_as_the_originals_wrote_them() {
        let shown = |millis| Timestamp(millis).to_string();
        assert_eq!(shown(0), "1970-01-01T00:00:00.000+0000");
        assert_eq!(shown(1_614_130_784_061), "2021-02-24T01:39:44.061+0000");
        assert_eq!(shown(951_782_400_000), "2000-02-29T00:00:00.000+0000");
        assert_eq!(shown(1_735_689_599_999), "2024-12-31T23:59:59.999+0000");
    }
}

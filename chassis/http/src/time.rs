//! A moment as the originals wrote it (`wire.md` §4).

use std::time::{SystemTime, UNIX_EPOCH};

use storm::{Date, ShownDate};

pub(crate) fn now() -> ShownDate {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let millis = since.map(|since| since.as_millis()).unwrap_or_default();
    ShownDate(Date::from_millis(i64::try_from(millis).unwrap_or_default()))
}

//! One event, one line.

use serde_json::{Value, json};
use storm::Context;
use storm::store::{Millis, StoredEvent};
use storm::text::{printable, printable_json};

/// More of the data is left out on a terminal's line.
const SHORT: usize = 160;

/// How lines for people look.
#[derive(Clone, Copy)]
pub(super) struct Look {
    /// Characters for the context's name.
    context: usize,
    /// Characters for the event's type.
    event_type: usize,
    colours: bool,
}

impl Look {
    /// Wide enough for every name of these contexts, whichever of them are looked at, so that all
    /// lines of a system stand below each other.
    pub(super) fn of(contexts: &[Context], colours: bool) -> Self {
        let context = contexts.iter().map(Context::name);
        let event_type = contexts.iter().flat_map(Context::tells);
        Self {
            context: context.map(str::len).fold(10, usize::max),
            event_type: event_type.map(str::len).fold(18, usize::max),
            colours,
        }
    }
}

pub(super) fn text(look: Look, context: &str, stored: &StoredEvent) -> String {
    let event = &stored.event;
    let time = utc(event.at);
    let (event_type, correlation) = (printable(&event.event_type), printable(&event.correlation));
    let data = short(&event.data);
    let data = printable(&data);
    let context = format!("{context:wide$}", wide = look.context);
    let event_type = format!("{event_type:wide$}", wide = look.event_type);
    if look.colours {
        format!(
            "\x1b[2m{time}\x1b[0m {context} \x1b[38;5;214m{event_type}\x1b[0m \x1b[2m{correlation}\x1b[0m {data}"
        )
    } else {
        format!("{time} {context} {event_type} {correlation} {data}")
    }
}

pub(super) fn json(context: &str, stored: &StoredEvent) -> String {
    let event = &stored.event;
    // What is not JSON is shown as the text that it is: this is for looking.
    let data =
        serde_json::from_str(&event.data).unwrap_or_else(|_| Value::String(event.data.clone()));
    let line = json!({
        "time": utc(event.at),
        "context": context,
        "position": stored.position,
        "type": event.event_type,
        "kind": event.kind,
        "id": event.id,
        "version": event.version,
        "correlation": event.correlation,
        "causation": event.causation,
        "trace": event.trace,
        "data": data,
    });
    printable_json(&line.to_string()).into_owned()
}

fn short(data: &str) -> String {
    if data.chars().count() <= SHORT {
        return data.to_owned();
    }
    let start: String = data.chars().take(SHORT - 1).collect();
    format!("{start}…")
}

/// RFC 3339 with milliseconds, e.g. `2021-08-31T05:36:50.630Z`.
pub fn utc(at: Millis) -> String {
    let (days, millis) = (at.div_euclid(86_400_000), at.rem_euclid(86_400_000));
    let (year, month, day) = civil(days);
    let (hour, minute) = (millis / 3_600_000, millis / 60_000 % 60);
    let (second, milli) = (millis / 1_000 % 60, millis % 1_000);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
}

/// The day of the Gregorian calendar that lies so many days after 1970-01-01. Counts in eras of 400
/// years (146 097 days) and years that begin in March, so that the leap day comes last.
fn civil(days: i64) -> (i64, i64, i64) {
    let from_march_of_0 = days + 719_468;
    let (era, day) = (
        from_march_of_0.div_euclid(146_097),
        from_march_of_0.rem_euclid(146_097),
    );
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year + era * 400 + i64::from(month <= 2);
    (year, month, day_of_month)
}

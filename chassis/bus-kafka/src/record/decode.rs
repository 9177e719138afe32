//! Anybody's, read.

mod apart;

use std::fmt::Write as _;

use serde_json::{Map, Value};
use storm::Id;
use storm::store::{Millis, NewEvent, Position, StoredEvent};

use super::encode::{BARE, ME_LAST, head, tail};
use apart::Apart;

use super::{Consumed, Decoded, Records, Teller, header, moment, position_of};

/// Members of a value that are not the event's own.
const EVENT_TYPE: &str = "eventType";
const TIMESTAMP: &str = "timestamp";
const ME: &str = "me";

/// Names and keys are taken up to this length, and only without control characters: not every
/// database has a place for others.
const LONGEST_NAME: usize = 200;
const LONGEST_KEY: usize = 64;

pub(super) fn decoded(records: Records, consumed: &Consumed<'_>) -> Decoded {
    match Ours::of(records, consumed) {
        Some(ours) => ours.decoded(records, consumed),
        None => foreign(records, consumed),
    }
}

/// What the headers of a record of ours say: all but the fields.
struct Ours {
    context: String,
    position: Position,
    event: NewEvent,
    bare: bool,
}

impl Ours {
    /// `None` for others' records; so for one whose headers say that it is ours, and do not say all.
    fn of(records: Records, consumed: &Consumed<'_>) -> Option<Self> {
        let context = records
            .context_of(text(consumed, header::CE_SOURCE)?)
            // Whoever says otherwise could be taken for a partition, whose name has a slash.
            .filter(|context| !context.contains('/'))?;
        let (kind, id) = text(consumed, header::CE_SUBJECT)?.rsplit_once('/')?;
        let key = std::str::from_utf8(consumed.key?).ok()?;
        let at = match text(consumed, header::CE_TIME) {
            Some(time) => moment::of_rfc3339(time)?,
            None => far_away(&members(consumed)?)?,
        };
        let optional = |name| plain(text(consumed, name).unwrap_or_default());
        Some(Self {
            context: name(Some(context))?,
            position: number(consumed, header::CE_POSITION)?,
            event: NewEvent {
                event_type: name(text(consumed, header::CE_TYPE))?,
                kind: name(Some(kind))?,
                id: id.parse::<Id>().ok()?,
                version: number(consumed, header::CE_VERSION)?,
                correlation: plain(key)?,
                causation: optional(header::CE_CAUSATION)?,
                trace: optional(header::TRACEPARENT)?,
                at,
                data: String::new(),
            },
            bare: text(consumed, header::CE_BARE) == Some("true"),
        })
    }

    fn decoded(self, records: Records, consumed: &Consumed<'_>) -> Decoded {
        let Self {
            context,
            position,
            mut event,
            bare,
        } = self;
        let data = as_written(records, consumed, &event, bare)
            .map_or_else(|| rewritten(consumed, bare), Ok);
        let (data, fault) = readable(data, consumed);
        event.data = data;
        Decoded {
            teller: Teller::Ours(context),
            stored: StoredEvent { position, event },
            fault,
        }
    }
}

/// The fields to the letter, if the value is as this system writes it.
fn as_written(
    records: Records,
    consumed: &Consumed<'_>,
    event: &NewEvent,
    bare: bool,
) -> Option<String> {
    let value = std::str::from_utf8(consumed.value?).ok()?;
    if !records.envelope.me && value.ends_with(ME_LAST) {
        // From when it wrote that: no field of the event's.
        return None;
    }
    let fields = value
        .strip_prefix(&head(records.envelope, &event.event_type, event.at))?
        .strip_suffix(tail(records.envelope))?;
    if bare {
        fields.strip_prefix(BARE).map(str::to_owned)
    } else if fields.is_empty() {
        Some("{}".to_owned())
    } else {
        Some(format!("{{{}}}", fields.strip_prefix(',')?))
    }
}

/// The fields, if the value is as another version of this system wrote it, or went through hands that
/// write JSON in their own way.
fn rewritten(consumed: &Consumed<'_>, bare: bool) -> Result<String, String> {
    let mut fields = object(consumed)?;
    without_envelope(&mut fields);
    if !bare {
        return Ok(Value::Object(fields).to_string());
    }
    let data = fields.get("data").ok_or("has no `data`")?;
    Ok(data.to_string())
}

fn foreign(records: Records, consumed: &Consumed<'_>) -> Decoded {
    let place = format!("{}/{}", records.topic, consumed.partition);
    let correlation =
        key(consumed).map_or_else(|| format!("{place}/{}", consumed.offset), str::to_owned);
    let told = match Apart::of(consumed) {
        Some(apart) => Ok((
            apart.event_type,
            told_at(apart.timestamp.as_ref(), consumed.at),
            apart.fields,
        )),
        None => object(consumed).map(|mut fields| {
            let event_type = fields.get(EVENT_TYPE).and_then(Value::as_str);
            let event_type = event_type.map(str::to_owned);
            let at = told_at(fields.get(TIMESTAMP), consumed.at);
            without_envelope(&mut fields);
            (event_type, at, Value::Object(fields).to_string())
        }),
    };
    let by_header = || {
        let name_in = |header| name(text_of(consumed, header).as_deref());
        name_in(header::TYPE).or_else(|| name_in(header::CE_TYPE))
    };
    let (event_type, at, data) = match told {
        Ok((event_type, at, data)) => {
            let event_type = name(event_type.as_deref()).or_else(by_header);
            let unnamed = "names no event: there is no `eventType`, nor a header `type`";
            let data = event_type.as_ref().map(|_| data).ok_or(unnamed.to_owned());
            (event_type, at, data)
        }
        Err(fault) => (by_header(), consumed.at.unwrap_or(0).max(0), Err(fault)),
    };
    let (data, fault) = readable(data, consumed);
    Decoded {
        teller: Teller::Foreign { place },
        stored: StoredEvent {
            position: position_of(consumed.offset),
            event: NewEvent {
                event_type: event_type.unwrap_or_default(),
                kind: String::new(),
                id: 0,
                version: 0,
                correlation,
                causation: String::new(),
                trace: text_of(consumed, header::TRACEPARENT)
                    .filter(|trace| is_traceparent(trace))
                    .unwrap_or_default(),
                at,
                data,
            },
        },
        fault,
    }
}

/// What was read; or the value as it came, and why it could not be read.
fn readable(data: Result<String, String>, consumed: &Consumed<'_>) -> (String, Option<String>) {
    match data {
        Ok(data) => (data, None),
        Err(fault) => (as_it_came(consumed), Some(format!("the record {fault}"))),
    }
}

fn as_it_came(consumed: &Consumed<'_>) -> String {
    let Some(value) = consumed.value else {
        return Value::Null.to_string();
    };
    match std::str::from_utf8(value) {
        Ok(text) => Value::from(text).to_string(),
        Err(_) => Value::from(hexadecimal(value)).to_string(),
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    let mut hex = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a `String` cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

/// The value's members, or what is wrong with it.
fn object(consumed: &Consumed<'_>) -> Result<Map<String, Value>, String> {
    let value = consumed.value.ok_or("has no value")?;
    let text = std::str::from_utf8(value).map_err(|error| format!("is no UTF-8: {error}"))?;
    match serde_json::from_str(text) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err("is JSON, but no object: expected {\"eventType\":…}".to_owned()),
        Err(error) => Err(format!("is no JSON: {error}")),
    }
}

fn members(consumed: &Consumed<'_>) -> Option<Map<String, Value>> {
    object(consumed).ok()
}

fn without_envelope(fields: &mut Map<String, Value>) {
    for name in [EVENT_TYPE, TIMESTAMP, ME] {
        fields.shift_remove(name);
    }
}

/// Milliseconds in `timestamp`, where ours has no `ce_time`.
fn far_away(members: &Map<String, Value>) -> Option<Millis> {
    match members.get(TIMESTAMP)? {
        Value::String(text) => text.parse().ok(),
        other => other.as_i64(),
    }
}

/// When a stranger's event was. A number says it exactly. A text has the wrong year at the end of
/// December (`wire.md` §5) and is not looked at unless nobody else knows.
fn told_at(timestamp: Option<&Value>, at: Option<Millis>) -> Millis {
    let exact = timestamp.and_then(Value::as_i64);
    let digits = || {
        timestamp
            .and_then(Value::as_str)
            .and_then(moment::of_digits)
    };
    let known = exact.or(at).filter(|at| *at >= 0);
    known.or_else(digits).unwrap_or(0)
}

/// The name of an event, a context or a kind, if it is one.
fn name(given: Option<&str>) -> Option<String> {
    given
        .filter(|name| (1..=LONGEST_NAME).contains(&name.len()))
        .and_then(plain)
}

fn plain(text: &str) -> Option<String> {
    let is_plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    (is_plain || !text.chars().any(char::is_control)).then(|| text.to_owned())
}

/// A stranger's key, if it would do as a correlation id at our door.
fn key<'a>(consumed: &Consumed<'a>) -> Option<&'a str> {
    let key = std::str::from_utf8(consumed.key?).ok()?;
    let fits = (1..=LONGEST_KEY).contains(&key.len());
    (fits && key.bytes().all(|b| b.is_ascii_graphic())).then_some(key)
}

/// `00-<32 hex>-<16 hex>-<2 hex>`, of any version that goes no further.
fn is_traceparent(text: &str) -> bool {
    let lower_hex = |part: &str| part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let lengths = text.split('-').map(str::len);
    lengths.eq([2, 32, 16, 2]) && text.split('-').all(lower_hex)
}

/// A header, the last of its name.
fn text<'a>(consumed: &Consumed<'a>, name: &str) -> Option<&'a str> {
    let mut last_first = consumed.headers.iter().rev();
    let (_, value) = last_first.find(|(key, _)| *key == name)?;
    std::str::from_utf8(value).ok()
}

/// A stranger's header: raw, or a JSON text with its quotes.
fn text_of(consumed: &Consumed<'_>, name: &str) -> Option<String> {
    let raw = text(consumed, name)?;
    let unquoted = serde_json::from_str::<String>(raw).ok();
    Some(unquoted.unwrap_or_else(|| raw.to_owned()))
}

fn number(consumed: &Consumed<'_>, name: &str) -> Option<i64> {
    text(consumed, name)?.parse().ok()
}

#[cfg(test)]
mod tests;

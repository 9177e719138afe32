//! Ours, written.

use std::borrow::Cow;

use serde_json::Value;
use storm::store::{Millis, NewEvent, StoredEvent};
use storm::{Envelope, Timestamp};

use super::{Record, Records, header, moment};

/// `"application/json"` as the originals' header: a JSON text.
const QUOTED_JSON: &str = r#""application/json""#;
const JAVA_TYPES_OLD: &str = r#"{"contentType":"java.lang.String"}"#;
const JAVA_TYPES_NEW: &str = r#"{"contentType":"java.lang.String","type":"java.lang.String"}"#;

const MOST_HEADERS: usize = 15;

pub(super) fn record(records: Records, context: &str, stored: &StoredEvent) -> Record {
    let StoredEvent { position, event } = stored;
    let fields = Fields::of(&event.data);
    let mut headers = Headers(Vec::with_capacity(MOST_HEADERS));
    headers.of_the_originals(records.envelope, &event.event_type);
    headers.add(header::CE_SPECVERSION, "1.0");
    headers.add(header::CE_ID, format!("{context}/{position}"));
    headers.add(header::CE_SOURCE, records.source_of(context));
    headers.add(header::CE_TYPE, event.event_type.clone());
    if let Some(time) = moment::rfc3339(event.at) {
        headers.add(header::CE_TIME, time);
    }
    headers.add(header::CE_SUBJECT, format!("{}/{}", event.kind, event.id));
    headers.add(header::CE_DATA_CONTENT_TYPE, "application/json");
    headers.add(header::CE_POSITION, position.to_string());
    headers.add(header::CE_VERSION, event.version.to_string());
    headers.add_known(header::CE_CAUSATION, &event.causation);
    if let Fields::Bare(_) = fields {
        headers.add(header::CE_BARE, "true");
    }
    headers.add_known(header::TRACEPARENT, &event.trace);
    Record {
        key: event.correlation.clone(),
        value: value(records.envelope, event, fields),
        headers: headers.0,
    }
}

struct Headers(Vec<(&'static str, Cow<'static, str>)>);

impl Headers {
    fn add(&mut self, name: &'static str, value: impl Into<Cow<'static, str>>) {
        self.0.push((name, value.into()));
    }

    fn add_known(&mut self, name: &'static str, value: &str) {
        if !value.is_empty() {
            self.add(name, value.to_owned());
        }
    }

    fn of_the_originals(&mut self, envelope: Envelope, event_type: &str) {
        self.add(header::CONTENT_TYPE, QUOTED_JSON);
        if envelope.type_header {
            self.add(header::TYPE, event_type.to_owned());
            self.add(header::JAVA_TYPES, JAVA_TYPES_NEW);
        } else {
            self.add(header::JAVA_TYPES, JAVA_TYPES_OLD);
        }
    }
}

/// An event's own JSON.
#[derive(Clone, Copy)]
enum Fields<'a> {
    /// What is between the braces of an object, or nothing.
    Of(&'a str),
    /// No object, e.g. the `null` of an event without fields.
    Bare(&'a str),
}

impl<'a> Fields<'a> {
    fn of(data: &'a str) -> Self {
        let within = data.strip_prefix('{').and_then(|d| d.strip_suffix('}'));
        within.map_or(Self::Bare(data), Self::Of)
    }
}

/// The member that what is no object is written as.
pub(super) const BARE: &str = r#","data":"#;

fn value(envelope: Envelope, event: &NewEvent, fields: Fields<'_>) -> String {
    let mut value = String::with_capacity(event.data.len() + ENVELOPE);
    write_head(&mut value, envelope, &event.event_type, event.at);
    match fields {
        Fields::Of(none) if none.trim().is_empty() => {}
        Fields::Of(some) => {
            value.push(',');
            value.push_str(some);
        }
        Fields::Bare(data) => {
            value.push_str(BARE);
            value.push_str(data);
        }
    }
    value.push_str(tail(envelope));
    value
}

/// Bytes that an envelope seldom has more of.
const ENVELOPE: usize = 128;

/// What stands before an event's own fields, up to the comma.
pub(super) fn head(envelope: Envelope, event_type: &str, at: Millis) -> String {
    let mut head = String::with_capacity(ENVELOPE);
    write_head(&mut head, envelope, event_type, at);
    head
}

fn write_head(into: &mut String, envelope: Envelope, event_type: &str, at: Millis) {
    into.push_str(r#"{"eventType":"#);
    if event_type.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        into.extend(["\"", event_type, "\""]);
    } else {
        into.push_str(&Value::from(event_type).to_string());
    }
    into.push_str(r#","timestamp":"#);
    let number = || at.to_string();
    match envelope.timestamp {
        Timestamp::Millis => into.push_str(&number()),
        Timestamp::Digits => {
            // No moment that ever was; the number cannot be taken for digits, for it has more of them.
            let digits = moment::digits(at).unwrap_or_else(number);
            into.extend(["\"", &digits, "\""]);
        }
    }
}

/// What stands after them, where the originals asked `validate()`.
pub(super) const ME_LAST: &str = r#","me":true}"#;

/// What stands after them.
pub(super) fn tail(envelope: Envelope) -> &'static str {
    if envelope.me { ME_LAST } else { "}" }
}

#[cfg(test)]
mod tests;

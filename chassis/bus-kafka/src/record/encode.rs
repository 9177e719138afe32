//! Ours, written.

use storm::store::{Millis, NewEvent, StoredEvent};
use storm::{Envelope, Timestamp};

use super::{Record, Records, header, moment};

/// `"application/json"` as the originals' header: a JSON text.
const QUOTED_JSON: &str = r#""application/json""#;
const JAVA_TYPES_OLD: &str = r#"{"contentType":"java.lang.String"}"#;
const JAVA_TYPES_NEW: &str = r#"{"contentType":"java.lang.String","type":"java.lang.String"}"#;

pub(super) fn record(records: Records, context: &str, stored: &StoredEvent) -> Record {
    let event = &stored.event;
    let fields = Fields::of(&event.data);
    let mut headers = originals(records.envelope, &event.event_type);
    headers.extend(cloud_event(records, context, stored));
    if let Fields::Bare(_) = fields {
        headers.push((header::CE_BARE, "true".to_owned()));
    }
    if !event.trace.is_empty() {
        headers.push((header::TRACEPARENT, event.trace.clone()));
    }
    Record {
        key: event.correlation.clone(),
        value: value(records.envelope, event, fields),
        headers,
    }
}

fn originals(envelope: Envelope, event_type: &str) -> Vec<(&'static str, String)> {
    let mut headers = vec![(header::CONTENT_TYPE, QUOTED_JSON.to_owned())];
    let java_types = if envelope.type_header {
        headers.push((header::TYPE, event_type.to_owned()));
        JAVA_TYPES_NEW
    } else {
        JAVA_TYPES_OLD
    };
    headers.push((header::JAVA_TYPES, java_types.to_owned()));
    headers
}

fn cloud_event(
    records: Records,
    context: &str,
    stored: &StoredEvent,
) -> impl Iterator<Item = (&'static str, String)> {
    let StoredEvent { position, event } = stored;
    let known = |(name, value): (&'static str, Option<String>)| value.map(|value| (name, value));
    let source = records.source() + context;
    let causation = (!event.causation.is_empty()).then(|| event.causation.clone());
    [
        (header::CE_SPECVERSION, Some("1.0".to_owned())),
        (header::CE_ID, Some(format!("{context}/{position}"))),
        (header::CE_SOURCE, Some(source)),
        (header::CE_TYPE, Some(event.event_type.clone())),
        (header::CE_TIME, moment::rfc3339(event.at)),
        (
            header::CE_SUBJECT,
            Some(format!("{}/{}", event.kind, event.id)),
        ),
        (
            header::CE_DATA_CONTENT_TYPE,
            Some("application/json".to_owned()),
        ),
        (header::CE_POSITION, Some(position.to_string())),
        (header::CE_VERSION, Some(event.version.to_string())),
        (header::CE_CAUSATION, causation),
    ]
    .into_iter()
    .filter_map(known)
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
    let mut value = head(envelope, &event.event_type, event.at);
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

/// What stands before an event's own fields, up to the comma.
pub(super) fn head(envelope: Envelope, event_type: &str, at: Millis) -> String {
    let event_type = serde_json::Value::from(event_type);
    let timestamp = match envelope.timestamp {
        Timestamp::Millis => at.to_string(),
        // No moment that ever was; the number cannot be taken for digits, for it has more of them.
        Timestamp::Digits => match moment::digits(at) {
            Some(digits) => format!(r#""{digits}""#),
            None => format!(r#""{at}""#),
        },
    };
    format!(r#"{{"eventType":{event_type},"timestamp":{timestamp}"#)
}

/// What stands after them, where the originals asked `validate()`.
pub(super) const ME_LAST: &str = r#","me":true}"#;

/// What stands after them.
pub(super) fn tail(envelope: Envelope) -> &'static str {
    if envelope.me { ME_LAST } else { "}" }
}

#[cfg(test)]
mod tests;

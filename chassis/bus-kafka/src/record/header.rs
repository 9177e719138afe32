//! The headers of a record, by name.

/// The originals': what the value is, `"application/json"` in quotes, for they write headers as JSON.
pub(super) const CONTENT_TYPE: &str = "contentType";
/// The newer originals': the event's name, without quotes.
pub(super) const TYPE: &str = "type";
/// The originals': of which Java class each header is. Without it they see bytes: `contentType` makes
/// them fail, and `type` never is the one that they wait for.
pub(super) const JAVA_TYPES: &str = "spring_json_header_types";

/// `CloudEvents` 1.0, binding for Kafka, binary mode: what `CONTENT_TYPE` says, in their way.
pub(super) const CE_DATA_CONTENT_TYPE: &str = "content-type";
/// `1.0`
pub(super) const CE_SPECVERSION: &str = "ce_specversion";
/// `<context>/<position>`: no other event has it.
pub(super) const CE_ID: &str = "ce_id";
/// `/jumun/<system>/<context>`
pub(super) const CE_SOURCE: &str = "ce_source";
/// The event's name.
pub(super) const CE_TYPE: &str = "ce_type";
/// When, RFC 3339 with milliseconds. Not there for a moment without a year of four digits.
pub(super) const CE_TIME: &str = "ce_time";
/// `<kind>/<id>` of the aggregate.
pub(super) const CE_SUBJECT: &str = "ce_subject";
/// An extension: the position in the producer's log.
pub(super) const CE_POSITION: &str = "ce_position";
/// An extension: the aggregate's version after the event.
pub(super) const CE_VERSION: &str = "ce_version";
/// An extension: the request or event that caused it. Not there if that is not known.
pub(super) const CE_CAUSATION: &str = "ce_causation";
/// An extension: `true` where the event's data is no object, and is a member of the value by itself.
pub(super) const CE_BARE: &str = "ce_bare";

/// W3C Trace Context. Not there if there is no trace.
pub(super) const TRACEPARENT: &str = "traceparent";

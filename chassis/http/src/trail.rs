//! Whose story a request is part of: correlation id, request id, `traceparent`.

use std::fmt::Write as _;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use http::HeaderMap;
use runtime::Trail;

use crate::Problem;

/// Names the story, e.g. one order's; chosen by the first caller or made.
pub const CORRELATION: &str = "x-correlation-id";
/// Names one request.
pub const REQUEST: &str = "x-request-id";
/// The context that asks, where one context asks another: for logs, and for faults on purpose.
pub(crate) const ASKED_BY: &str = "x-asked-by";
/// W3C Trace Context.
pub const TRACEPARENT: &str = "traceparent";

/// The trail that a request's headers tell; what is missing is made, except for the correlation id,
/// which an aggregate is born with.
///
/// # Errors
/// 400 for an id that is no id: it would end up in events and logs.
pub fn incoming(headers: &HeaderMap) -> Result<Trail, Problem> {
    Ok(Trail {
        correlation: id(headers, CORRELATION, "X-Correlation-Id")?,
        causation: id(headers, REQUEST, "X-Request-Id")?.unwrap_or_else(request_id),
        trace: next_hop(headers.get(TRACEPARENT).and_then(|t| t.to_str().ok())),
    })
}

fn id(headers: &HeaderMap, name: &str, shown: &str) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get(name) else {
        return Ok(None);
    };
    value
        .to_str()
        .ok()
        .filter(|id| (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic()))
        .map(|id| Some(id.to_owned()))
        .ok_or_else(|| {
            Problem::bad_request(
                "bad-header",
                format!("{shown} must be 1 to 64 visible ASCII characters without spaces."),
            )
            .ko(format!(
                "{shown} 값은 공백 없이 눈에 보이는 ASCII 문자 1~64자여야 합니다."
            ))
            .field(shown)
        })
}

/// Unlike any other request's: eight random bytes a process, then a counter.
pub fn request_id() -> String {
    static PROCESS: OnceLock<u64> = OnceLock::new();
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let process = PROCESS.get_or_init(|| fastrand::u64(..));
    format!("{process:016x}-{:x}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// The same trace with a span of our own, or a new trace. Flags are passed on as they came; a new
/// trace is not sampled, for nobody here records spans.
fn next_hop(given: Option<&str>) -> String {
    let mut trace = String::with_capacity(55);
    let span = fastrand::u64(1..);
    // Writing to a `String` cannot fail.
    let _ = match given.and_then(parse) {
        Some((trace_id, flags)) => write!(trace, "00-{trace_id}-{span:016x}-{flags}"),
        None => write!(trace, "00-{:032x}-{span:016x}-00", fastrand::u128(1..)),
    };
    trace
}

/// Trace id and flags of `version-traceid-parentid-flags`. A later version may go on after the
/// flags (Trace Context §2.2.2); `ff` is none.
fn parse(traceparent: &str) -> Option<(&str, &str)> {
    let mut parts = traceparent.trim().split('-');
    let (version, trace_id, parent, flags) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let lower_hex = |text: &str, len: usize| {
        text.len() == len
            && text
                .bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    };
    let zero = |text: &str| text.bytes().all(|b| b == b'0');
    let valid = lower_hex(version, 2)
        && version != "ff"
        && lower_hex(trace_id, 32)
        && !zero(trace_id)
        && lower_hex(parent, 16)
        && !zero(parent)
        && lower_hex(flags, 2)
        && (version != "00" || parts.next().is_none());
    valid.then_some((trace_id, flags))
}

#[cfg(test)]
mod tests;

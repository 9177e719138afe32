//! Versions and keys that a client sends along: `ETag`, `If-Match`, `If-None-Match`,
//! `Idempotency-Key`.

use http::header::HeaderName;
use http::{HeaderMap, HeaderValue, Method, header};
use runtime::{Idempotency, Match, Preconditions};

use crate::Problem;

/// The `ETag` of a version: strong, because the same version is the same state.
pub(crate) fn etag(version: i64) -> HeaderValue {
    HeaderValue::try_from(format!("\"{version}\"")).unwrap_or(HeaderValue::from_static("\"\""))
}

/// What must hold for a change. `If-Match` compares strongly: a tag that is weak or not of our making
/// matches nothing (RFC 9110 §13.1.1), so it ends in 412 and not in an overwritten change.
/// `If-None-Match` compares weakly (§13.1.2).
pub(crate) fn of(headers: &HeaderMap) -> Preconditions {
    Preconditions {
        if_match: named(headers, &header::IF_MATCH, version),
        if_none_match: named(headers, &header::IF_NONE_MATCH, weak_version),
    }
}

/// The versions that a header names; `None` where it is not there.
fn named(
    headers: &HeaderMap,
    header: &HeaderName,
    version: fn(&str) -> Option<i64>,
) -> Option<Match> {
    let mut versions = Vec::new();
    let mut given = false;
    for value in headers.get_all(header) {
        given = true;
        for tag in value.to_str().unwrap_or_default().split(',') {
            match tag.trim() {
                "*" => return Some(Match::Any),
                tag => versions.extend(version(tag)),
            }
        }
    }
    given.then_some(Match::OneOf(versions))
}

/// Whether `If-None-Match` names this version, weakly or strongly (RFC 9110 §13.1.2).
pub(crate) fn none_match(headers: &HeaderMap, current: i64) -> bool {
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .flat_map(|value| value.to_str().unwrap_or_default().split(','))
        .map(str::trim)
        .any(|tag| tag == "*" || weak_version(tag) == Some(current))
}

fn weak_version(tag: &str) -> Option<i64> {
    version(tag.strip_prefix("W/").unwrap_or(tag))
}

fn version(tag: &str) -> Option<i64> {
    tag.strip_prefix('"')?.strip_suffix('"')?.parse().ok()
}

/// The `Idempotency-Key`, for this method, place and body.
///
/// # Errors
/// 400 for one that is empty, too long or not visible ASCII.
pub(crate) fn idempotency(
    headers: &HeaderMap,
    method: &Method,
    place: impl FnOnce() -> String,
    body: &[u8],
) -> Result<Option<Idempotency>, Problem> {
    let Some(value) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    let key = value
        .to_str()
        .ok()
        .filter(|key| (1..=255).contains(&key.len()))
        .ok_or_else(|| {
            Problem::bad_request(
                "bad-header",
                "Idempotency-Key must be 1 to 255 visible ASCII characters.",
            )
            .ko("Idempotency-Key는 눈에 보이는 ASCII 문자 1~255자여야 합니다.")
            .field("Idempotency-Key")
        })?;
    Ok(Some(Idempotency {
        key: format!("{method} {} {key}", place()),
        fingerprint: fingerprint(body),
    }))
}

/// FNV-1a, 64 bits: the same in every build of jumun, for it is kept. It tells mistakes apart, not
/// attacks: who forges a collision is given the answer to his own earlier request.
fn fingerprint(body: &[u8]) -> i64 {
    let hash = body.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    hash.cast_signed()
}

#[cfg(test)]
mod tests;

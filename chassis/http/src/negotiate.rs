//! What is sent, and what is wanted back (`wire.md` §3).

use http::{HeaderMap, HeaderValue, StatusCode, header};

use crate::Problem;

/// The two names under which a resource's JSON goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Media {
    /// For who takes anything.
    Hal,
    /// For who asks for it.
    Json,
}

impl Media {
    /// With the charset, as the originals of this shop wrote it.
    pub(crate) fn header(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Hal => "application/hal+json;charset=UTF-8",
            Self::Json => "application/json;charset=UTF-8",
        })
    }
}

/// The members of a list such as `a, b;q=0.5` (`Accept` and its siblings), with their weights in thousandths. Whoever writes
/// a weight that is none is taken to mean 1, as most servers do.
pub fn weighted(list: &str) -> impl Iterator<Item = (&str, u16)> {
    list.split(',').filter_map(|member| {
        let mut parts = member.split(';').map(str::trim);
        let name = parts.next().filter(|name| !name.is_empty())?;
        let weight = parts
            .find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")))
            .map_or(1_000, thousandths);
        Some((name, weight))
    })
}

fn thousandths(weight: &str) -> u16 {
    let (whole, fraction) = weight.split_once('.').unwrap_or((weight, ""));
    if whole != "0" || fraction.len() > 3 {
        return 1_000;
    }
    let digits = fraction.parse::<u16>().unwrap_or(0);
    match fraction.len() {
        0 => 0,
        1 => digits * 100,
        2 => digits * 10,
        _ => digits,
    }
}

/// What `Accept` prefers of the two.
///
/// # Errors
/// 406 when it takes neither.
pub(crate) fn wanted(headers: &HeaderMap) -> Result<Media, Problem> {
    let mut lines = headers.get_all(header::ACCEPT).iter();
    let (first, second) = (lines.next(), lines.next());
    let Some(first) = first else {
        return Ok(Media::Hal);
    };
    let joined;
    let accept = if second.is_none() {
        first.to_str().unwrap_or_default()
    } else {
        let all = headers.get_all(header::ACCEPT).iter();
        joined = all
            .filter_map(|value| value.to_str().ok())
            .collect::<Vec<_>>()
            .join(",");
        &joined
    };
    match accept.trim() {
        "" | "*/*" => Ok(Media::Hal),
        accept => preferred(accept).ok_or_else(|| {
            Problem::new(
                StatusCode::NOT_ACCEPTABLE,
                "not-acceptable",
                "This is available as application/hal+json and as application/json only; ask for one of them, or for */*.",
            ).ko("이 주소는 application/hal+json과 application/json으로만 제공됩니다. 둘 중 하나나 */*를 Accept로 보내 주세요.")
        }),
    }
}

/// By weight; among equals by how exactly it is named (RFC 9110 §12.5.1), then by who comes first.
fn preferred(accept: &str) -> Option<Media> {
    let mut best: Option<(u16, u8, Media)> = None;
    let mut refused = (false, false);
    for (range, weight) in weighted(accept) {
        let (exactness, media) = if range.eq_ignore_ascii_case("application/hal+json") {
            refused.0 |= weight == 0;
            (2, Media::Hal)
        } else if range.eq_ignore_ascii_case("application/json") {
            refused.1 |= weight == 0;
            (2, Media::Json)
        } else if range.eq_ignore_ascii_case("application/*") {
            (1, Media::Hal)
        } else if range == "*/*" {
            (0, Media::Hal)
        } else {
            continue;
        };
        let better = best.is_none_or(|(w, e, _)| (weight, exactness) > (w, e));
        if weight > 0 && better {
            best = Some((weight, exactness, media));
        }
    }
    match best? {
        (_, _, Media::Hal) if refused.0 => (!refused.1).then_some(Media::Json),
        (_, _, Media::Json) if refused.1 => None,
        (_, _, media) => Some(media),
    }
}

/// How a body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    /// JSON, HAL, or a merge patch (RFC 7396).
    Json,
    /// A JSON patch (RFC 6902).
    JsonPatch,
}

/// How `Content-Type` says that the body is written.
///
/// # Errors
/// 415 when it is none that can be read.
pub(crate) fn written(headers: &HeaderMap) -> Result<Written, Problem> {
    let value = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if value == "application/json" {
        return Ok(Written::Json);
    }
    let essence = value.split(';').next().unwrap_or_default().trim();
    let is = |name: &str| essence.eq_ignore_ascii_case(name);
    if !charset_is_utf8(value) {
        return Err(unsupported(
            &format!("{value} is not UTF-8"),
            &format!("{value}은(는) UTF-8이 아닙니다"),
        ));
    }
    if is("application/json") || is("application/hal+json") || is("application/merge-patch+json") {
        Ok(Written::Json)
    } else if is("application/json-patch+json") {
        Ok(Written::JsonPatch)
    } else if essence.is_empty() {
        Err(unsupported(
            "the request has a body and no Content-Type",
            "본문이 있는데 Content-Type이 없습니다",
        ))
    } else {
        Err(unsupported(
            &format!("{essence} cannot be read"),
            &format!("{essence}은(는) 읽을 수 없습니다"),
        ))
    }
}

/// A body comes as it is: it is neither unpacked, nor read as if it had not been packed.
///
/// # Errors
/// 415 for a `Content-Encoding` other than `identity` (RFC 9110 §8.4).
pub(crate) fn not_encoded(headers: &HeaderMap) -> Result<(), Problem> {
    let codings = headers.get_all(header::CONTENT_ENCODING).iter();
    let coding = codings
        .flat_map(|value| value.to_str().unwrap_or("unreadable").split(','))
        .map(str::trim)
        .find(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case("identity"));
    let Some(coding) = coding else {
        return Ok(());
    };
    Err(Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unsupported-content-encoding",
        format!("Content-Encoding {coding} is not unpacked here; send the body as it is, without Content-Encoding."),
    )
    .ko(format!(
        "Content-Encoding {coding}은(는) 지원하지 않습니다. 압축하지 않은 본문을 Content-Encoding 없이 보내 주세요."
    ))
    .field("Content-Encoding")
    .accept_encoding(HeaderValue::from_static("identity")))
}

/// JSON is UTF-8 (RFC 8259 §8.1); who says otherwise would be misread.
fn charset_is_utf8(value: &str) -> bool {
    let named = value.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let charset = name.trim().eq_ignore_ascii_case("charset");
        charset.then(|| value.trim().trim_matches('"'))
    });
    named.is_none_or(|charset| {
        charset.eq_ignore_ascii_case("utf-8")
            || charset.eq_ignore_ascii_case("utf8")
            || charset.eq_ignore_ascii_case("us-ascii")
    })
}

fn unsupported(what: &str, ko: &str) -> Problem {
    Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unsupported-media-type",
        format!("{what}; send JSON as Content-Type: application/json."),
    )
    .ko(format!(
        "{ko}. JSON을 Content-Type: application/json으로 보내 주세요."
    ))
}

#[cfg(test)]
mod tests;

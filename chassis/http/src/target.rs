//! What a request is for: its path and its query, taken apart once and without tricks.
//!
//! A path that could be read in two ways (`..`, `//`, an encoded slash, a NUL) is refused, never
//! tidied up: whoever stands before or behind us may tidy it up differently.

use std::borrow::Cow;

use http::{StatusCode, Uri};

use crate::Problem;

/// The path's segments, decoded. One trailing slash is taken for none, as the originals did.
///
/// # Errors
/// 400 for a path that no client writes by accident.
pub fn segments(path: &str) -> Result<Vec<Cow<'_, str>>, Problem> {
    let Some(inner) = path.strip_prefix('/') else {
        return Err(tricky("it does not begin with a slash"));
    };
    let inner = inner.strip_suffix('/').unwrap_or(inner);
    if inner.is_empty() {
        return if path.len() > 1 {
            Err(tricky("it has an empty segment"))
        } else {
            Ok(Vec::new())
        };
    }
    let mut segments = Vec::with_capacity(4);
    for raw in inner.split('/') {
        segments.push(segment(raw)?);
    }
    Ok(segments)
}

fn segment(raw: &str) -> Result<Cow<'_, str>, Problem> {
    let segment = match decoded(raw, false) {
        Ok(segment) => segment,
        Err(fault) => return Err(tricky(fault)),
    };
    if segment.is_empty() {
        return Err(tricky("it has an empty segment"));
    }
    if segment == "." || segment == ".." {
        return Err(tricky("it has a dot segment"));
    }
    // A matrix parameter (`;x=y`) hides part of a segment from some servers and not from others.
    if segment.contains(['/', '\\', ';']) {
        return Err(tricky("it hides a separator in a segment"));
    }
    if segment.chars().any(char::is_control) {
        return Err(tricky("it has a control character"));
    }
    Ok(segment)
}

fn tricky(why: &str) -> Problem {
    Problem::bad_request("bad-path", format!("This path cannot be read: {why}.")).ko(format!(
        "이 주소의 경로를 읽을 수 없습니다: {}.",
        korean(why)
    ))
}

/// What is wrong with an address, for a Korean reader.
fn korean(why: &str) -> &str {
    match why {
        "it has an empty segment" => "빈 구간이 있습니다",
        "it has a dot segment" => "점으로만 된 구간이 있습니다",
        "it hides a separator in a segment" => "구간 안에 구분 문자가 숨어 있습니다",
        "it has a control character" => "제어 문자가 있습니다",
        "a percent sign must be followed by two hexadecimal digits" => {
            "퍼센트 기호 뒤에는 16진수 두 자리가 와야 합니다"
        }
        "it is not UTF-8" => "UTF-8이 아닙니다",
        other => other,
    }
}

/// Percent-decodes; in a query a plus is a space.
fn decoded(raw: &str, plus: bool) -> Result<Cow<'_, str>, &'static str> {
    let plain = !raw.bytes().any(|b| b == b'%' || (plus && b == b'+'));
    if plain {
        return Ok(Cow::Borrowed(raw));
    }
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => {
                let high = rest.next().and_then(hex);
                let low = rest.next().and_then(hex);
                let (Some(high), Some(low)) = (high, low) else {
                    return Err("a percent sign must be followed by two hexadecimal digits");
                };
                bytes.push(high << 4 | low);
            }
            b'+' if plus => bytes.push(b' '),
            other => bytes.push(other),
        }
    }
    String::from_utf8(bytes)
        .map(Cow::Owned)
        .map_err(|_| "it is not UTF-8")
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

/// A parameter of a query: name and value.
pub type Pair<'a> = (Cow<'a, str>, Cow<'a, str>);

/// The query's pairs, decoded, in order.
///
/// # Errors
/// 400 when it cannot be decoded.
pub fn pairs(query: &str) -> Result<Vec<Pair<'_>>, Problem> {
    let parts = query.split('&').filter(|pair| !pair.is_empty());
    parts
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decoded(name, true)?, decoded(value, true)?))
        })
        .collect::<Result<_, &'static str>>()
        .map_err(|why| {
            Problem::bad_request("bad-query", format!("The query cannot be read: {why}."))
                .ko(format!("주소의 질의를 읽을 수 없습니다: {}.", korean(why)))
        })
}

/// A parameter that counts once stands twice: a proxy before us may have read the other one.
pub(crate) fn given_twice(name: &str) -> Problem {
    Problem::bad_request(
        "duplicate-parameter",
        format!("`{name}` stands twice in the query, and it is not known which one counts; send it once."),
    )
    .ko(format!(
        "주소에 `{name}` 항목이 두 번 있어 어느 값을 뜻하는지 알 수 없습니다. 한 번만 보내 주세요."
    ))
    .field(name)
}

/// Appends text to a query, with everything encoded that means something there.
pub(crate) fn encode_into(out: &mut String, text: &str) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~,".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
}

/// What a request line must be before anybody looks at it: a path, or a whole address whose path
/// counts (RFC 9112 §3.2.2), or `*` with OPTIONS.
///
/// # Errors
/// 400 for `*` with another method and for CONNECT, 414 for what is too long.
pub(crate) fn check(method: &http::Method, uri: &Uri) -> Result<(), Problem> {
    const LONGEST: usize = 8 * 1024;
    let path = uri.path();
    if path.len() + uri.query().map_or(0, str::len) > LONGEST {
        return Err(Problem::new(
            StatusCode::URI_TOO_LONG,
            "uri-too-long",
            "This address is too long.",
        )
        .ko("주소가 너무 깁니다."));
    }
    // A tunnel, also to what is written as a path (RFC 9112 §3.2.3).
    if *method == http::Method::CONNECT {
        return Err(Problem::bad_request(
            "bad-path",
            "This server opens no tunnels: CONNECT is not possible here.",
        )
        .ko("이 서버는 터널을 열지 않습니다. CONNECT는 사용할 수 없습니다."));
    }
    if (path == "*" && *method == http::Method::OPTIONS) || path.starts_with('/') {
        Ok(())
    } else {
        Err(tricky("it does not begin with a slash"))
    }
}

#[cfg(test)]
mod tests;

//! What is no request, or lies about itself.

use super::Bad;

const ORDER: &str = r#"{"userId":1,"qty":1,"price":1,"address":"Seoul"}"#;

fn post(headers: &str, body: &str) -> String {
    format!(
        "POST /orders HTTP/1.1\r\nHost: shop\r\nAccept: */*\r\nContent-Type: application/json\r\n{headers}\r\n{body}"
    )
}

fn posted(name: &'static str, headers: &str, body: &str, status: u16) -> Bad {
    let bad = Bad::raw(name, post(headers, body), status);
    Bad {
        method: "POST".to_owned(),
        ..bad
    }
}

pub(super) fn table() -> Vec<Bad> {
    let mut table = lines();
    table.extend(lengths());
    table
}

/// Request lines and header lines.
fn lines() -> Vec<Bad> {
    let raw = |name, bytes: &str| Bad::raw(name, bytes, 400).briefly();
    vec![
        raw("nonsense", "nonsense\r\n\r\n"),
        raw(
            "a version that there is not",
            "GET /orders HTTP/9.9\r\nHost: shop\r\n\r\n",
        ),
        raw("no version", "GET /orders\r\n\r\n"),
        raw("two blanks", "GET  /orders HTTP/1.1\r\nHost: shop\r\n\r\n"),
        raw(
            "a blank in the path",
            "GET /or ders HTTP/1.1\r\nHost: shop\r\n\r\n",
        ),
        raw(
            "a header without a colon",
            "GET /orders HTTP/1.1\r\nHost shop\r\n\r\n",
        ),
        raw(
            "a blank before the colon",
            "GET /orders HTTP/1.1\r\nHost : shop\r\n\r\n",
        ),
        raw(
            "a header on two lines",
            "GET /orders HTTP/1.1\r\nHost: shop\r\nX-A: 1\r\n 2\r\n\r\n",
        ),
        raw(
            "a NUL in a header",
            "GET /orders HTTP/1.1\r\nHost: shop\r\nX-A: \0\r\n\r\n",
        ),
        raw("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").by_hanging_up(),
        Bad::raw(
            "TLS",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n".to_vec(),
            400,
        )
        .briefly(),
        Bad::raw("no host", "GET /orders HTTP/1.1\r\n\r\n", 400),
        Bad::raw(
            "two hosts",
            "GET /orders HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
            400,
        ),
        Bad::raw(
            "a star that is got",
            "GET * HTTP/1.1\r\nHost: shop\r\n\r\n",
            400,
        ),
        Bad::raw(
            "a tunnel",
            "CONNECT shop:80 HTTP/1.1\r\nHost: shop\r\n\r\n",
            400,
        ),
    ]
}

/// Bodies that are not as long as they say, or say it twice.
fn lengths() -> Vec<Bad> {
    let chunked = "Transfer-Encoding: chunked\r\n";
    let length = format!("Content-Length: {}\r\n", ORDER.len());
    let more = format!("{:x}\r\n{ORDER}\r\n", ORDER.len() + 5);
    vec![
        posted(
            "no number as a length",
            "Content-Length: ten\r\n",
            ORDER,
            400,
        )
        .briefly(),
        posted("a negative length", "Content-Length: -5\r\n", ORDER, 400).briefly(),
        posted("a length with a sign", "Content-Length: +5\r\n", ORDER, 400).briefly(),
        posted(
            "two lengths",
            "Content-Length: 5\r\nContent-Length: 6\r\n",
            ORDER,
            400,
        )
        .briefly(),
        posted(
            "a length beyond 64 bits",
            "Content-Length: 99999999999999999999999\r\n",
            ORDER,
            400,
        )
        .briefly(),
        posted(
            "a length of an exabyte",
            "Content-Length: 1152921504606846976\r\n",
            ORDER,
            413,
        ),
        posted(
            "a body that ends early",
            "Content-Length: 500\r\n",
            ORDER,
            400,
        )
        .and_ends(),
        posted(
            "a length that is too short",
            "Content-Length: 10\r\n",
            ORDER,
            400,
        ),
        posted(
            "chunks that end early",
            chunked,
            &format!("{:x}\r\n{}", ORDER.len(), &ORDER[..9]),
            400,
        )
        .and_ends(),
        posted(
            "a chunk that is longer than it says",
            chunked,
            &format!("5\r\n{ORDER}\r\n0\r\n\r\n"),
            400,
        ),
        posted("a chunk that is shorter than it says", chunked, &more, 400).and_ends(),
        posted(
            "a chunk of no length",
            chunked,
            "xyz\r\n{}\r\n0\r\n\r\n",
            400,
        ),
        posted(
            "a chunk beyond 64 bits",
            chunked,
            "fffffffffffffffffff\r\n",
            400,
        )
        .and_ends(),
        posted("no chunks at all", chunked, "", 400).and_ends(),
        posted(
            "chunks of more than 64 KiB",
            chunked,
            &format!(
                "{}0\r\n\r\n",
                format!("1000\r\n{}\r\n", " ".repeat(4096)).repeat(17)
            ),
            413,
        ),
        posted(
            "an unknown encoding",
            "Transfer-Encoding: gzip\r\n",
            ORDER,
            400,
        )
        .briefly(),
        posted(
            "a length and chunks, as smugglers send them",
            &format!("{length}{chunked}"),
            "0\r\n\r\n",
            400,
        )
        .briefly(),
    ]
}

//! Requests as a table: `### NAME → STATUS`, and the bytes below it.
//!
//! Each line of a head ends with CRLF on the wire, and the head with an empty line, if one stands here;
//! the line breaks of a body do not count. `\r`, `\n`, `\0`, `\xNN` and `\\` are what they are in Rust,
//! and `{{TEXT*9}}` is nine times TEXT. A body without `Content-Length` or `Transfer-Encoding` is given its
//! length. `(ends)` after the status: nothing more comes, and the other side can see that.

/// One of them.
#[derive(Debug)]
pub(super) struct Odd {
    pub(super) name: String,
    pub(super) status: u16,
    pub(super) ends: bool,
    pub(super) method: String,
    pub(super) bytes: Vec<u8>,
}

impl Odd {
    pub(super) fn all(table: &str) -> Vec<Self> {
        let rows = table.split("### ").skip(1);
        rows.map(Self::one).collect()
    }

    fn one(row: &str) -> Self {
        let (title, rest) = row.split_once('\n').expect("a title");
        let (name, status) = title.split_once(" → ").expect("NAME → STATUS");
        let (head, body) = rest.split_once("\n\n").expect("an empty line");
        let body: Vec<u8> = body.lines().flat_map(written).collect();
        let mut bytes = Vec::new();
        for line in head.lines() {
            bytes.extend(written(line));
            bytes.extend(b"\r\n");
        }
        let lower = head.to_lowercase();
        let measured = ["content-length:", "transfer-encoding:"];
        if !body.is_empty() && !measured.iter().any(|name| lower.contains(name)) {
            bytes.extend(format!("Content-Length: {}\r\n", body.len()).bytes());
        }
        bytes.extend(b"\r\n");
        bytes.extend(body);
        let (status, ends) = match status.split_once(" (ends)") {
            Some((status, _)) => (status, true),
            None => (status, false),
        };
        Self {
            name: name.to_owned(),
            status: status.trim().parse().expect("a status"),
            ends,
            method: head.split(' ').next().unwrap_or_default().to_owned(),
            bytes,
        }
    }
}

/// A line as it goes over the wire.
fn written(line: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = line;
    while let Some((before, repeated)) = rest.split_once("{{") {
        let (repeated, after) = repeated.split_once("}}").expect("}}");
        let (text, times) = repeated.rsplit_once('*').expect("TEXT*TIMES");
        bytes.extend(escaped(before));
        bytes.extend(escaped(text).repeat(times.parse().expect("a number")));
        rest = after;
    }
    bytes.extend(escaped(rest));
    bytes
}

fn escaped(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        bytes.extend(before.bytes());
        let (byte, taken) = match after.as_bytes()[0] {
            b'r' => (b'\r', 1),
            b'n' => (b'\n', 1),
            b'0' => (0, 1),
            b'x' => (
                u8::from_str_radix(&after[1..3], 16).expect("hexadecimal"),
                3,
            ),
            other => (other, 1),
        };
        bytes.push(byte);
        rest = &after[taken..];
    }
    bytes.extend(rest.bytes());
    bytes
}

//! Texts on their way to the server and back. PostgreSQL keeps every character but U+0000, and what
//! comes from outside may have it: it is written as two others, and so is what it is written with.

use std::error::Error;

use bytes::{BufMut, BytesMut};
use sha2::{Digest, Sha256};
use storm::KeyValue;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

/// U+0001 begins what stands for U+0000 (with a `0` behind it), and for itself (with a `1`).
const MARK: u8 = 1;

/// An index takes no key's value that is longer, in bytes as they are written.
const SHORT: usize = 600;

/// A text to be kept.
#[derive(Debug)]
pub(super) struct Sent<'a>(pub(super) &'a str);

impl ToSql for Sent<'_> {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        write(self.0, out);
        Ok(IsNull::No)
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::TEXT
    }

    to_sql_checked!();
}

/// A key's value: `#5` is the number 5, `=5` the text `5`. `~` and a SHA-256 stand for a long one: no
/// two texts that anybody can find share it.
#[derive(Debug)]
pub(super) struct SentKey<'a>(pub(super) &'a KeyValue);

impl ToSql for SentKey<'_> {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self.0 {
            KeyValue::Number(number) => out.put_slice(format!("#{number}").as_bytes()),
            KeyValue::Text(text) => {
                let begin = out.len();
                out.put_u8(b'=');
                write(text, out);
                if out.len() - begin > SHORT {
                    let fold = Sha256::digest(&out[begin..]);
                    out.truncate(begin);
                    out.put_slice(format!("~{fold:x}").as_bytes());
                }
            }
        }
        Ok(IsNull::No)
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::TEXT
    }

    to_sql_checked!();
}

/// Whether something short stands for a key's value.
pub(super) fn is_folded(value: &KeyValue) -> bool {
    match value {
        KeyValue::Number(_) => false,
        KeyValue::Text(text) => {
            let marks = || text.bytes().filter(|byte| *byte <= MARK).count();
            // Most are so short that none of them has to be counted.
            1 + 2 * text.len() > SHORT && 1 + text.len() + marks() > SHORT
        }
    }
}

fn write(text: &str, out: &mut BytesMut) {
    if !text.bytes().any(|byte| byte <= MARK) {
        out.put_slice(text.as_bytes());
        return;
    }
    for byte in text.bytes() {
        match byte {
            0 => out.put_slice(&[MARK, b'0']),
            MARK => out.put_slice(&[MARK, b'1']),
            other => out.put_u8(other),
        }
    }
}

/// A text that was kept.
pub(super) struct Kept(pub(super) String);

impl<'a> FromSql<'a> for Kept {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        let text = std::str::from_utf8(raw)?;
        Ok(Self(if raw.contains(&MARK) {
            read(text)?
        } else {
            text.to_owned()
        }))
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::TEXT
    }
}

/// A key's value as it was kept.
pub(super) enum KeptKey {
    Whole(KeyValue),
    /// What it is stands elsewhere.
    Folded,
}

impl<'a> FromSql<'a> for KeptKey {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        match raw.split_first() {
            Some((b'#', number)) => {
                let number = std::str::from_utf8(number)?.parse()?;
                Ok(Self::Whole(KeyValue::Number(number)))
            }
            Some((b'=', text)) => {
                let text = Kept::from_sql(ty, text)?.0;
                Ok(Self::Whole(KeyValue::Text(text)))
            }
            Some((b'~', _)) => Ok(Self::Folded),
            _ => Err("a key's value that nobody wrote".into()),
        }
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::TEXT
    }
}

fn read(text: &str) -> Result<String, String> {
    let mut read = String::with_capacity(text.len());
    let mut left = text.chars();
    while let Some(character) = left.next() {
        if character != char::from(MARK) {
            read.push(character);
            continue;
        }
        match left.next() {
            Some('0') => read.push('\0'),
            Some('1') => read.push(char::from(MARK)),
            other => return Err(format!("U+0001 followed by {other:?}: nobody wrote that")),
        }
    }
    Ok(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there_and_back(text: &str) -> String {
        let mut sent = BytesMut::new();
        Sent(text).to_sql(&Type::TEXT, &mut sent).unwrap();
        assert!(!sent.contains(&0), "{text:?}");
        Kept::from_sql(&Type::TEXT, &sent).unwrap().0
    }

    #[test]
    fn every_text_comes_back_as_it_went() {
        let odd = [
            "",
            "plain",
            "\0",
            "\u{1}",
            "\u{1}0",
            "\0\u{1}\0",
            "0\0",
            "사과\0🍎\u{1}1",
        ];
        for text in odd {
            assert_eq!(there_and_back(text), text);
        }
    }

    #[test]
    fn what_nobody_can_have_written_is_an_error() {
        for text in ["\u{1}", "a\u{1}", "\u{1}2"] {
            assert!(Kept::from_sql(&Type::TEXT, text.as_bytes()).is_err());
        }
    }

    #[test]
    fn a_number_and_the_same_text_are_kept_apart() {
        let sent = |value: KeyValue| {
            let mut sent = BytesMut::new();
            SentKey(&value).to_sql(&Type::TEXT, &mut sent).unwrap();
            sent
        };
        assert_eq!(&sent(5.into())[..], b"#5");
        assert_eq!(&sent("5".into())[..], b"=5");
        assert_eq!(&sent("#5".into())[..], b"=#5");
    }

    #[test]
    fn a_long_value_is_as_short_as_an_index_wants_it_and_like_no_other() {
        let sent = |text: String| {
            let mut sent = BytesMut::from(&b"before"[..]);
            SentKey(&KeyValue::Text(text))
                .to_sql(&Type::TEXT, &mut sent)
                .unwrap();
            sent.split_off(6)
        };
        assert_eq!(sent("a".repeat(599)).len(), 600);
        for (text, is) in [
            ("a".repeat(599), false),
            ("a".repeat(600), true),
            ("\0".repeat(299), false),
            ("\0".repeat(300), true),
        ] {
            assert_eq!(is_folded(&KeyValue::Text(text.clone())), is);
            assert_eq!(sent(text)[0] == b'~', is);
        }
        let long = sent("a".repeat(600));
        assert_eq!((long[0], long.len()), (b'~', 65));
        assert_ne!(sent("a".repeat(601)), long);
        // Nobody can type what stands for another's value.
        let typed = String::from_utf8(long.to_vec()).unwrap();
        assert_eq!(sent(typed)[0], b'=');
    }
}

//! Keys as bytes that an index can hold and that compare as the port says: by every character.
//!
//! An index holds 3072 bytes at most, and a key from outside can be longer. A long one is kept as
//! its SHA-256, which no two texts that anybody can find share; its text is never read back, as
//! whoever asks has it.

use sha2::{Digest, Sha256};
use storm::KeyValue;

/// Texts up to this many bytes are kept as they are.
const SHORT: usize = 600;

/// Before a fold: no text begins with it, for it is not UTF-8.
const FOLD: u8 = 0xff;

/// Nothing when the text is short and stands for itself, else what stands for it.
pub(super) fn folded(text: &str) -> Option<Vec<u8>> {
    if text.len() <= SHORT {
        return None;
    }
    let mut fold = vec![FOLD];
    fold.extend_from_slice(&Sha256::digest(text.as_bytes()));
    Some(fold)
}

/// A key's value: `n5` the number, `t5` the text. `Err` is the fold of a long one.
pub(super) fn written(value: &KeyValue) -> Result<String, Vec<u8>> {
    let text = match value {
        KeyValue::Number(number) => format!("n{number}"),
        KeyValue::Text(text) => format!("t{text}"),
    };
    match folded(&text) {
        Some(fold) => Err(fold),
        None => Ok(text),
    }
}

/// What a column holds, of a text that may have been too long for it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kept {
    Whole(String),
    /// What it is stands elsewhere.
    Folded,
}

/// What is in the column, read back. `None` is nothing that was written here.
pub(super) fn read(kept: Vec<u8>) -> Option<Kept> {
    if kept.first() == Some(&FOLD) {
        return Some(Kept::Folded);
    }
    String::from_utf8(kept).ok().map(Kept::Whole)
}

/// The text that a key's value is kept as, if it is too long for the column.
pub(super) fn long(value: &KeyValue) -> Option<String> {
    match value {
        KeyValue::Number(_) => None,
        KeyValue::Text(text) => (1 + text.len() > SHORT).then(|| format!("t{text}")),
    }
}

/// What is in the column for this value.
pub(super) fn kept(value: &KeyValue) -> Vec<u8> {
    written(value).map_or_else(|fold| fold, String::into_bytes)
}

/// What is in the column for this text.
pub(super) fn kept_text(text: &str) -> Vec<u8> {
    folded(text).unwrap_or_else(|| text.as_bytes().to_vec())
}

#[cfg(test)]
mod tests;

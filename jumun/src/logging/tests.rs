use std::sync::{Arc, Mutex};

use super::*;

/// A writer whose words can be read.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Paper {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

const HOSTILE: &str = "a\u{1b}[2J\u{9b}2J\u{202e}b\nc";

fn logs_what_a_stranger_sent() {
    let reason = HOSTILE;
    tracing::warn!(%reason, count = 3, "refused: {HOSTILE}");
}

#[test]
fn a_line_of_text_stays_one_line_that_no_terminal_obeys() {
    let (paper, written) = (Paper::default(), Paper::default());
    let lines = |paper: Paper| {
        tracing_subscriber::fmt()
            .with_writer(move || paper.clone())
            .with_ansi(false)
    };
    let ours = lines(paper.clone())
        .fmt_fields(printable_fields())
        .compact()
        .finish();
    tracing::subscriber::with_default(ours, logs_what_a_stranger_sent);
    let printed = r"a\u{1b}[2J\u{9b}2J\u{202e}b\u{a}c";
    let text = paper.text();
    assert!(
        text.trim_end()
            .ends_with(&format!("refused: {printed} reason={printed} count=3")),
        "{text}"
    );
    // What is harmless looks as the library writes it.
    let theirs = lines(written.clone()).without_time().compact().finish();
    tracing::subscriber::with_default(theirs, || tracing::warn!(a = "b", c = 1, "fine"));
    let ours = Paper::default();
    let fields = lines(ours.clone())
        .without_time()
        .fmt_fields(printable_fields());
    tracing::subscriber::with_default(fields.compact().finish(), || {
        tracing::warn!(a = "b", c = 1, "fine");
    });
    assert_eq!(ours.text(), written.text());
}

#[test]
fn a_line_of_json_says_the_same_and_can_be_printed() {
    let paper = Paper::default();
    let writer = paper.clone();
    let lines = tracing_subscriber::fmt()
        .with_writer(move || PrintableJson(writer.clone()))
        .json()
        .flatten_event(true)
        .finish();
    tracing::subscriber::with_default(lines, logs_what_a_stranger_sent);
    let text = paper.text();
    assert!(
        text.trim_end()
            .chars()
            .all(|c| !c.is_control() && c != '\u{202e}'),
        "{text:?}"
    );
    let line: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(line["reason"], HOSTILE);
}

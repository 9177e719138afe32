//! A picture: a column of stickers for each context, and a legend.

use std::fmt::Write as _;

use storm::System;

use super::sticker::{Colour, Sticker, of_context};

const MARGIN: usize = 24;
const GAP: usize = 10;
const COLUMN: usize = 290;
const BETWEEN: usize = 28;
const HEAD: usize = 108;
const LINE: usize = 17;
/// Of the sticker's text and of its note: what fits a column at their sizes.
const LETTERS: usize = 29;
const SMALL_LETTERS: usize = 38;

pub(super) fn draw(system: &System) -> String {
    let mut columns = String::new();
    let mut lowest = HEAD;
    for (number, context) in system.contexts().iter().enumerate() {
        let left = MARGIN + number * (COLUMN + BETWEEN);
        let title = format!("{} :{}", context.name(), context.port());
        words(&mut columns, (left, HEAD - 8), "title", &title);
        let mut top = HEAD + 4;
        for sticker in of_context(system, context) {
            top += paste(&mut columns, (left, top), &sticker) + GAP;
        }
        lowest = lowest.max(top);
    }
    let count = system.contexts().len().max(3);
    let width = 2 * MARGIN + count * (COLUMN + BETWEEN) - BETWEEN;
    let height = lowest + MARGIN;
    let head = head(system);
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" aria-label="{name}: the wall of stickers">
<style>
text {{ font-family: ui-sans-serif, system-ui, "Noto Sans", "Noto Sans KR", sans-serif; fill: #1c1c1c; }}
.system {{ font-size: 22px; font-weight: 700; }}
.title {{ font-size: 16px; font-weight: 700; }}
.text {{ font-size: 14px; font-weight: 600; }}
.note, .legend {{ font-size: 12px; }}
</style>
<rect width="{width}" height="{height}" fill="#fffdf7"/>
{head}{columns}</svg>
"##,
        name = escaped(system.name()),
    )
}

fn head(system: &System) -> String {
    let mut head = String::new();
    words(&mut head, (MARGIN, 34), "system", system.name());
    let mut left = MARGIN;
    for colour in Colour::ALL {
        let paper = colour.paper();
        // Writing to a string cannot fail.
        let _ = writeln!(
            head,
            r##"<rect x="{left}" y="48" width="14" height="14" rx="2" fill="{paper}" stroke="#777" stroke-width="0.5"/>"##
        );
        words(&mut head, (left + 20, 60), "legend", colour.word());
        left += 40 + 8 * colour.word().len();
    }
    head
}

/// Pastes a sticker, and says how high it is.
fn paste(page: &mut String, (left, top): (usize, usize), sticker: &Sticker) -> usize {
    let text = wrapped(&sticker.text, LETTERS);
    let note = wrapped(&sticker.note, SMALL_LETTERS);
    let height = 14 + LINE * (text.len() + note.len());
    let paper = sticker.colour.paper();
    let _ = writeln!(
        page,
        r##"<rect x="{left}" y="{top}" width="{COLUMN}" height="{height}" rx="3" fill="{paper}" stroke="#777" stroke-width="0.5"/>"##
    );
    let lines = text.iter().map(|line| ("text", line));
    let notes = note.iter().map(|line| ("note", line));
    for (number, (class, line)) in lines.chain(notes).enumerate() {
        words(page, (left + 12, top + 20 + number * LINE), class, line);
    }
    height
}

fn words(page: &mut String, (x, y): (usize, usize), class: &str, text: &str) {
    let text = escaped(text);
    let _ = writeln!(
        page,
        r#"<text x="{x}" y="{y}" class="{class}">{text}</text>"#
    );
}

/// Breaks after spaces and underscores; a longer word is broken anywhere.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_inclusive([' ', '_']) {
        let mut rest: Vec<char> = word.chars().collect();
        while !rest.is_empty() {
            let room = lines
                .last()
                .map_or(0, |line| width.saturating_sub(line.chars().count()));
            let fits = rest.len() <= room;
            let take = if fits {
                rest.len()
            } else {
                rest.len().min(width)
            };
            let piece: String = rest.drain(..take).collect();
            match lines.last_mut() {
                Some(line) if fits => line.push_str(&piece),
                _ => lines.push(piece),
            }
        }
    }
    lines
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

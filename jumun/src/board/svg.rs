//! A picture: a column of stickers for each context, and a legend.

use std::fmt::Write as _;

use storm::System;

use super::Colour;
use super::columns::{columns, wrapped};
use super::sticker::{Sticker, of_context};

const MARGIN: usize = 24;
const GAP: usize = 8;
/// More, between the stickers of one aggregate and the next.
const APART: usize = 18;
const COLUMN: usize = 290;
const BETWEEN: usize = 28;
const HEAD: usize = 108;
const LINE: usize = 17;
/// Of the sticker's text and of its note: what fits a column at their sizes.
const LETTERS: usize = 29;
const SMALL_LETTERS: usize = 38;
/// Of a context's name.
const LARGE_LETTERS: usize = 26;
const LARGE_LINE: usize = 20;

pub(super) fn draw(system: &System) -> String {
    let mut page = String::new();
    let titles: Vec<Vec<String>> = system
        .contexts()
        .iter()
        .map(|context| {
            let title = format!("{} :{}", context.name(), context.port());
            wrapped(&title, LARGE_LETTERS)
        })
        .collect();
    let longest = titles.iter().map(Vec::len).max().unwrap_or(1);
    let begin = HEAD + LARGE_LINE * (longest - 1);
    let mut lowest = begin;
    for (number, (context, title)) in system.contexts().iter().zip(&titles).enumerate() {
        let left = MARGIN + number * (COLUMN + BETWEEN);
        for (number, line) in title.iter().enumerate() {
            let above = LARGE_LINE * (title.len() - 1 - number);
            words(&mut page, (left, begin - 8 - above), "title", line);
        }
        let mut top = begin + 4;
        for group in of_context(system, context) {
            for sticker in group {
                top += paste(&mut page, (left, top), &sticker) + GAP;
            }
            top += APART;
        }
        lowest = lowest.max(top);
    }
    let count = system.contexts().len();
    let (head, right) = head(system);
    let width = right.max(MARGIN + count * (COLUMN + BETWEEN) - BETWEEN) + MARGIN;
    let height = lowest + MARGIN;
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
{head}{page}</svg>
"##,
        name = escaped(system.name()),
    )
}

/// The system's name and the legend, and how far to the right they reach.
fn head(system: &System) -> (String, usize) {
    let mut head = String::new();
    words(&mut head, (MARGIN, 34), "system", system.name());
    let mut left = MARGIN;
    for colour in Colour::ALL {
        let style = style(colour);
        // Writing to a string cannot fail.
        let _ = writeln!(
            head,
            r#"<rect x="{left}" y="48" width="14" height="14" rx="2" {style}/>"#
        );
        words(&mut head, (left + 20, 60), "legend", colour.word());
        left += 38 + 7 * columns(colour.word());
    }
    (head, left)
}

fn style(colour: Colour) -> String {
    let (rim, width) = colour.rim();
    let paper = colour.paper();
    format!(r#"fill="{paper}" stroke="{rim}" stroke-width="{width}""#)
}

/// Pastes a sticker, and says how high it is.
fn paste(page: &mut String, (left, top): (usize, usize), sticker: &Sticker) -> usize {
    let text = wrapped(&sticker.text, LETTERS);
    let note = wrapped(&sticker.note, SMALL_LETTERS);
    let height = 14 + LINE * (text.len() + note.len());
    let style = style(sticker.colour);
    let _ = writeln!(
        page,
        r#"<rect x="{left}" y="{top}" width="{COLUMN}" height="{height}" rx="3" {style}/>"#
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

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

//! For a terminal.

use std::fmt::Write as _;

use storm::System;

use super::Colour;
use super::columns::columns;
use super::sticker::{Sticker, of_context};

pub(super) fn draw(system: &System, colours: bool) -> String {
    let mut page = String::new();
    let ports: Vec<String> = system.gateway_ports().iter().map(u16::to_string).collect();
    line(
        &mut page,
        &format!(
            "{}   topic {}, gateway on {}",
            system.name(),
            system.topic(),
            ports.join(" and ")
        ),
    );
    for context in system.contexts() {
        let stickers = of_context(system, context).concat();
        line(&mut page, "");
        line(
            &mut page,
            &format!("{} :{}", context.name(), context.port()),
        );
        let widest = stickers.iter().map(|s| columns(&s.text)).max();
        for sticker in &stickers {
            line(&mut page, &row(sticker, widest.unwrap_or(0), colours));
        }
    }
    page
}

fn row(sticker: &Sticker, width: usize, colours: bool) -> String {
    let words = Colour::ALL.map(|colour| colour.word().len());
    let widest = words.into_iter().max().unwrap_or(0);
    let word = format!("{:widest$}", sticker.colour.word());
    let room = " ".repeat(width.saturating_sub(columns(&sticker.text)));
    let text = format!("{}{room}", sticker.text);
    let row = if colours {
        let colour = sticker.colour.of_terminal();
        format!(
            "  \x1b[38;5;{colour}m■ {word}\x1b[0m {text}  \x1b[2m{}\x1b[0m",
            sticker.note
        )
    } else {
        format!("  {word} {text}  {}", sticker.note)
    };
    // An aggregate's stickers lead up to it or follow from it; it stands out between them.
    match sticker.colour {
        Colour::Aggregate if colours => format!("\x1b[1m{row}"),
        _ => row,
    }
}

fn line(page: &mut String, text: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(page, "{}", text.trim_end());
}

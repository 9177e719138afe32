//! The wall of stickers and the context map, drawn from the declarations.

mod colour;
mod columns;
mod map;
mod mermaid;
mod sticker;
mod svg;
mod text;

use storm::System;

pub use colour::Colour;
pub use sticker::Sticker;

/// How the wall is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For a terminal
    #[default]
    Text,
    /// A flowchart for Markdown pages
    Mermaid,
    /// A picture
    Svg,
    /// Who asks and who listens to whom, and what each context is made of: a Markdown page
    Map,
}

/// Draws the whole system; `colours` are for text on a terminal.
pub fn draw(system: &System, format: Format, colours: bool) -> String {
    match format {
        Format::Text => text::draw(system, colours),
        Format::Mermaid => mermaid::draw(system),
        Format::Svg => svg::draw(system),
        Format::Map => map::section(system),
    }
}

/// Draws all systems on one page, where the format has room for more than one: text and map.
pub fn draw_all(systems: &[System], format: Format, colours: bool) -> Option<String> {
    match format {
        Format::Text => {
            let walls = systems.iter().map(|system| text::draw(system, colours));
            Some(walls.collect::<Vec<_>>().join("\n\n"))
        }
        Format::Map => Some(map::page(systems)),
        Format::Mermaid | Format::Svg => None,
    }
}

#[cfg(test)]
mod tests;

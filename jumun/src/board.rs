//! The wall of stickers, drawn from the declarations.

mod colour;
mod columns;
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
}

/// Draws the whole system; `colours` are for text on a terminal.
pub fn draw(system: &System, format: Format, colours: bool) -> String {
    match format {
        Format::Text => text::draw(system, colours),
        Format::Mermaid => mermaid::draw(system),
        Format::Svg => svg::draw(system),
    }
}

#[cfg(test)]
mod tests;

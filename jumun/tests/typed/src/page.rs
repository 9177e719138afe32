//! The page's fenced blocks. What a block is says the line that opens it.

use std::fmt;

/// What is done with a block.
#[derive(Debug, PartialEq, Eq)]
pub enum Kind {
    /// `rust src/order.rs`: all such blocks together are the whole file.
    Whole(String),
    /// `toml part ../Cargo.toml`: lines that stand in that file, in this order.
    Part(String),
    /// `toml write jumun.toml`: a file that the reader writes.
    Write(String),
    /// `console`: commands, each with what it prints.
    Console,
    /// `text`: what the last command that still runs has printed meanwhile.
    More,
    /// `sh`: commands that are only shown.
    Shown,
}

/// One fenced block.
#[derive(Debug)]
pub struct Block {
    /// What is done with it.
    pub kind: Kind,
    /// The page, from the workspace's root.
    pub page: &'static str,
    /// The page's line that opens it.
    pub line: usize,
    /// What stands in it.
    pub lines: Vec<String>,
}

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.page, self.line)
    }
}

/// All of them, in order. There is no block that is passed over.
///
/// # Panics
/// When it is not said what a block is.
pub fn blocks(page: &'static str, text: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut lines = text.lines().zip(1..);
    while let Some((opening, line)) = lines.next() {
        let Some(info) = opening.strip_prefix("```") else {
            continue;
        };
        let kind = match info.split(' ').collect::<Vec<_>>().as_slice() {
            ["console"] => Kind::Console,
            ["text"] => Kind::More,
            ["sh"] => Kind::Shown,
            [_, "part", path] => Kind::Part((*path).to_owned()),
            [_, "write", path] => Kind::Write((*path).to_owned()),
            ["rust" | "toml", path] => Kind::Whole((*path).to_owned()),
            _ => panic!("{page}:{line}: `{opening}`: what is this?"),
        };
        let inside = lines.by_ref().take_while(|(line, _)| *line != "```");
        found.push(Block {
            kind,
            page,
            line,
            lines: inside.map(|(line, _)| line.to_owned()).collect(),
        });
    }
    found
}

//! The page's fenced blocks. What a block is says the line that opens it.

use std::fmt;

/// What is done with a block.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Kind {
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
}

/// One fenced block.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) kind: Kind,
    /// The page's line that opens it.
    pub(crate) line: usize,
    pub(crate) lines: Vec<String>,
}

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "docs/your-own-system.md:{}", self.line)
    }
}

/// All of them, in order. There is no block that is not tested.
pub(crate) fn blocks(page: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut lines = page.lines().zip(1..);
    while let Some((opening, line)) = lines.next() {
        let Some(info) = opening.strip_prefix("```") else {
            continue;
        };
        let kind = match info.split(' ').collect::<Vec<_>>().as_slice() {
            ["console"] => Kind::Console,
            ["text"] => Kind::More,
            [_, "part", path] => Kind::Part((*path).to_owned()),
            [_, "write", path] => Kind::Write((*path).to_owned()),
            ["rust" | "toml", path] => Kind::Whole((*path).to_owned()),
            _ => panic!("docs/your-own-system.md:{line}: `{opening}`: what is this?"),
        };
        let inside = lines.by_ref().take_while(|(line, _)| *line != "```");
        found.push(Block {
            kind,
            line,
            lines: inside.map(|(line, _)| line.to_owned()).collect(),
        });
    }
    found
}

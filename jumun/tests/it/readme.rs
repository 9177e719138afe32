//! `README.md`, as it stands: each command is typed in a new folder, and what it prints is compared
//! with what the page shows.

use std::fs;
use std::path::Path;

use typed::{Block, Kind, Program, Terminals, blocks};

use crate::waiting::PATIENCE;

const README: &str = include_str!("../../../README.md");

const JUMUN: Program = Program {
    path: env!("CARGO_BIN_EXE_jumun"),
    link: "target/release/jumun",
    port: 8088,
    done: &[],
    run: Some(("cargo run --release", "target/release/jumun --port 8088")),
};

#[test]
fn the_readme_s_commands_do_what_it_says() {
    let mut terminals = Terminals::open(env!("CARGO_TARGET_TMPDIR"), JUMUN, PATIENCE);
    for block in &blocks("README.md", README) {
        match &block.kind {
            Kind::Console => terminals.type_in(block),
            Kind::More => terminals.more(block),
            Kind::Write(path) => terminals.write(path, block),
            Kind::Part(path) => stands_in(block, path),
            Kind::Shown => {}
            Kind::Whole(path) => panic!("{block}: {path} is never shown whole"),
        }
    }
}

/// Each line of the block stands in the file, in this order.
fn stands_in(block: &Block, path: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let text = fs::read_to_string(root.join(path)).unwrap();
    let mut file = text.lines();
    for line in &block.lines {
        assert!(
            file.any(|there| there == line),
            "{block}: `{line}` is not in {path}"
        );
    }
}

//! `docs/your-own-system.md`, as it stands: each block of code is compared with the file that it
//! names, each command is typed, and what comes out is compared with what the page shows.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails where it stands"
)]

mod excerpts;

use std::time::Duration;

use typed::{Block, Kind, Program, Terminals};

/// Longer than anything here takes on a busy machine; only a failing test waits so long.
const PATIENCE: Duration = Duration::from_secs(30);

const GUIDE: &str = include_str!("../../../../docs/your-own-system.md");

const TEA_ROOM: Program = Program {
    path: env!("CARGO_BIN_EXE_dabang"),
    link: "target/debug/dabang",
    port: 9000,
    done: &["cargo build -p dabang", "cargo test -p dabang"],
    run: None,
};

fn blocks(text: &str) -> Vec<Block> {
    typed::blocks("docs/your-own-system.md", text)
}

fn terminals(patience: Duration) -> Terminals {
    Terminals::open(env!("CARGO_TARGET_TMPDIR"), TEA_ROOM, patience)
}

#[test]
fn the_page_shows_every_line_of_the_example_and_no_other() {
    let guide = blocks(GUIDE);
    for file in excerpts::files() {
        excerpts::whole(&guide, &file);
    }
    for block in &guide {
        match &block.kind {
            Kind::Whole(path) => assert!(
                excerpts::files().contains(path),
                "{block}: there is no such file in the example"
            ),
            Kind::Part(path) => excerpts::part(block, path),
            Kind::Console | Kind::More | Kind::Write(_) | Kind::Shown => {}
        }
    }
}

#[test]
fn the_page_s_commands_do_what_it_says() {
    let mut terminals = terminals(PATIENCE);
    for block in &blocks(GUIDE) {
        match &block.kind {
            Kind::Console => terminals.type_in(block),
            Kind::More => terminals.more(block),
            Kind::Write(path) => terminals.write(path, block),
            Kind::Whole(_) | Kind::Part(_) | Kind::Shown => {}
        }
    }
}

#[test]
fn the_tea_room_can_be_carried_together_with_our_own_systems() {
    let systems = [jumun::systems::OURS, &[dabang::system]].concat();
    let systems = jumun::systems::Systems::new(&systems);
    systems.check().unwrap();
    assert_eq!(systems.find("dabang").unwrap().contexts().len(), 3);
}

fn only_block(text: &str) -> Block {
    blocks(text).pop().unwrap()
}

#[test]
#[should_panic(expected = "of src/main.rs the page does not say")]
fn a_line_that_has_changed_in_the_file_is_found() {
    let old = "```rust src/main.rs\nfn main() {}\n```";
    excerpts::whole(&[only_block(old)], "src/main.rs");
}

#[test]
#[should_panic(expected = "is not in")]
fn a_part_that_is_gone_is_found() {
    let gone = only_block("```toml part Cargo.toml\nname = \"elsewhere\"\n```");
    excerpts::part(&gone, "Cargo.toml");
}

#[test]
#[should_panic(expected = "not as the page says")]
fn a_command_that_says_something_else_is_found() {
    let stale = "```console\n$ target/debug/dabang board dabang\nteahouse   topic tea\n```";
    terminals(Duration::ZERO).type_in(&only_block(stale));
}

#[test]
#[should_panic(expected = "what is this?")]
fn a_block_that_would_not_be_tested_is_refused() {
    let _ = blocks("```rust\nlet untested = true;\n```");
}

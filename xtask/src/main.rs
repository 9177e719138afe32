//! `cargo xtask …`: the commands people type to work on jumun. CI calls the same ones.

#![allow(
    clippy::cast_precision_loss,
    reason = "numbers that are counted here stay far below 2^52"
)]

mod abuse;
mod bench;
mod ci;
mod context_map;
mod torture;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use clap::{Parser, Subcommand};

/// The commands people type to work on jumun
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Flags {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// All that must hold before a change lands: format, lints, docs, tests
    Ci,
    /// Makes docs/context-map.md anew from what the systems declare
    ContextMap,
    /// Durable orders per second, latency, memory and lag, beside the floor of this machine
    Bench(bench::Flags),
    /// Hostile clients against the release build: what each costs, beside what is promised
    Abuse(abuse::Flags),
    /// Kills systems under load, again and again, and counts what they kept
    Torture(torture::Flags),
}

fn main() -> ExitCode {
    let done = match Flags::parse().task {
        Task::Ci => ci::run(),
        Task::ContextMap => context_map::run(),
        Task::Bench(flags) => bench::run(&flags),
        Task::Abuse(flags) => abuse::run(&flags),
        Task::Torture(flags) => torture::run(&flags),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Not `{error:?}`: what failed stands in the message, and a backtrace would bury it.
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The root of the repository.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// The cargo that runs this, in the root of the repository.
fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(root());
    // What cargo says of this package to this program is nobody else's: build scripts that look at it
    // (that of `ring` does) would run again, and much would be compiled anew.
    for (name, _) in std::env::vars_os() {
        let of_package = name.to_str().is_some_and(|name| {
            name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
        });
        if of_package {
            command.env_remove(name);
        }
    }
    command
}

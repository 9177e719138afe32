//! Hostile clients against the release build: what each costs in memory and time, beside what
//! `docs/configuration.md` promises. On loopback only, bounded in number and time.

mod cases;
mod client;
mod target;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use clap::Args;

use crate::root;
use target::Target;

/// More clients than this are never connected at once.
const MOST_CLIENTS: u64 = 4_000;

#[derive(Args)]
pub(crate) struct Flags {
    /// The program [default: target/release/jumun]
    #[arg(long)]
    bin: Option<PathBuf>,
    /// Only cases whose name has this in it, e.g. `health`
    #[arg(long, value_name = "WORD")]
    only: Option<String>,
}

/// What was done, and what came of it.
pub(crate) struct Seen {
    /// What the server answered, for people.
    pub(crate) answered: String,
    /// How long that took which is promised to take no longer.
    pub(crate) took: Duration,
    /// Whether the answers are as promised.
    pub(crate) as_promised: bool,
}

/// A way to abuse a server.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) system: &'static str,
    /// `ulimit -n` of the server, if it is not this machine's own.
    pub(crate) open_files: Option<u32>,
    pub(crate) promised: &'static str,
    /// Memory in MiB that it may take, and time.
    pub(crate) memory: u64,
    pub(crate) time: Duration,
    /// Fills the server, before anything is measured.
    pub(crate) prepare: fn(&Target) -> anyhow::Result<()>,
    pub(crate) play: fn(&mut Target) -> anyhow::Result<Seen>,
}

pub(crate) fn run(flags: &Flags) -> anyhow::Result<()> {
    ensure!(
        Path::new("/proc/self/clear_refs").exists(),
        "memory is read from /proc: abuse runs on Linux"
    );
    let usual = root().join("target/release/jumun");
    let program = flags.bin.clone().unwrap_or(usual);
    let program = program.canonicalize().with_context(|| {
        format!(
            "{} is not there; build it with `cargo build --release`, or name another with --bin",
            program.display()
        )
    })?;
    raise_limit();
    let only = flags.only.as_deref().unwrap_or_default();
    let chosen: Vec<Case> = cases::all()
        .into_iter()
        .filter(|case| case.name.contains(only))
        .collect();
    ensure!(!chosen.is_empty(), "no case has `{only}` in its name");
    println!("| case | answered | memory | time | promised | held |");
    println!("|---|---|---:|---:|---|---|");
    let mut broken = 0;
    for case in &chosen {
        broken += usize::from(!play(case, &program)?);
    }
    if broken > 0 {
        bail!(
            "{broken} of {} cases did not keep what is promised",
            chosen.len()
        );
    }
    Ok(())
}

/// Whether what is promised was kept.
fn play(case: &Case, program: &Path) -> anyhow::Result<bool> {
    let folder = Scratch::new(case.name)?;
    let mut target = Target::start(program, case, &folder.0)
        .with_context(|| format!("{}: the server", case.name))?;
    (case.prepare)(&target).with_context(|| format!("{}: its preparation", case.name))?;
    target.forget_peak()?;
    let before = target.resident()?;
    let begun = Instant::now();
    let seen = (case.play)(&mut target).unwrap_or_else(|error| Seen {
        answered: format!("{error:#}"),
        took: begun.elapsed(),
        as_promised: false,
    });
    let grown = target.peak().saturating_sub(before) / 1024;
    let held = seen.as_promised && grown <= case.memory && seen.took <= case.time;
    println!(
        "| {} | {} | {} + {grown} MiB | {:.2} s | {}; at most {} MiB more and {:.0} s | {} |",
        case.name,
        seen.answered,
        before / 1024,
        seen.took.as_secs_f64(),
        case.promised,
        case.memory,
        case.time.as_secs_f64(),
        if held { "yes" } else { "**no**" },
    );
    Ok(held)
}

/// Clients need descriptors, too.
fn raise_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let wanted = limit
        .maximum
        .map_or(MOST_CLIENTS + 100, |most| most.min(MOST_CLIENTS + 100));
    if limit.current.is_some_and(|current| current < wanted) {
        let raised = Rlimit {
            current: Some(wanted),
            ..limit
        };
        // Where it cannot be raised, the first case that needs more says so.
        let _ = setrlimit(Resource::Nofile, raised);
    }
}

/// A folder for a server's data, gone in the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(case: &str) -> anyhow::Result<Self> {
        let name = format!(
            "jumun-abuse-{}-{}",
            std::process::id(),
            case.replace(' ', "-")
        );
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).with_context(|| path.display().to_string())?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

//! Durable orders per second, latency, memory, start and lag of the fruit shop, and of all systems in
//! one process, beside the floor: a hand-written server that makes the same two commits an order and
//! nothing else (`bench/`).
//!
//! What makes it fair: both are built as shipped, on the same disk, loaded by the same tool with the
//! same bytes, in turns (A B A B), and each in silence: the other one has nothing left to do.

mod client;
mod lag;
mod levels;
mod load;
mod report;
mod server;
mod shop;
mod six;
mod split;
mod startup;
mod stored;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use clap::Args;

use self::report::Report;
use self::server::{Server, Subject};
use crate::cargo;

#[derive(Args)]
pub(crate) struct Flags {
    /// How long one run of the load tool takes
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=600))]
    seconds: u32,
    /// How often each is measured, in turns
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,
    /// With how many connections, one after the other [default: 1,8,64,256; 1,8,64 with --split]
    #[arg(long, value_delimiter = ',', value_parser = clap::value_parser!(u32).range(1..=10_000))]
    connections: Vec<u32>,
    /// Also with so many orders stored, e.g. 1000,1000000; filling takes minutes
    #[arg(long, value_delimiter = ',')]
    stored: Vec<u64>,
    /// The floor alone, to know a machine
    #[arg(long, conflicts_with = "stored")]
    floor_only: bool,
    /// One process a context, on PostgreSQL and Kafka, beside a raw twin with the same messages
    #[arg(long, conflicts_with_all = ["stored", "floor_only"])]
    split: bool,
    /// How many messages a round of --split sends
    #[arg(long, default_value_t = 50_000, requires = "split",
          value_parser = clap::value_parser!(u64).range(100..=10_000_000))]
    messages: u64,
    /// How the programs are built: as shipped (dist), or as `cargo run --release` builds them (release)
    #[arg(long, default_value = "dist", value_parser = ["dist", "release"])]
    profile: String,
    /// Writes the report to this file, too
    #[arg(long)]
    out: Option<PathBuf>,
}

impl Flags {
    fn connections(&self) -> &[u32] {
        match &self.connections[..] {
            [] if self.split => &[1, 8, 64],
            [] => &[1, 8, 64, 256],
            these => these,
        }
    }

    fn subjects(&self) -> &'static [Subject] {
        if self.floor_only {
            &[Subject::Floor]
        } else {
            &[Subject::Floor, Subject::Jumun]
        }
    }
}

pub(crate) fn run(flags: &Flags) -> anyhow::Result<()> {
    ensure!(
        Path::new("/proc/self/stat").exists(),
        "memory and processor time are read from /proc: the bench runs on Linux"
    );
    load::must_have_wrk()?;
    if flags.split {
        return split::run(flags);
    }
    let programs = build(flags)?;
    let scratch = Scratch::new(&programs)?;

    let mut report = Report::begin("jumun beside its floor", flags);
    startup::on_empty_folders(flags, &programs, &scratch, &mut report)?;
    let servers = flags
        .subjects()
        .iter()
        .map(|&subject| Server::start(&programs, subject, &scratch.of(subject)))
        .collect::<anyhow::Result<Vec<_>>>()?;
    levels::measure(flags, &servers, &mut report)?;
    if let Some(jumun) = servers
        .iter()
        .find(|server| server.subject == Subject::Jumun)
    {
        lag::measure(flags, jumun, &mut report)?;
    }
    let floor = servers
        .iter()
        .find(|server| server.subject == Subject::Floor);
    if let (Some(floor), false) = (floor, flags.floor_only) {
        six::measure(flags, floor, &programs, &scratch, &mut report)?;
    }
    for server in servers {
        server.stop()?;
    }
    startup::on_filled_folders(flags, &programs, &scratch, &mut report)?;
    if !flags.stored.is_empty() {
        stored::measure(flags, &programs, &scratch, &mut report)?;
    }

    tell(flags, report)
}

/// Prints the report, and keeps it if that was asked for.
fn tell(flags: &Flags, report: Report) -> anyhow::Result<()> {
    let (text, sound) = report.finish();
    println!("{text}");
    if let Some(out) = &flags.out {
        fs::write(out, text).with_context(|| format!("{} cannot be written", out.display()))?;
    }
    ensure!(
        sound,
        "something was refused, broken or lost: see the top of the report"
    );
    Ok(())
}

/// Builds what is compared; the folder that the programs are in.
fn build(flags: &Flags) -> anyhow::Result<PathBuf> {
    let mut packages = vec!["-p", "bench-floor"];
    if !flags.floor_only {
        packages.extend(["-p", "jumun"]);
    }
    built(&flags.profile, &packages)
}

/// Builds with a profile; the folder that the programs are in.
fn built(profile: &str, arguments: &[&str]) -> anyhow::Result<PathBuf> {
    let mut command = cargo(&["build", "--profile", profile]);
    command.args(arguments);
    if !command
        .status()
        .context("cargo cannot be started")?
        .success()
    {
        bail!("the build failed");
    }
    // This program lies in `debug`, beside the profile's folder, wherever the target folder is.
    let here = std::env::current_exe()?;
    let target = here.parent().and_then(Path::parent);
    Ok(target.context("no target folder")?.join(profile))
}

/// Says on the terminal what is going on; the report goes to stdout.
fn note(what: &str) {
    eprintln!("bench: {what}");
}

/// Where the data is: in the target folder, because the system's folder for temporary files is in
/// memory on many machines, and a sync to memory costs nothing.
struct Scratch(PathBuf);

impl Scratch {
    fn new(programs: &Path) -> anyhow::Result<Self> {
        let folder = programs.with_file_name("bench-data");
        // Left over from a run that was killed.
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder)
            .with_context(|| format!("{} cannot be made", folder.display()))?;
        Ok(Self(folder))
    }

    fn of(&self, subject: Subject) -> PathBuf {
        self.named(subject.name())
    }

    fn named(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The same, empty.
    fn emptied(&self, name: &str) -> PathBuf {
        let folder = self.named(name);
        let _ = fs::remove_dir_all(&folder);
        folder
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

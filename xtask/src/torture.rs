//! The kill tests of `jumun/tests`, with more kills, on the release build.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, bail};
use clap::Args;

use crate::{cargo, root};

#[derive(Args)]
pub(crate) struct Flags {
    /// Only this one; by default every system that has a kill test, one after the other
    #[arg(long)]
    system: Option<String>,
    /// How often each is killed
    #[arg(long, default_value_t = 100)]
    kills: u32,
    /// Repeats a run: the same load and the same moments; by default the clock chooses
    #[arg(long)]
    seed: Option<u64>,
}

pub(crate) fn run(flags: &Flags) -> anyhow::Result<()> {
    let seed = match flags.seed {
        Some(seed) => seed,
        None => SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs(),
    };
    let known = systems()?;
    let chosen = match &flags.system {
        None => known,
        Some(system) if known.contains(system) => vec![system.clone()],
        Some(system) => bail!(
            "{system} has no kill test; these have one: {}",
            known.join(", ")
        ),
    };
    let kills = flags.kills;
    let mut failed = Vec::new();
    for system in chosen {
        println!("{system}: {kills} kills, seed {seed}");
        if !torture(&system, kills, seed)? {
            failed.push(format!(
                "cargo xtask torture --system {system} --kills {kills} --seed {seed}"
            ));
        }
    }
    if !failed.is_empty() {
        bail!("not all held; again with:\n  {}", failed.join("\n  "));
    }
    Ok(())
}

/// Whether everything held.
fn torture(system: &str, kills: u32, seed: u64) -> anyhow::Result<bool> {
    let only = format!("{system}::kill::");
    let test = [
        "test",
        "--release",
        "-p",
        "jumun",
        "--test",
        "it",
        "--",
        &only,
        "--nocapture",
    ];
    let status = cargo(&test)
        .env("JUMUN_TORTURE_KILLS", kills.to_string())
        .env("JUMUN_TORTURE_SEED", seed.to_string())
        .status()
        .context("cargo cannot be started")?;
    Ok(status.success())
}

/// The systems that have a kill test: `SYSTEM/kill.rs` among the black-box tests.
fn systems() -> anyhow::Result<Vec<String>> {
    let folder = root().join("jumun").join("tests").join("it");
    let entries =
        fs::read_dir(&folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    let mut systems = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        if let Some(name) = name
            && path.join("kill.rs").is_file()
        {
            systems.push(name.to_owned());
        }
    }
    systems.sort();
    Ok(systems)
}

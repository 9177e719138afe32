//! The kill tests of `jumun/tests`, with more kills, on the build that is shipped.

use std::fs;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, bail};
use clap::Args;

use crate::{cargo, root};

#[derive(Args)]
pub(crate) struct Flags {
    /// Only this one; by default every system that has a kill test, one after the other
    #[arg(long)]
    system: Option<String>,
    /// How often each is killed, in one process and with a process for each context
    #[arg(long, default_value_t = 100)]
    kills: u32,
    /// Instead: how often something of a cluster is struck, two replicas of each context and of the
    /// gateway, on PostgreSQL, MariaDB and three Kafka brokers
    #[arg(long, value_name = "STRIKES", conflicts_with = "kills")]
    split: Option<u32>,
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
    let (how, times) = match flags.split {
        Some(strikes) => ("--split", strikes),
        None => ("--kills", flags.kills),
    };
    let (began, count) = (Instant::now(), chosen.len());
    let mut failed = Vec::new();
    for system in chosen {
        let again = format!("cargo xtask torture --system {system} {how} {times} --seed {seed}");
        println!("{again}");
        if !torture(&system, flags.split.is_some(), times, seed)? {
            failed.push(again);
        }
    }
    if !failed.is_empty() {
        bail!("not all held; again with:\n  {}", failed.join("\n  "));
    }
    let minutes = began.elapsed().as_secs_f64() / 60.0;
    println!("{count} of {count} systems held, seed {seed}, {minutes:.1} min");
    Ok(())
}

/// Whether everything held.
fn torture(system: &str, split: bool, times: u32, seed: u64) -> anyhow::Result<bool> {
    let mut test = cargo(&["test", "--profile", "dist", "-p", "jumun", "--test", "it"]);
    if split {
        // Servers that are not there are no reason to be content.
        test.args(["--features", "postgres,mysql,kafka", "--"])
            .arg(format!("{system}::kill::split::"))
            .env("JUMUN_ENGINES", "all");
    } else {
        test.arg("--")
            .arg(format!("{system}::kill::"))
            .args(["--skip", "::split::"]);
    }
    let status = test
        .arg("--nocapture")
        .env("JUMUN_TORTURE_KILLS", times.to_string())
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

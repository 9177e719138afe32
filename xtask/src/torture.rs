//! The kill test of `jumun/tests`, with more kills, on the release build.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, bail};
use clap::Args;

use crate::cargo;

#[derive(Args)]
pub(crate) struct Flags {
    /// How often the shop is killed
    kills: u32,
    /// Repeats a run: the same orders and the same moments; by default the clock chooses
    #[arg(long)]
    seed: Option<u64>,
}

pub(crate) fn run(flags: &Flags) -> anyhow::Result<()> {
    let seed = match flags.seed {
        Some(seed) => seed,
        None => SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs(),
    };
    println!("{} kills, seed {seed}", flags.kills);
    let test = [
        "test",
        "--release",
        "-p",
        "jumun",
        "--test",
        "it",
        "--",
        "kill",
        "--nocapture",
    ];
    let status = cargo(&test)
        .env("JUMUN_TORTURE_KILLS", flags.kills.to_string())
        .env("JUMUN_TORTURE_SEED", seed.to_string())
        .status()
        .context("cargo cannot be started")?;
    if !status.success() {
        bail!(
            "not all held; again with: cargo xtask torture {} --seed {seed}",
            flags.kills
        );
    }
    Ok(())
}

//! What must hold before a change lands. The cheapest step first, and the first failure ends it.

use std::time::Instant;

use anyhow::{Context as _, bail};

use crate::cargo;

struct Step {
    name: &'static str,
    /// As one would type it.
    arguments: &'static [&'static str],
    environment: Option<(&'static str, &'static str)>,
}

const STEPS: [Step; 4] = [
    Step {
        name: "format",
        arguments: &["fmt", "--all", "--check"],
        environment: None,
    },
    Step {
        name: "lints",
        arguments: &[
            "clippy",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ],
        environment: None,
    },
    Step {
        name: "docs",
        arguments: &["doc", "--workspace", "--no-deps"],
        environment: Some(("RUSTDOCFLAGS", "-D warnings")),
    },
    Step {
        name: "tests",
        arguments: &["test", "--workspace"],
        environment: None,
    },
];

pub(crate) fn run() -> anyhow::Result<()> {
    let begun = Instant::now();
    for step in &STEPS {
        let command = format!("cargo {}", step.arguments.join(" "));
        println!("── {}: {command}", step.name);
        let step_begun = Instant::now();
        let status = cargo(step.arguments)
            .envs(step.environment)
            .status()
            .context("cargo cannot be started")?;
        let seconds = step_begun.elapsed().as_secs_f32();
        if !status.success() {
            bail!("{} failed after {seconds:.1} s: {command}", step.name);
        }
        println!("── {}: holds ({seconds:.1} s)", step.name);
    }
    println!("── all holds ({:.1} s)", begun.elapsed().as_secs_f32());
    Ok(())
}

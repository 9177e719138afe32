//! What must hold before a change lands. The cheapest step first, and the first failure ends it.

use std::time::Instant;

use anyhow::{Context as _, bail};
use engines::{Kafka, MariaDb, Postgres};

use crate::cargo;

struct Step {
    name: &'static str,
    /// As one would type it.
    arguments: &'static [&'static str],
    /// Made when the step begins.
    environment: fn() -> Vec<(&'static str, &'static str)>,
}

const STEPS: [Step; 6] = [
    Step {
        name: "format",
        arguments: &["fmt", "--all", "--check"],
        environment: Vec::new,
    },
    Step {
        name: "lints",
        arguments: &[
            "clippy",
            "--workspace",
            "--all-features",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ],
        environment: Vec::new,
    },
    // What most people build: nothing may be left over there that only Kafka would use.
    Step {
        name: "lints without Kafka",
        arguments: &["clippy", "-p", "jumun", "--", "-D", "warnings"],
        environment: Vec::new,
    },
    Step {
        name: "tests without Kafka",
        arguments: &["test", "-p", "jumun", "--lib"],
        environment: Vec::new,
    },
    Step {
        name: "docs",
        arguments: &["doc", "--workspace", "--all-features", "--no-deps"],
        environment: || vec![("RUSTDOCFLAGS", "-D warnings")],
    },
    Step {
        name: "tests",
        // All that fails is told, not only what fails first: a run takes long.
        arguments: &["test", "--workspace", "--all-features", "--no-fail-fast"],
        environment: engines,
    },
];

/// The servers that all test binaries use together, by the variables that name them. They end with this
/// process.
fn engines() -> Vec<(&'static str, &'static str)> {
    let postgres = Postgres::shared().map(|it| ("JUMUN_TEST_POSTGRES", it.url()));
    let mariadb = MariaDb::shared().map(|it| ("JUMUN_TEST_MARIADB", it.url()));
    let kafka = Kafka::shared().map(|it| ("JUMUN_TEST_KAFKA", it.bootstrap()));
    let running: Vec<_> = postgres.into_iter().chain(mariadb).chain(kafka).collect();
    for (name, place) in &running {
        println!("   {name}={place}");
    }
    running
}

pub(crate) fn run() -> anyhow::Result<()> {
    let begun = Instant::now();
    for step in &STEPS {
        let command = format!("cargo {}", step.arguments.join(" "));
        println!("── {}: {command}", step.name);
        let step_begun = Instant::now();
        let status = cargo(step.arguments)
            .envs((step.environment)())
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

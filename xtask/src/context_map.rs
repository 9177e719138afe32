//! Makes `docs/context-map.md` anew. A test of `jumun` fails when the page is stale.

use anyhow::{Context as _, bail};

use crate::cargo;

const PAGE: &str = "docs/context-map.md";

pub(crate) fn run() -> anyhow::Result<()> {
    let status = cargo(&["run", "--quiet", "--package", "jumun", "--"])
        .args(["board", "--format", "map", "--out", PAGE])
        .status()
        .context("cargo cannot be started")?;
    if !status.success() {
        bail!("{PAGE} was not made; what stands above says why");
    }
    println!("{PAGE} says what the code says");
    Ok(())
}

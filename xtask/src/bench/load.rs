//! The load tool: `wrk`, with the script that places orders.

use std::process::{Child, Command, Output, Stdio};

use anyhow::{Context as _, bail};

use super::server::Running;
use crate::root;

/// What one run of the load tool came to; or several, added.
#[derive(Clone, Default)]
pub(crate) struct Load {
    /// Answers, of whatever status.
    pub(crate) requests: u64,
    pub(crate) micros: u64,
    /// Microseconds; of several runs, the worst.
    pub(crate) p50: u64,
    pub(crate) p90: u64,
    pub(crate) p99: u64,
    pub(crate) max: u64,
    /// Answers that were no 2xx.
    pub(crate) refused: u64,
    /// Connections that could not be made or broke.
    pub(crate) broken: u64,
    /// Answers that did not come within two seconds.
    pub(crate) timeouts: u64,
}

impl Load {
    /// Orders placed.
    pub(crate) fn placed(&self) -> u64 {
        self.requests - self.refused
    }

    pub(crate) fn per_second(&self) -> f64 {
        self.placed() as f64 / (self.micros as f64 / 1e6)
    }

    pub(crate) fn errors(&self) -> u64 {
        self.refused + self.broken + self.timeouts
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.requests += other.requests;
        self.micros += other.micros;
        self.p50 = self.p50.max(other.p50);
        self.p90 = self.p90.max(other.p90);
        self.p99 = self.p99.max(other.p99);
        self.max = self.max.max(other.max);
        self.refused += other.refused;
        self.broken += other.broken;
        self.timeouts += other.timeouts;
    }

    fn read(said: &str) -> Option<Self> {
        let mut load = Self::default();
        let line = said.lines().find_map(|line| line.strip_prefix("load "))?;
        for word in line.split(' ') {
            let (name, value) = word.split_once('=')?;
            let value = value.parse().ok()?;
            match name {
                "requests" => load.requests = value,
                "micros" => load.micros = value,
                "p50" => load.p50 = value,
                "p90" => load.p90 = value,
                "p99" => load.p99 = value,
                "max" => load.max = value,
                "refused" => load.refused = value,
                "broken" => load.broken = value,
                "timeouts" => load.timeouts = value,
                _ => return None,
            }
        }
        (load.micros > 0).then_some(load)
    }
}

/// Says how to get the load tool if it is not there.
pub(crate) fn must_have_wrk() -> anyhow::Result<()> {
    let found = Command::new("wrk")
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if found.is_err() {
        bail!(
            "the load tool wrk is not installed; on Debian and Ubuntu: apt-get install wrk, \
             on a Mac: brew install wrk"
        );
    }
    Ok(())
}

/// A load that is on.
pub(crate) struct Loading(Running);

/// Begins to place orders over so many connections, for so many seconds.
pub(crate) fn begin(url: &str, connections: u32, seconds: u32) -> anyhow::Result<Loading> {
    begin_with(url, connections, seconds, &[])
}

/// Begins to send a body, in which each `#` is a number after `first`.
pub(crate) fn begin_bodies(
    url: &str,
    connections: u32,
    seconds: u32,
    body: &str,
    first: u64,
) -> anyhow::Result<Loading> {
    begin_with(url, connections, seconds, &["--", body, &first.to_string()])
}

fn begin_with(
    url: &str,
    connections: u32,
    seconds: u32,
    script_takes: &[&str],
) -> anyhow::Result<Loading> {
    let process = Command::new("wrk")
        // One thread of it keeps up with either server, and takes the least of the processor from
        // them.
        .args(["-t1", "-s", "bench/orders.lua"])
        .args([format!("-c{connections}"), format!("-d{seconds}")])
        .arg(url)
        .args(script_takes)
        .current_dir(root())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("wrk cannot be started")?;
    Ok(Loading(Running(process)))
}

impl Loading {
    pub(crate) fn is_over(&mut self) -> anyhow::Result<bool> {
        Ok(self.0.0.try_wait()?.is_some())
    }

    /// Waits for its end.
    pub(crate) fn end(mut self) -> anyhow::Result<Load> {
        let said = collect(&mut self.0.0)?;
        Load::read(&String::from_utf8_lossy(&said.stdout)).with_context(|| {
            let complaint = String::from_utf8_lossy(&said.stderr).into_owned();
            format!(
                "wrk measured nothing ({}); it said: {complaint}",
                said.status
            )
        })
    }
}

/// `wait_with_output` for a child that one does not own. What wrk says fits into a pipe.
fn collect(child: &mut Child) -> anyhow::Result<Output> {
    use std::io::Read as _;
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    if let Some(mut pipe) = child.stdout.take() {
        pipe.read_to_end(&mut stdout)?;
    }
    if let Some(mut pipe) = child.stderr.take() {
        pipe.read_to_end(&mut stderr)?;
    }
    Ok(Output {
        status: child.wait()?,
        stdout,
        stderr,
    })
}

/// Places orders over so many connections for so many seconds.
pub(crate) fn place(url: &str, connections: u32, seconds: u32) -> anyhow::Result<Load> {
    begin(url, connections, seconds)?.end()
}

#[cfg(test)]
mod tests;

//! The server that is abused: in a folder of its own, on a free port, ended whatever happens.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use super::Case;

/// Longer than this no start and no stop takes, unless it hangs.
const DEADLINE: Duration = Duration::from_secs(30);
const GLANCE: Duration = Duration::from_millis(5);

pub(crate) struct Target {
    process: Child,
    log: PathBuf,
    pub(crate) address: SocketAddr,
    /// The highest memory that was seen when the process ended, in kB.
    last_peak: u64,
}

impl Target {
    pub(super) fn start(program: &Path, case: &Case, folder: &Path) -> anyhow::Result<Self> {
        let log = folder.join("log");
        let limit = case.open_files.map(|limit| format!("ulimit -n {limit}; "));
        let line = format!("{}exec \"$0\" \"$@\"", limit.unwrap_or_default());
        let process = Command::new("sh")
            .args(["-c", &line])
            .arg(program)
            .args(["up", case.system, "--port", "0", "--durability", "relaxed"])
            .arg("--data")
            .arg(folder.join("data"))
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(File::create(&log)?)
            .stderr(File::options().append(true).open(&log)?)
            .spawn()?;
        let mut target = Self {
            process,
            log,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            last_peak: 0,
        };
        let begun = Instant::now();
        loop {
            if let Some(address) = greeted(&target.said()) {
                target.address = address;
                return Ok(target);
            }
            if target.process.try_wait()?.is_some() || begun.elapsed() > DEADLINE {
                bail!("it did not start; it said:\n{}", target.said());
            }
            thread::sleep(GLANCE);
        }
    }

    /// What it has said so far.
    pub(crate) fn said(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Resident memory, in kB.
    pub(super) fn resident(&self) -> anyhow::Result<u64> {
        self.status("VmRSS:").context("/proc says no VmRSS")
    }

    /// The most since [`Target::forget_peak`], in kB.
    pub(super) fn peak(&self) -> u64 {
        self.status("VmHWM:").unwrap_or(self.last_peak)
    }

    pub(super) fn forget_peak(&self) -> anyhow::Result<()> {
        Ok(fs::write(self.proc("clear_refs"), "5")?)
    }

    /// Connections and listeners that it holds.
    pub(crate) fn sockets(&self) -> usize {
        let Ok(entries) = fs::read_dir(self.proc("fd")) else {
            return 0;
        };
        let links = entries
            .flatten()
            .filter_map(|entry| fs::read_link(entry.path()).ok());
        links
            .filter(|link| link.to_string_lossy().starts_with("socket:"))
            .count()
    }

    /// Asks it to stop (SIGTERM); how long that took.
    pub(crate) fn stop(&mut self) -> anyhow::Result<Duration> {
        self.last_peak = self.peak();
        let id = self.process.id().to_string();
        let begun = Instant::now();
        Command::new("kill").args(["-TERM", &id]).status()?;
        while self.process.try_wait()?.is_none() {
            if begun.elapsed() > DEADLINE {
                bail!("process {id} did not stop within {} s", DEADLINE.as_secs());
            }
            thread::sleep(GLANCE);
        }
        Ok(begun.elapsed())
    }

    fn status(&self, name: &str) -> Option<u64> {
        let status = fs::read_to_string(self.proc("status")).ok()?;
        let value = status.lines().find_map(|line| line.strip_prefix(name))?;
        value.trim().strip_suffix(" kB")?.parse().ok()
    }

    fn proc(&self, file: &str) -> String {
        format!("/proc/{}/{file}", self.process.id())
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Where it says that its gateway is, once it has said the whole line.
fn greeted(said: &str) -> Option<SocketAddr> {
    let (_, rest) = said.split_once("http://")?;
    let (address, _) = rest.split_once('\n')?;
    address.trim_end_matches('/').parse().ok()
}

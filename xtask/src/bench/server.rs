//! The two servers that are compared: started on a free port, watched through `/proc`, and ended
//! whatever happens.

use std::fs::{self, File};
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use super::client::{Answer, Client};
use super::six::{BUSINESSES, Business};

/// Longer than this no start and no stop takes, unless it hangs.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    Floor,
    /// The fruit shop.
    Jumun,
    /// All systems in one process.
    AllSystems,
}

impl Subject {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Floor => "floor",
            Self::Jumun => "jumun",
            Self::AllSystems => "all six",
        }
    }

    fn program(self) -> &'static str {
        match self {
            Self::Floor => "floor",
            Self::Jumun | Self::AllSystems => "jumun",
        }
    }

    fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Floor => &[],
            Self::Jumun => &["up", "fruitstore"],
            Self::AllSystems => &["up"],
        }
    }

    /// What it is asked first, again and again, until it says 201.
    fn first(self) -> &'static [Business] {
        match self {
            Self::Floor | Self::Jumun => &[],
            Self::AllSystems => &BUSINESSES,
        }
    }
}

/// A process that ends with its owner.
pub(crate) struct Running(pub(crate) Child);

impl Running {
    /// Resident memory, in kB.
    pub(crate) fn resident(&self) -> anyhow::Result<u64> {
        let status = fs::read_to_string(self.proc("status"))?;
        status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .and_then(|value| value.trim().strip_suffix(" kB")?.parse().ok())
            .context("/proc says no VmRSS")
    }

    /// Processor time used so far.
    pub(crate) fn processor_time(&self) -> anyhow::Result<Duration> {
        let stat = fs::read_to_string(self.proc("stat"))?;
        // The second field is the program's name in parentheses, and may hold anything.
        let fields = stat.rsplit(')').next().unwrap_or_default();
        Ok(ticks(fields.split_whitespace().skip(11).take(2)))
    }

    fn proc(&self, file: &str) -> String {
        format!("/proc/{}/{file}", self.0.id())
    }
}

/// A sum of processor times as `/proc` writes them.
pub(crate) fn ticks<'a>(fields: impl Iterator<Item = &'a str>) -> Duration {
    let ticks: u64 = fields.map(|field| field.parse::<u64>().unwrap_or(0)).sum();
    // USER_HZ is 100 on every Linux that this runs on.
    Duration::from_millis(ticks * 10)
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(crate) struct Server {
    pub(crate) subject: Subject,
    process: Running,
    log: PathBuf,
    pub(crate) port: u16,
    /// From the start of the process to its first 201.
    pub(crate) first_order: Duration,
}

impl Server {
    /// Starts what was built on a free port, and returns when it took its first order.
    pub(crate) fn start(programs: &Path, subject: Subject, data: &Path) -> anyhow::Result<Self> {
        fs::create_dir_all(data)?;
        let log = data.with_extension("log");
        let port = free_port()?;
        let mut command = Command::new(programs.join(subject.program()));
        command
            .args(subject.arguments())
            .arg("--data")
            .arg(data)
            .args(["--port", &port.to_string()])
            .stdin(Stdio::null())
            .stdout(File::create(&log)?)
            .stderr(File::options().append(true).open(&log)?);
        let begun = Instant::now();
        let process = command
            .spawn()
            .with_context(|| format!("{} cannot be started", subject.name()))?;
        let mut server = Self {
            subject,
            process: Running(process),
            log,
            port,
            first_order: Duration::ZERO,
        };
        let mut client = Client::new(port);
        if subject.first().is_empty() {
            server.until_taken(begun, || client.place())?;
        }
        for business in subject.first() {
            for (path, body) in business.before {
                let path = business.path(path);
                server.until_taken(begun, || client.post(&path, body))?;
            }
            let (path, body) = (business.path(business.collection), business.body(0));
            server.until_taken(begun, || client.post(&path, &body))?;
        }
        server.first_order = begun.elapsed();
        Ok(server)
    }

    fn until_taken(
        &mut self,
        begun: Instant,
        mut ask: impl FnMut() -> io::Result<Answer>,
    ) -> anyhow::Result<()> {
        loop {
            match ask() {
                Ok(answer) if answer.status == 201 => return Ok(()),
                Ok(answer) if (400..500).contains(&answer.status) => {
                    bail!(
                        "{} said {}: {}",
                        self.subject.name(),
                        answer.status,
                        answer.body
                    );
                }
                Ok(_) | Err(_) => self.must_live(begun)?,
            }
            // Shorter than what is measured, and long enough to leave it the processor.
            thread::sleep(Duration::from_micros(200));
        }
    }

    fn must_live(&mut self, since: Instant) -> anyhow::Result<()> {
        let why = match self.process.0.try_wait()? {
            Some(status) => format!("ended ({status})"),
            None if since.elapsed() > PATIENCE => {
                format!("took no order within {} s", PATIENCE.as_secs())
            }
            None => return Ok(()),
        };
        let said = fs::read_to_string(&self.log).unwrap_or_default();
        bail!("{} {why}; it said:\n{said}", self.subject.name());
    }

    pub(crate) fn orders_url(&self) -> String {
        self.url("/orders")
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// Resident memory, in kB.
    pub(crate) fn resident(&self) -> anyhow::Result<u64> {
        self.process.resident()
    }

    /// Processor time used so far.
    pub(crate) fn processor_time(&self) -> anyhow::Result<Duration> {
        self.process.processor_time()
    }

    /// Waits until it has nothing left to do (policies and read models run on after the load), and
    /// says how long that took; `None` if it was still at it after `limit`.
    pub(crate) fn settle(&self, limit: Duration) -> anyhow::Result<Option<Duration>> {
        const GLANCE: Duration = Duration::from_millis(200);
        let begun = Instant::now();
        let mut before = self.processor_time()?;
        while begun.elapsed() < limit {
            thread::sleep(GLANCE);
            let now = self.processor_time()?;
            // One tick may fall into any glance; more is work.
            if now.saturating_sub(before) <= Duration::from_millis(10) {
                return Ok(Some(begun.elapsed().saturating_sub(GLANCE)));
            }
            before = now;
        }
        Ok(None)
    }

    /// Asks it to stop (SIGTERM), and waits until it has.
    pub(crate) fn stop(mut self) -> anyhow::Result<()> {
        let id = self.process.0.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status()?;
        let begun = Instant::now();
        while self.process.0.try_wait()?.is_none() {
            if begun.elapsed() > PATIENCE {
                bail!("process {id} did not stop within {} s", PATIENCE.as_secs());
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }
}

pub(crate) fn free_port() -> io::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?.port())
}

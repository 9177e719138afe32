//! PostgreSQL and Kafka, for both sides.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::time::Duration;

use anyhow::Context as _;
use engines::{Kafka, Postgres};

use super::super::report::Report;
use super::super::server::ticks;

pub(super) struct Servers {
    pub(super) postgres: Postgres,
    pub(super) kafka: Kafka,
}

/// Processor time that the servers have used so far.
#[derive(Clone, Copy, Default)]
pub(super) struct Spent {
    pub(super) postgres: Duration,
    pub(super) kafka: Duration,
}

impl Servers {
    pub(super) fn start() -> anyhow::Result<Self> {
        let how = "ci/postgres install and ci/kafka install fetch what is missing";
        Ok(Self {
            postgres: Postgres::start_roomy().context(how)?,
            kafka: Kafka::start(1).context(how)?,
        })
    }

    /// What "durable" means on them.
    pub(super) fn tell(&self, report: &mut Report) {
        let ask = |what: &str| {
            Postgres::sql(self.postgres.url(), &format!("SHOW {what}"))
                .unwrap_or_else(|error| format!("unknown ({error})"))
        };
        let folder = env::temp_dir();
        let disk = filesystem(&folder.to_string_lossy());
        report.remark(&format!(
            "Both sides have the same durability. PostgreSQL {}: fsync {}, synchronous_commit {}, \
             shared_buffers {}, max_wal_size {}, as it is by itself; a commit outlives a power cut. Kafka: acks=all and an idempotent producer on one broker, \
             which writes without syncing, as Kafka does: a record outlives the broker's end, and a \
             power cut only where there are several brokers. Their files are in {} ({disk}).",
            ask("server_version"),
            ask("fsync"),
            ask("synchronous_commit"),
            ask("shared_buffers"),
            ask("max_wal_size"),
            folder.display(),
        ));
        if disk == "tmpfs" {
            report.trouble(format!(
                "the servers' files are in memory: set TMPDIR to a folder on a disk, not {}",
                folder.display()
            ));
        }
    }

    pub(super) fn spent() -> anyhow::Result<Spent> {
        let by_name = descendants()?;
        let of = |name| by_name.get(name).copied().unwrap_or_default();
        Ok(Spent {
            postgres: of("postgres"),
            kafka: of("java"),
        })
    }
}

impl Spent {
    pub(super) fn since(self, before: Self) -> Self {
        Self {
            postgres: self.postgres.saturating_sub(before.postgres),
            kafka: self.kafka.saturating_sub(before.kafka),
        }
    }

    pub(super) fn add(&mut self, more: Self) {
        self.postgres += more.postgres;
        self.kafka += more.kafka;
    }
}

/// The kind of filesystem that a folder is on.
fn filesystem(folder: &str) -> String {
    let mounts = fs::read_to_string("/proc/mounts").unwrap_or_default();
    let mounted = mounts.lines().filter_map(|line| {
        let mut words = line.split(' ').skip(1);
        let (at, kind) = (words.next()?, words.next()?);
        folder.starts_with(at).then_some((at.len(), kind))
    });
    let nearest = mounted.max_by_key(|(length, _)| *length);
    nearest.map_or("unknown", |(_, kind)| kind).to_owned()
}

/// Processor time by program's name, of all processes that this one has started, and theirs. With
/// that of children that have ended and were waited for: a connection's process is one.
fn descendants() -> anyhow::Result<BTreeMap<String, Duration>> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let Some(pid) = name.to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        // It may have ended by now.
        let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else {
            continue;
        };
        let Some((head, fields)) = stat.rsplit_once(')') else {
            continue;
        };
        let name = head
            .split_once('(')
            .map_or(head, |(_, name)| name)
            .to_owned();
        let fields: Vec<&str> = fields.split_whitespace().collect();
        let parent = fields.get(1).and_then(|parent| parent.parse::<u32>().ok());
        let time = ticks(fields.iter().copied().skip(11).take(4));
        all.insert(pid, (parent.unwrap_or(0), name, time));
    }
    let ours = std::process::id();
    let mut times: BTreeMap<String, Duration> = BTreeMap::new();
    for (parent, name, time) in all.values() {
        let mut above = *parent;
        while above != ours && above > 1 {
            above = all.get(&above).map_or(0, |(parent, _, _)| *parent);
        }
        if above == ours {
            *times.entry(name.clone()).or_default() += *time;
        }
    }
    Ok(times)
}

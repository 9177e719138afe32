//! Orders per second at several numbers of connections, jumun and the floor in turns.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::client::Client;
use super::load::{self, Load};
use super::report::{Report, grouped, ms, rate};
use super::server::{Server, Subject};
use super::shop::{self, Commits};
use super::{Flags, note};

/// What waits after a load is done by then.
const QUIET: Duration = Duration::from_secs(120);

/// All rounds of one server at one number of connections.
#[derive(Default)]
struct Side {
    sum: Load,
    per_second: Vec<f64>,
    processor: Duration,
    settled: Duration,
    commits: BTreeMap<String, Commits>,
}

/// The rounds at one number of connections: the floor's and, if it is measured, jumun's.
struct Level {
    connections: u32,
    sides: Vec<(Subject, Side)>,
}

pub(crate) fn measure(
    flags: &Flags,
    servers: &[Server],
    report: &mut Report,
) -> anyhow::Result<()> {
    let mut levels = Vec::new();
    for &connections in flags.connections() {
        note(&format!("{connections} connections"));
        let fresh = |server: &Server| (server.subject, Side::default());
        let mut sides: Vec<_> = servers.iter().map(fresh).collect();
        for _ in 0..flags.rounds {
            for (server, (_, side)) in servers.iter().zip(&mut sides) {
                side.round(server, connections, flags.seconds, report)?;
            }
        }
        levels.push(Level { connections, sides });
    }
    rates(&levels, report);
    latencies(&levels, report);
    costs(&levels, servers, report)?;
    batches(&levels, report);
    Ok(())
}

impl Side {
    fn round(
        &mut self,
        server: &Server,
        connections: u32,
        seconds: u32,
        report: &mut Report,
    ) -> anyhow::Result<()> {
        let jumun = server.subject == Subject::Jumun;
        let mut client = Client::new(server.port);
        let before = jumun.then(|| counts(&mut client)).transpose()?;
        let busy_before = server.processor_time()?;

        let load = load::place(&server.orders_url(), connections, seconds)?;

        let place = format!("{} at {connections} connections", server.subject.name());
        if let Some((kept_before, commits_before)) = before {
            let (kept, commits) = counts(&mut client)?;
            self.add_commits(&commits_before, &commits);
            let grown = kept.saturating_sub(kept_before);
            if grown < load.placed() {
                let placed = load.placed();
                report.trouble(format!("{place}: answered 201 to {placed}, kept {grown}"));
            }
        }
        if load.errors() > 0 {
            report.trouble(format!(
                "{place}: {} answers were no 2xx, {} connections broke, {} answers took over 2 s",
                load.refused, load.broken, load.timeouts
            ));
        }
        match server.settle(QUIET)? {
            Some(time) => self.settled = self.settled.max(time),
            None => report.trouble(format!("{place}: still busy {} s later", QUIET.as_secs())),
        }
        self.processor += server.processor_time()?.saturating_sub(busy_before);
        self.per_second.push(load.per_second());
        self.sum.add(&load);
        Ok(())
    }

    fn add_commits(
        &mut self,
        before: &BTreeMap<String, Commits>,
        after: &BTreeMap<String, Commits>,
    ) {
        for (context, after) in after {
            let before = before.get(context).copied().unwrap_or_default();
            let sum = self.commits.entry(context.clone()).or_default();
            sum.commits += after.commits.saturating_sub(before.commits);
            sum.commands += after.commands.saturating_sub(before.commands);
        }
    }

    /// Commands in a commit, on average.
    fn batch(&self, context: &str) -> String {
        match self.commits.get(context) {
            Some(sum) if sum.commits > 0 => {
                format!("{:.1}", sum.commands as f64 / sum.commits as f64)
            }
            _ => "–".to_owned(),
        }
    }
}

fn counts(client: &mut Client) -> anyhow::Result<(u64, BTreeMap<String, Commits>)> {
    Ok((shop::orders_kept(client)?, shop::commits(client)?))
}

impl Level {
    fn side(&self, subject: Subject) -> Option<&Side> {
        let found = self.sides.iter().find(|(whose, _)| *whose == subject);
        found.map(|(_, side)| side)
    }

    /// Jumun's rate as a share of the floor's: of all rounds, then of the worst and the best.
    fn ratio(&self) -> Option<String> {
        let (floor, jumun) = (self.side(Subject::Floor)?, self.side(Subject::Jumun)?);
        let rounds = jumun.per_second.iter().zip(&floor.per_second);
        let rounds = rounds.map(|(jumun, floor)| jumun / floor);
        let (worst, best) = rounds.fold((f64::INFINITY, 0.0_f64), |(worst, best), ratio| {
            (worst.min(ratio), best.max(ratio))
        });
        let all = jumun.sum.per_second() / floor.sum.per_second();
        Some(format!("**{all:.2}** ({worst:.2}…{best:.2})"))
    }
}

fn rates(levels: &[Level], report: &mut Report) {
    let of = |level: &Level, subject| match level.side(subject) {
        Some(side) => rate(side.sum.per_second()),
        None => "–".to_owned(),
    };
    let row = |level: &Level| {
        vec![
            level.connections.to_string(),
            of(level, Subject::Floor),
            of(level, Subject::Jumun),
            level.ratio().unwrap_or_else(|| "–".to_owned()),
        ]
    };
    let head = ["connections", "floor", "jumun", "ratio (worst…best round)"];
    let rows: Vec<_> = levels.iter().map(row).collect();
    report.table("Durable orders per second", &head, &rows);
}

fn latencies(levels: &[Level], report: &mut Report) {
    let mut rows = Vec::new();
    for level in levels {
        for (subject, Side { sum, .. }) in &level.sides {
            let micros = [sum.p50, sum.p90, sum.p99, sum.max];
            let mut row = vec![level.connections.to_string(), subject.name().to_owned()];
            row.extend(micros.map(|micros| ms(Duration::from_micros(micros))));
            row.push(grouped(sum.errors()));
            rows.push(row);
        }
    }
    let head = [
        "connections",
        "",
        "p50 ms",
        "p90 ms",
        "p99 ms",
        "max ms",
        "errors",
    ];
    report.table("Latency, of the worst round", &head, &rows);
}

fn costs(levels: &[Level], servers: &[Server], report: &mut Report) -> anyhow::Result<()> {
    let mut rows = Vec::new();
    for level in levels {
        for (subject, side) in &level.sides {
            let per_order = side.processor.as_secs_f64() * 1e6 / side.sum.placed() as f64;
            rows.push(vec![
                level.connections.to_string(),
                subject.name().to_owned(),
                format!("{per_order:.0}"),
                format!("{:.1}", side.settled.as_secs_f64()),
            ]);
        }
    }
    let head = [
        "connections",
        "",
        "processor µs an order",
        "busy after the load, s",
    ];
    report.table("Cost, with all that follows an order", &head, &rows);
    for server in servers {
        let (name, resident) = (server.subject.name(), server.resident()?);
        report.remark(&format!(
            "Resident after the load: {name} {} kB.",
            grouped(resident)
        ));
    }
    Ok(())
}

fn batches(levels: &[Level], report: &mut Report) {
    let sides = || levels.iter().filter_map(|level| level.side(Subject::Jumun));
    let contexts: BTreeSet<&str> = sides()
        .flat_map(|side| side.commits.keys().map(String::as_str))
        .collect();
    if contexts.is_empty() {
        if sides().next().is_some() {
            report.remark("Commands in a commit: /actuator/prometheus does not tell.");
        }
        return;
    }
    let row = |level: &Level| {
        let side = level.side(Subject::Jumun)?;
        let mut row = vec![level.connections.to_string()];
        row.extend(contexts.iter().map(|context| side.batch(context)));
        Some(row)
    };
    let mut head = vec!["connections"];
    head.extend(&contexts);
    let rows: Vec<_> = levels.iter().filter_map(row).collect();
    report.table("Commands in a commit", &head, &rows);
}

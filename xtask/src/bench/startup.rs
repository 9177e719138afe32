//! From the start of the process to its first 201, and the memory that it takes then.

use std::path::Path;
use std::time::Duration;

use super::report::{Report, grouped, median, ms};
use super::server::{Server, Subject};
use super::{Flags, Scratch, note};

const STARTS: usize = 7;
const HEAD: [&str; 4] = ["", "first 201, median ms", "slowest ms", "resident kB then"];
/// Housekeeping after a start is over by then.
const QUIET: Duration = Duration::from_secs(10);

pub(crate) fn on_empty_folders(
    flags: &Flags,
    programs: &Path,
    scratch: &Scratch,
    report: &mut Report,
) -> anyhow::Result<()> {
    note("starting on empty folders");
    let mut rows = Vec::new();
    for &subject in flags.subjects() {
        let row = starts(subject, || {
            Server::start(programs, subject, &scratch.emptied("start"))
        })?;
        rows.push(row);
    }
    report.table("Start on an empty folder", &HEAD, &rows);
    Ok(())
}

pub(crate) fn on_filled_folders(
    flags: &Flags,
    programs: &Path,
    scratch: &Scratch,
    report: &mut Report,
) -> anyhow::Result<()> {
    note("starting on filled folders");
    let mut rows = Vec::new();
    for &subject in flags.subjects() {
        let folder = scratch.of(subject);
        rows.push(starts(subject, || {
            Server::start(programs, subject, &folder)
        })?);
    }
    report.table("Start with the orders of this run", &HEAD, &rows);
    Ok(())
}

fn starts(
    subject: Subject,
    mut start: impl FnMut() -> anyhow::Result<Server>,
) -> anyhow::Result<Vec<String>> {
    let mut times = Vec::new();
    let mut resident = 0;
    for _ in 0..STARTS {
        let server = start()?;
        server.settle(QUIET)?;
        times.push(server.first_order);
        resident = resident.max(server.resident()?);
        server.stop()?;
    }
    let slowest = times.iter().max().copied().unwrap_or_default();
    Ok(vec![
        subject.name().to_owned(),
        ms(median(times)),
        ms(slowest),
        grouped(resident),
    ])
}

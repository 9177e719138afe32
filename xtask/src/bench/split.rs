//! One process a context, on PostgreSQL and Kafka: beside a raw twin (`bench/twin`) that sends, takes
//! and commits as much for each message, and beside the one process on SQLite.
//!
//! What makes it fair: the same servers, the same load, in turns; the twin's commits carry as many
//! messages as jumun's did a moment ago.

mod messages;
mod orders;
mod servers;
mod services;
mod twin;
mod work;

use std::thread;
use std::time::{Duration, Instant};

use anyhow::bail;

use super::report::Report;
use super::server::{Server, Subject};
use super::{Flags, Scratch, built, note, tell};
use servers::Servers;
use services::Shop;

/// What waits after a load is done by then.
const QUIET: Duration = Duration::from_secs(120);

pub(super) fn run(flags: &Flags) -> anyhow::Result<()> {
    let programs = built(&flags.profile, PROGRAMS)?;
    let scratch = Scratch::new(&programs)?;
    let title = "jumun in several processes, on PostgreSQL and Kafka";
    let mut report = Report::begin(title, flags);
    note("starting PostgreSQL and Kafka");
    let servers = Servers::start()?;
    servers.tell(&mut report);

    let one = Server::start(&programs, Subject::Jumun, &scratch.of(Subject::Jumun))?;
    let mut shop = Shop::start(&programs, &scratch.named("split"), &servers)?;
    orders::measure(flags, &one, &shop, &mut report)?;
    one.stop()?;
    // The twin has two services; who else would hear of these messages would only cost.
    shop.only(&["delivery", "mypage"])?;
    messages::measure(flags, &programs, &shop, &servers, &mut report)?;
    shop.stop()?;
    tell(flags, report)
}

const PROGRAMS: &[&str] = &[
    "-p",
    "jumun",
    "-p",
    "bench-floor",
    "--bin",
    "jumun",
    "--bin",
    "twin",
    "--features",
    "bench-floor/twin,jumun/postgres,jumun/kafka",
];

/// Looks until it says something, and says how long that took.
fn until<T>(
    what: &str,
    pause: Duration,
    mut look: impl FnMut() -> anyhow::Result<Option<T>>,
) -> anyhow::Result<(T, Duration)> {
    let begun = Instant::now();
    loop {
        if let Some(seen) = look()? {
            return Ok((seen, begun.elapsed()));
        }
        if begun.elapsed() > QUIET {
            bail!("{what}: not within {} s", QUIET.as_secs());
        }
        thread::sleep(pause);
    }
}

//! From the 201 of an order until `MyPage` shows its payment approved.

use std::time::Duration;

use super::report::{Report, spread};
use super::server::Server;
use super::shop::{Lag, lag_at_rest, lag_under};
use super::{Flags, load, note};

const AT_REST: usize = 200;
const CONNECTIONS: u32 = 64;
/// What waits after a load is done by then.
const QUIET: Duration = Duration::from_secs(120);

pub(crate) fn measure(flags: &Flags, jumun: &Server, report: &mut Report) -> anyhow::Result<()> {
    note("from the 201 to MyPage");
    let at_rest = lag_at_rest(jumun.port, AT_REST)?;
    let mut load = load::begin(&jumun.orders_url(), CONNECTIONS, flags.seconds)?;
    let under_load = lag_under(&mut load, jumun.port)?;
    let load = load.end()?;
    if load.errors() > 0 {
        report.trouble(format!(
            "{} errors while the lag was measured",
            load.errors()
        ));
    }
    jumun.settle(QUIET)?;
    let loaded = format!("{CONNECTIONS} connections placing all they can");
    let rows = [
        row("at rest", at_rest, report),
        row(&loaded, under_load, report),
    ];
    let head = ["", "orders", "p50 ms", "p90 ms", "p99 ms", "max ms"];
    report.table("From the 201 to MyPage", &head, &rows);
    Ok(())
}

fn row(when: &str, lag: Lag, report: &mut Report) -> Vec<String> {
    if lag.failed > 0 {
        report.trouble(format!(
            "{} orders were refused or never reached MyPage ({when})",
            lag.failed
        ));
    }
    [when.to_owned()]
        .into_iter()
        .chain(spread(lag.seen))
        .collect()
}

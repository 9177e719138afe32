//! All systems in one process: what each of them takes in a second beside the floor, how long it is
//! until the last page shows it, and what they cost together at rest.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;

use super::client::Client;
use super::load::{self, Load};
use super::report::{Report, grouped, median, ms, percentile, rate};
use super::server::{Server, Subject};
use super::{Flags, Scratch, note};

const CONNECTIONS: u32 = 64;
const AT_REST: u64 = 100;
const STARTS: usize = 5;
/// What waits after a load is done by then.
const QUIET: Duration = Duration::from_secs(120);
/// A page that does not show it by then never will.
const PATIENCE: Duration = Duration::from_secs(60);
const BETWEEN_LOOKS: Duration = Duration::from_micros(200);

/// What a system is loaded with.
pub(crate) struct Business {
    system: &'static str,
    /// What must be there first: paths and bodies.
    pub(crate) before: &'static [(&'static str, &'static str)],
    pub(crate) collection: &'static str,
    /// Each `#` is a number that no other body has.
    body: &'static str,
    /// Durable commits, one after the other, before the answer.
    commits: u32,
    /// Where the last effect of it is seen; `{id}` is the new item's number, `#` as in the body.
    page: &'static str,
    /// What the page says then.
    says: &'static str,
}

/// One a system, in the order of the front page.
pub(crate) const BUSINESSES: [Business; 6] = [
    Business {
        system: "fruitstore",
        before: &[],
        collection: "/orders",
        body: include_str!("../../../bench/order.json"),
        commits: 2,
        page: "/myPages/search/findByOrderId?orderId={id}",
        says: "\"payStatus\":\"결제승인\"",
    },
    Business {
        system: "onlinestudy",
        before: &[],
        collection: "/orderManagements",
        body: r##"{"orderNo":"#","courseNo":"01","phonenum":"01011111111","orderdate":"20210630","begindate":"20210701","enddate":"20210831","status":"강좌주문"}"##,
        commits: 1,
        page: "/learningManagements/search/findByOrderNo?orderNo=#",
        says: "\"courseNo\":\"01\"",
    },
    Business {
        system: "bidding",
        before: &[],
        collection: "/biddingManagements",
        body: r##"{"noticeNo":"#","title":"AAA"}"##,
        commits: 1,
        page: "/biddingParticipations/search/findByNoticeNo?noticeNo=#",
        says: "\"participateNo\":null",
    },
    Business {
        system: "productdelivery",
        before: &[],
        collection: "/orders",
        body: r#"{"item":"tv","orderQty":"3","status":"0","price":"1000"}"#,
        commits: 2,
        page: "/myPages/search/findByOrderId?orderId={id}",
        says: "\"status\":\"Delivery Started\"",
    },
    Business {
        system: "bookrental",
        before: &[("/products", r#"{"id":1,"stock":1000000000}"#)],
        collection: "/reservations",
        body: r#"{"productId":1,"statusCode":1}"#,
        commits: 1,
        page: "/myPages/search/findByOrderId?orderId={id}",
        says: "\"statusCode\":2",
    },
    Business {
        system: "breakfast",
        before: &[
            (
                "/customers",
                r#"{"name":"lee","phone":"010","address":"seoul","age":"29"}"#,
            ),
            (
                "/foodCatalogs",
                r#"{"name":"pizza","stock":"1000000000","price":"1000"}"#,
            ),
        ],
        collection: "/orders",
        body: r#"{"qty":1,"foodcaltalogid":1,"customerid":1}"#,
        commits: 3,
        page: "/myOrders/search/findByOrderid?orderid={id}",
        says: "\"status\":\"Delivery Start\"",
    },
];

impl Business {
    pub(crate) fn path(&self, path: &str) -> String {
        format!("/{}{path}", self.system)
    }

    pub(crate) fn body(&self, number: u64) -> String {
        self.body.replace('#', &number.to_string())
    }

    fn page(&self, id: &str, number: u64) -> String {
        let page = self.page.replace("{id}", id);
        self.path(&page.replace('#', &number.to_string()))
    }
}

pub(crate) fn measure(
    flags: &Flags,
    floor: &Server,
    programs: &Path,
    scratch: &Scratch,
    report: &mut Report,
) -> anyhow::Result<()> {
    starts(programs, scratch, report)?;
    let data = scratch.emptied("six");
    let all = Server::start(programs, Subject::AllSystems, &data)?;
    let mut rows = Vec::new();
    // Numbers that no start has used.
    let mut number = 1_000_000;
    for business in &BUSINESSES {
        note(&format!("{}, {CONNECTIONS} connections", business.system));
        let (mut ours, mut floors) = (Load::default(), Load::default());
        for _ in 0..flags.rounds {
            floors.add(&load::place(
                &floor.orders_url(),
                CONNECTIONS,
                flags.seconds,
            )?);
            floor.settle(QUIET)?;
            let url = all.url(&business.path(business.collection));
            let load = load::begin_bodies(&url, CONNECTIONS, flags.seconds, business.body, number)?;
            let load = load.end()?;
            number += load.requests + u64::from(CONNECTIONS);
            if all.settle(QUIET)?.is_none() {
                report.trouble(format!("{}: still busy after the load", business.system));
            }
            ours.add(&load);
        }
        if ours.errors() > 0 {
            report.trouble(format!("{}: {} errors", business.system, ours.errors()));
        }
        let lag = lag(business, &all, &mut number, report)?;
        rows.push(vec![
            business.system.to_owned(),
            format!("POST {}", business.collection),
            business.commits.to_string(),
            rate(floors.per_second()),
            rate(ours.per_second()),
            format!("**{:.2}**", ours.per_second() / floors.per_second()),
            ms(Duration::from_micros(ours.p50)),
            ms(Duration::from_micros(ours.p99)),
            ms(percentile(&lag, 50)),
            ms(percentile(&lag, 99)),
        ]);
    }
    let title = format!("All six in one process, {CONNECTIONS} connections on one at a time");
    let head = [
        "system",
        "command",
        "commits before the answer (floor: 2)",
        "floor, a second",
        "jumun, a second",
        "ratio",
        "p50 ms",
        "p99 ms",
        "to the last page at rest, p50 ms",
        "p99 ms",
    ];
    report.table(&title, &head, &rows);
    report.remark(&format!(
        "Resident after these loads: {} kB.",
        grouped(all.resident()?)
    ));
    all.stop()
}

/// How long until all six have taken their first command, and the memory that they take then.
fn starts(programs: &Path, scratch: &Scratch, report: &mut Report) -> anyhow::Result<()> {
    note("starting all six");
    let mut times = Vec::new();
    let mut resident = 0;
    for _ in 0..STARTS {
        let server = Server::start(programs, Subject::AllSystems, &scratch.emptied("six-start"))?;
        server.settle(QUIET)?;
        times.push(server.first_order);
        resident = resident.max(server.resident()?);
        server.stop()?;
    }
    let slowest = times.iter().max().copied().unwrap_or_default();
    let head = [
        "all six took their first command, median ms",
        "slowest ms",
        "resident kB then",
    ];
    let row = vec![ms(median(times)), ms(slowest), grouped(resident)];
    report.table("Start of all six on an empty folder", &head, &[row]);
    Ok(())
}

/// From the answer until the last page shows it, with nothing else going on. Sorted.
fn lag(
    business: &Business,
    all: &Server,
    number: &mut u64,
    report: &mut Report,
) -> anyhow::Result<Vec<Duration>> {
    let mut client = Client::new(all.port);
    let mut seen = Vec::new();
    for _ in 0..AT_REST {
        *number += 1;
        let path = business.path(business.collection);
        let taken = client.post(&path, &business.body(*number))?;
        let answered = Instant::now();
        let id = taken.id.context("an answer without Location")?;
        let page = business.page(&id, *number);
        while !client.get(&page)?.body.contains(business.says) {
            if answered.elapsed() > PATIENCE {
                report.trouble(format!("{}: {page} never says it", business.system));
                return Ok(seen);
            }
            thread::sleep(BETWEEN_LOOKS);
        }
        seen.push(answered.elapsed());
        // Let it fall asleep again: its waking up is part of what is measured.
        thread::sleep(Duration::from_millis(5));
    }
    seen.sort_unstable();
    Ok(seen)
}

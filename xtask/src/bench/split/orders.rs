//! Orders through the door, with all that follows: in one process on SQLite, and in several.

use std::thread;
use std::time::{Duration, Instant};

use super::super::client::Client;
use super::super::load::{self, Load};
use super::super::report::{Report, grouped, ms, rate, spread};
use super::super::server::Server;
use super::super::shop::{Lag, lag_at_rest, lag_under, orders_kept};
use super::super::{Flags, note};
use super::servers::{Servers, Spent};
use super::services::Shop;
use super::until;
use super::work::Work;

/// What mypage hears of an order: placed, paid, delivered.
const HEARD: u64 = 3;
const AT_REST: usize = 100;
/// Not so many that the queue is all that is measured.
const UNDER: u32 = 8;
const LOOK: Duration = Duration::from_millis(20);

/// One way to run the shop.
struct Shape<'a> {
    name: &'static str,
    door: u16,
    /// Where mypage counts.
    counts: u16,
    /// Whether PostgreSQL and Kafka work for it.
    served: bool,
    time: Box<dyn Fn() -> anyhow::Result<Duration> + 'a>,
}

#[derive(Default)]
struct Sum {
    load: Load,
    /// From the first order sent until the last row of mypage was committed.
    took: Duration,
    per_second: Vec<f64>,
    own: Duration,
    servers: Spent,
}

pub(super) fn measure(
    flags: &Flags,
    one: &Server,
    shop: &Shop,
    report: &mut Report,
) -> anyhow::Result<()> {
    let shapes = [
        Shape {
            name: "one process, SQLite",
            door: one.port,
            counts: one.port,
            served: false,
            time: Box::new(|| one.processor_time()),
        },
        Shape {
            name: "five processes, PostgreSQL and Kafka",
            door: shop.door()?.port,
            counts: shop.service("mypage")?.port,
            served: true,
            time: Box::new(|| shop.processor_time()),
        },
    ];
    let mut rows = Vec::new();
    for &connections in flags.connections() {
        note(&format!("orders, {connections} connections"));
        let mut sums = [Sum::default(), Sum::default()];
        for _ in 0..flags.rounds {
            for (shape, sum) in shapes.iter().zip(&mut sums) {
                shape.round(sum, connections, flags.seconds, report)?;
            }
        }
        for (shape, sum) in shapes.iter().zip(&sums) {
            rows.push(sum.row(shape, connections));
        }
    }
    let head = [
        "connections",
        "",
        "orders a second, all effects committed",
        "answered, a second",
        "p50 ms",
        "p99 ms",
        "own processor ms an order",
        "PostgreSQL ms",
        "Kafka ms",
    ];
    report.table("Orders through the door", &head, &rows);
    lags(flags, &shapes, report)?;
    memory(one, shop, report)
}

impl Shape<'_> {
    fn round(
        &self,
        sum: &mut Sum,
        connections: u32,
        seconds: u32,
        report: &mut Report,
    ) -> anyhow::Result<()> {
        let mut door = Client::new(self.door);
        let mut mypage = Client::new(self.counts);
        let kept = orders_kept(&mut door)?;
        let heard = Work::of(&mut mypage, "mypage")?.received;
        let (own, servers) = ((self.time)()?, Servers::spent()?);
        let begun = Instant::now();
        let load = load::place(
            &format!("http://127.0.0.1:{}/orders", self.door),
            connections,
            seconds,
        )?;
        let kept = orders_kept(&mut door)?.saturating_sub(kept);
        let place = format!("{} at {connections} connections", self.name);
        until(&format!("{place}: the last effect"), LOOK, || {
            let now = Work::of(&mut mypage, "mypage")?.received;
            Ok((now >= heard + HEARD * kept).then_some(()))
        })?;
        let took = begun.elapsed();
        if load.errors() > 0 || kept < load.placed() {
            report.trouble(format!(
                "{place}: {} answers were no 2xx, {} connections broke, {} answers took over 2 s; \
                 answered 201 to {}, kept {kept}",
                load.refused,
                load.broken,
                load.timeouts,
                load.placed()
            ));
        }
        // What is only saved every now and then, is.
        thread::sleep(Duration::from_millis(300));
        sum.own += (self.time)()?.saturating_sub(own);
        sum.servers.add(Servers::spent()?.since(servers));
        sum.per_second.push(kept as f64 / took.as_secs_f64());
        sum.took += took;
        sum.load.add(&load);
        Ok(())
    }
}

impl Sum {
    fn row(&self, shape: &Shape<'_>, connections: u32) -> Vec<String> {
        let orders = self.load.placed() as f64;
        let each = |time: Duration| format!("{:.3}", time.as_secs_f64() * 1e3 / orders);
        let served = |time| {
            if shape.served {
                each(time)
            } else {
                "–".to_owned()
            }
        };
        let mut speeds = self.per_second.clone();
        speeds.sort_unstable_by(f64::total_cmp);
        let median = speeds.get(speeds.len() / 2).copied().unwrap_or(0.0);
        vec![
            connections.to_string(),
            shape.name.to_owned(),
            rate(median),
            rate(self.load.per_second()),
            ms(Duration::from_micros(self.load.p50)),
            ms(Duration::from_micros(self.load.p99)),
            each(self.own),
            served(self.servers.postgres),
            served(self.servers.kafka),
        ]
    }
}

fn lags(flags: &Flags, shapes: &[Shape<'_>], report: &mut Report) -> anyhow::Result<()> {
    let mut rows = Vec::new();
    for shape in shapes {
        note(&format!("from the 201 to MyPage: {}", shape.name));
        let at_rest = lag_at_rest(shape.door, AT_REST)?;
        let url = format!("http://127.0.0.1:{}/orders", shape.door);
        let mut load = load::begin(&url, UNDER, flags.seconds)?;
        let under = lag_under(&mut load, shape.door)?;
        load.end()?;
        for (when, lag) in [("at rest", at_rest), ("under load", under)] {
            rows.push(lag_row(shape.name, when, lag, report));
        }
    }
    let head = ["", "", "orders", "p50 ms", "p90 ms", "p99 ms", "max ms"];
    let title = format!("From the 201 to the payment on MyPage; the load: {UNDER} connections");
    report.table(&title, &head, &rows);
    Ok(())
}

fn lag_row(shape: &str, when: &str, lag: Lag, report: &mut Report) -> Vec<String> {
    if lag.failed > 0 {
        report.trouble(format!(
            "{shape}: {} orders were refused or never reached MyPage ({when})",
            lag.failed
        ));
    }
    let what = [shape, when].map(str::to_owned);
    what.into_iter().chain(spread(lag.seen)).collect()
}

fn memory(one: &Server, shop: &Shop, report: &mut Report) -> anyhow::Result<()> {
    let mut rows = vec![vec![
        "all in one process".to_owned(),
        grouped(one.resident()?),
    ]];
    for service in &shop.services {
        let resident = service.process.resident()?;
        rows.push(vec![service.name.to_owned(), grouped(resident)]);
    }
    report.table("Memory after these loads", &["", "resident kB"], &rows);
    Ok(())
}

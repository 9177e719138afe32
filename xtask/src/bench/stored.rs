//! Orders per second with few and with many orders stored.

use std::path::Path;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};

use super::client::Client;
use super::load::{self, Load};
use super::report::{Report, grouped, rate};
use super::server::{Server, Subject};
use super::{Flags, Scratch, note};

const CONNECTIONS: u32 = 64;
/// A shop with no more orders than this is filled anew for each round, because a round would
/// multiply what it has.
const FEW: u64 = 10_000;
const FILLERS: usize = 32;
const LONGEST_FILL: Duration = Duration::from_secs(1800);
/// What waits after a fill is done by then.
const QUIET: Duration = Duration::from_secs(600);

struct Shop {
    orders: u64,
    name: String,
    /// Kept running, if there are many orders in it.
    server: Option<Server>,
    sum: Load,
}

pub(crate) fn measure(
    flags: &Flags,
    programs: &Path,
    scratch: &Scratch,
    report: &mut Report,
) -> anyhow::Result<()> {
    let filled = |shop: &Shop| -> anyhow::Result<Server> {
        let server = Server::start(programs, Subject::Jumun, &scratch.emptied(&shop.name))?;
        fill(&server, shop.orders)?;
        Ok(server)
    };
    let mut shops = Vec::new();
    for &orders in &flags.stored {
        let mut shop = Shop {
            orders,
            name: format!("stored-{orders}"),
            server: None,
            sum: Load::default(),
        };
        if orders > FEW {
            note(&format!("storing {} orders", grouped(orders)));
            shop.server = Some(filled(&shop)?);
        }
        shops.push(shop);
    }
    for _ in 0..flags.rounds {
        for shop in &mut shops {
            let fresh = match shop.server {
                Some(_) => None,
                None => Some(filled(shop)?),
            };
            let server = fresh.as_ref().or(shop.server.as_ref());
            let server = server.context("no server")?;
            let load = load::place(&server.orders_url(), CONNECTIONS, flags.seconds)?;
            if load.errors() > 0 {
                let stored = grouped(shop.orders);
                report.trouble(format!(
                    "{} errors with {stored} orders stored",
                    load.errors()
                ));
            }
            server.settle(QUIET)?;
            shop.sum.add(&load);
        }
    }
    tell(&shops, report);
    Ok(())
}

fn tell(shops: &[Shop], report: &mut Report) {
    let base = shops.first().map_or(0.0, |shop| shop.sum.per_second());
    let row = |shop: &Shop| {
        let per_second = shop.sum.per_second();
        vec![
            grouped(shop.orders),
            rate(per_second),
            format!("{:.2}", per_second / base),
        ]
    };
    let rows: Vec<_> = shops.iter().map(row).collect();
    let head = ["orders stored", "orders per second", "of the first"];
    let title = format!("With many orders stored, {CONNECTIONS} connections");
    report.table(&title, &head, &rows);
}

/// Places orders until there are so many, and waits until all that follows from them is done.
fn fill(server: &Server, orders: u64) -> anyhow::Result<()> {
    let begun = Instant::now();
    // The one of the start is there.
    let left = AtomicI64::new(i64::try_from(orders)? - 1);
    let refused = AtomicU64::new(0);
    thread::scope(|threads| {
        let fillers: Vec<_> = (0..FILLERS)
            .map(|_| threads.spawn(|| place_until_none_left(server.port, &left, &refused, begun)))
            .collect();
        fillers.into_iter().try_for_each(|filler| {
            let filled = filler.join();
            filled.unwrap_or_else(|_| anyhow::bail!("a filler panicked"))
        })
    })?;
    let settled = server.settle(QUIET)?;
    ensure!(
        settled.is_some(),
        "still busy {} s after the fill",
        QUIET.as_secs()
    );
    Ok(())
}

fn place_until_none_left(
    port: u16,
    left: &AtomicI64,
    refused: &AtomicU64,
    begun: Instant,
) -> anyhow::Result<()> {
    let mut client = Client::new(port);
    while left.fetch_sub(1, Ordering::Relaxed) > 0 {
        while client.place()?.status != 201 {
            let so_often = refused.fetch_add(1, Ordering::Relaxed);
            ensure!(
                so_often < 10_000,
                "too many orders are refused to fill the shop"
            );
            thread::sleep(Duration::from_millis(20));
        }
        let minutes = LONGEST_FILL.as_secs() / 60;
        ensure!(
            begun.elapsed() < LONGEST_FILL,
            "the shop was not full after {minutes} min"
        );
    }
    Ok(())
}

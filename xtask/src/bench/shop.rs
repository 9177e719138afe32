//! What only jumun can be asked: how many orders it has, what it committed, where an order stands.

use std::collections::{BTreeMap, VecDeque};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;

use super::client::Client;
use super::load::Loading;

/// An order whose payment has not reached `MyPage` by then is given up.
const PATIENCE: Duration = Duration::from_secs(60);
/// Shorter than what is measured.
const BETWEEN_LOOKS: Duration = Duration::from_micros(200);
/// How `MyPage` says that the payment is approved.
const APPROVED: &str = "결제승인";

/// Orders that the collection counts.
pub(crate) fn orders_kept(client: &mut Client) -> anyhow::Result<u64> {
    kept(client, "/orders")
}

/// Resources that a collection counts.
pub(crate) fn kept(client: &mut Client, collection: &str) -> anyhow::Result<u64> {
    let page = client.get(&format!("{collection}?size=1"))?;
    page.body
        .split_once("\"totalElements\":")
        .and_then(|(_, rest)| leading_number(rest.trim_start()))
        .with_context(|| format!("GET {collection} says no totalElements ({})", page.status))
}

/// What a context has committed since it started.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) struct Commits {
    pub(crate) commits: u64,
    pub(crate) commands: u64,
}

/// What each context has committed since it started; empty if the shop does not tell.
pub(crate) fn commits(client: &mut Client) -> anyhow::Result<BTreeMap<String, Commits>> {
    Ok(read_commits(&client.get("/actuator/prometheus")?.body))
}

fn read_commits(metrics: &str) -> BTreeMap<String, Commits> {
    let mut found = BTreeMap::<String, Commits>::new();
    for line in metrics.lines() {
        let Some((series, value)) = line.rsplit_once(' ') else {
            continue;
        };
        let Some((name, labels)) = series.split_once('{') else {
            continue;
        };
        let context = labels
            .split_once("context=\"")
            .and_then(|(_, rest)| rest.split_once('"'));
        let (Some((context, _)), Some(value)) = (context, leading_number(value)) else {
            continue;
        };
        match name {
            "jumun_commits_total" => {
                found.entry(context.to_owned()).or_default().commits += value;
            }
            "jumun_committed_commands_total" => {
                found.entry(context.to_owned()).or_default().commands += value;
            }
            _ => {}
        }
    }
    found
}

pub(crate) fn leading_number(text: &str) -> Option<u64> {
    let end = text.find(|c: char| !c.is_ascii_digit());
    text.get(..end.unwrap_or(text.len()))?.parse().ok()
}

/// From the 201 of an order until its row of `MyPage` has the payment approved, for many orders.
pub(crate) struct Lag {
    pub(crate) seen: Vec<Duration>,
    /// Orders that were refused, and orders that were given up.
    pub(crate) failed: usize,
}

/// Lag with nothing else going on.
pub(crate) fn lag_at_rest(port: u16, orders: usize) -> anyhow::Result<Lag> {
    let mut client = Client::new(port);
    let mut lag = Lag::none();
    for _ in 0..orders {
        if let Some(sample) = lag.place(&mut client)? {
            while !lag.has_seen(&sample, &mut client)? {
                thread::sleep(BETWEEN_LOOKS);
            }
        }
        // Let the shop fall asleep again: its waking up is part of what is measured.
        thread::sleep(Duration::from_millis(5));
    }
    Ok(lag)
}

/// Lag while others place orders, until they have ended and all samples have arrived.
pub(crate) fn lag_under(load: &mut Loading, port: u16) -> anyhow::Result<Lag> {
    const BETWEEN_ORDERS: Duration = Duration::from_millis(20);
    let mut client = Client::new(port);
    let mut lag = Lag::none();
    let mut waiting = VecDeque::new();
    let mut next = Instant::now();
    loop {
        let over = load.is_over()?;
        if over && waiting.is_empty() {
            return Ok(lag);
        }
        if !over && next <= Instant::now() {
            waiting.extend(lag.place(&mut client)?);
            next += BETWEEN_ORDERS;
        }
        // They arrive in the order in which they were placed, so only the oldest is asked for.
        if let Some(oldest) = waiting.front()
            && lag.has_seen(oldest, &mut client)?
        {
            waiting.pop_front();
        }
        thread::sleep(BETWEEN_LOOKS);
    }
}

/// An order whose row is waited for.
struct Sample {
    row: String,
    answered: Instant,
}

impl Lag {
    fn none() -> Self {
        Self {
            seen: Vec::new(),
            failed: 0,
        }
    }

    fn place(&mut self, client: &mut Client) -> anyhow::Result<Option<Sample>> {
        let placed = client.place()?;
        let answered = Instant::now();
        if placed.status != 201 {
            self.failed += 1;
            return Ok(None);
        }
        let id = placed.id.context("a 201 without Location")?;
        Ok(Some(Sample {
            row: format!("/myPages/search/findByOrderId?orderId={id}"),
            answered,
        }))
    }

    /// Looks once; true when it need not be looked for again.
    fn has_seen(&mut self, sample: &Sample, client: &mut Client) -> anyhow::Result<bool> {
        if client.get(&sample.row)?.body.contains(APPROVED) {
            self.seen.push(sample.answered.elapsed());
            return Ok(true);
        }
        let given_up = sample.answered.elapsed() > PATIENCE;
        self.failed += usize::from(given_up);
        Ok(given_up)
    }
}

#[cfg(test)]
mod tests;

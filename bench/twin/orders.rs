//! What the bench asks on stdin, and is answered on stdout.

use std::io::{BufRead as _, Write as _, stdin};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::Service;

/// What a service has done so far, and how much it puts into a commit.
pub(crate) struct Counts {
    pub(crate) consumed: AtomicU64,
    pub(crate) received: AtomicU64,
    pub(crate) commits: AtomicU64,
    pub(crate) produced: AtomicU64,
    batch: AtomicUsize,
    wait: Duration,
}

impl Counts {
    pub(crate) fn new(service: &Service) -> Self {
        Self {
            consumed: AtomicU64::new(0),
            received: AtomicU64::new(0),
            commits: AtomicU64::new(0),
            produced: AtomicU64::new(0),
            batch: AtomicUsize::new(service.batch.max(1)),
            wait: Duration::from_millis(service.wait),
        }
    }

    pub(crate) fn batch(&self) -> usize {
        self.batch.load(Ordering::Relaxed)
    }

    pub(crate) fn wait(&self) -> Duration {
        self.wait
    }

    /// Answers what every service is asked; `None` if this is something else.
    pub(crate) fn answer(&self, order: &str) -> Option<String> {
        let read = |count: &AtomicU64| count.load(Ordering::Acquire);
        match order.split_once(' ').unwrap_or((order, "")) {
            ("counts", _) => Some(format!(
                "consumed={} received={} commits={} produced={}",
                read(&self.consumed),
                read(&self.received),
                read(&self.commits),
                read(&self.produced)
            )),
            ("batch", size) => Some(match size.parse() {
                Ok(size) if size > 0 => {
                    self.batch.store(size, Ordering::Relaxed);
                    "ok".to_owned()
                }
                _ => format!("no batch: {size}"),
            }),
            _ => None,
        }
    }
}

pub(crate) fn add(to: &AtomicU64, more: usize) {
    to.fetch_add(more as u64, Ordering::AcqRel);
}

pub(crate) struct Orders(UnboundedReceiver<String>);

impl Orders {
    /// Says that it is ready for them.
    pub(crate) fn begin() -> anyhow::Result<Self> {
        let (to, orders) = unbounded_channel();
        std::thread::spawn(move || {
            for order in stdin().lock().lines().map_while(Result::ok) {
                if to.send(order).is_err() {
                    return;
                }
            }
        });
        say("ready")?;
        Ok(Self(orders))
    }

    /// The next; `None` when there will be no more.
    pub(crate) async fn next(&mut self) -> Option<String> {
        self.0.recv().await
    }
}

pub(crate) fn say(line: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}

//! What a service has done: one of jumun's, or one of the twin's.

use anyhow::Context as _;

use super::super::client::Client;
use super::super::shop::leading_number;

#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(super) struct Work {
    /// Records that came from the topic.
    pub(super) consumed: u64,
    /// Those that it made something of.
    pub(super) received: u64,
    pub(super) commits: u64,
    /// Records that the brokers acknowledged.
    pub(super) produced: u64,
}

impl Work {
    /// What a context of jumun counts, asked at that port.
    pub(super) fn of(client: &mut Client, context: &str) -> anyhow::Result<Self> {
        let answer = client.get("/actuator/prometheus")?;
        let read = Self::counted(&answer.body, context);
        read.with_context(|| format!("{context} does not count ({})", answer.status))
    }

    fn counted(metrics: &str, context: &str) -> Option<Self> {
        let of = format!("context=\"{context}\"");
        let count = |name: &str| {
            let begins = format!("jumun_{name}_total{{");
            let line = metrics
                .lines()
                .find(|line| line.starts_with(&begins) && line.contains(&of));
            line.and_then(|line| leading_number(line.rsplit(' ').next()?))
        };
        Some(Self {
            commits: count("commits")?,
            received: count("received_events")?,
            // Not where there is no Kafka.
            consumed: count("kafka_consumed").unwrap_or(0),
            produced: count("kafka_published").unwrap_or(0),
        })
    }

    /// As the twin says it: `consumed=1 …`.
    pub(super) fn read(said: &str) -> Option<Self> {
        let mut work = Self::default();
        for word in said.trim().split(' ') {
            let (name, value) = word.split_once('=')?;
            let value = value.parse().ok()?;
            match name {
                "consumed" => work.consumed = value,
                "received" => work.received = value,
                "commits" => work.commits = value,
                "produced" => work.produced = value,
                _ => return None,
            }
        }
        Some(work)
    }

    pub(super) fn since(self, before: Self) -> Self {
        Self {
            consumed: self.consumed.saturating_sub(before.consumed),
            received: self.received.saturating_sub(before.received),
            commits: self.commits.saturating_sub(before.commits),
            produced: self.produced.saturating_sub(before.produced),
        }
    }
}

#[cfg(test)]
mod tests;

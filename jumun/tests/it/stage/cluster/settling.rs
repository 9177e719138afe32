//! Waiting until nothing happens any more in a cluster, and looking who takes in what.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Cluster, PARTITIONS, PATIENCE, Replica};
use crate::waiting::within;

impl Cluster {
    /// What Kafka and a replica have to do with each other, as its health shows it; `None` while it
    /// does not answer.
    pub(crate) fn bus_of(&self, replica: Replica) -> Option<Value> {
        let answer = self.door(replica).try_get("/actuator/health").ok()?;
        let health: Value = serde_json::from_slice(&answer.body).ok()?;
        Some(health["components"]["bus"]["details"].clone())
    }

    /// The partitions that a replica takes in.
    pub(crate) fn partitions_of(&self, replica: Replica) -> BTreeSet<String> {
        let bus = self.bus_of(replica).unwrap_or_default();
        let partitions = bus["partitions"].as_object();
        partitions
            .into_iter()
            .flatten()
            .map(|(name, _)| name.clone())
            .collect()
    }

    /// Waits until each partition is with exactly one of a context's replicas, and each of these has
    /// some.
    #[track_caller]
    pub(crate) fn shares_out(&self, context: &'static str, patience: Duration) {
        let what = format!("the partitions shared out among the replicas of {context}");
        within(patience, &what, || {
            let replicas = self.replicas_of(context).into_iter();
            let dealt: Vec<_> = replicas
                .map(|replica| self.partitions_of(replica))
                .collect();
            let all: BTreeSet<_> = dealt.iter().flatten().collect();
            let sum: usize = dealt.iter().map(BTreeSet::len).sum();
            let all_have_some = dealt.iter().all(|share| !share.is_empty());
            if all.len() == PARTITIONS && sum == PARTITIONS && all_have_some {
                return Ok(());
            }
            Err(format!("{dealt:?}"))
        });
    }

    /// Waits until every event has been taken in by all who listen, and none is held back. Nobody may
    /// be frozen or away.
    #[track_caller]
    pub(crate) fn settle(&self) {
        // A replica looks once a second how far it is behind.
        const QUIET: Duration = Duration::from_millis(1_500);
        let mut before = Vec::new();
        let mut since = Instant::now();
        within(PATIENCE, "all events taken in", || {
            let (heads, waits) = self.look();
            if !waits.is_empty() || heads != before {
                before = heads;
                since = Instant::now();
            }
            if since.elapsed() > QUIET {
                return Ok(());
            }
            Err(format!("the logs end at {before:?}; {}", waits.join(", ")))
        });
    }

    /// Where the logs end, and what is on its way.
    fn look(&self) -> (Vec<i64>, Vec<String>) {
        let (mut heads, mut waits) = (Vec::new(), Vec::new());
        for context in self.contexts() {
            let mut taken_in = BTreeSet::new();
            for replica in self.replicas_of(context) {
                let Some(bus) = self.bus_of(replica) else {
                    waits.push(format!("{replica} does not answer"));
                    continue;
                };
                for (partition, of) in bus["partitions"].as_object().into_iter().flatten() {
                    taken_in.insert(partition.clone());
                    if of["lag"] != 0 {
                        waits.push(format!("{replica} lags {} in {partition}", of["lag"]));
                    }
                }
                let parked = self.door(replica).metric("jumun_parked_events", &[]);
                if parked > 0.5 {
                    waits.push(format!("{parked} are parked at {replica}"));
                }
                let outbox = self.door(replica).get("/actuator/outbox").json();
                if outbox["head"] != outbox["published"] {
                    waits.push(format!("the outbox of {replica}: {outbox}"));
                }
                heads.extend(outbox["head"].as_i64());
            }
            if taken_in.len() < PARTITIONS {
                waits.push(format!("{context} takes in only {taken_in:?}"));
            }
        }
        (heads, waits)
    }
}

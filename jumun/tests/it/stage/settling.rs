//! Waiting until nothing happens any more.

use std::collections::BTreeSet;
use std::iter::Sum;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::Door;
use crate::waiting::eventually;

/// What can be seen of the events on their way.
#[derive(Default)]
pub(super) struct Look {
    /// How many were told or taken in, since the process began.
    moved: f64,
    /// Whom they have not reached yet, in words.
    waits: Vec<String>,
    /// Whether they go by Kafka, where what is under way is only counted once a second.
    by_kafka: bool,
}

impl Look {
    pub(super) fn at(door: &Door) -> Self {
        let mut look = Self {
            moved: door.metric("jumun_events_total", &[])
                + door.metric("jumun_received_events_total", &[]),
            ..Self::default()
        };
        let parked = door.metric("jumun_parked_events", &[]);
        if parked > 0.5 {
            look.waits.push(format!("{parked} are parked"));
        }
        let health = door.get("/actuator/health");
        if health.status != 200 {
            // On a busy machine a store may take too long to say that it is there.
            look.waits.push(format!("not healthy: {health}"));
        }
        look.find_lag("", &health.json());
        look
    }

    /// As [`Look::at`], at a context alone, which must have begun to listen to these.
    pub(super) fn at_one(door: &Door, producers: &BTreeSet<&str>) -> Self {
        let mut look = Self::at(door);
        let health = door.get("/actuator/health").expect(200).json();
        let lag = &health["components"]["bus"]["details"]["lag"];
        for producer in producers.iter().filter(|p| lag[**p].is_null()) {
            look.waits.push(format!("{producer} is not heard yet"));
        }
        look
    }

    fn find_lag(&mut self, of: &str, health: &Value) {
        let Some(components) = health["components"].as_object() else {
            return;
        };
        for (name, component) in components {
            self.find_lag(name, component);
            let details = &component["details"];
            let lag = details["lag"].as_object();
            for (producer, events) in lag.into_iter().flatten().filter(|(_, lag)| **lag != 0) {
                let events = events.to_string();
                self.waits.push(format!("{of} lags {producer} by {events}"));
            }
            // On Kafka: what has not been published yet, and what has not been taken in of a partition.
            let outbox = &details["outbox"];
            if outbox.as_u64().is_some_and(|events| events > 0) {
                self.waits
                    .push(format!("{of} has still to publish {outbox}"));
            }
            let partitions = details["partitions"].as_object();
            self.by_kafka |= partitions.is_some();
            if partitions.is_some_and(serde_json::Map::is_empty) {
                self.waits.push(format!("{of} has no partition yet"));
            }
            for (partition, found) in partitions.into_iter().flatten() {
                if found["lag"] != 0 {
                    let events = found["lag"].to_string();
                    self.waits
                        .push(format!("{of} lags partition {partition} by {events}"));
                }
            }
        }
    }
}

impl Sum for Look {
    fn sum<I: Iterator<Item = Self>>(looks: I) -> Self {
        looks.fold(Self::default(), |mut all, look| {
            all.moved += look.moved;
            all.waits.extend(look.waits);
            all.by_kafka |= look.by_kafka;
            all
        })
    }
}

/// A consumer notices an event a moment after it was told, so it must have been quiet for a while.
#[track_caller]
pub(super) fn settle(mut look: impl FnMut() -> Look) {
    const MOMENT: Duration = Duration::from_millis(60);
    const COUNTED: Duration = Duration::from_millis(1_300);
    let (mut before, mut since) = (-1.0, Instant::now());
    eventually("all events taken in", || {
        let Look {
            moved,
            waits,
            by_kafka,
        } = look();
        let still = waits.is_empty() && (moved - before).abs() < 0.5;
        if !still {
            since = Instant::now();
        }
        before = moved;
        if since.elapsed() >= if by_kafka { COUNTED } else { MOMENT } {
            return Ok(());
        }
        Err(format!("{moved} told or taken in; {}", waits.join(", ")))
    });
}

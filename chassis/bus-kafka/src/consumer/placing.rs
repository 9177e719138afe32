//! Where to begin in the partitions that have been dealt to us.

use std::sync::Arc;
use std::time::Duration;

use rdkafka::consumer::{Consumer as _, StreamConsumer};
use rdkafka::error::KafkaResult;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use runtime::Inlet;
use tokio::task::spawn_blocking;

use super::Member;
use crate::source::source;
use crate::topic::PATIENCE;
use crate::trouble::Trouble;

/// How long a partition that seems to be shorter than it was is given to say otherwise.
const DOUBT: Duration = Duration::from_secs(1);

/// What is known of a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known {
    /// The offset that the store goes on at.
    pub(super) stored: Option<i64>,
    /// The offset that the group goes on at: that of a service that this one replaces.
    pub(super) committed: Option<i64>,
    /// The first offset that is there.
    pub(super) low: i64,
    /// The offset of the next record to come.
    pub(super) high: i64,
}

/// Where to begin, and what is to be said of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Begin {
    /// As the store says.
    Stored(i64),
    /// For the first time, here.
    First(i64),
    /// The store stands behind the end: the topic was made anew.
    Anew(i64),
    /// The store stands before the beginning: the brokers have forgotten what was not taken in.
    Forgotten(i64),
}

impl Begin {
    pub(super) fn of(known: Known) -> Self {
        match (known.stored, known.committed) {
            (Some(stored), _) if stored > known.high => Self::Anew(known.low),
            (Some(stored), _) if stored < known.low => Self::Forgotten(known.low),
            (Some(stored), _) => Self::Stored(stored),
            (None, Some(committed)) if committed <= known.high => {
                Self::First(committed.max(known.low))
            }
            (None, Some(_) | None) => Self::First(known.low),
        }
    }

    pub(super) fn offset(self) -> i64 {
        match self {
            Self::Stored(offset)
            | Self::First(offset)
            | Self::Anew(offset)
            | Self::Forgotten(offset) => offset,
        }
    }
}

/// Where a partition is begun with, and where it ends as yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Start {
    pub(super) partition: i32,
    pub(super) begin: i64,
    pub(super) end: i64,
}

/// Asks the store, the group and the brokers where to begin, and lets the store know.
pub(super) async fn place(
    consumer: Arc<StreamConsumer<Member>>,
    inlet: Inlet,
    topic: String,
    partitions: Vec<i32>,
) -> Result<Vec<Start>, Trouble> {
    inlet.refresh().await?;
    let mut stored = Vec::with_capacity(partitions.len());
    for partition in partitions {
        let cursor = inlet.cursor(&source(&topic, partition)).await?;
        stored.push((partition, cursor));
    }
    let mut known = ask_aside(&consumer, &topic, &stored).await?;
    if known
        .iter()
        .any(|(_, known)| matches!(Begin::of(*known), Begin::Anew(_)))
    {
        // A broker that has just taken over may not know its own end yet.
        tokio::time::sleep(DOUBT).await;
        known = ask_aside(&consumer, &topic, &stored).await?;
    }
    let mut begins = Vec::with_capacity(known.len());
    for (partition, known) in known {
        let begin = Begin::of(known);
        settle(&inlet, &topic, partition, known, begin).await?;
        begins.push(Start {
            partition,
            begin: begin.offset(),
            end: known.high,
        });
    }
    Ok(begins)
}

/// The same, on a thread that may wait.
async fn ask_aside(
    consumer: &Arc<StreamConsumer<Member>>,
    topic: &str,
    stored: &[(i32, Option<i64>)],
) -> Result<Vec<(i32, Known)>, Trouble> {
    let (consumer, name, stored) = (Arc::clone(consumer), topic.to_owned(), stored.to_vec());
    let asked = spawn_blocking(move || ask(&consumer, &name, stored));
    let what = "asking where to begin";
    let asked = asked
        .await
        .map_err(|error| Trouble::gave_up(what, &error))?;
    asked.map_err(|error| Trouble::of(what, topic, &error))
}

fn ask(
    consumer: &StreamConsumer<Member>,
    topic: &str,
    stored: Vec<(i32, Option<i64>)>,
) -> KafkaResult<Vec<(i32, Known)>> {
    let mut unknown = TopicPartitionList::new();
    for (partition, stored) in &stored {
        if stored.is_none() {
            unknown.add_partition(topic, *partition);
        }
    }
    let committed = if unknown.count() > 0 {
        consumer.committed_offsets(unknown, PATIENCE)?
    } else {
        unknown
    };
    let known = stored.into_iter().map(|(partition, stored)| {
        let (low, high) = consumer.fetch_watermarks(topic, partition, PATIENCE)?;
        let committed = committed.find_partition(topic, partition);
        let committed = committed.and_then(|found| match found.offset() {
            Offset::Offset(offset) => Some(offset),
            _ => None,
        });
        Ok((
            partition,
            Known {
                stored,
                committed,
                low,
                high,
            },
        ))
    });
    known.collect()
}

async fn settle(
    inlet: &Inlet,
    topic: &str,
    partition: i32,
    known: Known,
    begin: Begin,
) -> Result<(), Trouble> {
    let source = source(topic, partition);
    let context = inlet.context();
    match begin {
        Begin::Stored(_) | Begin::First(0) => {}
        // So that everybody knows what need not be waited for.
        Begin::First(offset) => inlet.take_in(&source, Vec::new(), offset).await?,
        Begin::Anew(offset) => {
            tracing::error!(
                context,
                %source,
                cursor = known.stored,
                end = known.high,
                "this partition is shorter than what was taken in of it: was the topic deleted and made anew? going on from its beginning"
            );
            inlet.rewind(&source, offset).await?;
        }
        Begin::Forgotten(offset) => {
            tracing::error!(
                context,
                %source,
                cursor = known.stored,
                begins = known.low,
                "the brokers have deleted records that were not taken in: raise the topic's retention.ms, best to -1; going on with what is left"
            );
            inlet.take_in(&source, Vec::new(), offset).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;

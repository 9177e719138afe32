//! The consumer: from where the database says, of all partitions.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use rdkafka::ClientConfig;
use rdkafka::consumer::{Consumer as _, StreamConsumer};
use rdkafka::message::Message as _;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use tokio::sync::mpsc::{Receiver, Sender};
use tokio::time::{Instant, timeout_at};

use crate::Topic;
use crate::load::APPROVED;
use crate::orders::{Counts, add};

/// Records that wait for the database at most.
pub(crate) const WAITING: usize = 8_192;

/// What a record is about.
pub(crate) struct Taken {
    pub(crate) partition: i32,
    pub(crate) offset: i64,
    pub(crate) id: i64,
    /// As against what the first service tells.
    pub(crate) approved: bool,
}

/// The first offsets that have not been taken, by partition.
pub(crate) type Cursors = BTreeMap<i32, i64>;

pub(crate) fn consumer(topic: &Topic, cursors: &Cursors) -> anyhow::Result<StreamConsumer> {
    let mut config = ClientConfig::new();
    // As jumun's has it.
    config
        .set("bootstrap.servers", &topic.brokers)
        .set("group.id", format!("{}-twin", topic.topic))
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("auto.offset.reset", "earliest")
        .set("queued.max.messages.kbytes", "8192")
        .set("fetch.queue.backoff.ms", "20")
        .set("fetch.wait.max.ms", "100");
    let consumer: StreamConsumer = config.create().context("a consumer")?;
    let patience = Duration::from_secs(10);
    let metadata = consumer.fetch_metadata(Some(&topic.topic), patience)?;
    let mut all = TopicPartitionList::new();
    for partition in metadata
        .topics()
        .iter()
        .flat_map(rdkafka::metadata::MetadataTopic::partitions)
    {
        let next = cursors.get(&partition.id()).copied().unwrap_or(0);
        all.add_partition_offset(&topic.topic, partition.id(), Offset::Offset(next))?;
    }
    consumer.assign(&all)?;
    Ok(consumer)
}

/// Hands on what the topic brings: all of it, or only what others told.
pub(crate) async fn run(
    consumer: StreamConsumer,
    counts: Arc<Counts>,
    to: Sender<Taken>,
    all: bool,
) -> anyhow::Result<()> {
    loop {
        let record = consumer.recv().await?;
        add(&counts.consumed, 1);
        let value = record.payload().unwrap_or_default();
        let approved = value.starts_with(APPROVED.as_bytes());
        if !approved && !all {
            continue;
        }
        let key = std::str::from_utf8(record.key().unwrap_or_default())?;
        let id = key.strip_prefix("order-").context("a key of ours")?;
        let taken = Taken {
            partition: record.partition(),
            offset: record.offset(),
            id: id.parse()?,
            approved,
        };
        if to.send(taken).await.is_err() {
            return Ok(());
        }
    }
}

/// What the next commit carries, after what has come of it already.
pub(crate) async fn gather(batch: &mut Vec<Taken>, from: &mut Receiver<Taken>, counts: &Counts) {
    let size = counts.batch();
    let until = Instant::now() + counts.wait();
    while batch.len() < size {
        let room = size - batch.len();
        match timeout_at(until, from.recv_many(batch, room)).await {
            Ok(1..) => {}
            Ok(0) | Err(_) => return,
        }
    }
}

/// Where the next commit leaves the topic.
pub(crate) fn cursors_after(batch: &[Taken]) -> (Vec<i32>, Vec<i64>) {
    let mut cursors = Cursors::new();
    for taken in batch {
        cursors.insert(taken.partition, taken.offset + 1);
    }
    cursors.into_iter().unzip()
}
